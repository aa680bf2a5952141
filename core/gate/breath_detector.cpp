// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/breath_detector.h"

#include <cmath>

#include "core/gate/small_median.h"

namespace foretide::core {

namespace {

constexpr double kTurnedBack = 0.3;  // of a swing
constexpr double kSmallestTurn_mm = 0.4;
constexpr double kLongest_s = 15;
constexpr std::size_t kSwingsNeeded = 2;

}  // namespace

double BreathDetector::swing_mm() const noexcept
{
    return swing_count_ < kSwingsNeeded ? kNaN : small_median(swings_, std::min(swing_count_, kSwings));
}

double BreathDetector::threshold_mm() const noexcept
{
    const double swing = swing_mm();
    const double scale = std::isnan(swing) ? highest_.mm - lowest_.mm : swing;
    return std::max(kSmallestTurn_mm, kTurnedBack * scale);
}

bool BreathDetector::step(double time_s, double mm) noexcept
{
    if (!std::isfinite(mm)) return false;
    if (begun_ && time_s - begun_s_ > kLongest_s) reset();
    if (!begun_) {
        begun_ = true;
        begun_s_ = time_s;
        lowest_ = {time_s, mm, false};
        highest_ = {time_s, mm, true};
        return false;
    }
    if (mm > highest_.mm) highest_ = {time_s, mm, true};
    if (mm < lowest_.mm) lowest_ = {time_s, mm, false};
    const double threshold = threshold_mm();
    const bool from_high = (!directed_ || rising_) && highest_.mm - mm >= threshold;
    const bool from_low = (!directed_ || !rising_) && mm - lowest_.mm >= threshold;
    if (!from_high && !from_low) return false;
    const Extremum found = from_high ? highest_ : lowest_;
    // The first may only be where the series began: what lies between it and the second is no swing.
    if (++extrema_ > 2) swings_[swing_count_++ % kSwings] = std::abs(found.mm - last_.mm);
    directed_ = true;
    rising_ = !from_high;
    last_ = found;
    begun_s_ = time_s;
    lowest_ = {time_s, mm, false};
    highest_ = {time_s, mm, true};
    return true;
}

}  // namespace foretide::core
