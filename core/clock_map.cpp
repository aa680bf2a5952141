// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/clock_map.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace foretide::core {

ClockMap::ClockMap(const ClockMapConfig& config) : config_(config)
{
    if (config.latency < Duration{0} || config.reset_beyond <= Duration{0} || config.late_beyond <= Duration{0})
        throw std::invalid_argument("clock map: the latency must be at least 0, reset_beyond and late_beyond above it");
}

void ClockMap::restart(Duration device, TimePoint arrived) noexcept
{
    first_device_ = last_device_ = device;
    first_arrived_ = arrived;
    known_ = 1;
    newest_ = 0;
    minima_[0] = {0, 0};
    offset_s_ = drift_ = 0;
    ++resets_;
}

TimePoint ClockMap::map(Duration device, TimePoint arrived) noexcept
{
    const double beyond_s = to_seconds(config_.reset_beyond);
    const double device_s = to_seconds(device - first_device_);
    const double difference_s = to_seconds(arrived - first_arrived_) - device_s;
    const double above_s = difference_s - line_s(device_s);
    // A frame can come as late as it likes, but not before it was made.
    const bool another_clock = resets_ < 0 || device < last_device_ || above_s < -beyond_s;
    if (another_clock) {
        restart(device, arrived);
    } else {
        last_device_ = device;
        Minimum& filling = minima_[newest_];
        if (std::floor(device_s) > std::floor(filling.device_s)) {
            // A second that is late as a whole is overwritten: it would drag the line along.
            const bool late = filling.difference_s - line_s(filling.device_s) > to_seconds(config_.late_beyond);
            if (!late) {
                newest_ = (newest_ + 1) % kSeconds;
                known_ = std::min(known_ + 1, kSeconds);
            }
            minima_[newest_] = {device_s, difference_s};
        } else if (difference_s < filling.difference_s) {
            filling = {device_s, difference_s};
        }
        refit();
    }
    const double exposure_s = to_seconds(device - first_device_) + line_s(to_seconds(device - first_device_));
    TimePoint exposure = first_arrived_ + from_seconds(exposure_s);
    exposure = std::min(exposure, arrived) - config_.latency;
    last_exposure_ = another_clock ? exposure : std::max(exposure, last_exposure_);
    return last_exposure_;
}

/// Through the minima of the seconds that are over; those far above the others' line are late frames only.
void ClockMap::refit() noexcept
{
    constexpr std::size_t fewest = 3;
    constexpr int passes = 4;
    constexpr double rounding_s = 50e-6;
    std::array<Minimum, kSeconds> points;
    std::array<double, kSeconds> off_s;
    std::size_t n = 0;
    double smallest = minima_[newest_].difference_s;
    for (std::size_t i = 0; i < known_; ++i) {
        if (i == newest_) continue;
        smallest = std::min(smallest, minima_[i].difference_s);
        points[n++] = minima_[i];
    }
    offset_s_ = smallest;
    drift_ = 0;
    for (int pass = 0; pass < passes && n >= fewest; ++pass) {
        double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
        for (std::size_t i = 0; i < n; ++i) {
            mean_x += points[i].device_s / static_cast<double>(n);
            mean_y += points[i].difference_s / static_cast<double>(n);
        }
        for (std::size_t i = 0; i < n; ++i) {
            xx += (points[i].device_s - mean_x) * (points[i].device_s - mean_x);
            xy += (points[i].device_s - mean_x) * (points[i].difference_s - mean_y);
        }
        if (!(xx > 0)) return;
        drift_ = xy / xx;
        offset_s_ = mean_y - drift_ * mean_x;
        for (std::size_t i = 0; i < n; ++i) off_s[i] = std::abs(points[i].difference_s - line_s(points[i].device_s));
        const auto middle = off_s.begin() + static_cast<std::ptrdiff_t>(n / 2);
        std::nth_element(off_s.begin(), middle, off_s.begin() + static_cast<std::ptrdiff_t>(n));
        const double most = rounding_s + 2 * *middle;
        const auto end = std::remove_if(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(n),
                                        [&](const Minimum& m) { return m.difference_s - line_s(m.device_s) > most; });
        n = static_cast<std::size_t>(end - points.begin());
    }
}

}  // namespace foretide::core
