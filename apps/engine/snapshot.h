// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/live/marker_source.h"
#include "core/gate/latency_budget.h"
#include "core/session/records.h"
#include "firmware_bridge/host/controller_link.h"

namespace foretide::apps {

/// Percentiles of a latency since the start [µs].
struct LatencySummary {
    double p50 = 0, p99 = 0, p999 = 0, max = 0;
    std::uint64_t count = 0;
};

/// Counts since the start that everybody wants to see.
struct EngineCounts {
    std::int64_t frames = 0;           ///< received
    std::int64_t samples = 0;          ///< conditioned
    std::int64_t forecasts = 0;        ///< published; the fallback's among them
    std::int64_t fallbacks = 0;        ///< of these the fallback's
    std::int64_t deadline_misses = 0;  ///< forecasts published after the deadline
    std::int64_t step_deadline_misses = 0;
    std::int64_t learning_skipped = 0;
    std::int64_t commands_sent = 0;    ///< to the controller or as UDP frame
    std::int64_t records_dropped = 0;  ///< before they reached the recorder
};

/// The gating controller at the other end of the link, as it said last.
struct ControllerSnapshot {
    bool present = false;  ///< there is a link at all
    bool connected = false;
    firmware_bridge::LinkProblem problem = firmware_bridge::LinkProblem::none;
    std::uint8_t state = 0, reason = 0;  ///< ft_state, ft_reason
    bool enabled = false;                ///< its output lets the beam on
    bool needs_release = false;          ///< and will not before an operator releases anew
    std::uint32_t last_sequence = 0, sample_age_us = 0, connections = 0, trips = 0;
    LatencySummary round_trip_us;  ///< command sent → its status received; refreshed once a second
};

/// What the engine is seen to do: published after every sample, and every 50 ms while none comes. p = 3N values
/// marker-major, H horizons, horizon-major [mm].
struct EngineSnapshot {
    std::uint64_t number = 0;  ///< 1, 2, 3 … as published
    core::TimePoint published{};
    core::SampleRecord sample;          ///< the newest; `sample.index` < 0: none yet
    std::vector<std::uint8_t> visible;  ///< N: measured in the newest sample
    acquisition::SourceState source_state = acquisition::SourceState::connecting;
    acquisition::SourceCounts source_counts;
    double frame_rate_hz = 0;               ///< measured
    double forecast_error_mm = core::kNaN;  ///< running RMS of 3-D errors at T_on
    bool armed = false, learning = true;
    core::FixedText<48> armed_by;
    core::FixedText<64> armed_station;
    double gate_lower_mm = core::kNaN, gate_upper_mm = core::kNaN;
    core::TimePoint beam_since{};  ///< the gate has been in this state since
    core::Duration sample_age{};   ///< exposure to publication
    ControllerSnapshot controller;
    EngineCounts counts;
    LatencySummary arrival_to_command_us, step_us;  ///< refreshed once a second
};

/// What does not change while the engine runs.
struct EngineDescription {
    core::SessionHeader session;
    std::string forecaster;                      ///< name of the main one
    std::vector<double> horizons_s;              ///< H
    std::optional<core::LatencyBudget> latency;  ///< of the gate
};

}  // namespace foretide::apps
