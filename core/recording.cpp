// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/recording.h"

#include <algorithm>
#include <iterator>

namespace foretide::core {

double estimate_rate_hz(const Recording& recording)
{
    const auto& frames = recording.frames;
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

}  // namespace foretide::core
