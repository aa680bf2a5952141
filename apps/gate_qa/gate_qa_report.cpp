// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <stdexcept>

#include "apps/gate_qa/gate_qa.h"
#include "validation/report/html.h"
#include "validation/text.h"
#include "validation/version.h"

namespace foretide::apps {

namespace {

namespace html = validation::html;
using validation::escape_html;
using validation::fixed;

std::string verdict(bool pass) { return pass ? "pass" : "<strong>FAIL</strong>"; }

std::string check_table(const GateQaResult& r)
{
    std::string body = "<tbody>";
    for (const GateQaCheck& c : r.checks)
        body += "<tr>" + html::td(escape_html(c.what), "text") + html::td(c.measured) + html::td(c.limit) +
                html::td(verdict(c.pass), "text") + "</tr>";
    for (const std::string& problem : r.problems)
        body += "<tr>" + html::td(escape_html(problem), "text") + html::td("–") + html::td("–") +
                html::td(verdict(false), "text") + "</tr>";
    return html::table(
        html::th("Check", "", "text") + html::th("Measured") + html::th("Limit") + html::th("", "", "text"),
        body + "</tbody>");
}

/// Pulse durations over the period, with the line whose offset is off − on.
std::string duration_plot(const validation::LatencyResult& latency)
{
    html::Extent periods, durations;
    periods.add(0);
    durations.add(0);
    durations.add(latency.difference_s.value);
    for (const validation::LatencyRun& run : latency.runs) {
        periods.add(run.period_s);
        for (const double d : run.duration_s) durations.add(d);
    }
    const validation::PlotAxis x = periods.axis("Period [s]");
    validation::SvgPlot plot({.width = 640, .height = 320}, x, durations.axis("Beam pulse [s]"));
    const std::array<double, 2> ends{x.lo, x.hi};
    const std::array<double, 2> line{latency.difference_s.value + latency.duty_cycle * x.lo,
                                     latency.difference_s.value + latency.duty_cycle * x.hi};
    plot.line(ends, line, "truth");
    for (const validation::LatencyRun& run : latency.runs)
        for (const double d : run.duration_s) plot.dot(run.period_s, d, "s0", fixed(d, 3) + " s");
    return html::figure(
        html::scrolling(plot.svg("", "Duration of the beam pulses over the period")),
        "Every pulse, and the line through the means of the runs. At a period of 0 it stands at off − on: " +
            fixed(1e3 * latency.difference_s.value, 0) + " ± " + fixed(1e3 * latency.difference_s.half_width, 0) +
            " ms. Pulses are late by (on + off)/2 = " + fixed(1e3 * latency.mean_s.value, 0) + " ± " +
            fixed(1e3 * latency.mean_s.half_width, 0) + " ms in the middle. Intervals: 95 %.");
}

/// Coordinate and beam of a run, its first minute at most.
std::string run_plot(const GateQaRun& run, const GateQaSettings& s)
{
    if (run.motion.time_s.empty()) return {};
    constexpr double longest_s = 60;
    const double from_s = run.motion.time_s.front();
    const double to_s = run.kind == GateTestKind::drift ? run.motion.time_s.back()
                                                        : std::min(run.motion.time_s.back(), from_s + longest_s);
    const validation::GatedMotion shown = part_of(run.motion, from_s, std::max(to_s, from_s + 1e-3));
    html::Extent extent;
    for (const double x : shown.coordinate_mm) extent.add(x);
    extent.add(s.window.lower_mm);
    extent.add(s.window.upper_mm);
    validation::SvgPlot plot({.width = 960, .height = 220}, {"Time [s]", from_s, std::max(to_s, from_s + 1e-3)},
                             extent.axis("Position [mm]"));
    plot.horizontal_band(s.window.lower_mm, s.window.upper_mm, "window");
    bool on = !run.motion.edges.empty() && !run.motion.edges.front().on;
    double since_s = from_s;
    for (const acquisition::BeamEdge& edge : shown.edges) {
        if (on) plot.vertical_band(since_s, edge.time_s, "beam");
        on = edge.on;
        since_s = edge.time_s;
    }
    if (on) plot.vertical_band(since_s, to_s, "beam");
    plot.line(shown.time_s, shown.coordinate_mm, "s0");
    return html::figure(html::scrolling(plot.svg("", "Motion and beam: " + run.name)), escape_html(run.name));
}

std::string drift_text(const GateQaResult& r)
{
    std::string out;
    for (const validation::DriftResult& d : r.drift)
        out += "<p>Baseline drift " + fixed(d.drift_mm_min, 2) + " mm/min, " + fixed(d.total_mm, 1) +
               " mm in all; beam on " + fixed(d.outside_s, 2) + " s after the baseline had left the window.</p>";
    for (const validation::StaticResult& t : r.still)
        out += "<p>Still phantom: noise " + fixed(t.noise_mm, 3) + " mm, drift " + fixed(t.drift_mm_min, 2) +
               " mm/min over " + fixed(t.length_s, 0) + " s.</p>";
    return out;
}

}  // namespace

void write_gate_qa_report(std::ostream& out, const GateQaResult& r, const GateQaSettings& s)
{
    std::string body =
        "<header class=\"top\"><h1>Gate QA: " + std::string(r.pass ? "pass" : "FAIL") + "</h1><dl class=\"facts\">";
    body += html::fact("Tested", escape_html(s.subject)) + html::fact("Made", html::utc_now());
    body += html::fact("Window", fixed(s.window.lower_mm, 2) + " … " + fixed(s.window.upper_mm, 2) + " mm");
    if (r.latency)
        body +=
            html::fact("Beam-on delay",
                       html::value_text(1e3 * r.latency->on_s.value, 1e3 * r.latency->on_s.half_width, 0) + " ms") +
            html::fact("Beam-off delay",
                       html::value_text(1e3 * r.latency->off_s.value, 1e3 * r.latency->off_s.half_width, 0) + " ms");
    body += "</dl></header><main>" + html::section("checks", "Checks", check_table(r));
    if (r.latency) body += html::section("latency", "Latency", duration_plot(*r.latency));
    body += html::section("steady", "Steadiness and drift", drift_text(r));
    std::string plots;
    for (const GateQaRun& run : r.runs) plots += run_plot(run, s);
    body += html::section("runs", "Motion and beam", plots);
    body +=
        "<section><p>Tolerance of the delays: AAPM TG-142 asks that the gate acts within 100 ms of what is "
        "expected.</p></section></main><footer class=\"foot\"><p>" +
        escape_html(validation::kNotAMedicalDevice) + "</p><p>" + escape_html(validation::version_text()) +
        "</p></footer>";
    out << html::page("Foretide gate QA",
                      "<style>.window{fill:#009e73;opacity:.15}.beam{fill:#e69f00;opacity:.3}</style>" + body);
    out.flush();
    if (!out) throw std::runtime_error("the report could not be written: is the disk full?");
}

}  // namespace foretide::apps
