// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_figures.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "validation/report/context.h"
#include "validation/report/figures.h"
#include "validation/report/horizon_plot.h"
#include "validation/report/html.h"
#include "validation/report/svg_plot.h"
#include "validation/study/study_plan.h"
#include "validation/text.h"

namespace foretide::validation {

namespace {

constexpr std::size_t kDrawnTraces = 3;

std::optional<std::size_t> index_of(const StudyResult& result, rnn::Protocol protocol)
{
    const auto& protocols = result.options.protocols;
    const auto found = std::ranges::find(protocols, protocol);
    if (found == protocols.end()) return std::nullopt;
    return static_cast<std::size_t>(found - protocols.begin());
}

/// A line for each algorithm that has the measure at some horizon.
std::vector<HorizonLine> horizon_lines(const StudyResult& result, std::size_t protocol, const std::string& key,
                                       double scale = 1)
{
    std::vector<HorizonLine> lines;
    for (std::size_t a = 0; a < result.options.algorithms.size(); ++a) {
        HorizonLine line{ReportContext::series_class(a), result.options.algorithms[a].label, {}, {}};
        for (std::size_t h = 0; h < result.options.horizons_s.size(); ++h) {
            const StudyMean mean = study_mean(result, key, [=](const StudyCell& cell) {
                return cell.protocol == protocol && cell.algorithm == a && cell.horizon == h;
            });
            line.values.push_back(scale * mean.mean);
            line.half_widths.push_back(scale * mean.half_width);
        }
        if (std::ranges::any_of(line.values, [](double v) { return std::isfinite(v); }))
            lines.push_back(std::move(line));
    }
    return lines;
}

/// The lines in any of the panels, in the order of the options.
std::string legend_of(const StudyResult& result, const std::vector<std::vector<HorizonLine>>& panels)
{
    std::string out = "<ul class=\"legend\">";
    for (std::size_t a = 0; a < result.options.algorithms.size(); ++a) {
        const std::string& label = result.options.algorithms[a].label;
        const bool drawn = std::ranges::any_of(panels, [&label](const std::vector<HorizonLine>& lines) {
            return std::ranges::find(lines, label, &HorizonLine::label) != lines.end();
        });
        if (drawn) out += "<li><span class=\"key\">" + swatch(a) + escape_html(label) + "</span></li>";
    }
    return out + "</ul>\n";
}

double leaked_mean(const StudyResult& result)
{
    double sum = 0, n = 0;
    for (const StudySequence& sequence : result.sequences) {
        if (!std::isfinite(sequence.leaked_nrmse)) continue;
        sum += sequence.leaked_nrmse;
        ++n;
    }
    return n > 0 ? sum / n : core::kNaN;
}

std::string pair_of(const std::string& left, const std::string& right)
{
    return "<div class=\"pair\">" + left + right + "</div>\n";
}

std::string seeds_note(const StudyResult& result)
{
    return result.options.runs > 1 ? " Whiskers: 95 % intervals of the mean over seeds." : "";
}

/// The cells of one sequence that have a trace, the lowest nRMSE first.
std::vector<const StudyCell*> best_traces(const StudyResult& result, std::size_t protocol, std::size_t sequence)
{
    std::vector<const StudyCell*> cells;
    for (const StudyCell& cell : result.cells)
        if (cell.protocol == protocol && cell.sequence == sequence && !cell.failed() && !cell.forecast.time_s.empty())
            cells.push_back(&cell);
    std::ranges::stable_sort(cells, {}, [](const StudyCell* cell) {
        const auto found = cell->by_seed.front().find("nrmse");
        return found == cell->by_seed.front().end() ? HUGE_VAL : found->second;
    });
    if (cells.size() > kDrawnTraces) cells.resize(kDrawnTraces);
    return cells;
}

std::string trace_panel(const StudyResult& result, std::size_t protocol, std::size_t s)
{
    const StudySequence& sequence = result.sequences[s];
    const std::vector<const StudyCell*> cells = best_traces(result, protocol, s);
    const auto& time_s = sequence.measured.time_s;
    if (cells.empty() || time_s.size() < 2) return {};
    html::Extent extent;
    for (const double v : sequence.measured.position_mm) extent.add(v);
    std::string legend =
        "<ul class=\"legend\"><li><span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 26 8\" "
        "aria-hidden=\"true\"><path class=\"line truth\" d=\"M0 4L26 4\"/></svg>measured</span></li>";
    for (const StudyCell* cell : cells) {
        for (const double v : cell->forecast.position_mm) extent.add(v);
        legend += "<li><span class=\"key\">" + swatch(cell->algorithm) +
                  escape_html(result.options.algorithms[cell->algorithm].label) + "</span></li>";
    }
    const double longest_gap_s = 2.5 / sequence.rate_hz;
    SvgPlot plot({.height = 240, .top = 10}, {"Time [s]", time_s.front(), time_s.back()},
                 extent.axis(sequence.coordinate + " [mm]"));
    plot.line(time_s, sequence.measured.position_mm, "truth", longest_gap_s);
    for (const StudyCell* cell : cells)
        plot.line(cell->forecast.time_s, cell->forecast.position_mm, ReportContext::series_class(cell->algorithm),
                  longest_gap_s);
    return legend + "</ul>\n" + html::scrolling(plot.svg("", "Measured position and forecasts, " + sequence.name));
}

}  // namespace

std::string error_figure(const StudyResult& result, std::size_t protocol)
{
    const auto& horizons = result.options.horizons_s;
    const auto lines = horizon_lines(result, protocol, "nrmse");
    if (horizons.size() < 2 || lines.empty()) return {};
    return html::figure(legend_of(result, {lines}) +
                            pair_of(horizon_plot(horizons, lines, {"nRMSE [–]"}),
                                    horizon_plot(horizons, horizon_lines(result, protocol, "rmse_mm"), {"RMSE [mm]"})),
                        "Means over the sequences. nRMSE 1 is as good as the mean position." + seeds_note(result));
}

std::string study_trace_figures(const StudyResult& result)
{
    const std::size_t protocol = index_of(result, rnn::Protocol::live).value_or(0);
    std::string panels;
    for (std::size_t s = 0; s < result.sequences.size(); ++s) {
        const std::string panel = trace_panel(result, protocol, s);
        if (panel.empty()) continue;
        panels += "<details class=\"panel\"" + std::string(panels.empty() ? " open" : "") + "><summary>" +
                  escape_html(result.sequences[s].name) + "</summary>\n" + panel + "</details>\n";
    }
    if (panels.empty()) return {};
    const std::string horizon = horizon_label(result.options.horizons_s[trace_horizon(result.options)]);
    return html::figure(panels,
                        "The middle of the scored part: the measured position and, at the same moment, the "
                        "forecasts made for it " +
                            horizon + " s before, " + protocol_name(result.options.protocols[protocol]) +
                            " protocol, first seed. Drawn are the three algorithms of lowest nRMSE on the "
                            "sequence at this horizon. pc1 is the direction of largest variance of all markers "
                            "in the training part.");
}

std::string interval_figure(const StudyResult& result, std::size_t protocol)
{
    const auto& horizons = result.options.horizons_s;
    const auto coverage = horizon_lines(result, protocol, "coverage90", 100);
    if (horizons.size() < 2 || coverage.empty()) return {};
    HorizonPlotOptions share{"Coverage [%]", 70, 100, std::pair{88.0, 92.0}};
    for (const HorizonLine& line : coverage)
        for (const double v : line.values)
            if (v < share.y_lo) share.y_lo = std::floor(v / 10) * 10;
    return html::figure(
        legend_of(result, {coverage}) +
            pair_of(horizon_plot(horizons, coverage, share),
                    horizon_plot(horizons, horizon_lines(result, protocol, "interval_width_mm"), {"Mean width [mm]"})),
        "90 % intervals, means over coordinates and sequences. Band: 88 to 92 %." + seeds_note(result));
}

std::string leak_figure(const StudyResult& result)
{
    const auto published = index_of(result, rnn::Protocol::published), live = index_of(result, rnn::Protocol::live);
    const auto& horizons = result.options.horizons_s;
    if (!published || horizons.size() < 2) return {};
    const double leaked = leaked_mean(result);
    auto seen = horizon_lines(result, *published, "nrmse");
    if (std::isfinite(leaked))
        seen.push_back({"truth", "last leaked target", std::vector<double>(horizons.size(), leaked), {}});
    auto unseen = live ? horizon_lines(result, *live, "nrmse") : std::vector<HorizonLine>{};
    html::Extent extent;  // both panels have the same range
    for (const auto* lines : {&seen, &unseen})
        for (const HorizonLine& line : *lines)
            for (const double v : line.values) extent.add(v);
    const double top = 1.08 * extent.hi;
    return html::figure(
        legend_of(result, {seen, unseen}) +
            pair_of(horizon_plot(horizons, seen, {"nRMSE, published protocol", 0, top}),
                    live ? horizon_plot(horizons, unseen, {"nRMSE, live protocol", 0, top}) : std::string{}),
        "Left, heavy line: repeating the last target that the published protocol has revealed by then, "
        "y(t + h) := y(t + h − 1), which needs no forecaster at all." +
            std::string(live ? " Right: the same algorithms when the future is unknown." : "") + seeds_note(result));
}

}  // namespace foretide::validation
