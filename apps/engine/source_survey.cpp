// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/source_survey.h"

#include <algorithm>
#include <array>

#include "core/recording.h"

namespace foretide::apps {

namespace {

constexpr std::size_t kLeastFrames = 20;
constexpr std::size_t kMostFrames = 400;
constexpr core::Duration kLeastTime = std::chrono::seconds(2);
constexpr double kLeastRate_hz = 1, kLargestRate_hz = 120;

int usual_markers(const std::vector<core::MarkerFrame>& frames)
{
    std::array<int, core::kMaxMarkers + 1> frames_with{};
    for (const core::MarkerFrame& frame : frames) {
        int seen = 0;
        for (int m = 0; m < std::clamp(frame.marker_count, 0, core::kMaxMarkers); ++m)
            if (frame.markers[static_cast<std::size_t>(m)].visibility == core::Visibility::visible) ++seen;
        ++frames_with[static_cast<std::size_t>(seen)];
    }
    frames_with[0] = 0;
    return static_cast<int>(std::ranges::max_element(frames_with) - frames_with.begin());
}

}  // namespace

std::optional<SourceSurvey::Findings> SourceSurvey::add(const core::MarkerFrame& frame)
{
    if (rate_hz_ > 0 && markers_ > 0) {
        frames_.push_back(frame);
        return Findings{rate_hz_, markers_};
    }
    if (frames_.size() == kMostFrames) frames_.erase(frames_.begin());  // the newest are what the series begins with
    frames_.push_back(frame);
    if (frames_.size() < kLeastFrames || frame.acquired - frames_.front().acquired < kLeastTime) return std::nullopt;
    const double rate = rate_hz_ > 0 ? rate_hz_ : core::uniform_rate_hz(frames_);
    const int markers = markers_ > 0 ? markers_ : usual_markers(frames_);
    if (!(rate >= kLeastRate_hz) || rate > kLargestRate_hz || markers == 0) return std::nullopt;
    return Findings{rate, markers};
}

}  // namespace foretide::apps
