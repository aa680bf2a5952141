// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <vector>

#include "core/marker_frame.h"

namespace foretide::apps {

/// Finds out how many markers a source shows and how often, where it does not say so itself: from its first seconds.
///
/// Rate: core::uniform_rate_hz(). Markers: the number that most frames show. Frames are kept, so that nothing is lost.
/// Not RT-safe.
class SourceSurvey {
public:
    /// 0: to be found out.
    SourceSurvey(double rate_hz, int markers) : rate_hz_(rate_hz), markers_(markers) {}

    struct Findings {
        double rate_hz = 0;
        int markers = 0;
    };

    /// Takes a frame; what was found once there is enough.
    std::optional<Findings> add(const core::MarkerFrame& frame);

    const std::vector<core::MarkerFrame>& frames() const noexcept { return frames_; }

private:
    double rate_hz_;
    int markers_;
    std::vector<core::MarkerFrame> frames_;
};

}  // namespace foretide::apps
