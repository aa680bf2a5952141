// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace foretide::validation {

/// A measure of one algorithm at each horizon; NaN where it is not known.
struct HorizonLine {
    std::string css_class, label;  ///< label: plain text, for the read-out of a point
    std::vector<double> values;
    std::vector<double> half_widths{};  ///< of the 95 % intervals; empty or NaN: none drawn
};

/// What stands behind and around the lines.
struct HorizonPlotOptions {
    std::string y_label;
    double y_lo = 0;
    double y_hi = 0;                                    ///< not above y_lo: as the values ask for
    std::optional<std::pair<double, double>> target{};  ///< band of values that are aimed at
};

/// Lines of a measure against the horizon with dots and whiskers, half a page wide, as an HTML fragment. Pure.
/// Throws std::runtime_error for fewer than two horizons.
std::string horizon_plot(std::span<const double> horizons_s, std::span<const HorizonLine> lines,
                         const HorizonPlotOptions& options);

}  // namespace foretide::validation
