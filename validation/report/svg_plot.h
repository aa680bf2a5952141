// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foretide::validation {

/// Range and name of one axis of a plot.
struct PlotAxis {
    std::string label;  ///< with its unit: "Time [s]"; plain text
    double lo = 0, hi = 1;
    bool logarithmic = false;  ///< base 10; lo and hi > 0
};

/// Size of a plot and of the margins around its data area, in SVG user units (≈ CSS pixels at full width).
struct PlotFrame {
    double width = 960, height = 300;
    double left = 62, right = 16, top = 18, bottom = 44;
};

/// Values at which an axis has a tick, inside [lo, hi]: steps of 1, 2 or 5 times a power of ten, about `wanted`
/// of them; decades (with 2 and 5 where few) on a logarithmic axis.
std::vector<double> axis_ticks(const PlotAxis& axis, int wanted);

/// A line, bar or band plot as one inline <svg> element: no script, no external resource.
///
/// Colours come from the page: every part carries the CSS class it is given ("s0", "truth", "warm-up" …), and the
/// plot adds "axis", "grid", "tick" and "label". The root element carries the data area and the ranges as data-*
/// attributes, so that a script can redraw the group of class "data". Values outside the ranges are clipped;
/// NaN interrupts a line. Lines with more than two points a horizontal unit keep the lowest and the highest of each.
///
/// Texts are escaped here. Not thread-safe; one object, one plot.
class SvgPlot {
public:
    /// Throws std::runtime_error for a range that is empty, not finite, or not positive on a logarithmic axis.
    SvgPlot(PlotFrame frame, PlotAxis x, PlotAxis y);

    /// Its label stands above the data area; it is left out where the band is too narrow for it.
    void vertical_band(double x0, double x1, std::string_view css_class, std::string_view label = {});
    void horizontal_band(double y0, double y1, std::string_view css_class, std::string_view label = {});
    /// The label stands above the data area, `label_row` lines further up; the top margin must hold it.
    void vertical_rule(double x, std::string_view css_class, std::string_view label = {}, int label_row = 0);

    /// Broken where two points are more than `longest_gap` apart in x (0: never).
    void line(std::span<const double> x, std::span<const double> y, std::string_view css_class, double longest_gap = 0);
    /// The area between two lines, under the lines drawn later; broken as they are.
    void band(std::span<const double> x, std::span<const double> lower, std::span<const double> upper,
              std::string_view css_class, double longest_gap = 0);
    /// A dot with the text that appears when the pointer rests on it.
    void dot(double x, double y, std::string_view css_class, std::string_view tooltip);
    void whisker(double x, double y0, double y1, std::string_view css_class);
    /// From the lower end of the y axis up to y.
    void bar(double x0, double x1, double y, std::string_view css_class, std::string_view tooltip);

    /// The element. `description` is its accessible name; `id` may be empty.
    std::string svg(std::string_view id, std::string_view description) const;

private:
    double x_position(double x) const noexcept;
    double y_position(double y) const noexcept;
    std::string axes() const;

    PlotFrame frame_;
    PlotAxis x_, y_;
    std::string background_;  // bands and rules
    std::string data_;        // clipped to the data area
    std::string labels_;
};

}  // namespace foretide::validation
