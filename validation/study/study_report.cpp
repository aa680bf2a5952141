// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_report.h"

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <vector>

#include "validation/report/html.h"
#include "validation/study/published_figures.h"
#include "validation/study/study_figures.h"
#include "validation/study/study_report_tables.h"
#include "validation/text.h"

namespace foretide::validation {

using Json = nlohmann::ordered_json;

namespace {

using html::fact;
using html::joined;
using html::section;

bool ran(const StudyResult& result, rnn::Protocol protocol)
{
    return std::ranges::find(result.options.protocols, protocol) != result.options.protocols.end();
}

std::string protocol_heading(const StudyResult& result, std::size_t p)
{
    if (result.options.protocols.size() < 2) return {};
    return result.options.protocols[p] == rnn::Protocol::live ? "<h3>Live protocol (causal)</h3>\n"
                                                              : "<h3>Published protocol (sees the future)</h3>\n";
}

/// `content` of each protocol under its heading.
template <class Content>
std::string each_protocol(const StudyResult& result, Content&& content)
{
    std::string out;
    for (std::size_t p = 0; p < result.options.protocols.size(); ++p)
        if (const std::string text = content(p); !text.empty()) out += protocol_heading(result, p) + text;
    return out;
}

std::string head(const StudyResult& result, const std::string& created)
{
    const StudyOptions& o = result.options;
    std::vector<std::string> algorithms, sequences, horizons, protocols;
    for (const StudyAlgorithm& algorithm : o.algorithms) algorithms.push_back(escape_html(algorithm.label));
    for (const StudySequence& sequence : result.sequences)
        sequences.push_back(escape_html(sequence.name) + " (" + fixed(sequence.duration_s, 0) + " s)");
    for (const double h : o.horizons_s) horizons.push_back(horizon_label(h));
    for (const rnn::Protocol protocol : o.protocols) protocols.emplace_back(protocol_name(protocol));
    const std::string grid = o.grid == GridKind::none    ? "defaults"
                             : o.grid == GridKind::quick ? "a few values of the published grids"
                                                         : "the published grids";
    std::string out = "<header class=\"top\">\n<h1>Foretide validation report</h1>\n<p class=\"subtitle\">" +
                      std::to_string(result.sequences.size()) + " sequences at " +
                      significant(result.sequences.front().rate_hz, 3) + " Hz</p>\n";
    if (ran(result, rnn::Protocol::published))
        out +=
            "<div class=\"warning\" role=\"alert\"><strong>Published protocol: not achievable accuracy.</strong>What "
            "is headed “published protocol” lets the learner see h−1 samples of the future, as in the papers: a "
            "check of the mathematics. Only the live protocol says what a live system can do.</div>\n";
    if (!result.failures.empty())
        out += "<div class=\"warning\" role=\"alert\"><strong>" + std::to_string(result.failures.size()) +
               " parts failed.</strong>See <a href=\"#failures\">what failed</a>; means over fewer cells than the "
               "others' do not compare.</div>\n";
    return out + "<dl class=\"facts\">" + fact("Algorithms", joined(algorithms)) + fact("Protocol", joined(protocols)) +
           fact("Sequences", joined(sequences)) + fact("Horizons", joined(horizons) + " s") +
           fact("Hyper-parameters",
                grid + (o.grid == GridKind::none ? ""
                                                 : ", chosen by nRMSE between " + fixed(o.train_end_s, 0) + " and " +
                                                       fixed(o.eval_start_s, 0) + " s")) +
           fact("Test", fixed(o.eval_start_s, 0) + " s to " +
                            (o.eval_end_s ? fixed(*o.eval_end_s, 0) + " s" : std::string("the end"))) +
           fact("Seeds",
                std::to_string(o.runs) + " from " + std::to_string(o.seed) +
                    (o.grid == GridKind::none ? std::string()
                                              : "; " + std::to_string(o.choosing_seeds()) + " to choose parameters")) +
           fact("Version", escape_html(result.version)) + fact("Written", escape_html(created)) +
           "</dl>\n<p class=\"notice\">" + escape_html(kNotAMedicalDevice) + "</p>\n</header>\n";
}

std::string gating(const StudyResult& result, const Json& tables)
{
    if (!result.options.gate) return {};
    const GateRequest& gate = *result.options.gate;
    const std::string latencies = gate.t_on_s && gate.t_off_s
                                      ? "Beam-on latency " + horizon_label(*gate.t_on_s) + " s, beam-off latency " +
                                            horizon_label(*gate.t_off_s) + " s."
                                      : std::string("The horizon stands for both latencies, beam on and beam off.");
    return "<p>Window " + escape_html(gate.window) + " on " + escape_html(gate.axis) + ", means over the sequences. " +
           latencies + "</p>\n" +
           each_protocol(result, [&](std::size_t p) { return study_gating_table(result, tables, p); });
}

std::string published(const StudyResult& result, const Json& tables)
{
    const std::string rows = published_table(result, tables);
    if (rows.empty()) return {};
    return "<p>Paper: " + escape_html(kPublishedSource) +
           ", published protocol, MATLAB on an i7-13700. Here: " + std::to_string(result.sequences.size()) +
           " sequences, the horizons above; a step with learning for one "
           "horizon.</p>\n" +
           rows;
}

std::string leak(const StudyResult& result, const Json& tables)
{
    if (!ran(result, rnn::Protocol::published)) return {};
    const Json& leaked = tables.at("leaked_target").at("nrmse");
    return "<p>In the published experiments the weights are corrected with the true position at t + h right after it "
           "was forecast at t. At the next sample the learner has therefore seen up to h − 1 samples of the future, "
           "and the error hardly grows with the horizon: the tell-tale. Simply repeating the last target that was "
           "revealed has an nRMSE of " +
           (leaked.is_number() ? fixed(leaked.get<double>(), 3) : std::string("–")) +
           " at every horizon. No such target is there when a patient breathes.</p>\n" + leak_table(result, tables) +
           leak_figure(result);
}

std::string run_section(const StudyResult& result, const std::string& command)
{
    return "<p>" + fixed(result.wall_s, 1) + " s with " + std::to_string(result.jobs) + " at a time; " +
           std::to_string(result.units) + " units of work, of which " + std::to_string(result.resumed_units) +
           " had been done before a stop. Step times were taken under this load; <code>foretide bench</code> measures "
           "them alone.</p>\n" +
           study_times_table(result) + "<p>To find the same again:</p>\n<pre class=\"command\">" +
           escape_html(command) + "</pre>\n";
}

}  // namespace

void write_study_report(std::ostream& out, const StudyResult& result, const Json& tables, const std::string& command)
{
    const std::string created = html::utc_now();
    std::string body = head(result, created) + "<main>\n";
    body += section("accuracy", "Accuracy",
                    each_protocol(result, [&](std::size_t p) { return study_means_table(result, tables, p); }));
    body += section("horizons", "Error against horizon", each_protocol(result, [&](std::size_t p) {
                        return error_figure(result, p) + horizon_table(result, tables, p);
                    }));
    body += section("sequences", "By sequence",
                    each_protocol(result, [&](std::size_t p) { return sequence_tables(result, tables, p); }));
    body += section("traces", "Forecast and measured motion", study_trace_figures(result));
    body += section("intervals", "Prediction intervals", each_protocol(result, [&](std::size_t p) {
                        return interval_figure(result, p) + coverage_table(result, tables, p);
                    }));
    body += section("gating", "Gating", gating(result, tables));
    body += section("published", "Published figures beside ours", published(result, tables));
    body += section("leak", "What the published protocol hides", leak(result, tables));
    body += section("choices", "Hyper-parameters chosen", choice_tables(result));
    body += section("failures", "What failed", failure_table(result));
    body += section("run", "The run", run_section(result, command));
    body += section("glossary", "Terms", html::glossary());
    body += "</main>\n<footer class=\"foot\"><p>" + escape_html(kNotAMedicalDevice) + "</p><p>" +
            escape_html(result.version) + " · " + escape_html(created) + "</p></footer>\n";
    out << html::page("Foretide validation report", body);
    out.flush();
    if (!out) throw std::runtime_error("the report could not be written (disk full, or the file was closed)");
}

}  // namespace foretide::validation
