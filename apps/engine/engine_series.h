// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>

#include "apps/engine/alarm_timers.h"
#include "apps/engine/controller_output.h"
#include "apps/engine/engine_config.h"
#include "apps/engine/live_scheduler.h"
#include "apps/engine/snapshot.h"
#include "core/rt/latency_histogram.h"
#include "core/rt/latest_value.h"
#include "core/rt/slot_ring.h"
#include "core/running_accuracy.h"

namespace foretide::apps {

/// CommandRecord::text of the engine's own set_gate commands: axis or window was learned, or could not be.
inline constexpr const char* kGateLearned = "learned";
inline constexpr const char* kGateNotLearned = "not learned";

/// What the engine does with each frame once rate and markers are known: the step, sending, alarms, counting, and what
/// is handed to the recorder and the telemetry.
///
/// Threads: the acquisition thread, but for records() (the recorder is its consumer), latest() (the telemetry its
/// reader) and help() (the housekeeping thread). Allocation: constructor and help() only. Errors: the constructor
/// throws.
class EngineSeries final : private StepListener {
public:
    /// `alarms`, `output` (null: none) must outlive it.
    EngineSeries(const EngineConfig& config, const StepEngineConfig& step, double source_rate_hz,
                 core::AlarmBoard& alarms, ControllerOutput* output);
    ~EngineSeries() override;

    /// A frame of the source. RT-safe.
    void frame(const core::MarkerFrame& frame, const acquisition::MarkerSource& source,
               core::HoldReason doubt) noexcept;
    /// A frame that was kept until the series could begin: taken in like any other, but not timed by its arrival.
    void kept_frame(const core::MarkerFrame& frame, const acquisition::MarkerSource& source) noexcept;
    /// No frame for a while: looks at the age of the newest, holds where it must, repeats the command. RT-safe.
    void idle(core::TimePoint now, const acquisition::MarkerSource& source, core::HoldReason doubt) noexcept;
    /// Carries a command out, or says why not, and hands it to the recorder. RT-safe.
    void command(core::CommandRecord& command) noexcept;

    /// Work for which the acquisition thread has no time: learning the gate, a forecaster to replace the present one.
    /// Every 50 ms or so. May throw std::exception: nothing is changed then.
    void help();

    /// Largest time a sample may be old, and the source may be silent, before the beam is held.
    core::Duration max_age() const noexcept { return max_age_; }
    core::TimePoint last_arrival() const noexcept { return last_arrival_; }
    bool released() const noexcept { return engine_->beam().released(); }

    const StepEngine& engine() const noexcept { return *engine_; }
    core::SlotRing<core::EngineRecord>& records() noexcept { return records_; }
    core::LatestValue<EngineSnapshot>& latest() noexcept { return latest_; }

    const EngineCounts& counts() const noexcept { return counts_; }
    const core::LatencyHistogram& arrival_to_command() const noexcept { return arrival_to_command_; }
    const core::LatencyHistogram& exposure_to_command() const noexcept { return exposure_to_command_; }
    const core::LatencyHistogram& step_time() const noexcept { return step_; }
    const std::array<std::int64_t, core::kHoldReasons>& samples_by_reason() const noexcept { return by_reason_; }
    const core::RunningAccuracy& accuracy() const noexcept { return accuracy_; }
    const ControllerSnapshot& controller() const noexcept { return controller_; }
    const core::SampleFlagCounts& flags() const noexcept { return flags_; }

private:
    void take(const core::MarkerFrame& frame, const acquisition::MarkerSource& source, core::HoldReason doubt,
              core::TimePoint begun) noexcept;
    void decided(core::SampleRecord& record) noexcept override;
    void publish(core::SampleRecord& record) noexcept override;
    void done(const core::SampleRecord& record) noexcept override;
    void judge(const core::SampleRecord& record) noexcept;
    void raise_alarms(const core::SampleRecord& record) noexcept;
    void send(core::SampleRecord& record, bool repeated) noexcept;
    void watch_controller(core::TimePoint now, core::HoldReason& doubt) noexcept;
    void fetch_controller() noexcept;
    void take_learned_gate() noexcept;
    void record_command(const core::CommandRecord& command) noexcept;
    const char* rebase(core::CommandRecord& command) noexcept;
    const char* replace_engine() noexcept;
    void publish_snapshot(const core::SampleRecord& record) noexcept;
    void watch_source_errors(const acquisition::SourceCounts& counts, core::TimePoint now) noexcept;
    void summarise(core::TimePoint now) noexcept;

    EngineConfig config_;
    StepEngineConfig step_config_;
    core::AlarmBoard& alarms_;
    AlarmTimers timers_;
    ControllerOutput* output_;
    std::uint32_t release_epoch_ = 0;  // releases by operators
    std::uint32_t voided_ = 0;         // ControllerOutput::voided() as seen last
    ControllerSnapshot controller_;
    core::Duration max_age_;
    std::unique_ptr<StepEngine> engine_;
    LiveScheduler scheduler_;
    core::SlotRing<core::EngineRecord> records_;
    core::LatestValue<EngineSnapshot> latest_;
    core::RunningAccuracy accuracy_;
    std::size_t t_on_index_ = 0;  // horizon nearest to T_on

    // The frame being stepped.
    const acquisition::MarkerSource* source_ = nullptr;
    core::MarkerFrame frame_;
    std::int64_t frame_number_ = -1;
    core::TimePoint begun_{};  // what its latencies count from: the arrival
    bool timed_ = true;        // false: kept until now, its latencies say nothing
    core::TimePoint last_arrival_{core::kUnknownTime};
    bool idle_held_ = false;  // the beam was taken off since the newest frame
    core::HoldReason idle_reason_ = core::HoldReason::none;

    // Counted.
    EngineCounts counts_;
    core::LatencyHistogram arrival_to_command_, exposure_to_command_, step_;
    std::array<std::int64_t, core::kHoldReasons> by_reason_{};
    core::SampleFlagCounts flags_;
    std::int64_t forecaster_resets_ = 0;
    std::int64_t source_errors_ = 0;
    double interval_s_;  // between arrivals, running mean
    LatencySummary arrival_summary_, step_summary_;
    core::TimePoint summarised_{}, beam_since_{};
    core::BeamCommand beam_ = core::BeamCommand::hold;
    std::uint64_t snapshots_ = 0;

    // Between the acquisition thread and help().
    enum class GateLearning : int { idle, wanted, learned, failed };
    std::atomic<GateLearning> gate_learning_{GateLearning::idle};
    core::GateMonitor::Learned learned_;
    std::atomic<StepEngine*> spare_{nullptr};    // made by help(), taken by a reset
    std::atomic<StepEngine*> retired_{nullptr};  // the other way, to be destroyed
    std::uint64_t own_commands_ = 0;
};

}  // namespace foretide::apps
