// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/recording.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace foretide::core {

namespace {

double median_rate_hz(std::span<const MarkerFrame> frames)
{
    if (frames.size() < 2) {
        return kNaN;
    }
    std::vector<double> intervals_s;
    intervals_s.reserve(frames.size() - 1);
    for (std::size_t i = 1; i < frames.size(); ++i) {
        if (frames[i - 1].acquired != kUnknownTime && frames[i].acquired != kUnknownTime) {
            intervals_s.push_back(to_seconds(frames[i].acquired) - to_seconds(frames[i - 1].acquired));
        }
    }
    if (intervals_s.empty()) {
        return kNaN;
    }
    const auto upper = intervals_s.begin() + std::ssize(intervals_s) / 2;
    std::nth_element(intervals_s.begin(), upper, intervals_s.end());
    double median_s = *upper;
    if (intervals_s.size() % 2 == 0) {
        median_s = 0.5 * (median_s + *std::max_element(intervals_s.begin(), upper));
    }
    return median_s > 0 ? 1.0 / median_s : kNaN;
}

}  // namespace

double estimate_rate_hz(const Recording& recording) { return median_rate_hz(recording.frames); }

double uniform_rate_hz(std::span<const MarkerFrame> frames)
{
    const double median_rate = median_rate_hz(frames);
    if (!(median_rate > 0)) return kNaN;
    // The median interval is rounded as the file's times are (0.033 s); counting intervals over the whole span is not.
    // It tells the number of lost frames only where they are few.
    constexpr double longest_counted = 10;
    double span_s = 0, intervals = 0;
    for (std::size_t k = 1; k < frames.size(); ++k) {
        const double dt = to_seconds(frames[k].acquired - frames[k - 1].acquired);
        const double periods = std::round(dt * median_rate);
        if (dt > 0 && periods >= 1 && periods <= longest_counted) {
            span_s += dt;
            intervals += periods;
        }
    }
    if (intervals < 1) return median_rate;
    const double rate = intervals / span_s;
    constexpr double whole_within = 0.005;  // clocks that jitter: 9.998 Hz is 10 Hz
    const double whole = std::round(rate);
    return whole >= 1 && std::abs(rate / whole - 1) < whole_within ? whole : rate;
}

}  // namespace foretide::core
