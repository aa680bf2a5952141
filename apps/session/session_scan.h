// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/rt/latency_histogram.h"
#include "core/sample_flags.h"
#include "core/session/session_reader.h"

namespace foretide::apps {

/// What one pass over a session tells: for `foretide session info`, `verify` and `report`.
struct SessionScan {
    core::SessionCounts counts;  ///< as read
    std::optional<core::TimePoint> first_sample, last_sample;
    double longest_frame_interval_s = 0;

    // Samples.
    core::SampleFlagCounts flags;
    std::array<std::int64_t, core::kHoldReasons> reasons{};  ///< by HoldReason; none: beam on
    std::int64_t warming_up = 0, fallbacks = 0, learning_skipped = 0, deadline_missed = 0, step_deadline_missed = 0;
    core::LatencyHistogram arrival_to_command, step;
    std::vector<double> sd_mm;  ///< of each coordinate's positions, p

    std::vector<core::AlarmRecord> alarms;  ///< at most kMostListed of each
    std::vector<core::GapRecord> gaps;
    std::vector<core::NoteRecord> notes;
    std::vector<core::CommandRecord> commands;
    core::LostCounts lost;  ///< as the gaps say

    /// What should not be: numbers that go back or are missing without a gap that says so, samples without their frame.
    std::vector<std::string> sequence_errors;
};

inline constexpr std::size_t kMostListed = 1000;

/// Reads the whole session from its beginning, and leaves the reader there. Throws SessionError where it is damaged.
SessionScan scan_session(core::SessionReader& session);

}  // namespace foretide::apps
