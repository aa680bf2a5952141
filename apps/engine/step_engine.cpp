// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/step_engine.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace foretide::apps {

namespace {

using core::SampleFlag;

/// Positions that must not move the beam: not measured for too long, repeated, or not what the series went on with.
constexpr SampleFlag kDoubtful = SampleFlag::invalid | SampleFlag::frozen | SampleFlag::discontinuity |
                                 SampleFlag::time_reversed | SampleFlag::step_accepted | SampleFlag::no_time;

core::ConditionerConfig conditioner_config(const StepEngineConfig& c)
{
    core::ConditionerConfig out;
    out.markers = c.markers;
    out.rate_hz = c.rate_hz();
    out.source_rate_hz = c.source_rate_hz;
    out.decimation = c.decimation();
    out.warm_up = c.warm_up;
    out.max_bridged_gap = c.max_bridged_gap;
    out.max_filled_gap = std::max(out.max_filled_gap, c.max_bridged_gap);
    return out;
}

core::StandardiserConfig standardiser_config(const StepEngineConfig& c)
{
    core::StandardiserConfig out;
    out.duration = c.warm_up;
    return out;
}

std::unique_ptr<core::Forecaster> forecaster(const rnn::AlgorithmSpec& spec, const core::SeriesLayout& layout,
                                             std::span<const int> horizons)
{
    return spec.name.empty() ? nullptr : rnn::make_forecaster(spec, layout, horizons);
}

StepEngineConfig checked(StepEngineConfig config)
{
    if (!(config.source_rate_hz >= 1 && config.source_rate_hz <= 1000))
        throw std::invalid_argument("the source's rate must be 1 to 1000 Hz");
    if (!(config.display_step_s > 0) || !(config.display_until_s >= config.display_step_s) ||
        config.display_until_s > 10 || config.display_until_s / config.display_step_s > 100)
        throw std::invalid_argument("the trajectory needs a step > 0 and an end of at most 10 s and 100 steps");
    config.beam.t_on = core::from_seconds(config.gate ? config.gate->t_on_s : 0);
    config.beam.t_off = core::from_seconds(config.gate ? config.gate->t_off_s : 0);
    return config;
}

}  // namespace

std::vector<int> StepEngineConfig::horizons() const
{
    std::vector<int> out;
    const auto steps = static_cast<int>(std::floor(display_until_s / display_step_s + 1e-9));
    for (int k = 1; k <= steps; ++k)
        out.push_back(std::max(1, static_cast<int>(std::lround(k * display_step_s * rate_hz()))));
    for (const int h : gate_horizons()) out.push_back(h);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::vector<int> StepEngineConfig::gate_horizons() const
{
    return gate ? core::GateMonitor::gate_horizons(*gate, rate_hz(), delay_s()) : std::vector<int>{};
}

StepEngine::StepEngine(const StepEngineConfig& config)
    : config_(checked(config)),
      horizons_(config_.horizons()),
      layout_{config.markers, config.rate_hz()},
      pipeline_(conditioner_config(config), standardiser_config(config), forecaster(config.main, layout_, horizons_),
                core::StepOrder::forecast_first, forecaster(config.fallback, layout_, horizons_),
                config_.gate_horizons()),
      beam_(config_.beam)
{
    if (config.anonymous) {
        core::AssignmentConfig assignment;
        assignment.markers = config.markers;
        assignment.max_distance_mm = config.marker_reach_mm;
        assignment_.emplace(assignment);
    }
    if (config.gate) gate_.emplace(*config.gate, layout_, horizons_, config.delay_s());
    prototype_.resize(static_cast<std::size_t>(layout_.coordinates()), horizons_.size());
    prototype_.index = -1;
    record_ = prototype_;
}

void StepEngine::to_room(core::MarkerFrame& frame) const noexcept
{
    for (int m = 0; m < frame.marker_count; ++m) {
        auto& mm = frame.markers[static_cast<std::size_t>(m)].position_mm;
        const auto room = *config_.room_from_tracker * core::Position<core::TrackerFrame>{{mm[0], mm[1], mm[2]}};
        mm = {room.mm[0], room.mm[1], room.mm[2]};
    }
}

int StepEngine::step(const core::MarkerFrame& received, std::int64_t frame_number, StepScheduler& scheduler,
                     StepListener& listener, core::HoldReason doubt) noexcept
{
    frame_ = received;
    frame_.marker_count = std::clamp(frame_.marker_count, 0, core::kMaxMarkers);
    if (config_.room_from_tracker) to_room(frame_);
    if (assignment_) {
        assignment_->assign(frame_, pipeline_.expected_mm(), identified_);
        std::swap(frame_, identified_);
    }
    const int samples = pipeline_.ingest(frame_);
    for (int i = 0; i < samples; ++i) {
        const bool newest = i + 1 == samples;
        scheduler.sample(newest);
        pipeline_.begin(i);
        const bool in_time = !pipeline_.has_fallback() || scheduler.main_forecast_fits();
        if (in_time) {
            pipeline_.finish();
            scheduler.main_forecast_made();
        }
        fill_record(i, frame_number);
        if (in_time) record_.decision |= core::StepDecision::main_in_time;
        if (newest) {
            decide(received.arrived, doubt, in_time);
            listener.decided(record_);
        }
        pipeline_.complete();
        fill_forecasts();
        if (newest) listener.publish(record_);
        const bool learn = learning_ && scheduler.learning_fits();
        const bool learn_fallback = learning_ && scheduler.fallback_learning_fits();
        pipeline_.learn(learn, learn_fallback);
        if (learn) scheduler.learned();
        if (learn) record_.decision |= core::StepDecision::learned;
        if (learn_fallback) record_.decision |= core::StepDecision::fallback_learned;
        listener.done(record_);
    }
    return samples;
}

void StepEngine::decide(core::TimePoint arrived, core::HoldReason doubt, bool in_time) noexcept
{
    record_.doubt = doubt;
    record_.idle_from = std::exchange(idle_from_, core::kUnknownTime);
    record_.idle_doubted = std::exchange(idle_doubted_, core::kUnknownTime);
    const auto decision = beam_.decide(std::max(record_.time, arrived), doubt_of(doubt, in_time),
                                       gate_ ? gate_->judge() : core::GateJudgement{});
    record_.beam = decision.beam;
    record_.reason = decision.reason;
}

core::HoldReason StepEngine::idle(core::TimePoint now, core::HoldReason doubt) noexcept
{
    if (idle_from_ == core::kUnknownTime) idle_from_ = now;
    if (doubt != core::HoldReason::none) idle_doubted_ = now;
    return beam_.decide(now, doubt, {}).reason;
}

void StepEngine::fill_record(int i, std::int64_t frame_number) noexcept
{
    const core::ConditionedSample sample = pipeline_.conditioner().sample(i);
    const SampleFlag flags = pipeline_.conditioner().flags(i);
    record_.index = first_index_ + sample.index;
    record_.frame = frame_number;
    record_.time = sample.time;
    record_.flags = flags;
    record_.decision = core::StepDecision::none;
    record_.warming_up = pipeline_.warming_up();
    record_.beam = core::BeamCommand::hold;
    record_.reason = core::HoldReason::invalid_sample;  // of a sample that fills a gap
    record_.arrival_to_command = record_.step = core::Duration::zero();
    std::ranges::copy(sample.positions_mm, record_.positions_mm.begin());
    core::GateReading reading;
    if (gate_)
        reading = gate_->step(sample, pipeline_.measured_mm(), pipeline_.forecasts_mm(), pipeline_.ready(),
                              has(flags, SampleFlag::discontinuity));
    record_.gate_coordinate_mm = reading.coordinate_mm;
    record_.gate_on_lower_mm = reading.on_lower_mm;
    record_.gate_on_upper_mm = reading.on_upper_mm;
    record_.gate_off_lower_mm = reading.off_lower_mm;
    record_.gate_off_upper_mm = reading.off_upper_mm;
    record_.breath = reading.breath;
    const bool windowed = gate_ && gate_->window();
    record_.window_lower_mm = windowed ? gate_->window()->lower_mm : core::kNaN;
    record_.window_upper_mm = windowed ? gate_->window()->upper_mm : core::kNaN;
    record_.doubt = core::HoldReason::none;
    record_.idle_from = record_.idle_doubted = core::kUnknownTime;
}

void StepEngine::fill_forecasts() noexcept
{
    record_.warming_up = pipeline_.warming_up();
    std::ranges::copy(pipeline_.forecasts_mm(), record_.forecasts_mm.begin());
    const auto narrow = [](double v) { return static_cast<float>(v); };
    std::ranges::transform(pipeline_.lower_mm(), record_.lower_mm.begin(), narrow);
    std::ranges::transform(pipeline_.upper_mm(), record_.upper_mm.begin(), narrow);
}

core::HoldReason StepEngine::doubt_of(core::HoldReason external, bool in_time) const noexcept
{
    using enum core::HoldReason;
    if (external != none) return external;
    if (has(record_.flags, kDoubtful)) return invalid_sample;
    if (record_.warming_up) return warming_up;
    if (!in_time && config_.hold_on_fallback) return forecast_late;
    return none;
}

}  // namespace foretide::apps
