// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/engine.h"

#include <chrono>
#include <cmath>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "apps/engine/summary_json.h"
#include "tests/engine/scripted_source.h"
#include "tests/support/rt_guard.h"

namespace foretide::apps {
namespace {

using core::Alarm;
using core::Clock;
using core::CommandKind;
using std::chrono::milliseconds;
using tests::Act;
using tests::breathing;
using tests::ScriptedSource;

EngineConfig config()
{
    EngineConfig c;
    c.algorithm.name = "lms";
    c.fallback = "last";
    c.warm_up_s = 5;
    c.forecast_deadline_ms = 100;  // this machine may be busy
    c.realtime = RealtimePolicy::off;
    c.gate.emplace();
    c.gate->window.typed = core::GateWindow{-50, 50};
    c.gate->confidence = 0;
    c.gate->dwell_s = 0.5;
    return c;
}

std::unique_ptr<ScriptedSource> source(std::vector<Act> script, double rate_hz = 10, int markers = 2)
{
    return std::make_unique<ScriptedSource>(std::move(script), rate_hz, markers);
}

Act call(std::function<void()> f)
{
    Act act;
    act.what = Act::What::call;
    act.call = std::move(f);
    return act;
}

Act silence(core::Duration length)
{
    Act act;
    act.what = Act::What::silence;
    act.wait = length;
    return act;
}

void append(std::vector<Act>& to, std::vector<Act> acts)
{
    for (Act& act : acts) to.push_back(std::move(act));
}

core::CommandRecord command(CommandKind kind, const char* who = "mk")
{
    core::CommandRecord c;
    c.kind = kind;
    c.received = Clock::now();
    c.operator_name.assign(who);
    c.station.assign("127.0.0.1:5");
    return c;
}

/// The newest snapshot there is.
EngineSnapshot newest(EngineControl& control)
{
    EngineSnapshot out;
    while (const EngineSnapshot* s = control.fetch()) out = *s;
    return out;
}

TEST(Engine, TakesARecordingFromItsFirstFrameToItsLast)
{
    EngineConfig c = config();
    c.algorithm.name = "rls";
    Engine sut(c, source(breathing(600, 10, 2)));
    const EngineSummary s = sut.run();
    EXPECT_TRUE(s.series_began);
    EXPECT_EQ(s.counts.frames, 600);
    EXPECT_EQ(s.counts.samples, 600);
    EXPECT_EQ(s.counts.forecasts, 600);
    EXPECT_EQ(s.layout.markers, 2);
    EXPECT_EQ(s.layout.rate_hz, 10);
    EXPECT_EQ(s.sample_to_command.count(), 599U);  // the first was kept until rate and markers were known
    ASSERT_EQ(s.accuracy.size(), 21U);
    EXPECT_GT(s.accuracy[4].n, 300);
    EXPECT_LT(s.accuracy[4].rmse_mm, 0.5 * s.accuracy[4].last_rmse_mm);
    const auto json = to_json(s);
    EXPECT_EQ(json["samples_in"], 600);
    EXPECT_EQ(json["holds"]["not_armed"].get<int>() + json["holds"]["warming_up"].get<int>(), 600);
}

TEST(Engine, FindsOutRateAndMarkersAndLosesNoFrameByIt)
{
    Engine sut(config(), source(breathing(300, 30, 3), core::kNaN, 0));
    const EngineSummary s = sut.run();
    EXPECT_EQ(s.counts.frames, 300);
    EXPECT_EQ(s.layout.markers, 3);
    EXPECT_NEAR(s.layout.rate_hz, 30, 0.1);
}

TEST(Engine, SaysWhatItWaitsForWhileThereIsNoSource)
{
    EngineConfig c = config();
    c.duration_s = 1.5;
    Act nothing = silence(std::chrono::seconds(60));
    nothing.state = acquisition::SourceState::connecting;
    Engine sut(c, source({nothing}));
    const EngineSummary s = sut.run();
    EXPECT_FALSE(s.series_began);
    EXPECT_NEAR(s.duration_s, 1.5, 0.5);
    EXPECT_EQ(s.alarms_raised[static_cast<std::size_t>(Alarm::source_lost)], 1U);
    const EngineSnapshot snapshot = newest(sut.control());
    EXPECT_EQ(snapshot.sample.index, -1);
    EXPECT_EQ(snapshot.sample.beam, core::BeamCommand::hold);
    EXPECT_EQ(snapshot.source_state, acquisition::SourceState::connecting);
    EXPECT_EQ(sut.control().source_message(), "scripted");
}

TEST(Engine, ReleasesTheBeamInTwoStepsAndHoldsAtOnce)
{
    std::vector<Act> script;
    Engine* engine = nullptr;
    std::vector<core::CommandRecord> answers;
    const auto post = [&](CommandKind kind) {
        engine->control().station_seen("127.0.0.1:5");
        ASSERT_TRUE(engine->control().post(command(kind)));
    };
    const auto take = [&] {
        core::CommandRecord answer;
        while (engine->control().take_answer(answer)) answers.push_back(answer);
    };
    std::vector<core::BeamCommand> beams;
    const auto look = [&] {
        const EngineSnapshot s = newest(engine->control());
        beams.push_back(s.sample.beam);
    };
    append(script, breathing(100, 10, 2));
    script.push_back(call([&] { post(CommandKind::release); }));  // without arming
    append(script, breathing(5, 10, 2, 10));
    script.push_back(call([&] { post(CommandKind::arm); }));
    append(script, breathing(5, 10, 2, 10.5));
    script.push_back(call([&] { post(CommandKind::release); }));
    append(script, breathing(20, 10, 2, 11));
    script.push_back(call([&] { look(); }));
    script.push_back(call([&] { post(CommandKind::hold); }));
    append(script, breathing(1, 10, 2, 13));
    script.push_back(call([&] { take(), look(); }));
    Engine sut(config(), source(std::move(script)));
    engine = &sut;
    const EngineSummary s = sut.run();
    ASSERT_EQ(answers.size(), 4U);
    EXPECT_FALSE(answers[0].accepted);
    EXPECT_STREQ(answers[0].answer.c_str(), "not armed: arm first");
    for (std::size_t k = 1; k < 4; ++k) EXPECT_TRUE(answers[k].accepted) << answers[k].answer.c_str();
    EXPECT_EQ(beams, (std::vector{core::BeamCommand::on, core::BeamCommand::hold}));
    EXPECT_GT(s.samples_by_reason[static_cast<std::size_t>(core::HoldReason::none)], 10);
}

/// On the wire too: between two frames of a slow source the command is repeated, and must not repeat a beam that is
/// off.
TEST(Engine, AHoldDoesNotWaitForTheNextFrame)
{
    std::vector<Act> script;
    Engine* engine = nullptr;
    EngineSnapshot before, after;
    append(script, breathing(100, 10, 2));
    script.push_back(call([&] {
        engine->control().station_seen("x");
        engine->control().post(command(CommandKind::arm));
        engine->control().post(command(CommandKind::release));
    }));
    append(script, breathing(20, 10, 2, 10));
    script.push_back(call([&] {
        before = newest(engine->control());
        engine->control().post(command(CommandKind::hold));
    }));
    script.push_back(silence(milliseconds(60)));  // well within the largest age
    script.push_back(call([&] { after = newest(engine->control()); }));
    append(script, breathing(1, 10, 2, 12));
    Engine sut(config(), source(std::move(script)));
    engine = &sut;
    const EngineSummary s = sut.run();
    EXPECT_EQ(before.sample.beam, core::BeamCommand::on);
    EXPECT_EQ(after.sample.index, before.sample.index);
    EXPECT_EQ(after.sample.beam, core::BeamCommand::hold);
    EXPECT_EQ(after.sample.reason, core::HoldReason::operator_hold);
    EXPECT_EQ(s.counts.frames, 121);
}

TEST(Engine, HoldsWhenTheSourceFallsSilent)
{
    std::vector<Act> script;
    Engine* engine = nullptr;
    std::vector<EngineSnapshot> seen;
    append(script, breathing(100, 10, 2));
    script.push_back(call([&] {
        engine->control().station_seen("x");
        engine->control().post(command(CommandKind::arm));
        engine->control().post(command(CommandKind::release));
    }));
    append(script, breathing(30, 10, 2, 10));
    script.push_back(call([&] { seen.push_back(newest(engine->control())); }));
    script.push_back(silence(milliseconds(600)));
    script.push_back(call([&] { seen.push_back(newest(engine->control())); }));
    append(script, breathing(3, 10, 2, 13.6));
    script.push_back(call([&] { seen.push_back(newest(engine->control())); }));
    EngineConfig c = config();
    c.gate->dwell_s = 1.5;
    Engine sut(c, source(std::move(script)));
    engine = &sut;
    const EngineSummary s = sut.run();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].sample.beam, core::BeamCommand::on);
    EXPECT_EQ(seen[1].sample.beam, core::BeamCommand::hold);
    EXPECT_EQ(seen[1].sample.reason, core::HoldReason::no_source);
    EXPECT_EQ(seen[2].sample.reason, core::HoldReason::dwell);  // not at once again
    EXPECT_GE(s.alarms_raised[static_cast<std::size_t>(Alarm::source_lost)], 1U);
}

TEST(Engine, HoldsWhenNoStationAnswers)
{
    std::vector<Act> script;
    Engine* engine = nullptr;
    EngineConfig c = config();
    c.telemetry.station_timeout_s = 0.3;
    append(script, breathing(100, 10, 2));
    script.push_back(call([&] {
        engine->control().station_seen("x");
        engine->control().post(command(CommandKind::arm));
        engine->control().post(command(CommandKind::release));
    }));
    append(script, breathing(20, 10, 2, 10));
    script.push_back(silence(milliseconds(400)));
    append(script, breathing(2, 10, 2, 12));
    EngineSnapshot seen;
    script.push_back(call([&] { seen = newest(engine->control()); }));
    Engine sut(c, source(std::move(script)));
    engine = &sut;
    const EngineSummary s = sut.run();
    EXPECT_EQ(seen.sample.reason, core::HoldReason::station_lost);
    EXPECT_EQ(s.alarms_raised[static_cast<std::size_t>(Alarm::station_lost)], 1U);
}

TEST(Engine, NoticesThatItDidNotRun)
{
    std::vector<Act> script = breathing(100, 10, 2);
    script.push_back(call([] { std::this_thread::sleep_for(milliseconds(400)); }));
    append(script, breathing(3, 10, 2, 10));
    Engine* engine = nullptr;
    EngineSnapshot seen;
    script.push_back(call([&] { seen = newest(engine->control()); }));
    Engine sut(config(), source(std::move(script)));
    engine = &sut;
    const EngineSummary s = sut.run();
    EXPECT_EQ(s.alarms_raised[static_cast<std::size_t>(Alarm::engine_stalled)], 1U);
    EXPECT_EQ(seen.sample.reason, core::HoldReason::stale);
}

TEST(Engine, CarriesOutTheOtherCommands)
{
    std::vector<Act> script;
    Engine* engine = nullptr;
    EngineSnapshot changed, reset;
    std::vector<core::CommandRecord> answers;
    const auto post = [&](core::CommandRecord c) { ASSERT_TRUE(engine->control().post(c)); };
    append(script, breathing(100, 10, 2));
    script.push_back(call([&] {
        core::CommandRecord window = command(CommandKind::set_gate);
        window.gate_lower_mm = -3;
        window.gate_upper_mm = 4;
        post(window);
        window.gate_lower_mm = 5;
        post(window);
        post(command(CommandKind::freeze_learning));
        core::CommandRecord note = command(CommandKind::mark_event);
        note.text.assign("cough");
        post(note);
        core::CommandRecord alarm = command(CommandKind::acknowledge_alarm);
        alarm.text.assign("no_such_alarm");
        post(alarm);
    }));
    append(script, breathing(3, 10, 2, 10));
    script.push_back(call([&] { changed = newest(engine->control()); }));
    script.push_back(
        call([&] { post(command(CommandKind::resume_learning)), post(command(CommandKind::reset_forecaster)); }));
    append(script, breathing(3, 10, 2, 10.3));
    script.push_back(call([&] {
        reset = newest(engine->control());
        core::CommandRecord answer;
        while (engine->control().take_answer(answer)) answers.push_back(answer);
    }));
    Engine sut(config(), source(std::move(script)));
    engine = &sut;
    const EngineSummary s = sut.run();
    EXPECT_EQ(changed.gate_lower_mm, -3);
    EXPECT_EQ(changed.gate_upper_mm, 4);
    EXPECT_FALSE(changed.learning);
    EXPECT_FALSE(changed.sample.warming_up);
    EXPECT_TRUE(reset.learning);
    EXPECT_TRUE(reset.sample.warming_up);
    EXPECT_EQ(reset.sample.index, 105);  // numbers go on
    ASSERT_EQ(answers.size(), 7U);
    const std::vector<bool> accepted{true, false, true, true, false, true, true};
    for (std::size_t k = 0; k < accepted.size(); ++k)
        EXPECT_EQ(answers[k].accepted, accepted[k]) << answers[k].answer.c_str();
    EXPECT_EQ(s.counts.samples, 106);
}

TEST(Engine, LearnsAxisAndWindowWhileItRuns)
{
    EngineConfig c = config();
    c.gate->axis = "pc1";
    c.gate->window = core::parse_window_request("auto:0.4@5-15");
    std::vector<Act> script = breathing(60, 10, 2);
    script.push_back(silence(milliseconds(300)));
    append(script, breathing(120, 10, 2, 6));
    script.push_back(silence(milliseconds(300)));
    append(script, breathing(5, 10, 2, 18));
    Engine* engine = nullptr;
    EngineSnapshot seen;
    script.push_back(call([&] { seen = newest(engine->control()); }));
    Engine sut(c, source(std::move(script)));
    engine = &sut;
    sut.run();
    EXPECT_LT(seen.gate_lower_mm, seen.gate_upper_mm);
    EXPECT_FALSE(std::isnan(seen.sample.gate_coordinate_mm));
    EXPECT_EQ(seen.sample.reason, core::HoldReason::not_armed);
}

TEST(Engine, OffersToRebaseTheWindowAfterADrift)
{
    EngineConfig c = config();
    c.gate->window = core::parse_window_request("-4,2");
    c.gate->inhale = core::Inhale::up;
    c.gate->drift_alarm_mm = 1;
    std::vector<Act> script = breathing(400, 10, 2);
    std::vector<Act> drifted = breathing(400, 10, 2, 40);
    for (Act& a : drifted)
        for (int m = 0; m < a.frame.marker_count; ++m) a.frame.markers[static_cast<std::size_t>(m)].position_mm[2] += 3;
    Engine* engine = nullptr;
    EngineSnapshot before, after, rebased;
    std::vector<core::CommandRecord> answers;
    const auto take = [&] {
        for (core::CommandRecord answer; engine->control().take_answer(answer);) answers.push_back(answer);
    };
    script.push_back(call([&] { before = newest(engine->control()); }));
    append(script, drifted);
    script.push_back(call([&] {
        after = newest(engine->control());
        EXPECT_TRUE(engine->control().alarms().status(Alarm::baseline_drift).active);
        engine->control().station_seen("x");
        engine->control().post(command(CommandKind::arm));
        engine->control().post(command(CommandKind::release));
        engine->control().post(command(CommandKind::rebase_gate));
        engine->control().post(command(CommandKind::hold));
        engine->control().post(command(CommandKind::rebase_gate));
    }));
    std::vector<Act> rest = breathing(5, 10, 2, 80);
    for (Act& a : rest)
        for (int m = 0; m < a.frame.marker_count; ++m) a.frame.markers[static_cast<std::size_t>(m)].position_mm[2] += 3;
    append(script, rest);
    script.push_back(call([&] {
        rebased = newest(engine->control());
        EXPECT_FALSE(engine->control().alarms().status(Alarm::baseline_drift).active);
        take();
    }));
    Engine sut(c, source(std::move(script)));
    engine = &sut;
    sut.run();
    EXPECT_NEAR(before.sample.breath.drift_mm, 0, 0.3);
    EXPECT_NEAR(after.sample.breath.drift_mm, 3, 0.3);
    EXPECT_EQ(after.gate_lower_mm, -4);
    ASSERT_EQ(answers.size(), 5U);
    EXPECT_FALSE(answers[2].accepted);
    EXPECT_STREQ(answers[2].answer.c_str(), "the beam is released: hold first, then re-base the window");
    EXPECT_TRUE(answers[4].accepted);
    EXPECT_NEAR(answers[4].gate_lower_mm, -4 + after.sample.breath.drift_mm, 1e-12);
    EXPECT_EQ(rebased.gate_lower_mm, answers[4].gate_lower_mm);
    EXPECT_NEAR(rebased.gate_upper_mm - rebased.gate_lower_mm, 6, 1e-12);
    EXPECT_NEAR(rebased.sample.breath.drift_mm, 0, 0.3);
}

TEST(Engine, StopEndsItSoon)
{
    Engine sut(config(), source({silence(std::chrono::seconds(60))}));
    std::thread stopper([&] {
        std::this_thread::sleep_for(milliseconds(100));
        sut.stop();
    });
    const EngineSummary s = sut.run();
    stopper.join();
    EXPECT_LT(s.duration_s, 2);
}

/// From the moment a frame is handed out until the source is asked again, the acquisition thread allocates nothing and
/// locks nothing: ingest, forecast, gate, command, learning, recorder's ring, telemetry's snapshot, alarms.
TEST(Engine, ATurnOfTheLoopAllocatesAndLocksNothing)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    EngineConfig c = config();
    c.algorithm.name = "foretide";
    c.fallback = "rls";
    c.gate->axis = "pc1";
    c.gate->window = core::parse_window_request("auto:0.4@5-15");
    c.gate->confidence = 0.8;
    c.controller = "datagram:127.0.0.1:9";
    auto script = source(breathing(900, 30, 3), 30, 3);
    std::unique_ptr<tests::RtGuard> guard;
    int turns = 0, calls = 0;
    std::string what;
    script->entered = [&] {
        if (guard == nullptr) return;
        guard->disarm();
        ++turns;
        calls += guard->total();
        if (guard->total() > 0) what = guard->describe();
        guard.reset();
    };
    script->leaving = [&, frames = 0]() mutable {
        if (++frames > 1) guard = std::make_unique<tests::RtGuard>();  // the first begins the series
    };
    Engine sut(c, std::move(script));
    sut.run();
    EXPECT_EQ(turns, 899);
    EXPECT_EQ(calls, 0) << what;
}

}  // namespace
}  // namespace foretide::apps
