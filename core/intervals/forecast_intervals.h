// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <vector>

#include "core/forecaster.h"
#include "core/intervals/bound_estimator.h"

namespace foretide::core {

/// Prediction intervals of every coordinate and horizon of a forecaster, any forecaster, calibrated as the session goes
/// on (BoundEstimator, both sides). Positions that were not measured, and forecasts of a forecaster that is not ready,
/// take no part.
///
/// Shapes: H × p [mm], horizon-major. Threads: one at a time. RT-safe steps; allocation: constructor only.
class ForecastIntervals {
public:
    static constexpr double kCoverage = 0.9;  ///< nominal

    /// Horizons in samples. Throws std::invalid_argument.
    ForecastIntervals(const SeriesLayout& layout, std::span<const int> horizons);

    /// After the forecasts of a sample were made: learns from the errors that the sample reveals, then states the
    /// intervals of these forecasts. measured_mm: p, NaN where not measured; forecasts_mm: H × p; `ready`: what
    /// Forecaster::forecast() returned. RT-safe.
    void step(std::span<const double> measured_mm, std::span<const double> forecasts_mm, bool ready) noexcept
        FORETIDE_NONBLOCKING;

    /// The sample to come does not continue the series: the forecasts made so far are never judged. RT-safe.
    void break_series() noexcept FORETIDE_NONBLOCKING { bounds_.break_series(); }

    /// NaN: no interval known. RT-safe.
    std::span<const double> lower_mm() const noexcept { return lower_mm_; }
    std::span<const double> upper_mm() const noexcept { return upper_mm_; }

    void save_state(std::ostream& out) const { bounds_.save_state(out); }
    /// Throws StateError, as BoundEstimator. The intervals are then those of the next step on.
    void load_state(std::istream& in) { bounds_.load_state(in); }

private:
    BoundEstimator bounds_;
    std::vector<double> forecasts_mm_, lower_mm_, upper_mm_;  // H × p
};

}  // namespace foretide::core
