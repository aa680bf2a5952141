// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/forecast_pipeline.h"
#include "core/frames.h"
#include "core/gate/beam_gate.h"
#include "core/gate/gate_monitor.h"
#include "core/marker_assignment.h"
#include "core/session/records.h"
#include "rnn/algorithms.h"

namespace foretide::apps {

/// What a step engine is made of; everything that its forecasts depend on.
struct StepEngineConfig {
    int markers = 0;
    double source_rate_hz = 0;
    bool anonymous = false;       ///< markers without identity: assigned here
    double marker_reach_mm = 30;  ///< AssignmentConfig::max_distance_mm
    core::Duration warm_up = std::chrono::seconds(30);
    core::Duration max_bridged_gap = std::chrono::seconds(1);
    rnn::AlgorithmSpec main, fallback;                   ///< fallback: name empty for none
    double display_step_s = 0.1, display_until_s = 2.1;  ///< horizons of the trajectory
    std::optional<core::RigidTransform<core::RoomFrame, core::TrackerFrame>> room_from_tracker;
    std::optional<core::GateMonitorConfig> gate;
    core::BeamGateConfig beam;
    bool hold_on_fallback = false;

    int decimation() const noexcept { return core::decimation_for(source_rate_hz); }
    double rate_hz() const noexcept { return source_rate_hz / decimation(); }
    double delay_s() const noexcept { return 0.5 * (decimation() - 1) / source_rate_hz; }
    /// [samples], ascending; none without a gate.
    std::vector<int> gate_horizons() const;
    /// Of the trajectory and of the gate [samples], ascending.
    std::vector<int> horizons() const;
};

/// Says what there is time for. In the engine by the clock, in a replay as recorded.
class StepScheduler {
public:
    StepScheduler() = default;
    StepScheduler(const StepScheduler&) = delete;
    StepScheduler& operator=(const StepScheduler&) = delete;
    virtual ~StepScheduler() = default;

    /// A sample is begun. `newest`: its forecasts are to be published (others fill a gap).
    virtual void sample(bool newest) noexcept = 0;
    virtual bool main_forecast_fits() noexcept = 0;
    virtual void main_forecast_made() noexcept = 0;
    virtual bool learning_fits() noexcept = 0;
    virtual void learned() noexcept = 0;
    virtual bool fallback_learning_fits() noexcept = 0;
};

/// Takes what a step gives.
class StepListener {
public:
    StepListener() = default;
    StepListener(const StepListener&) = delete;
    StepListener& operator=(const StepListener&) = delete;
    virtual ~StepListener() = default;

    /// The decision of the newest sample, to be sent at once. What the beam is decided on is known; forecasts and
    /// intervals in `record` are still those of the sample before. May note in it what came of it.
    virtual void decided(core::SampleRecord& record) noexcept = 0;
    /// The same with all its forecasts and intervals.
    virtual void publish(core::SampleRecord& record) noexcept = 0;
    /// The same sample, or one that filled a gap, once it is learned from.
    virtual void done(const core::SampleRecord& record) noexcept = 0;
};

/// One step of the engine, from a frame as received to its forecasts and the beam command: identity → room frame →
/// condition → fallback → main forecast where it fits → gate → send → other horizons and intervals → publish → learn.
/// Before the command goes out, only the horizons that the gate needs are forecast (without a gate: all). What it
/// forecasts depends on its configuration, the frames, the scheduler's answers and the commands only, bit for bit:
/// session verification runs the same object.
///
/// Threads: one at a time. Allocation: constructor only (but learning the gate, see GateMonitor). Errors: the
/// constructor throws std::invalid_argument, std::runtime_error; the steps do not fail.
class StepEngine {
public:
    explicit StepEngine(const StepEngineConfig& config);

    /// Takes a frame; returns the samples it completed. doubt: what is wrong outside this object, else none. RT-safe.
    int step(const core::MarkerFrame& received, std::int64_t frame_number, StepScheduler& scheduler,
             StepListener& listener, core::HoldReason doubt) noexcept FORETIDE_NONBLOCKING;

    /// Numbers the samples from `index` on: the series goes on after another engine's. Before the first step. RT-safe.
    void number_from(std::int64_t index) noexcept FORETIDE_NONBLOCKING { first_index_ = index; }

    // Commands, between steps. RT-safe.
    void set_learning(bool learning) noexcept FORETIDE_NONBLOCKING { learning_ = learning; }
    bool learning() const noexcept { return learning_; }
    core::BeamGate& beam() noexcept { return beam_; }
    const core::BeamGate& beam() const noexcept { return beam_; }
    /// Holds without a sample: the newest is too old, or something else is wrong. Precondition: doubt is not none, or
    /// an operator holds. RT-safe.
    core::HoldReason idle(core::TimePoint now, core::HoldReason doubt) noexcept FORETIDE_NONBLOCKING;
    core::GateMonitor* gate() noexcept { return gate_ ? &*gate_ : nullptr; }

    const core::SeriesLayout& layout() const noexcept { return layout_; }
    std::span<const int> horizons() const noexcept { return horizons_; }
    const StepEngineConfig& config() const noexcept { return config_; }
    const core::ForecastPipeline& pipeline() const noexcept { return pipeline_; }
    core::ForecastPipeline& pipeline() noexcept { return pipeline_; }
    const core::MarkerAssignment* assignment() const noexcept { return assignment_ ? &*assignment_ : nullptr; }

    /// The newest sample; its index is −1 before the first.
    const core::SampleRecord& newest() const noexcept { return record_; }
    /// Of the sample to come.
    std::int64_t next_index() const noexcept { return record_.index < 0 ? first_index_ : record_.index + 1; }
    /// A record of the right sizes, for queues.
    const core::SampleRecord& prototype() const noexcept { return prototype_; }

private:
    void to_room(core::MarkerFrame& frame) const noexcept;
    void fill_record(int i, std::int64_t frame_number) noexcept;
    void fill_forecasts() noexcept;
    void decide(core::TimePoint arrived, core::HoldReason doubt, bool in_time) noexcept;
    core::HoldReason doubt_of(core::HoldReason external, bool in_time) const noexcept;

    StepEngineConfig config_;
    std::vector<int> horizons_;
    core::SeriesLayout layout_;
    std::optional<core::MarkerAssignment> assignment_;
    core::ForecastPipeline pipeline_;
    std::optional<core::GateMonitor> gate_;
    core::BeamGate beam_;
    bool learning_ = true;
    core::TimePoint idle_from_ = core::kUnknownTime, idle_doubted_ = core::kUnknownTime;  // since the newest sample
    std::int64_t first_index_ = 0;
    core::MarkerFrame frame_, identified_;
    core::SampleRecord record_, prototype_;
};

}  // namespace foretide::apps
