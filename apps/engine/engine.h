// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "acquisition/live/marker_source.h"
#include "apps/engine/engine_config.h"
#include "apps/engine/engine_control.h"
#include "core/rt/latency_histogram.h"
#include "core/running_accuracy.h"

namespace foretide::apps {

/// What an engine did, from its start to its end.
struct EngineSummary {
    double duration_s = 0;
    bool series_began = false;  ///< false: no frame, or not enough to know rate and markers
    core::SeriesLayout layout;
    double source_rate_hz = 0;
    std::string source, source_message;
    EngineCounts counts;
    acquisition::SourceCounts source_counts;
    core::SampleFlagCounts flags;
    std::array<std::int64_t, core::kHoldReasons> samples_by_reason{};  ///< entry `none`: beam on
    core::LatencyHistogram sample_to_command, step, exposure_to_command;
    std::vector<double> horizons_s;
    std::vector<core::RunningAccuracy::Figures> accuracy;  ///< by horizon
    std::array<std::uint32_t, core::kAlarms> alarms_raised{};
    ControllerSnapshot controller;                ///< as it was last
    std::optional<core::LatencyBudget> latency;   ///< of the gate
    std::vector<std::string> realtime;            ///< what the system granted
    std::string recording;                        ///< session file, the last one; empty: none
    std::string recording_problem;                ///< what is missing in it; empty: nothing
    std::int64_t recorded = 0, not_recorded = 0;  ///< records
};

/// The live engine: takes frames from the source on the calling thread, the acquisition thread, and forecasts, decides,
/// sends, learns and hands over to the recorder and the telemetry, which run on threads of their own.
///
/// The first seconds of a source whose rate or number of markers is not known are kept until it is, and then taken in.
/// An interruption of the source is an alarm and a hold, never an end; run() returns when the source ends, after
/// `duration`, or after stop().
///
/// Threads: run() one; stop() any, also a signal handler. Allocation: none in a step, from the moment when rate and
/// markers are known (proved by a test). Errors: the constructor and run() throw std::exception for what cannot be
/// started (address, file, rights); once started nothing throws.
class Engine {
public:
    Engine(EngineConfig config, std::unique_ptr<acquisition::MarkerSource> source);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    EngineSummary run();
    void stop() noexcept;

    /// For whoever watches and commands, on one thread: the telemetry's. Its thread may start before run().
    EngineControl& control() noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::apps
