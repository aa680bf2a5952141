// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/forecast_intervals.h"

#include <algorithm>

#include "core/marker_frame.h"

namespace foretide::core {

ForecastIntervals::ForecastIntervals(const SeriesLayout& layout, std::span<const int> horizons)
    : bounds_(static_cast<std::size_t>(layout.coordinates()), layout.rate_hz, horizons, {BoundSide::both, kCoverage}),
      forecasts_mm_(horizons.size() * static_cast<std::size_t>(layout.coordinates()), kNaN),
      lower_mm_(forecasts_mm_),
      upper_mm_(forecasts_mm_)
{
}

void ForecastIntervals::step(std::span<const double> measured_mm, std::span<const double> forecasts_mm,
                             bool ready) noexcept
{
    if (ready)
        std::ranges::copy(forecasts_mm, forecasts_mm_.begin());
    else
        std::ranges::fill(forecasts_mm_, kNaN);
    bounds_.step(measured_mm, forecasts_mm_);
    const std::span<const double> margins_mm = bounds_.margins_mm();
    for (std::size_t i = 0; i < forecasts_mm_.size(); ++i) {
        lower_mm_[i] = forecasts_mm_[i] - margins_mm[i];
        upper_mm_[i] = forecasts_mm_[i] + margins_mm[i];
    }
}

}  // namespace foretide::core
