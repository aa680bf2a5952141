// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/interval_bands.h"

#include <algorithm>
#include <span>

#include "core/intervals/forecast_intervals.h"

namespace foretide::validation {
namespace {

std::vector<double> calibrated(const MeasuredSeries& measured, double rate_hz, const HorizonResult& horizon,
                               const Coordinate& coordinate)
{
    const std::size_t p = measured.coordinates();
    core::BoundEstimator bounds(1, rate_hz, {&horizon.horizon_samples, 1},
                                {core::BoundSide::both, core::ForecastIntervals::kCoverage});
    std::vector<double> position_mm(p), widths_mm;
    for (std::size_t k = 0; k < horizon.made_time_s.size(); ++k) {
        const double made_s = horizon.made_time_s[k];
        if (k > 0 && made_s - horizon.made_time_s[k - 1] > measured.longest_gap_s()) bounds.break_series();
        measured.at(made_s, position_mm);
        const double now_mm = coordinate.axis.project(position_mm);
        const double forecast_mm = horizon.warm_up[k] != 0
                                       ? core::kNaN
                                       : coordinate.axis.project(std::span(horizon.forecast_mm).subspan(k * p, p));
        bounds.step({&now_mm, 1}, {&forecast_mm, 1});
        widths_mm.push_back(bounds.margins_mm()[0]);
    }
    return widths_mm;
}

}  // namespace

std::vector<double> interval_half_widths_mm(const MeasuredSeries& measured, double rate_hz,
                                            const HorizonResult& horizon, const Coordinate& coordinate)
{
    if (horizon.lower_mm.empty()) return {};
    const std::vector<double>& direction = coordinate.axis.direction;
    const auto own = std::ranges::find(direction, 1.0);
    if (own == direction.end()) return calibrated(measured, rate_hz, horizon, coordinate);
    std::vector<double> widths_mm;
    for (auto i = static_cast<std::size_t>(own - direction.begin()); i < horizon.lower_mm.size(); i += direction.size())
        widths_mm.push_back((horizon.upper_mm[i] - horizon.lower_mm[i]) / 2);
    return widths_mm;
}

}  // namespace foretide::validation
