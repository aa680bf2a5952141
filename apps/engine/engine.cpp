// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/engine.h"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <nlohmann/json.hpp>

#include "apps/engine/engine_series.h"
#include "apps/engine/recorder.h"
#include "apps/engine/recording_control.h"
#include "apps/engine/replayed_engine.h"
#include "apps/engine/source_survey.h"
#include "apps/engine/summary_json.h"
#include "core/rt/denormals.h"
#include "validation/version.h"

namespace foretide::apps {

namespace {

using core::Alarm;
using core::Clock;
using core::HoldReason;

constexpr core::Duration kTick =
    std::chrono::milliseconds(10);  // longest wait for a frame; the link must hear that the loop turns
constexpr core::Duration kStall = std::chrono::milliseconds(250);       // between two turns of the loop
constexpr core::Duration kAfterStall = std::chrono::milliseconds(500);  // frames may have waited in the system
constexpr core::Duration kHelp = std::chrono::milliseconds(50);
constexpr core::Duration kClockStep = std::chrono::milliseconds(500);
constexpr std::size_t kCommands = 64;

core::Duration time_of_day_offset() noexcept
{
    const auto day = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<core::Duration>(day) - Clock::now().time_since_epoch();
}

}  // namespace

class Engine::Impl final : public EngineControl {
public:
    Impl(EngineConfig config, std::unique_ptr<acquisition::MarkerSource> source)
        : config_(std::move(config)), source_(std::move(source)), timers_(alarms_)
    {
        if (has_controller()) ControllerOutput::check(config_.controller);
        waiting_description_ = describe(nullptr);
    }

    EngineSummary run();
    void stop() noexcept
    {
        stop_.store(true);
        source_->interrupt();
    }

    // EngineControl, on the telemetry's thread.
    const EngineDescription& description() const noexcept override
    {
        return *described_.load(std::memory_order_acquire);
    }
    const EngineSnapshot* fetch() noexcept override;
    bool post(const core::CommandRecord& command) noexcept override;
    bool take_answer(core::CommandRecord& answer) noexcept override;
    void station_seen(const char*) noexcept override
    {
        station_seen_ns_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    }
    core::AlarmBoard& alarms() noexcept override { return alarms_; }
    void note(const std::string& text) override
    {
        if (begun_.load(std::memory_order_acquire) != nullptr) recorder_->note(text);
    }
    std::string source_message() override
    {
        const std::scoped_lock lock(message_mutex_);
        return source_message_;
    }

private:
    void check_realtime() const;
    std::optional<int> cpu() const { return config_.cpu >= 0 ? std::optional<int>(config_.cpu) : std::nullopt; }
    bool has_controller() const { return config_.controller != "none" && !config_.controller.empty(); }
    ControllerOutputConfig controller_config(const StepEngineConfig& step) const;
    bool begin_series();
    void loop();
    void turn(core::TimePoint now, acquisition::SourceResult result);
    void take_commands() noexcept;
    HoldReason doubt(core::TimePoint now) noexcept;
    void publish_waiting(core::TimePoint now);
    void help_until_stopped();
    void begin_recording();
    void end_recording(EngineSummary& summary);
    core::SessionHeader new_session() const;
    EngineDescription describe(const EngineSeries* series) const;
    EngineSummary summary() const;

    EngineConfig config_;
    std::unique_ptr<acquisition::MarkerSource> source_;
    std::optional<ControllerOutput> output_;  // made with the series
    core::AlarmBoard alarms_;
    AlarmTimers timers_;
    std::atomic<bool> stop_{false}, hold_{false};
    core::SlotRing<core::CommandRecord> commands_{kCommands, {}}, answers_{kCommands, {}};
    std::atomic<std::int64_t> station_seen_ns_{0};
    RealtimeGrant grant_;

    std::unique_ptr<EngineSeries> series_;
    std::optional<Recorder> recorder_;  // made with the series
    RecordingControl recording_{std::filesystem::path(config_.session.file).parent_path(),
                                [this] { return new_session(); }};
    std::atomic<EngineSeries*> begun_{nullptr};  // for the other threads
    EngineDescription waiting_description_, series_description_;
    std::atomic<const EngineDescription*> described_{&waiting_description_};
    core::LatestValue<EngineSnapshot> waiting_{EngineSnapshot{}};

    core::MarkerFrame frame_;
    std::vector<core::MarkerFrame> kept_;  // came before the series; taken in once the real-time rights are there
    core::TimePoint started_{}, turned_{}, stalled_until_{};
    std::uint64_t waiting_snapshots_ = 0;

    std::mutex message_mutex_;  // never taken while a series runs but by message changes (the source's, rare)
    std::string source_message_;
    std::uint64_t message_number_ = ~std::uint64_t{0};

    std::mutex help_mutex_;
    std::condition_variable help_wake_;
    bool help_end_ = false;
};

EngineDescription Engine::Impl::describe(const EngineSeries* series) const
{
    EngineDescription d;
    EngineConfig shown = config_;
    shown.session.patient_identity.clear();  // has a place of its own
    d.session.patient_pseudonym = config_.session.patient;
    d.session.patient_identity = config_.session.patient_identity;
    d.session.operator_name = config_.session.operator_name;
    d.session.site = config_.session.site;
    d.session.started = Clock::now();
    d.session.started_unix_ns = (Clock::now().time_since_epoch() + time_of_day_offset()).count();
    d.session.session_id = boost::uuids::to_string(boost::uuids::random_generator()());
    d.session.version = validation::version_text();
    d.session.build = build_identity();
    d.session.source = source_->description();
    d.session.coordinate_frame = config_.room_from_tracker ? core::RoomFrame::kName : core::TrackerFrame::kName;
    d.session.configuration = to_toml(shown);
    d.forecaster = config_.algorithm.name;
    if (config_.gate) {
        d.session.t_on_s = config_.gate->t_on_s;
        d.session.t_off_s = config_.gate->t_off_s;
        d.latency = config_.gate->budget();
    }
    if (series == nullptr) return d;
    const StepEngine& engine = series->engine();
    d.session.algorithm = step_engine_record(engine.config());
    d.session.layout = engine.layout();
    d.session.horizons.assign(engine.horizons().begin(), engine.horizons().end());
    for (const int h : engine.horizons()) d.horizons_s.push_back(h / engine.layout().rate_hz);
    return d;
}

EngineSummary Engine::Impl::run()
{
    started_ = turned_ = Clock::now();
    if (config_.realtime == RealtimePolicy::require) check_realtime();
    if (!begin_series()) return summary();
    // The helper, like the recorder, before this thread gets its priority: threads inherit it.
    std::thread helper([this] { help_until_stopped(); });
    const auto end_helper = [&] {
        {
            const std::scoped_lock lock(help_mutex_);
            help_end_ = true;
        }
        help_wake_.notify_all();
        helper.join();
    };
    try {
        begin_recording();
        grant_ = prepare_realtime(config_.realtime, cpu());
        loop();
    } catch (...) {
        end_helper();
        throw;
    }
    end_helper();
    EngineSummary result = summary();
    end_recording(result);
    return result;
}

/// Throws where the session file cannot be made: an engine that was asked to record does not run without.
void Engine::Impl::begin_recording()
{
    if (config_.session.file.empty()) return;
    if (const std::string error = recorder_->start(config_.session.file, series_description_.session).get();
        !error.empty())
        throw std::runtime_error(error);
}

void Engine::Impl::end_recording(EngineSummary& result)
{
    const bool recording = recorder_->status().recording;
    if (recording) result.recording_problem = recorder_->stop(to_json(result).dump()).get();
    const RecorderStatus status = recorder_->status();
    result.recording = status.file.string();
    result.recorded = status.records;
    result.not_recorded = status.lost.total();
}

/// What a recording that begins later says of itself: another session of the same engine.
core::SessionHeader Engine::Impl::new_session() const
{
    core::SessionHeader header = series_description_.session;
    header.session_id = boost::uuids::to_string(boost::uuids::random_generator()());
    header.started = Clock::now();
    header.started_unix_ns = (header.started.time_since_epoch() + time_of_day_offset()).count();
    return header;
}

/// Throws at once where the rights will be refused, on a thread that is gone afterwards.
void Engine::Impl::check_realtime() const
{
    std::exception_ptr refused;
    std::thread([&] {
        try {
            prepare_realtime(config_.realtime, cpu());
        } catch (...) {
            refused = std::current_exception();
        }
    }).join();
    if (refused) std::rethrow_exception(refused);
}

ControllerOutputConfig Engine::Impl::controller_config(const StepEngineConfig& step) const
{
    ControllerOutputConfig c;
    c.address = config_.controller;
    c.sample_period = core::from_seconds(1 / step.rate_hz());
    c.realtime = config_.realtime != RealtimePolicy::off;
    if (step.gate) {
        c.t_on = core::from_seconds(step.gate->t_on_s);
        c.t_off = core::from_seconds(step.gate->t_off_s);
        if (step.gate->rule.kind == core::GateKind::phase) c.phase = step.gate->rule.phase;
    }
    return c;
}

/// Takes frames until rate and markers are known. False: stopped before, or the source ended.
bool Engine::Impl::begin_series()
{
    const double rate_hz = config_.source.rate_hz > 0 ? config_.source.rate_hz : 0;
    std::optional<SourceSurvey> survey;
    std::optional<SourceSurvey::Findings> found;
    while (!stop_ && !found) {
        const auto now = Clock::now();
        if (config_.duration_s > 0 && core::to_seconds(now - started_) >= config_.duration_s) return false;
        const acquisition::SourceResult result = source_->next(frame_, now + kTick);
        if (result == acquisition::SourceResult::ended) return false;
        if (result == acquisition::SourceResult::frame) {
            // What the source says of itself is known once it streams.
            const double said_hz = rate_hz > 0 ? rate_hz : (source_->rate_hz() > 0 ? source_->rate_hz() : 0);
            const int markers = config_.source.markers > 0 ? config_.source.markers : source_->markers();
            if (!survey) survey.emplace(said_hz, markers);
            found = survey->add(frame_);
        }
        publish_waiting(now);
    }
    if (!found) return false;
    const StepEngineConfig step = config_.step_engine(found->markers, found->rate_hz, source_->anonymous());
    if (has_controller()) output_.emplace(controller_config(step));
    series_ = std::make_unique<EngineSeries>(config_, step, found->rate_hz, alarms_, output_ ? &*output_ : nullptr);
    series_->help();
    config_.source.rate_hz = found->rate_hz;
    config_.source.markers = found->markers;
    series_description_ = describe(series_.get());
    recorder_.emplace(series_->records(), alarms_);
    described_.store(&series_description_, std::memory_order_release);
    begun_.store(series_.get(), std::memory_order_release);
    kept_ = survey->frames();
    return true;
}

/// State for whoever watches while there is no series yet.
void Engine::Impl::publish_waiting(core::TimePoint now)
{
    constexpr core::Duration patience = std::chrono::seconds(1);
    if (source_->message_number() != message_number_) {
        const std::scoped_lock lock(message_mutex_);
        message_number_ = source_->message_number();
        source_message_ = source_->message();
    }
    const bool streaming = source_->state() == acquisition::SourceState::streaming;
    alarms_.set(Alarm::source_lost, !streaming && now - started_ > patience, now);
    for (const core::CommandRecord* command = commands_.front(); command != nullptr; command = commands_.front()) {
        if (core::CommandRecord* answer = answers_.begin_push()) {
            *answer = *command;
            answer->accepted = command->kind == core::CommandKind::hold;
            answer->answer.assign(answer->accepted ? "held: there are no markers yet" : "there are no markers yet");
            answers_.end_push();
        }
        commands_.pop();
    }
    EngineSnapshot& s = waiting_.back();
    s.number = ++waiting_snapshots_;
    s.published = now;
    s.sample.index = -1;
    s.sample.reason = HoldReason::no_source;
    s.source_state = source_->state();
    s.source_counts = source_->counts();
    waiting_.publish();
}

void Engine::Impl::loop()
{
    const core::ScopedFlushDenormals flush;
    for (const core::MarkerFrame& frame : kept_) series_->kept_frame(frame, *source_);
    turned_ = Clock::now();
    const core::TimePoint end =
        config_.duration_s > 0 ? started_ + core::from_seconds(config_.duration_s) : core::TimePoint::max();
    while (!stop_) {
        const auto before = Clock::now();
        if (before >= end) break;
        const acquisition::SourceResult result = source_->next(frame_, std::min(before + kTick, end));
        if (result == acquisition::SourceResult::ended) break;
        turn(Clock::now(), result);
    }
    take_commands();
    core::CommandRecord hold;
    hold.received = Clock::now();
    hold.operator_name.assign("engine");
    hold.text.assign("the engine ends");
    series_->command(hold);
    series_->idle(Clock::now(), *source_, HoldReason::stopping);
}

void Engine::Impl::turn(core::TimePoint now, acquisition::SourceResult result)
{
    if (now - turned_ > kStall) {
        timers_.happened(Alarm::engine_stalled, now);
        stalled_until_ = now + kAfterStall;
    }
    turned_ = now;
    take_commands();
    const HoldReason wrong = doubt(now);
    if (result == acquisition::SourceResult::frame)
        series_->frame(frame_, *source_, wrong);
    else
        series_->idle(now, *source_, wrong);
    timers_.tick(now);
    if (source_->message_number() != message_number_) {  // a change of the connection: not while streaming steadily
        message_number_ = source_->message_number();
        const std::scoped_lock lock(message_mutex_);
        source_message_ = source_->message();
    }
    turned_ = Clock::now();
}

HoldReason Engine::Impl::doubt(core::TimePoint now) noexcept
{
    if (now < stalled_until_) return HoldReason::stale;
    const core::TimePoint seen{core::Duration{station_seen_ns_.load(std::memory_order_relaxed)}};
    const bool lost = series_->released() && now - seen > core::from_seconds(config_.telemetry.station_timeout_s);
    alarms_.set(Alarm::station_lost, lost, now);
    return lost ? HoldReason::station_lost : HoldReason::none;
}

void Engine::Impl::take_commands() noexcept
{
    if (hold_.exchange(false)) {
        core::CommandRecord hold;
        hold.received = Clock::now();
        series_->command(hold);
    }
    for (const core::CommandRecord* command = commands_.front(); command != nullptr; command = commands_.front()) {
        core::CommandRecord carried_out = *command;
        commands_.pop();
        series_->command(carried_out);
        if (core::CommandRecord* answer = answers_.begin_push()) {
            *answer = carried_out;
            answers_.end_push();
        }
    }
}

const EngineSnapshot* Engine::Impl::fetch() noexcept
{
    EngineSeries* series = begun_.load(std::memory_order_acquire);
    core::LatestValue<EngineSnapshot>& latest = series != nullptr ? series->latest() : waiting_;
    return latest.fetch() ? &latest.front() : nullptr;
}

bool Engine::Impl::post(const core::CommandRecord& command) noexcept
{
    if (command.kind == core::CommandKind::start_recording || command.kind == core::CommandKind::stop_recording)
        return recording_.post(command, begun_.load(std::memory_order_acquire) != nullptr ? &*recorder_ : nullptr);
    core::CommandRecord* slot = commands_.begin_push();
    if (slot != nullptr) {
        *slot = command;
        commands_.end_push();
    } else if (command.kind == core::CommandKind::hold) {
        hold_.store(true);  // carried out without an answer
    }
    source_->interrupt();
    return slot != nullptr || command.kind == core::CommandKind::hold;
}

bool Engine::Impl::take_answer(core::CommandRecord& answer) noexcept
{
    if (recording_.take_answer(answer)) return true;
    const core::CommandRecord* front = answers_.front();
    if (front == nullptr) return false;
    answer = *front;
    answers_.pop();
    return true;
}

void Engine::Impl::help_until_stopped()
{
    const core::Duration offset = time_of_day_offset();
    core::Duration known = offset;
    std::unique_lock lock(help_mutex_);
    while (!help_wake_.wait_for(lock, kHelp, [this] { return help_end_; })) {
        series_->help();
        const core::Duration moved = time_of_day_offset() - known;
        const bool stepped = moved > kClockStep || moved < -kClockStep;
        alarms_.set(Alarm::clock_stepped, stepped, Clock::now());
        if (stepped) known += moved;
    }
}

EngineSummary Engine::Impl::summary() const
{
    EngineSummary s;
    s.duration_s = core::to_seconds(Clock::now() - started_);
    s.source = source_->description();
    s.source_message = source_->message();
    s.source_counts = source_->counts();
    s.realtime = grant_.messages;
    if (config_.gate) s.latency = config_.gate->budget();
    for (int a = 0; a < core::kAlarms; ++a)
        s.alarms_raised[static_cast<std::size_t>(a)] = alarms_.status(static_cast<Alarm>(a)).raised;
    if (series_ == nullptr) return s;
    s.series_began = true;
    s.layout = series_->engine().layout();
    s.source_rate_hz = series_->engine().config().source_rate_hz;
    s.counts = series_->counts();
    s.flags = series_->flags();
    s.samples_by_reason = series_->samples_by_reason();
    s.controller = series_->controller();
    s.sample_to_command = series_->arrival_to_command();
    s.exposure_to_command = series_->exposure_to_command();
    s.step = series_->step_time();
    s.horizons_s = series_description_.horizons_s;
    for (std::size_t h = 0; h < s.horizons_s.size(); ++h) s.accuracy.push_back(series_->accuracy().figures(h));
    return s;
}

Engine::Engine(EngineConfig config, std::unique_ptr<acquisition::MarkerSource> source)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(source)))
{
}
Engine::~Engine() = default;

EngineSummary Engine::run() { return impl_->run(); }
void Engine::stop() noexcept { impl_->stop(); }
EngineControl& Engine::control() noexcept { return *impl_; }

}  // namespace foretide::apps
