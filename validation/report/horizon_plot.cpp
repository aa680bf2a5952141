// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/horizon_plot.h"

#include <cmath>
#include <stdexcept>

#include "validation/report/html.h"
#include "validation/report/svg_plot.h"
#include "validation/text.h"

namespace foretide::validation {

namespace {

double half_width(const HorizonLine& line, std::size_t h)
{
    return h < line.half_widths.size() ? line.half_widths[h] : std::nan("");
}

double highest(std::span<const HorizonLine> lines)
{
    html::Extent extent;
    for (const HorizonLine& line : lines)
        for (std::size_t h = 0; h < line.values.size(); ++h)
            extent.add(line.values[h] + (std::isfinite(half_width(line, h)) ? half_width(line, h) : 0));
    return extent.hi;
}

}  // namespace

std::string horizon_plot(std::span<const double> horizons_s, std::span<const HorizonLine> lines,
                         const HorizonPlotOptions& options)
{
    if (horizons_s.size() < 2) throw std::runtime_error("a plot against the horizon needs two horizons");
    PlotAxis y{options.y_label, options.y_lo, options.y_lo + 1};
    const double top = options.y_hi > options.y_lo ? options.y_hi : 1.08 * highest(lines);
    if (std::isfinite(top) && top > y.lo) y.hi = top;
    const double span_s = horizons_s.back() - horizons_s.front();
    SvgPlot plot({.width = 470, .height = 300},
                 {"Horizon [s]", horizons_s.front() - 0.05 * span_s, horizons_s.back() + 0.05 * span_s}, y);
    if (options.target) plot.horizontal_band(options.target->first, options.target->second, "gate-window");
    for (const HorizonLine& line : lines) {
        plot.line(horizons_s, line.values, line.css_class);
        for (std::size_t h = 0; h < line.values.size(); ++h) {
            plot.whisker(horizons_s[h], line.values[h] - half_width(line, h), line.values[h] + half_width(line, h),
                         line.css_class);
            plot.dot(horizons_s[h], line.values[h], line.css_class,
                     line.label + ", " + horizon_label(horizons_s[h]) + " s: " + fixed(line.values[h], 3));
        }
    }
    return html::scrolling(plot.svg("", options.y_label + " against the horizon"));
}

}  // namespace foretide::validation
