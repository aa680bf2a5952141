// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The engine with a gating controller at the other end of a real socket.

#include <thread>

#include <gtest/gtest.h>

#include "apps/engine/engine.h"
#include "firmware_bridge/simulator/simulated_controller.h"
#include "tests/engine/scripted_source.h"

namespace foretide::apps {
namespace {

using core::BeamCommand;
using core::CommandKind;
using core::HoldReason;
using firmware_bridge::SimulatedController;
using std::chrono::milliseconds;
using tests::Act;
using tests::ScriptedSource;

constexpr double kRate_hz = 30;

EngineConfig config(const std::string& controller)
{
    EngineConfig c;
    c.algorithm.name = "lms";
    c.fallback = "last";
    c.warm_up_s = 2;
    c.forecast_deadline_ms = 100;  // this machine may be busy
    c.realtime = RealtimePolicy::off;
    c.gate.emplace();
    c.gate->window.typed = core::GateWindow{-50, 50};
    c.gate->confidence = 0;
    c.gate->dwell_s = 0.5;
    c.gate->max_age_ms = 1000;
    c.controller = controller;
    return c;
}

/// Frames in real time: exposed when they are handed out.
void breathe(std::vector<Act>& script, double seconds)
{
    for (Act& act : tests::breathing(static_cast<int>(seconds * kRate_hz), kRate_hz, 2)) {
        act.frame.acquired = core::kUnknownTime;
        act.wait = core::from_seconds(1 / kRate_hz);
        script.push_back(std::move(act));
    }
}

void then(std::vector<Act>& script, std::function<void()> call)
{
    Act act;
    act.what = Act::What::call;
    act.call = std::move(call);
    script.push_back(std::move(act));
}

/// An engine whose operator releases the beam, and what he sees.
struct Operator {
    void release()
    {
        for (const CommandKind kind : {CommandKind::arm, CommandKind::release}) {
            core::CommandRecord c;
            c.kind = kind;
            c.received = core::Clock::now();
            c.operator_name.assign("mk");
            c.station.assign("127.0.0.1:5");
            engine->control().station_seen("127.0.0.1:5");
            ASSERT_TRUE(engine->control().post(c));
        }
    }
    EngineSnapshot look()
    {
        if (const EngineSnapshot* newest = engine->control().fetch()) seen = *newest;
        return seen;
    }
    Engine* engine = nullptr;
    EngineSnapshot seen;
};

/// A busy machine may end a connection, and with it a release, at any time: the operator then releases again.
TEST(EngineLink, TheBeamComesOnThroughTheControllerAndAfterItsResetOnlyByANewRelease)
{
    firmware_bridge::SimulatedControllerConfig simulated;
    ft_controller_defaults(&simulated.limits);
    simulated.limits.age_limit_us = 1'000'000;
    simulated.limits.latch_watchdog = false;
    simulated.port = 0;
    simulated.faults.push_back(core::parse_fault("reset@7", firmware_bridge::controller_faults()));
    SimulatedController controller(simulated);
    std::thread thread([&] { controller.run(); });

    Operator physicist;
    EngineSnapshot warm, reset;
    bool on = false, told_on = false, enabled = false, enabled_after_reset = true, enabled_again = false;
    std::vector<Act> script;
    const auto breathe_with_beam = [&](double seconds, bool& was_enabled) {
        for (double t = 0; t < seconds; t += 0.2) {
            then(script, [&] {
                const EngineSnapshot s = physicist.look();
                if (!s.armed && s.controller.connected) physicist.release();
                on = on || s.sample.beam == BeamCommand::on;
                told_on = told_on || s.controller.enabled;
                was_enabled = was_enabled || controller.enabled();
            });
            breathe(script, 0.2);
        }
    };
    breathe(script, 3);
    then(script, [&] { warm = physicist.look(); });
    breathe_with_beam(3, enabled);
    breathe(script, 3);  // the reset: a new connection, and nobody releases
    then(script, [&] { reset = physicist.look(), enabled_after_reset = controller.enabled(); });
    breathe_with_beam(3, enabled_again);
    Engine sut(config("udp:127.0.0.1:" + std::to_string(controller.port())),
               std::make_unique<ScriptedSource>(std::move(script), kRate_hz, 2));
    physicist.engine = &sut;
    const EngineSummary s = sut.run();
    controller.stop();
    thread.join();

    EXPECT_TRUE(warm.controller.present);
    EXPECT_FALSE(warm.controller.enabled);
    EXPECT_TRUE(on);
    EXPECT_TRUE(told_on);
    EXPECT_TRUE(enabled);
    EXPECT_EQ(reset.sample.beam, BeamCommand::hold);
    EXPECT_EQ(reset.sample.reason, HoldReason::operator_hold) << "a new connection ends the release";
    EXPECT_FALSE(reset.armed);
    EXPECT_FALSE(enabled_after_reset);
    EXPECT_TRUE(enabled_again);
    EXPECT_FALSE(controller.enabled()) << "the engine's end is a hold";
    EXPECT_GE(s.controller.connections, 2U);
    EXPECT_GT(s.controller.round_trip_us.count, 50U);
}

TEST(EngineLink, HoldsAndRefusesAReleaseWhileNoControllerAnswers)
{
    int port = 0;
    {
        firmware_bridge::SimulatedControllerConfig simulated;  // takes a port that is then nobody's
        ft_controller_defaults(&simulated.limits);
        simulated.port = 0;
        port = SimulatedController(simulated).port();
    }
    Operator physicist;
    EngineSnapshot seen;
    std::vector<core::CommandRecord> answers;
    std::vector<Act> script;
    breathe(script, 3);
    then(script, [&] { seen = physicist.look(), physicist.release(); });
    breathe(script, 0.2);
    then(script, [&] {
        for (core::CommandRecord a; physicist.engine->control().take_answer(a);) answers.push_back(a);
    });
    Engine sut(config("udp:127.0.0.1:" + std::to_string(port)),
               std::make_unique<ScriptedSource>(std::move(script), kRate_hz, 2));
    physicist.engine = &sut;
    const EngineSummary s = sut.run();
    EXPECT_EQ(seen.sample.reason, HoldReason::link_down);
    EXPECT_FALSE(seen.controller.connected);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_FALSE(answers[1].accepted);
    EXPECT_STREQ(answers[1].answer.c_str(), "the gating controller does not answer");
    EXPECT_GT(s.alarms_raised[static_cast<std::size_t>(core::Alarm::link_down)], 0U);
}

TEST(EngineLink, RefusesAnAddressThatIsNone)
{
    for (const char* address : {"tcp:host:1", "udp:host", "datagram:host", "serial:"})
        EXPECT_THROW(Engine(config(address), std::make_unique<ScriptedSource>(std::vector<Act>{}, kRate_hz, 2)),
                     std::runtime_error)
            << address;
}

}  // namespace
}  // namespace foretide::apps
