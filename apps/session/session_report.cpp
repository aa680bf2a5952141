// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/session/session_report.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <stdexcept>

#include "apps/engine/engine_config.h"
#include "apps/engine/toml_section.h"
#include "apps/session/session_info.h"
#include "apps/session/session_scan.h"
#include "apps/session/session_series.h"
#include "validation/report/html.h"
#include "validation/report/svg_plot.h"
#include "validation/text.h"

namespace foretide::apps {

namespace {

namespace html = validation::html;
using html::td;
using html::th;
using validation::escape_html;
using validation::fixed;

constexpr double kStretch_s = 60;

/// What the sections share.
struct Report {
    const core::SessionReader& session;
    const core::SessionHeader& header;
    SessionScan scan;
    SessionSeries series;
    double end_s;  ///< of the series

    double seconds(core::TimePoint time) const
    {
        return core::to_seconds(time) - (scan.first_sample ? core::to_seconds(*scan.first_sample) : 0);
    }
    /// The stretch that is drawn large: from the middle of the session on.
    double view_lo_s() const { return end_s > kStretch_s ? std::max(0.0, end_s / 2 - kStretch_s / 2) : 0; }
    double view_hi_s() const { return std::min(end_s, view_lo_s() + kStretch_s); }
};

std::string row(std::initializer_list<std::string> cells)
{
    std::string out = "<tr>";
    for (const std::string& cell : cells) out += td(escape_html(cell), "text");
    return out + "</tr>";
}

std::string name_of(const nlohmann::ordered_json& forecaster)
{
    const auto name = forecaster.find("name");
    return name != forecaster.end() && name->is_string() ? name->get<std::string>() : "not stated";
}

std::string head(const Report& r, const std::string& created)
{
    const core::SessionHeader& h = r.header;
    const auto text = [](const std::string& value) { return value.empty() ? "not stated" : escape_html(value); };
    const auto algorithm = json_or_text(h.algorithm);
    return "<header class=\"top\">\n<h1>Foretide session " + escape_html(h.patient_pseudonym) +
           "</h1>\n<p class=\"subtitle\">" + escape_html(r.session.file()) + "</p>\n<dl class=\"facts\">" +
           html::fact("Patient (pseudonym)", text(h.patient_pseudonym)) +
           html::fact("Operator", text(h.operator_name)) + html::fact("Site", text(h.site)) +
           html::fact("Started", utc(r.session.unix_s(h.started))) + html::fact("Duration", fixed(r.end_s, 1) + " s") +
           html::fact("Source", text(h.source)) +
           html::fact("Markers", std::to_string(h.layout.markers) + ", " +
                                     validation::significant(h.layout.rate_hz, 3) + " Hz, " + text(h.coordinate_frame) +
                                     " frame") +
           html::fact("Forecaster",
                      escape_html(algorithm.is_object() && algorithm.contains("main") && algorithm["main"].is_object()
                                      ? name_of(algorithm["main"])
                                      : "not stated")) +
           html::fact("Records", std::to_string(r.scan.counts.frames) + " frames, " +
                                     std::to_string(r.scan.counts.samples) + " samples") +
           html::fact("Session", text(h.session_id)) + html::fact("Version", text(h.version)) +
           html::fact("Written", escape_html(created)) + "</dl>\n<p class=\"notice\">" +
           escape_html(validation::kNotAMedicalDevice) + "</p>\n</header>\n";
}

void draw_beam(validation::SvgPlot& plot, const Report& r)
{
    for (const auto& [from_s, to_s] : r.series.beam_on_s) plot.vertical_band(from_s, to_s, "gate-window");
}

html::Extent extent_of(std::initializer_list<const std::vector<double>*> all)
{
    html::Extent extent;
    for (const auto* values : all)
        for (const double v : *values) extent.add(v);
    return extent;
}

std::string overview(const Report& r)
{
    const SessionSeries& s = r.series;
    const std::string label = validation::coordinate_label(static_cast<int>(s.coordinate));
    validation::SvgPlot plot({.height = 170, .top = 20, .bottom = 40}, {"Time [s]", 0, r.end_s},
                             extent_of({&s.measured_mm}).axis(label + " [mm]"));
    draw_beam(plot, r);
    plot.vertical_band(r.view_lo_s(), r.view_hi_s(), "view");
    plot.line(s.time_s, s.measured_mm, "truth thin", s.longest_gap_s);
    return html::figure(
        html::scrolling(plot.svg("fig-overview", "The whole session: measured " + label)),
        "The whole session: measured " + label + ". Green: beam commanded on. Blue: the stretch drawn below.");
}

std::string stretch(const Report& r)
{
    const SessionSeries& s = r.series;
    const std::string label = validation::coordinate_label(static_cast<int>(s.coordinate));
    validation::SvgPlot plot({.height = 310}, {"Time [s]", r.view_lo_s(), r.view_hi_s()},
                             extent_of({&s.measured_mm, &s.lower_mm, &s.upper_mm}).axis(label + " [mm]"));
    draw_beam(plot, r);
    plot.band(s.target_s, s.lower_mm, s.upper_mm, "s0", s.longest_gap_s);
    plot.line(s.time_s, s.measured_mm, "truth", s.longest_gap_s);
    plot.line(s.target_s, s.forecast_mm, "s0", s.longest_gap_s);
    return html::figure(
        html::scrolling(plot.svg("fig-trace", "Measured and forecast " + label)),
        "Measured (dark) and forecast " + validation::horizon_label(s.horizon_s) +
            " s before (blue), at the moment it was for, with its 90 % interval. Over the session: RMSE " +
            fixed(s.rmse_mm, 2) + " mm, " + fixed(100 * s.coverage, 1) + " % of the positions inside the interval.");
}

/// Where the gate's latencies come from; empty where there was none, or its configuration is not of this version.
std::string latency_budget_text(const Report& r)
{
    try {
        const EngineConfig config = parse_engine_config(r.header.configuration, "the session's configuration");
        if (config.gate) return "<pre>" + escape_html(describe(config.gate->budget())) + "</pre>\n";
    } catch (const ConfigError&) {
    }
    return {};
}

std::string gate(const Report& r)
{
    const SessionSeries& s = r.series;
    const html::Extent extent = extent_of({&s.gate_mm, &s.gate_lower_mm, &s.gate_upper_mm, &s.baseline_mm});
    if (!(extent.lo <= extent.hi)) return {};
    validation::SvgPlot plot({.height = 240}, {"Time [s]", r.view_lo_s(), r.view_hi_s()},
                             extent.axis("gate coordinate [mm]"));
    draw_beam(plot, r);
    for (const core::CommandRecord& c : r.scan.commands) {
        const bool sets = c.kind == core::CommandKind::set_gate || c.kind == core::CommandKind::rebase_gate;
        if (sets && c.accepted && std::isfinite(c.gate_lower_mm + c.gate_upper_mm))
            plot.vertical_rule(r.seconds(c.received), "mark", "gate set");
    }
    plot.band(s.gate_target_s, s.gate_lower_mm, s.gate_upper_mm, "s0", s.longest_gap_s);
    plot.line(s.time_s, s.gate_mm, "truth", s.longest_gap_s);
    plot.line(s.time_s, s.baseline_mm, "s2", s.longest_gap_s);
    for (const auto* bound : {&s.window_lower_mm, &s.window_upper_mm})
        plot.line(s.time_s, *bound, "s3", s.longest_gap_s);
    return latency_budget_text(r) +
           html::figure(html::scrolling(plot.svg("fig-gate", "Gate coordinate")),
                        "Gate coordinate, and the range forecast for it the beam-on latency before; its end-exhale "
                        "level and the window's bounds. Green: beam commanded on.");
}

std::string holds(const Report& r)
{
    const auto all = static_cast<double>(r.scan.counts.samples);
    std::string rows;
    const auto add = [&](const std::string& what, std::int64_t samples) {
        const auto n = static_cast<double>(samples);
        rows += "<tr>" + td(escape_html(what), "text") + td(fixed(n / r.header.layout.rate_hz, 1)) +
                td(fixed(100 * n / all, 1)) + "</tr>";
    };
    add("beam on", r.scan.reasons[0]);
    for (int i = 1; i < core::kHoldReasons; ++i) {
        if (const std::int64_t n = r.scan.reasons[static_cast<std::size_t>(i)]; n > 0)
            add("hold: " + std::string(core::in_words(static_cast<core::HoldReason>(i))), n);
    }
    return html::table(th("Beam", "", "text") + th("Time", "s") + th("Share", "%"), "<tbody>" + rows + "</tbody>");
}

std::string alarms(const Report& r)
{
    if (r.scan.alarms.empty()) return "<p>None.</p>\n";
    std::string rows;
    for (const core::AlarmRecord& a : r.scan.alarms)
        rows += row({fixed(r.seconds(a.time), 1), a.priority, a.name, core::to_string(a.change), a.by, a.text});
    return html::table(th("Time", "s", "text") + th("Priority", "", "text") + th("Alarm", "", "text") +
                           th("", "", "text") + th("By", "", "text") + th("Meaning", "", "text"),
                       "<tbody>" + rows + "</tbody>");
}

std::string commands(const Report& r)
{
    std::string rows;
    for (const core::CommandRecord& c : r.scan.commands) {
        rows += row({fixed(r.seconds(c.received), 1), core::to_string(c.kind), c.accepted ? "accepted" : "refused",
                     c.operator_name.c_str(), c.station.c_str(), c.text.c_str(), c.answer.c_str()});
    }
    if (rows.empty()) return "<p>None.</p>\n";
    return html::table(th("Time", "s", "text") + th("Command", "", "text") + th("", "", "text") +
                           th("Operator", "", "text") + th("Station", "", "text") + th("Text", "", "text") +
                           th("Answer", "", "text"),
                       "<tbody>" + rows + "</tbody>");
}

std::string latencies(const Report& r)
{
    std::string rows;
    const auto add = [&](const char* name, const core::LatencyHistogram& latency) {
        rows += "<tr>" + td(name, "text") + td(std::to_string(latency.count()));
        for (const double percent : {50.0, 99.0, 99.9, 100.0}) rows += td(fixed(latency.percentile_us(percent), 1));
        rows += "</tr>";
    };
    add("last byte received to command sent", r.scan.arrival_to_command);
    add("last byte received to learning done", r.scan.step);
    return html::table(th("Latency", "", "text") + th("Count") + th("p50", "µs") + th("p99", "µs") + th("p99.9", "µs") +
                           th("max", "µs"),
                       "<tbody>" + rows + "</tbody>") +
           "<p>Forecasts published late: " + std::to_string(r.scan.deadline_missed) +
           ". Fallback forecasts: " + std::to_string(r.scan.fallbacks) +
           ". Steps without learning: " + std::to_string(r.scan.learning_skipped) +
           ". Steps that ended late: " + std::to_string(r.scan.step_deadline_missed) + ".</p>\n";
}

std::string completeness(const Report& r, bool ended)
{
    std::string out = ended ? "<p>The recording ended as it should.</p>\n"
                            : "<p><strong>The recording was broken off: it has no summary.</strong></p>\n";
    for (const std::string& error : r.scan.sequence_errors) out += "<p>" + escape_html(error) + "</p>\n";
    if (r.scan.gaps.empty()) return out + "<p>No gaps.</p>\n";
    std::string rows;
    for (const core::GapRecord& g : r.scan.gaps) {
        rows += row({fixed(r.seconds(g.from), 1), fixed(r.seconds(g.to), 1), std::to_string(g.lost.frames),
                     std::to_string(g.lost.samples), std::to_string(g.lost.commands + g.lost.alarms + g.lost.unknown),
                     g.reason});
    }
    return out + html::table(th("From", "s", "text") + th("To", "s", "text") + th("Frames", "", "text") +
                                 th("Samples", "", "text") + th("Others", "", "text") + th("Reason", "", "text"),
                             "<tbody>" + rows + "</tbody>");
}

std::string log(const Report& r)
{
    std::string rows;
    for (const core::NoteRecord& n : r.scan.notes) rows += row({fixed(r.seconds(n.time), 1), n.text});
    if (rows.empty()) return {};
    return html::table(th("Time", "s", "text") + th("Note", "", "text"), "<tbody>" + rows + "</tbody>");
}

std::string settings(const Report& r)
{
    const auto preformatted = [](const std::string& text) {
        return "<pre class=\"command\">" + escape_html(text) + "</pre>\n";
    };
    return "<h3>Algorithm</h3>\n" + preformatted(r.header.algorithm) +
           html::folded("Configuration", preformatted(r.header.configuration)) + "<h3>Build</h3>\n" +
           preformatted(r.header.version + "\n" + r.header.build);
}

}  // namespace

void write_session_report(core::SessionReader& session, std::ostream& out, const std::string& created)
{
    SessionScan scan = scan_session(session);
    if (scan.counts.samples < 2) throw std::runtime_error(session.file() + ": it holds no samples to report on");
    SessionSeries series = read_session_series(session, scan);
    const double end_s = *std::max_element(series.time_s.begin(), series.time_s.end());
    if (!(end_s > 0)) throw std::runtime_error(session.file() + ": the times of its samples do not increase");
    const Report r{session, session.header(), std::move(scan), std::move(series), end_s};
    const bool ended = session.summary().has_value();

    const std::string written = created.empty() ? html::utc_now() : created;
    std::string body = head(r, written) + "<main>\n";
    body += html::section("motion", "Forecast and measured motion", overview(r) + stretch(r));
    body += html::section("gate", "Gate", gate(r));
    body += html::section("holds", "Beam and holds", holds(r));
    body += html::section("alarms", "Alarms", alarms(r));
    body += html::section("commands", "Commands", commands(r));
    body += html::section("latencies", "Latencies", latencies(r));
    body += html::section("record", "Completeness of the record", completeness(r, ended));
    body += html::section("log", "Log", log(r));
    body += html::section("settings", "Configuration and versions", settings(r));
    body += "</main>\n<footer class=\"foot\"><p>" + escape_html(validation::kNotAMedicalDevice) + "</p><p>" +
            escape_html(r.header.version) + " · " + escape_html(written) + "</p></footer>\n";
    const std::string page = html::page("Foretide session " + escape_html(r.header.patient_pseudonym), body);
    out.write(page.data(), static_cast<std::streamsize>(page.size()));
    out.flush();
    if (!out) throw std::runtime_error("the report could not be written: is the disk full?");
}

}  // namespace foretide::apps
