// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/hold_levels.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace foretide::core {

namespace {

constexpr double kShortest_s = 5, kLongest_s = 60;

}  // namespace

HoldLevels::HoldLevels(int holds, double half_width_mm)
    : half_width_mm_(half_width_mm), levels_mm_(static_cast<std::size_t>(std::max(holds, 1)))
{
    if (holds < 1 || holds > 10 || !(half_width_mm >= 0.5 && half_width_mm <= 20))
        throw std::invalid_argument("a window learned from breath holds needs 1 to 10 holds and 0.5 to 20 mm");
}

void HoldLevels::begin(double time_s, double coordinate_mm) noexcept
{
    begun_s_ = time_s;
    lowest_mm_ = highest_mm_ = coordinate_mm;
    sum_mm_ = samples_ = 0;
}

void HoldLevels::end(double time_s) noexcept
{
    const double lasted_s = time_s - begun_s_;
    if (lasted_s >= kShortest_s && lasted_s <= kLongest_s && samples_ > 0)
        levels_mm_[seen_++ % levels_mm_.size()] = sum_mm_ / samples_;
}

void HoldLevels::step(double time_s, double coordinate_mm) noexcept
{
    if (!std::isfinite(coordinate_mm)) {
        break_series();
        return;
    }
    if (std::isnan(begun_s_)) begin(time_s, coordinate_mm);
    const double lowest = std::min(lowest_mm_, coordinate_mm), highest = std::max(highest_mm_, coordinate_mm);
    if (highest - lowest > half_width_mm_) {
        end(time_s);
        begin(time_s, coordinate_mm);
    } else {
        lowest_mm_ = lowest;
        highest_mm_ = highest;
    }
    sum_mm_ += coordinate_mm;
    ++samples_;
}

std::optional<GateWindow> HoldLevels::window() const noexcept
{
    if (seen_ < levels_mm_.size()) return std::nullopt;
    const auto [lowest, highest] = std::ranges::minmax(levels_mm_);
    if (highest - lowest > half_width_mm_) return std::nullopt;
    const double level =
        std::accumulate(levels_mm_.begin(), levels_mm_.end(), 0.0) / static_cast<double>(levels_mm_.size());
    return GateWindow{level - half_width_mm_, level + half_width_mm_};
}

}  // namespace foretide::core
