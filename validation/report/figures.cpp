// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/figures.h"

#include <algorithm>
#include <cmath>

#include "validation/report/assets.h"
#include "validation/report/horizon_plot.h"
#include "validation/report/html.h"
#include "validation/report/interval_bands.h"
#include "validation/report/svg_plot.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

using html::Extent;
using html::figure;
using html::scrolling;

constexpr double kErrorWindow_s = 10;
constexpr int kErrorPoints = 300;

/// A scalar series: one coordinate of the measured motion, of a forecast, or their difference.
struct Trace {
    std::vector<double> time_s;
    std::vector<double> value_mm;
    std::vector<double> lower_mm, upper_mm;  ///< of the interval; empty without

    void add(double t, double v)
    {
        time_s.push_back(t);
        value_mm.push_back(v);
    }
};

Trace measured_trace(const ReportContext& context, const Coordinate& coordinate, double lo_s, double hi_s)
{
    Trace trace;
    for (std::size_t k = 0; k < context.measured.size(); ++k) {
        const double t = context.measured.time_s(k);
        if (t >= lo_s && t <= hi_s) trace.add(t, coordinate.axis.project(context.measured.position_mm(k)));
    }
    return trace;
}

/// Forecasts at the moment they are for; `difference`: minus the measured position then.
Trace forecast_trace(const ReportContext& context, const HorizonResult& horizon, const Coordinate& coordinate,
                     double lo_s, double hi_s, bool difference)
{
    const std::size_t p = context.measured.coordinates();
    const std::span<const double> forecasts_mm{horizon.forecast_mm};
    const std::vector<double> half_widths_mm =
        interval_half_widths_mm(context.measured, context.first().rate_hz, horizon, coordinate);
    std::vector<double> truth_mm(p);
    Trace trace;
    for (std::size_t k = 0; k < horizon.target_time_s.size(); ++k) {
        const double t = horizon.target_time_s[k];
        if (t < lo_s || t > hi_s) continue;
        double value = coordinate.axis.project(forecasts_mm.subspan(k * p, p));
        if (difference) {
            context.measured.at(t, truth_mm);
            value -= coordinate.axis.project(truth_mm);
        }
        trace.add(t, value);
        if (!half_widths_mm.empty() && !difference) {
            trace.lower_mm.push_back(value - half_widths_mm[k]);
            trace.upper_mm.push_back(value + half_widths_mm[k]);
        }
    }
    return trace;
}

void add_background(SvgPlot& plot, const ReportContext& context, bool with_labels)
{
    bool first = with_labels;
    for (const auto& [from_s, to_s] : context.warm_up_s) {
        plot.vertical_band(from_s, to_s, "warm-up", first ? "warm-up" : "");
        first = false;
    }
    plot.vertical_rule(context.train_end_s, "mark", with_labels ? "training ends" : "", 1);
    plot.vertical_rule(context.scored_start_s, "mark", with_labels ? "scored from here" : "", 0);
    if (context.scored_end_s < context.end_s) {
        plot.vertical_rule(context.scored_end_s, "mark", with_labels ? "scored to here" : "", 1);
    }
}

std::string overview_svg(const ReportContext& context)
{
    const Coordinate& coordinate = context.coordinates.front();
    const Trace trace = measured_trace(context, coordinate, context.start_s, context.end_s);
    Extent extent;
    for (const double v : trace.value_mm) extent.add(v);
    SvgPlot plot({.height = 170, .top = 36, .bottom = 40}, {"Time [s]", context.start_s, context.end_s},
                 extent.axis(coordinate.label + " [mm]"));
    add_background(plot, context, true);
    plot.vertical_band(context.view_lo_s, context.view_hi_s, "view");
    plot.line(trace.time_s, trace.value_mm, "truth thin", context.measured.longest_gap_s());
    return plot.svg("fig-overview", "The whole session: measured " + coordinate.label);
}

std::string trace_svg(const ReportContext& context, bool difference)
{
    const Coordinate& coordinate = context.coordinates.front();
    const double lo = context.view_lo_s;
    const double hi = context.view_hi_s;
    Extent extent;
    Trace truth;
    if (difference) {
        extent.add(0);
    } else {
        truth = measured_trace(context, coordinate, lo, hi);
        for (const double v : truth.value_mm) extent.add(v);
    }
    std::vector<Trace> traces(context.results.size());
    for (std::size_t a = 0; a < traces.size(); ++a) {
        const HorizonResult* horizon = context.cell(a, context.default_horizon).horizon;
        if (horizon == nullptr || !context.drawn[a]) continue;
        traces[a] = forecast_trace(context, *horizon, coordinate, lo, hi, difference);
        for (const auto* values : {&traces[a].value_mm, &traces[a].lower_mm, &traces[a].upper_mm})
            for (const double v : *values) extent.add(v);
    }
    const PlotFrame frame =
        difference ? PlotFrame{.height = 180, .top = 8} : PlotFrame{.height = 310, .top = 10, .bottom = 26};
    SvgPlot plot(frame, {difference ? "Time [s]" : "", lo, hi},
                 extent.axis(difference ? "difference [mm]" : coordinate.label + " [mm]"));
    add_background(plot, context, false);
    for (std::size_t a = 0; a < traces.size(); ++a) {
        plot.band(traces[a].time_s, traces[a].lower_mm, traces[a].upper_mm, ReportContext::series_class(a),
                  context.measured.longest_gap_s());
    }
    plot.line(truth.time_s, truth.value_mm, "truth", context.measured.longest_gap_s());
    for (std::size_t a = 0; a < traces.size(); ++a) {
        plot.line(traces[a].time_s, traces[a].value_mm, ReportContext::series_class(a),
                  context.measured.longest_gap_s());
    }
    const std::string horizon = horizon_label(context.horizons_s[context.default_horizon]);
    return difference ? plot.svg("fig-difference", "Forecast minus measured position, horizon " + horizon + " s")
                      : plot.svg("fig-trace", "Measured position and forecasts made " + horizon + " s before");
}

std::string trace_legend(const ReportContext& context)
{
    std::string out =
        "<ul class=\"legend\" id=\"legend\"><li><span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 26 8\" "
        "aria-hidden=\"true\"><path class=\"line truth\" d=\"M0 4L26 4\"/></svg>measured</span></li>";
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        out += std::string("<li") + (context.drawn[a] ? "" : " class=\"off\"") +
               "><label class=\"key\"><input class=\"js-only\" type=\"checkbox\" data-algorithm=\"" +
               std::to_string(a) + "\"" + (context.drawn[a] ? " checked" : "") + ">" + swatch(a) +
               escape_html(context.labels[a]) + "</label></li>";
    }
    return out + "</ul>\n";
}

std::string trace_controls(const ReportContext& context)
{
    std::string out =
        "<div class=\"controls js-only\" id=\"controls\"><label>Coordinate <select id=\"pick-coordinate\">";
    for (std::size_t c = 0; c < context.coordinates.size(); ++c) {
        out += "<option value=\"" + std::to_string(c) + "\">" + escape_html(context.coordinates[c].label) + "</option>";
    }
    out += "</select></label> <label>Horizon <select id=\"pick-horizon\">";
    for (std::size_t h = 0; h < context.horizons_s.size(); ++h) {
        out += "<option value=\"" + std::to_string(h) + "\"" + (h == context.default_horizon ? " selected" : "") + ">" +
               horizon_label(context.horizons_s[h]) + " s</option>";
    }
    return out +
           "</select></label> <span class=\"buttons\">"
           "<button type=\"button\" data-move=\"-1\" title=\"Earlier\">◀</button>"
           "<button type=\"button\" data-move=\"1\" title=\"Later\">▶</button>"
           "<button type=\"button\" data-zoom=\"0.5\" title=\"Shorter stretch\">+</button>"
           "<button type=\"button\" data-zoom=\"2\" title=\"Longer stretch\">−</button>"
           "<button type=\"button\" data-reset=\"1\">Reset</button></span>"
           "<output id=\"stretch\"></output></div>\n";
}

/// Running errors of all algorithms at one horizon; the range is that of the scored part.
std::string error_panel(const ReportContext& context, std::size_t h)
{
    std::vector<RunningRms> lines(context.results.size());
    Extent extent;
    extent.add(0);
    for (std::size_t a = 0; a < lines.size(); ++a) {
        const ReportContext::Cell& cell = context.cell(a, h);
        if (cell.horizon == nullptr) continue;
        lines[a] = running_rms(cell.horizon->target_time_s, cell.error_mm, kErrorWindow_s, context.start_s,
                               context.end_s, kErrorPoints);
        const auto add_between = [&](double from_s, double to_s) {
            for (std::size_t k = 0; k < lines[a].time_s.size(); ++k) {
                if (lines[a].time_s[k] >= from_s && lines[a].time_s[k] <= to_s) extent.add(lines[a].rms[k]);
            }
        };
        add_between(std::min(context.scored_start_s + kErrorWindow_s, context.scored_end_s), context.scored_end_s);
    }
    PlotAxis y = extent.axis("3-D error, RMS [mm]");
    y.lo = 0;
    SvgPlot plot({.height = 245, .top = 36}, {"Time [s]", context.start_s, context.end_s}, y);
    add_background(plot, context, true);
    for (std::size_t a = 0; a < lines.size(); ++a) {
        plot.line(lines[a].time_s, lines[a].rms, ReportContext::series_class(a));
    }
    return scrolling(plot.svg("", "Running 3-D error at the horizon " + horizon_label(context.horizons_s[h]) + " s"));
}

std::string horizon_panel(const ReportContext& context, const std::string& key, const std::string& label)
{
    std::vector<HorizonLine> lines;
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        HorizonLine line{ReportContext::series_class(a), context.labels[a], {}, {}};
        for (std::size_t h = 0; h < context.horizons_s.size(); ++h) {
            line.values.push_back(context.metric(a, h, key));
            line.half_widths.push_back(context.metric(a, h, key + "_ci95"));
        }
        lines.push_back(std::move(line));
    }
    return horizon_plot(context.horizons_s, lines, {label});
}

std::string static_legend(const ReportContext& context)
{
    if (context.results.size() < 2) return {};
    std::string out = "<ul class=\"legend\">";
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        out += "<li><span class=\"key\">" + swatch(a) + escape_html(context.labels[a]) + "</span></li>";
    }
    return out + "</ul>\n";
}

}  // namespace

std::string swatch(std::size_t algorithm)
{
    return "<svg class=\"swatch\" viewBox=\"0 0 26 8\" aria-hidden=\"true\"><path class=\"line " +
           ReportContext::series_class(algorithm) + "\" d=\"M0 4L26 4\"/></svg>";
}

std::string trace_figures(const ReportContext& context)
{
    if (!context.plottable) return {};
    const std::string horizon = horizon_label(context.horizons_s[context.default_horizon]);
    std::string caption =
        "Top: the whole session; the box marks the stretch below it<span class=\"js-only\"> (click or drag to "
        "choose another)</span>. Middle: the measured position and, at the same moment, the forecast made for it "
        "<span id=\"shown-horizon\">" +
        horizon +
        "</span> s earlier, in its 90 % interval (shaded). Bottom: their difference. Grey: a forecast was still being "
        "made in warm-up. Dashed: the "
        "ends of the training part and the bounds of the scored part. ";
    if (context.coordinates.front().label == "pc1") {
        caption += "pc1 is the direction of largest variance of all markers in the training part, from their mean. ";
    }
    if (context.first().runs > 1) caption += "The first seed is drawn. ";
    if (context.results.size() > 3) {
        caption += "Drawn at first: the three algorithms of lowest nRMSE at this horizon. ";
    }
    return figure(trace_controls(context) + scrolling(overview_svg(context)) + trace_legend(context) +
                      "<div id=\"traces\" tabindex=\"0\" aria-label=\"Traces: arrow keys move, plus and minus zoom\">" +
                      scrolling(trace_svg(context, false)) + scrolling(trace_svg(context, true)) + "</div>",
                  caption);
}

std::string error_over_time_figures(const ReportContext& context)
{
    if (!context.plottable) return {};
    std::string panels;
    for (std::size_t h = 0; h < context.horizons_s.size(); ++h) {
        const bool open = h == context.default_horizon;
        panels += "<details class=\"panel\"" + std::string(open ? " open" : "") + "><summary>Horizon " +
                  horizon_label(context.horizons_s[h]) + " s</summary>\n" + error_panel(context, h) + "</details>\n";
    }
    return figure(static_legend(context) + panels,
                  "Root mean square of the 3-D error of the markers over the " + fixed(kErrorWindow_s, 0) +
                      " s before each moment, by target time. The range is that of the scored part; larger errors "
                      "before it are cut off.");
}

std::string error_over_horizon_figure(const ReportContext& context)
{
    if (context.horizons_s.size() < 2) return {};
    std::string caption = "Over the scored part. nRMSE 1 is as good as the mean position.";
    if (context.first().runs > 1) caption += " Means over seeds; whiskers: 95 % intervals of the mean.";
    return figure(static_legend(context) + "<div class=\"pair\">" + horizon_panel(context, "rmse_mm", "RMSE [mm]") +
                      horizon_panel(context, "nrmse", "nRMSE [–]") + "</div>",
                  caption);
}

std::string gate_figure(const ReportContext& context)
{
    if (!context.plottable) return {};
    const GateOutcome* gate = nullptr;
    for (const ReportContext::Cell& cell : context.cells) {
        if (cell.horizon != nullptr && cell.horizon->gating) {
            gate = &*cell.horizon->gating;
            break;
        }
    }
    if (gate == nullptr || !(gate->lower_mm < gate->upper_mm)) return {};
    const auto coordinate =
        std::ranges::find_if(context.coordinates, [&](const Coordinate& c) { return c.label == gate->axis; });
    if (coordinate == context.coordinates.end()) return {};

    const Trace trace = measured_trace(context, *coordinate, context.view_lo_s, context.view_hi_s);
    Extent extent;
    extent.add(gate->lower_mm);
    extent.add(gate->upper_mm);
    for (const double v : trace.value_mm) extent.add(v);
    SvgPlot plot({.height = 220}, {"Time [s]", context.view_lo_s, context.view_hi_s},
                 extent.axis(coordinate->label + " [mm]"));
    plot.horizontal_band(gate->lower_mm, gate->upper_mm, "gate-window", "gate window");
    plot.line(trace.time_s, trace.value_mm, "truth", context.measured.longest_gap_s());
    return figure(scrolling(plot.svg("", "Measured gate coordinate and gate window")),
                  "The measured gate coordinate and the window, same stretch as the first view above. An ideal gate "
                  "without latency is open while the line is inside the band.");
}

std::string trace_picture(const ReportContext& context)
{
    const std::string horizon = horizon_label(context.horizons_s[context.default_horizon]);
    std::string legend = "<g transform=\"translate(62 34)\">";
    double x = 0;
    const auto entry = [&](const std::string& css, const std::string& name) {
        legend += "<path class=\"line " + css + "\" d=\"M" + fixed(x, 0) + " 0h26\"/><text class=\"label\" x=\"" +
                  fixed(x + 32, 0) + "\" y=\"4\">" + escape_html(name) + "</text>";
        x += 48 + 7.5 * static_cast<double>(name.size());
    };
    entry("truth", "measured");
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        if (context.drawn[a]) entry(ReportContext::series_class(a), context.results[a].algorithm);
    }
    legend += "</g>";
    const std::string protocol = context.first().protocol;
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" "
           "height=\"376\" viewBox=\"0 0 960 376\" font-family=\"sans-serif\" font-size=\"12\"><style>" +
           std::string(report_style()) +
           "</style><rect width=\"960\" height=\"376\" style=\"fill:var(--page)\"/><text class=\"label\" x=\"62\" "
           "y=\"16\">"
           "Measured position and forecasts made " +
           horizon + " s before, " + escape_html(protocol) + " protocol</text>" + legend +
           "<svg y=\"44\" width=\"960\" height=\"310\">" + trace_svg(context, false) +
           "</svg><text class=\"label\" x=\"500\" y=\"368\" text-anchor=\"middle\">Time [s]</text></svg>\n";
}

}  // namespace foretide::validation
