// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/engine_series.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace foretide::apps {

namespace {

using core::Alarm;
using core::Clock;
using core::SampleFlag;
using core::StepDecision;

/// Records that may wait for the recorder: ten seconds of frames and samples, for a disk that blocks; and as many as a
/// recording played fast brings between two looks of the recorder.
std::size_t ring_slots(double rate_hz)
{
    return std::max<std::size_t>(2048, static_cast<std::size_t>(std::ceil(2.2 * 10 * rate_hz)));
}

core::EngineRecord record_prototype(const StepEngine& engine)
{
    core::EngineRecord record;
    record.sample = engine.prototype();
    return record;
}

EngineSnapshot snapshot_prototype(const StepEngine& engine)
{
    EngineSnapshot snapshot;
    snapshot.sample = engine.prototype();
    snapshot.visible.assign(static_cast<std::size_t>(engine.layout().markers), 0);
    return snapshot;
}

LatencySummary summary_of(const core::LatencyHistogram& h) noexcept
{
    return {h.percentile_us(50), h.percentile_us(99), h.percentile_us(99.9), 1e6 * core::to_seconds(h.max()),
            h.count()};
}

}  // namespace

EngineSeries::EngineSeries(const EngineConfig& config, const StepEngineConfig& step, double source_rate_hz,
                           core::AlarmBoard& alarms, ControllerOutput* output)
    : config_(config),
      step_config_(step),
      alarms_(alarms),
      timers_(alarms),
      output_(output),
      // Without a gate nothing is held; a silent source is an alarm all the same.
      max_age_(core::from_seconds(1e-3 * (config.gate ? config.gate->max_age_ms : GateSettings{}.max_age_ms))),
      engine_(std::make_unique<StepEngine>(step)),
      scheduler_(config.forecast_deadline(), core::from_seconds(config.step_deadline_share / step.rate_hz())),
      records_(ring_slots(source_rate_hz), record_prototype(*engine_)),
      latest_(snapshot_prototype(*engine_)),
      accuracy_(engine_->layout(), engine_->horizons()),
      interval_s_(1 / source_rate_hz)
{
    const double t_on = (config.gate ? config.gate->t_on_s : GateSettings{}.t_on_s) * engine_->layout().rate_hz;
    const auto horizons = engine_->horizons();
    for (std::size_t k = 1; k < horizons.size(); ++k)
        if (std::abs(horizons[k] - t_on) < std::abs(horizons[t_on_index_] - t_on)) t_on_index_ = k;
    // A slow source is not silent between two of its frames.
    max_age_ = std::max(max_age_, core::from_seconds(2.5 / source_rate_hz));
}

EngineSeries::~EngineSeries()
{
    delete spare_.load();
    delete retired_.load();
}

void EngineSeries::frame(const core::MarkerFrame& frame, const acquisition::MarkerSource& source,
                         core::HoldReason doubt) noexcept
{
    const bool late = frame.arrived - frame.acquired > max_age_;
    alarms_.set(Alarm::source_late, late, Clock::now());
    if (doubt == core::HoldReason::none && late) doubt = core::HoldReason::stale;
    watch_controller(Clock::now(), doubt);
    timed_ = true;
    take(frame, source, doubt, frame.arrived);
}

void EngineSeries::kept_frame(const core::MarkerFrame& frame, const acquisition::MarkerSource& source) noexcept
{
    timed_ = false;
    take(frame, source, core::HoldReason::warming_up, Clock::now());
}

void EngineSeries::take(const core::MarkerFrame& frame, const acquisition::MarkerSource& source, core::HoldReason doubt,
                        core::TimePoint begun) noexcept
{
    source_ = &source;
    frame_ = frame;
    begun_ = begun;
    ++frame_number_;
    ++counts_.frames;
    take_learned_gate();
    if (last_arrival_ != core::kUnknownTime) {
        constexpr double share = 0.05;
        interval_s_ += share * (core::to_seconds(frame.arrived - last_arrival_) - interval_s_);
    }
    last_arrival_ = frame.arrived;
    idle_held_ = false;
    scheduler_.frame_arrived(begun);
    const int samples = engine_->step(frame, frame_number_, scheduler_, *this, doubt);
    if (core::EngineRecord* slot = records_.begin_push()) {
        slot->kind = core::EngineRecord::Kind::frame;
        slot->frame = {frame_number_, frame, samples};
        records_.end_push();
    }
    const auto now = Clock::now();
    alarms_.clear(Alarm::source_lost, now);
    watch_source_errors(source.counts(), now);
    timers_.tick(now);
    summarise(now);
}

void EngineSeries::watch_source_errors(const acquisition::SourceCounts& counts, core::TimePoint now) noexcept
{
    const std::int64_t errors = counts.bad_checksums + counts.malformed;
    if (errors <= source_errors_) return;
    source_errors_ = errors;
    timers_.happened(Alarm::source_errors, now);
}

void EngineSeries::decided(core::SampleRecord& record) noexcept
{
    send(record, false);
    const auto now = Clock::now();
    record.arrival_to_command = now - begun_;
    if (timed_) arrival_to_command_.record(record.arrival_to_command);
    if (timed_) exposure_to_command_.record(now - record.time);
    if (!has(record.decision, StepDecision::main_in_time)) {
        ++counts_.fallbacks;
        timers_.happened(Alarm::fallback_used, now);
    }
    if (timed_ && record.arrival_to_command > scheduler_.forecast_deadline()) {
        record.decision |= StepDecision::deadline_missed;
        ++counts_.deadline_misses;
        timers_.happened(Alarm::forecast_deadline, now);
    }
}

void EngineSeries::publish(core::SampleRecord& record) noexcept
{
    ++counts_.forecasts;
    publish_snapshot(record);
}

void EngineSeries::send(core::SampleRecord& record, bool repeated) noexcept
{
    if (record.beam != beam_ || snapshots_ == 0) {
        beam_ = record.beam;
        beam_since_ = Clock::now();
    }
    if (output_ != nullptr && output_->send(record, frame_.sequence, repeated, release_epoch_)) ++counts_.commands_sent;
}

void EngineSeries::done(const core::SampleRecord& record) noexcept
{
    core::EngineRecord* slot = records_.begin_push();
    const auto now = Clock::now();
    const core::Duration took = now - begun_;
    if (timed_) step_.record(took);
    const bool late = timed_ && took > scheduler_.step_deadline();
    if (late) ++counts_.step_deadline_misses;
    if (slot != nullptr) {
        slot->kind = core::EngineRecord::Kind::sample;
        slot->sample = record;
        slot->sample.step = took;
        if (late) slot->sample.decision |= StepDecision::step_deadline_missed;
        records_.end_push();
    }
    ++counts_.samples;
    counts_.records_dropped = static_cast<std::int64_t>(records_.dropped());
    ++by_reason_[static_cast<std::size_t>(record.reason)];
    flags_.add(record.flags);
    judge(record);
    raise_alarms(record);
}

/// How good were the forecasts made for now.
void EngineSeries::judge(const core::SampleRecord& record) noexcept
{
    if (has(record.flags, SampleFlag::discontinuity)) accuracy_.break_series();
    accuracy_.step(engine_->pipeline().measured_mm(), record.positions_mm, record.forecasts_mm, !record.warming_up);
}

void EngineSeries::raise_alarms(const core::SampleRecord& record) noexcept
{
    const auto now = Clock::now();
    alarms_.set(Alarm::marker_missing, has(record.flags, SampleFlag::invalid), now);
    alarms_.set(Alarm::signal_frozen, has(record.flags, SampleFlag::frozen), now);
    alarms_.set(Alarm::series_broken, has(record.flags, SampleFlag::discontinuity | SampleFlag::time_reversed), now);
    if (has(record.flags, SampleFlag::swapped)) timers_.happened(Alarm::markers_swapped, now);
    if (engine_->learning() && !has(record.decision, StepDecision::learned)) {
        ++counts_.learning_skipped;
        timers_.happened(Alarm::learning_skipped, now);
    }
    if (const std::int64_t resets = engine_->pipeline().forecaster().resets(); resets != forecaster_resets_) {
        forecaster_resets_ = resets;
        timers_.happened(Alarm::forecaster_reset, now);
    }
    const double drift_alarm_mm = config_.gate ? config_.gate->drift_alarm_mm : 0;
    alarms_.set(Alarm::baseline_drift, drift_alarm_mm > 0 && std::abs(record.breath.drift_mm) > drift_alarm_mm, now);
    if (engine_->gate() != nullptr && engine_->gate()->learning_due() &&
        gate_learning_.load(std::memory_order_relaxed) == GateLearning::idle)
        gate_learning_.store(GateLearning::wanted, std::memory_order_release);
}

void EngineSeries::idle(core::TimePoint now, const acquisition::MarkerSource& source, core::HoldReason doubt) noexcept
{
    source_ = &source;
    const bool lost = source.state() != acquisition::SourceState::streaming || last_arrival_ == core::kUnknownTime ||
                      now - last_arrival_ > max_age_;
    alarms_.set(Alarm::source_lost, lost, now);
    watch_source_errors(source.counts(), now);
    timers_.tick(now);
    core::SampleRecord& record = latest_.back().sample;
    record = engine_->newest();
    if (doubt == core::HoldReason::none && lost) doubt = core::HoldReason::no_source;
    watch_controller(now, doubt);
    // A hold by an operator does not wait for the next frame.
    const bool withdrawn = record.beam == core::BeamCommand::on && !engine_->beam().released();
    if (doubt != core::HoldReason::none || withdrawn) {
        idle_held_ = true;
        idle_reason_ = engine_->idle(std::max(now, record.time), doubt);
    }
    if (idle_held_) {  // until the next frame is judged
        record.beam = core::BeamCommand::hold;
        record.reason = idle_reason_;
    }
    send(record, true);
    publish_snapshot(record);
    summarise(now);
}

/// Tells the link that the engine moves; holds while the controller does not answer, and where it asks for a new
/// release.
void EngineSeries::watch_controller(core::TimePoint now, core::HoldReason& doubt) noexcept
{
    if (output_ == nullptr) return;
    output_->alive();
    const bool down = output_->lost();
    alarms_.set(Alarm::link_down, down, now);
    if (doubt == core::HoldReason::none && down) doubt = core::HoldReason::link_down;
    const std::uint32_t voided = output_->voided();
    if (voided == voided_) return;
    voided_ = voided;
    if (!engine_->beam().released()) return;
    core::CommandRecord hold;
    hold.number = ++own_commands_;
    hold.received = now;
    hold.operator_name.assign("engine");
    hold.text.assign("the controller was connected anew or has tripped: release the beam anew");
    command(hold);
}

void EngineSeries::fetch_controller() noexcept
{
    if (output_ == nullptr || !output_->has_link() || !output_->fetch_status()) return;
    const firmware_bridge::LinkStatus& status = output_->status();
    ControllerSnapshot& c = controller_;
    c.present = true;
    c.connected = status.connected;
    c.problem = status.problem;
    c.state = status.controller.state;
    c.reason = status.controller.reason;
    c.enabled = status.connected && status.controller.enabled != 0;
    c.needs_release = (status.controller.flags & FT_STATUS_NEEDS_RELEASE) != 0;
    c.last_sequence = status.controller.last_sequence;
    c.sample_age_us = status.controller.sample_age_us;
    c.connections = status.connections;
    c.trips = status.controller.trips;
}

void EngineSeries::publish_snapshot(const core::SampleRecord& record) noexcept
{
    EngineSnapshot& s = latest_.back();
    s.number = ++snapshots_;
    s.published = Clock::now();
    if (&s.sample != &record) s.sample = record;
    const std::span<const double> measured_mm = engine_->pipeline().measured_mm();
    for (std::size_t m = 0; m < s.visible.size(); ++m) s.visible[m] = std::isnan(measured_mm[3 * m]) ? 0 : 1;
    s.source_state = source_->state();
    s.source_counts = source_->counts();
    s.frame_rate_hz = 1 / interval_s_;
    s.forecast_error_mm = accuracy_.figures(t_on_index_).recent_rmse_mm;
    s.armed = engine_->beam().released();
    s.learning = engine_->learning();
    s.armed_by = engine_->beam().released_by();
    s.armed_station = engine_->beam().station();
    const core::GateMonitor* gate = engine_->gate();
    const bool known = gate != nullptr && gate->window();
    s.gate_lower_mm = known ? gate->window()->lower_mm : core::kNaN;
    s.gate_upper_mm = known ? gate->window()->upper_mm : core::kNaN;
    s.beam_since = beam_since_;
    s.sample_age = s.published - record.time;
    fetch_controller();
    s.controller = controller_;
    s.counts = counts_;
    s.arrival_to_command_us = arrival_summary_;
    s.step_us = step_summary_;
    latest_.publish();
}

void EngineSeries::summarise(core::TimePoint now) noexcept
{
    if (now - summarised_ < std::chrono::seconds(1)) return;
    summarised_ = now;
    arrival_summary_ = summary_of(arrival_to_command_);
    step_summary_ = summary_of(step_);
    if (controller_.present) controller_.round_trip_us = summary_of(output_->status().round_trip);
}

void EngineSeries::command(core::CommandRecord& command) noexcept
{
    using enum core::CommandKind;
    take_learned_gate();  // no reason to refuse
    const char* refusal = nullptr;
    core::BeamGate& beam = engine_->beam();
    switch (command.kind) {
    case hold:
        beam.hold();
        break;
    case arm:
        if (engine_->gate() == nullptr)
            refusal = "no gate is set";
        else if (!beam.arm(command.received, command.operator_name, command.station))
            refusal = "already released";
        break;
    case release:
        refusal = output_ != nullptr && output_->lost()
                      ? "the gating controller does not answer"
                      : beam.release(command.received, command.operator_name, command.station);
        if (refusal == nullptr) ++release_epoch_;
        break;
    case set_gate:
        if (engine_->gate() == nullptr)
            refusal = "no gate is configured: start the engine with one";
        else if (!(command.gate_lower_mm < command.gate_upper_mm) || !std::isfinite(command.gate_lower_mm) ||
                 !std::isfinite(command.gate_upper_mm))
            refusal = "the window needs lower < upper, in mm";
        else if (gate_learning_.load(std::memory_order_acquire) != GateLearning::idle)
            refusal = "the window is being learned just now: try again";
        else if (beam.released())
            refusal = "the beam is released: hold first, then change the window";
        else
            engine_->gate()->set_window({command.gate_lower_mm, command.gate_upper_mm});
        break;
    case rebase_gate:
        refusal = rebase(command);
        break;
    case freeze_learning:
        engine_->set_learning(false);
        break;
    case resume_learning:
        engine_->set_learning(true);
        break;
    case reset_forecaster:
        refusal = replace_engine();
        break;
    case mark_event:
        break;
    case acknowledge_alarm: {
        refusal = "there is no such alarm to acknowledge";
        for (int a = 0; a < core::kAlarms; ++a)
            if (std::string_view(command.text.c_str()) == alarm_info(static_cast<Alarm>(a)).name &&
                alarms_.acknowledge(static_cast<Alarm>(a)))
                refusal = nullptr;
        break;
    }
    case start_recording:
    case stop_recording:
        refusal = "not for the engine's loop";
        break;
    }
    command.accepted = refusal == nullptr;
    command.answer.assign(refusal == nullptr ? "done" : refusal);
    record_command(command);
}

/// Null where the window was moved by the drift of the baseline.
const char* EngineSeries::rebase(core::CommandRecord& command) noexcept
{
    core::GateMonitor* gate = engine_->gate();
    if (gate == nullptr) return "no gate is configured: start the engine with one";
    if (gate_learning_.load(std::memory_order_acquire) != GateLearning::idle)
        return "the window is being learned just now: try again";
    if (engine_->beam().released()) return "the beam is released: hold first, then re-base the window";
    if (!gate->rebase()) return "the drift is not known yet: a few breaths with a window set are needed";
    command.gate_lower_mm = gate->window()->lower_mm;
    command.gate_upper_mm = gate->window()->upper_mm;
    return nullptr;
}

void EngineSeries::record_command(const core::CommandRecord& command) noexcept
{
    if (core::EngineRecord* slot = records_.begin_push()) {
        slot->kind = core::EngineRecord::Kind::command;
        slot->command = command;
        slot->command.before_sample = engine_->next_index();
        records_.end_push();
    }
}

/// Null where it was replaced; statistics, forecasters and gate begin anew, and the beam is no longer released.
const char* EngineSeries::replace_engine() noexcept
{
    if (retired_.load(std::memory_order_acquire) != nullptr || gate_learning_.load() != GateLearning::idle)
        return "busy: try again in a second";
    StepEngine* spare = spare_.exchange(nullptr, std::memory_order_acq_rel);
    if (spare == nullptr) return "the last reset is not through yet: try again in a second";
    spare->number_from(engine_->next_index());
    retired_.store(engine_.release(), std::memory_order_release);
    engine_.reset(spare);
    forecaster_resets_ = engine_->pipeline().forecaster().resets();
    accuracy_.break_series();
    return nullptr;
}

void EngineSeries::take_learned_gate() noexcept
{
    const GateLearning state = gate_learning_.load(std::memory_order_acquire);
    if (state != GateLearning::learned && state != GateLearning::failed) return;
    core::GateMonitor& gate = *engine_->gate();
    // Recorded, so that a replay learns at the same sample.
    core::CommandRecord command;
    command.kind = core::CommandKind::set_gate;
    command.number = ++own_commands_;
    command.received = Clock::now();
    command.accepted = true;
    command.operator_name.assign("engine");
    if (state == GateLearning::failed) {
        gate.retry_learning();
        command.text.assign(kGateNotLearned);
        command.answer.assign("the markers do not move enough to learn from: tried again later");
    } else {
        gate.apply_learned(learned_);
        command.text.assign(kGateLearned);
        command.answer.assign(gate.window() ? "window learned from the breathing" : "axis learned from the breathing");
        if (gate.window()) {
            command.gate_lower_mm = gate.window()->lower_mm;
            command.gate_upper_mm = gate.window()->upper_mm;
        }
    }
    record_command(command);
    gate_learning_.store(GateLearning::idle, std::memory_order_release);
}

void EngineSeries::help()
{
    delete retired_.exchange(nullptr);
    if (spare_.load() == nullptr) spare_.store(new StepEngine(step_config_), std::memory_order_release);
    if (gate_learning_.load(std::memory_order_acquire) != GateLearning::wanted) return;
    try {
        learned_ = engine_->gate()->learn();
        gate_learning_.store(GateLearning::learned, std::memory_order_release);
    } catch (const std::exception&) {  // told by the hold's reason: no gate; tried again with more samples
        gate_learning_.store(GateLearning::failed, std::memory_order_release);
    }
}

}  // namespace foretide::apps
