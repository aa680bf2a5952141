// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/html_report.h"

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "validation/report/assets.h"
#include "validation/report/context.h"
#include "validation/report/figures.h"
#include "validation/report/html.h"
#include "validation/report/series.h"
#include "validation/report/step_times.h"
#include "validation/report/tables.h"
#include "validation/result_checks.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

using html::fact;
using html::joined;
using html::section;

constexpr std::size_t kOpenRows = 60;  // a longer table starts folded where a summary stands above it

bool any_published(const ReportContext& context)
{
    for (const ReplayResult& result : context.results) {
        if (result.protocol == "published") return true;
    }
    return false;
}

std::string protocols(const ReportContext& context)
{
    std::vector<std::string> names;
    for (const ReplayResult& result : context.results) {
        if (std::find(names.begin(), names.end(), result.protocol) == names.end()) names.push_back(result.protocol);
    }
    return joined(names);
}

std::string head(const ReportContext& context, const ReportOptions& options, const std::string& created)
{
    const ReplayResult& first = context.first();
    std::vector<std::string> horizons;
    for (const double h : context.horizons_s) horizons.push_back(horizon_label(h));

    std::string out = "<header class=\"top\">\n<h1>" + escape_html(options.title) + "</h1>\n<p class=\"subtitle\">" +
                      escape_html(joined_inputs(first)) + "</p>\n";
    if (any_published(context)) {
        out +=
            "<div class=\"warning\" role=\"alert\"><strong>Published protocol: not achievable accuracy.</strong>The "
            "learner sees h−1 samples of the future: targets are revealed right after the forecast, as in the "
            "papers. This is a check of the mathematics, not achievable accuracy. Only the live protocol says what a "
            "live system can do.</div>\n";
    }
    out +=
        "<dl class=\"facts\">" + fact("Algorithms", escape_html(joined(context.labels))) +
        fact("Protocol", escape_html(protocols(context))) +
        fact("Recording", std::to_string(first.markers) + (first.markers == 1 ? " marker, " : " markers, ") +
                              significant(first.rate_hz, 3) + " Hz, " + std::to_string(first.time_s.size()) +
                              " samples, " + fixed(context.plottable ? context.end_s - context.start_s : 0, 1) + " s") +
        fact("Scored", fixed(first.eval_start_s, 1) + " s to " +
                           (first.eval_end_s > first.eval_start_s ? fixed(first.eval_end_s, 1) + " s" : "the end") +
                           "; training to " + fixed(first.train_end_s, 1) + " s") +
        fact("Horizons", joined(horizons) + " s") +
        fact("Seed",
             std::to_string(first.seed) + (first.runs > 1 ? ", " + std::to_string(first.runs) + " seeds run" : "")) +
        fact("Version", escape_html(first.version.empty() ? "not stated" : first.version)) +
        fact("Written", escape_html(created)) + "</dl>\n<p class=\"notice\">" + escape_html(kNotAMedicalDevice) +
        "</p>\n</header>\n";
    return out;
}

std::string accuracy(const ReportContext& context)
{
    std::string out =
        "<p>Errors are 3-D distances between forecast and measured marker positions over the scored "
        "part.";
    if (context.results.size() > 1) out += " Bold: the lowest nRMSE at each horizon.";
    if (context.first().runs > 1) {
        out += " Means over " + std::to_string(context.first().runs) + " seeds, ± the half-width of the 95 % interval.";
    }
    const std::string summary = summary_table(context);
    const std::string all = metrics_table(context);
    if (summary.empty() || context.cells.size() <= kOpenRows) return out + "</p>\n" + summary + all;
    return out + "</p>\n" + summary + "<details class=\"more\"><summary>Every horizon (" +
           std::to_string(context.cells.size()) + " rows)</summary>\n" + all + "</details>\n";
}

std::string gating(const ReportContext& context)
{
    const std::string table = gating_table(context);
    if (table.empty()) return {};
    const GateOutcome* gate = nullptr;
    bool same_latencies = true;
    for (const ReportContext::Cell& cell : context.cells) {
        if (cell.horizon == nullptr || !cell.horizon->gating) continue;
        if (gate == nullptr) gate = &*cell.horizon->gating;
        same_latencies = same_latencies && cell.horizon->gating->t_on_s == gate->t_on_s &&
                         cell.horizon->gating->t_off_s == gate->t_off_s;
    }
    return "<p>Window on " + escape_html(gate->axis) + ": " + fixed(gate->lower_mm, 2) + " to " +
           fixed(gate->upper_mm, 2) + " mm. " +
           (same_latencies ? "Beam-on latency " + fixed(gate->t_on_s, 2) + " s, beam-off latency " +
                                 fixed(gate->t_off_s, 2) + " s."
                           : std::string("The horizon stands for both latencies, beam on and beam off.")) +
           (gate->confidence > 0 ? " The beam is on only where the " + fixed(100 * gate->confidence, 0) +
                                       " % interval of the coordinate lies inside the window; each of its bounds "
                                       "should hold for " +
                                       fixed(100 - 50 * (1 - gate->confidence), 0) + " %."
                                 : std::string(" The gate judges point forecasts.")) +
           "</p>\n" + table + gate_figure(context);
}

std::string timing(const ReportContext& context) { return step_time_table(context) + step_time_figure(context); }

std::string data_section(const ReportContext& context)
{
    return "<h3>Reader</h3>\n" + notes_list(context) + "<h3>Conditioner</h3>\n" + conditioning_table(context);
}

std::string embedding_note(const ReportContext& context, const EmbeddedSeries& series)
{
    if (!context.plottable) return "<p>The recording has fewer than two samples: there is nothing to plot.</p>\n";
    if (series.json.empty()) {
        return "<p>The series are too long to embed: this report shows the first view only. predictions.csv has "
               "them all.</p>\n";
    }
    if (!series.reduced) return {};
    return "<p>The series are long: only " + escape_html(context.coordinates.front().label) +
           " is embedded. predictions.csv has all coordinates.</p>\n";
}

}  // namespace

void write_html_report(std::ostream& out, std::span<const ReplayResult> results, const ReportOptions& options)
{
    if (!(options.stretch_s > 0)) throw std::runtime_error("the stretch of a report must be longer than 0 s");
    const ReportContext context{results, options};
    const EmbeddedSeries series = embed_series(context, options.max_series_bytes);
    const std::string created = options.created.empty() ? html::utc_now() : options.created;

    std::string body = head(context, options, created) + "<main>\n";
    body += section("accuracy", "Accuracy", accuracy(context));
    body += section("traces-section", "Forecast and measured motion",
                    trace_figures(context) + embedding_note(context, series));
    body += section("error-over-time", "Error over time", error_over_time_figures(context));
    body += section("error-over-horizon", "Error against horizon", error_over_horizon_figure(context));
    body += section("gating", "Gating", gating(context));
    body += section("timing", "Step times", timing(context));
    body += section("data", "Recording and conditioning", data_section(context));
    body += section("parameters", "Parameters", parameter_table(context));
    body += section("glossary", "Terms", html::glossary());
    body += "</main>\n<footer class=\"foot\"><p>" + escape_html(kNotAMedicalDevice) + "</p><p>" +
            escape_html(context.first().version) + " · " + escape_html(created) + "</p></footer>\n";
    std::string scripts;
    if (!series.json.empty()) {
        scripts = "<script type=\"application/json\" id=\"report-data\">" + series.json + "</script>\n<script>";
        scripts += report_script();
        scripts += "</script>\n";
    }

    const std::string page = html::page(options.title, body, scripts);
    out.write(page.data(), static_cast<std::streamsize>(page.size()));
    out.flush();
    if (!out) throw std::runtime_error("the report could not be written (disk full, or the file was closed)");
}

void write_trace_svg(std::ostream& out, std::span<const ReplayResult> results, const ReportOptions& options)
{
    const ReportContext context{results, options};
    if (!context.plottable)
        throw std::runtime_error("the recording has fewer than two samples: there is nothing to plot");
    out << trace_picture(context);
    if (!out) throw std::runtime_error("cannot write the trace plot: is the disk full?");
}

}  // namespace foretide::validation
