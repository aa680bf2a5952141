// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/step_times.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "validation/report/figures.h"
#include "validation/report/svg_plot.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

/// A stretch of the logarithmic time axis and the steps that fell into it.
struct Bar {
    double lo_us, hi_us;
    double share;
    std::uint64_t count;
};

constexpr int kBarsPerDecade = 25;
constexpr double kShortest_us = 0.01;  // left end of the axis at the most: a clock resolves little below it

/// The buckets of a histogram are much finer than a plot: they are gathered by their middle.
std::vector<Bar> bars_of(const core::LatencyHistogram& histogram)
{
    std::map<int, std::uint64_t> counts;
    histogram.for_each_bucket([&](core::Duration first, core::Duration last, std::uint64_t count) {
        const double middle_us = std::max(0.5e6 * (core::to_seconds(first) + core::to_seconds(last)), kShortest_us);
        counts[static_cast<int>(std::floor(kBarsPerDecade * std::log10(middle_us)))] += count;
    });
    std::vector<Bar> bars;
    for (const auto& [bin, count] : counts) {
        bars.push_back({std::pow(10.0, static_cast<double>(bin) / kBarsPerDecade),
                        std::pow(10.0, static_cast<double>(bin + 1) / kBarsPerDecade),
                        static_cast<double>(count) / static_cast<double>(histogram.count()), count});
    }
    return bars;
}

std::string panel(const std::vector<Bar>& bars, const ReportContext& context, std::size_t algorithm, PlotAxis x,
                  bool with_axis_label)
{
    double largest = 0;
    for (const Bar& bar : bars) largest = std::max(largest, bar.share);
    if (!with_axis_label) x.label.clear();
    SvgPlot plot({.height = with_axis_label ? 176.0 : 156.0, .top = 48, .bottom = with_axis_label ? 44.0 : 24.0}, x,
                 {"steps [%]", 0, 105 * largest});
    for (const Bar& bar : bars) {
        plot.bar(bar.lo_us, bar.hi_us, 100 * bar.share, ReportContext::series_class(algorithm),
                 significant(bar.lo_us, 3) + "–" + significant(bar.hi_us, 3) + " µs: " + std::to_string(bar.count) +
                     " steps (" + significant(100 * bar.share, 2) + " %)");
    }
    const StepTimes& times = context.results[algorithm].step_times;
    plot.vertical_rule(times.median_us, "mark", "p50", 0);
    plot.vertical_rule(times.p99_us, "mark", "p99", 1);
    plot.vertical_rule(times.p999_us, "mark", "p99.9", 2);
    plot.vertical_rule(times.max_us, "mark", "max", 0);
    const double rate_hz = context.first().rate_hz;
    if (rate_hz > 0) plot.vertical_rule(1e6 / rate_hz, "deadline", "next sample", 0);
    return plot.svg("", "Step times of " + context.labels[algorithm]);
}

}  // namespace

std::string step_time_figure(const ReportContext& context)
{
    std::vector<std::vector<Bar>> bars;
    double lo_us = HUGE_VAL;
    double hi_us = 0;
    std::size_t last = 0;
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        bars.push_back(bars_of(context.results[a].step_histogram));
        if (bars.back().empty()) continue;
        last = a;
        lo_us = std::min(lo_us, bars.back().front().lo_us);
        hi_us = std::max({hi_us, bars.back().back().hi_us, context.results[a].step_times.max_us});
    }
    if (!(lo_us < hi_us)) return {};
    if (context.first().rate_hz > 0) hi_us = std::max(hi_us, 1e6 / context.first().rate_hz);

    const PlotAxis x{"Time of a step [µs], logarithmic", lo_us / 1.5, hi_us * 2.2, true};
    std::string panels;
    for (std::size_t a = 0; a < bars.size(); ++a) {
        if (bars[a].empty()) continue;
        panels += "<div class=\"panel-title\">" + swatch(a) + escape_html(context.labels[a]) +
                  "</div>\n<div class=\"scroll\">" + panel(bars[a], context, a, x, a == last) + "</div>\n";
    }
    return "<figure>\n" + panels +
           "<figcaption>Whole steps (observe, forecast, learn) as measured on this machine, warm-up included. "
           "“Next sample” is the sample period: a step that takes longer is late.</figcaption>\n</figure>\n";
}

}  // namespace foretide::validation
