// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The host's end and the simulated controller over real sockets and a pseudo-terminal.

#include "firmware_bridge/host/controller_link.h"

#include <atomic>
#include <functional>
#include <iostream>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "core/rt/thread.h"
#include "firmware_bridge/host/link_transport.h"
#include "firmware_bridge/simulator/controller_line.h"
#include "firmware_bridge/simulator/simulated_controller.h"
#include "tests/firmware_bridge/virtual_link.h"
#include "tests/support/rt_guard.h"

namespace foretide::firmware_bridge {
namespace {

using namespace std::chrono_literals;
using core::BeamCommand;

/// A simulated controller in a thread of its own, and a link to it.
class Bench {
public:
    explicit Bench(bool serial = false, std::vector<core::TimedFault> faults = {})
    {
        config.port = 0;
        if (serial) config.serial = "pty";
        ft_controller_defaults(&config.limits);
        config.limits.dwell_us = 100000;
        config.faults = std::move(faults);
        config.keep_trace = true;
        controller.emplace(config);
        thread = std::thread([this] { controller->run(); });
        LinkConfig link_config;
        link_config.address =
            serial ? "serial:" + controller->device() : "udp:127.0.0.1:" + std::to_string(controller->port());
        link.emplace(link_config);
    }
    ~Bench()
    {
        link.reset();
        stop();
    }
    void stop()
    {
        controller->stop();
        if (thread.joinable()) thread.join();
    }

    /// The engine's loop at 100 Hz with samples 20 ms old, until `done`; false after five seconds.
    bool run(BeamCommand beam, const std::function<bool()>& done, core::Duration at_most = 5s)
    {
        const core::TimePoint end = core::Clock::now() + at_most;
        core::TimePoint next = core::Clock::now();
        while (!done()) {
            if (core::Clock::now() >= end) return false;
            link->send(good_command(core::Clock::now() - 20ms, beam, epoch));
            next += 10ms;
            std::this_thread::sleep_until(std::chrono::steady_clock::time_point(next.time_since_epoch()));
            if (link->fetch_status()) status = link->status();
        }
        return true;
    }
    bool connect()
    {
        return run(BeamCommand::hold, [this] { return link->connected() && status.statuses > 3; });
    }
    bool come_on()
    {
        if (!connect()) return false;
        ++epoch;
        return run(BeamCommand::on, [this] { return controller->enabled(); });
    }

    SimulatedControllerConfig config;
    std::optional<SimulatedController> controller;
    std::optional<ControllerLink> link;
    std::thread thread;
    LinkStatus status;
    std::uint32_t epoch = 3;
};

class OverEachWire : public testing::TestWithParam<bool> {};

TEST_P(OverEachWire, ConnectsComesOnAndHoldsAtOnce)
{
    Bench bench(GetParam());
    ASSERT_TRUE(bench.come_on());
    ASSERT_TRUE(bench.run(BeamCommand::hold, [&] { return !bench.controller->enabled(); }));
    EXPECT_EQ(bench.status.problem, LinkProblem::none);
    EXPECT_EQ(bench.status.connections, 1U);
    EXPECT_EQ(bench.status.welcome.watchdog_us, 100000U);
    EXPECT_GT(bench.status.round_trip.count(), 0U);
    EXPECT_LT(bench.status.round_trip.percentile_us(50), 50000.0);
}

TEST_P(OverEachWire, HoldsWhereTheEngineStalls)
{
    Bench bench(GetParam());
    ASSERT_TRUE(bench.come_on());
    const core::TimePoint stalled = core::Clock::now();
    while (bench.controller->enabled() && core::Clock::now() < stalled + 3s) std::this_thread::yield();
    const core::Duration took = core::Clock::now() - stalled;
    EXPECT_FALSE(bench.controller->enabled());
    EXPECT_LT(took, 500ms) << "the heartbeat says HOLD some 60 ms after the engine's last sign";
    ASSERT_TRUE(bench.run(BeamCommand::on, [&] { return bench.controller->enabled(); }))
        << "no trip: the link went on, and the release holds";
    bench.link.reset();
    bench.stop();
    bool told = false;
    for (const ControllerTraceRow& row : bench.controller->trace())
        told = told || (row.repeat && !row.on && row.enabled == false);
    EXPECT_TRUE(told);
}

TEST_P(OverEachWire, HoldsWhereTheHostIsGone)
{
    Bench bench(GetParam());
    ASSERT_TRUE(bench.come_on());
    const core::TimePoint gone = core::Clock::now();
    bench.link.reset();
    while (bench.controller->enabled() && core::Clock::now() < gone + 3s) std::this_thread::yield();
    EXPECT_FALSE(bench.controller->enabled());
    bench.stop();
    EXPECT_EQ(bench.controller->counts().last_trip, FT_REASON_WATCHDOG);
}

TEST_P(OverEachWire, NoticesAResetAndNeedsANewRelease)
{
    Bench bench(GetParam(), {core::parse_fault("reset@1", controller_faults())});
    ASSERT_TRUE(bench.come_on());
    const std::uint32_t voided = bench.link->voided();
    ASSERT_TRUE(
        bench.run(BeamCommand::on, [&] { return bench.link->voided() > voided && bench.status.connections > 1; }));
    ASSERT_TRUE(bench.run(BeamCommand::on, [&] { return bench.status.controller.state == FT_STATE_UNARMED; }));
    EXPECT_FALSE(bench.controller->enabled());
    ++bench.epoch;
    EXPECT_TRUE(bench.run(BeamCommand::on, [&] { return bench.controller->enabled(); }));
}

INSTANTIATE_TEST_SUITE_P(Wires, OverEachWire, testing::Bool(),
                         [](const auto& wire) { return wire.param ? "Serial" : "Udp"; });

TEST(ControllerLink, SaysWhatIsWrongWhereNobodyAnswersAndConnectsOnceSomebodyDoes)
{
    Bench bench(false, {core::parse_fault("silence@0+1", controller_faults())});
    ASSERT_TRUE(bench.run(BeamCommand::hold, [&] { return bench.status.problem == LinkProblem::no_answer; }));
    EXPECT_NE(std::string(in_words(bench.status.problem)), "");
    EXPECT_FALSE(bench.status.connected);
    EXPECT_TRUE(bench.connect());
}

TEST(ControllerLink, ConnectsAnewAfterAnOutageOfReplies)
{
    Bench bench(false, {core::parse_fault("silence@0.6+0.8", controller_faults())});
    ASSERT_TRUE(bench.come_on());
    ASSERT_TRUE(bench.run(BeamCommand::on, [&] { return !bench.link->connected(); }));
    EXPECT_TRUE(bench.run(BeamCommand::on, [&] { return bench.status.connections == 2; }));
    EXPECT_FALSE(bench.controller->enabled());
}

TEST(ControllerLink, SurvivesRepliesOfAllKinds)
{
    std::vector<core::TimedFault> faults;
    for (const char* fault : {"babble@0+0.3=20", "corrupt@0.3+0.2", "version@0.5+0.2", "slow@0.7+0.3=0.05",
                              "drop@1+0.3", "clock-jump@1.3=-5", "trip@1.6", "deaf@1.7+0.3"})
        faults.push_back(core::parse_fault(fault, controller_faults()));
    Bench bench(false, faults);
    const core::TimePoint end = core::Clock::now() + 2200ms;
    ASSERT_TRUE(bench.run(BeamCommand::on, [&] { return core::Clock::now() >= end; }));
    EXPECT_TRUE(bench.come_on());
    EXPECT_GT(bench.status.unusable, 0U);
}

TEST(ControllerLink, RefusesAddressesThatAreNone)
{
    for (const char* wrong : {"", "udp", "udp:", "udp::1", "udp:host", "udp:host:0", "udp:host:70000", "udp:host:x",
                              "serial:", "serial:/dev/ttyS0:123", "tcp:host:1"})
        EXPECT_THROW(check_link_address(wrong), std::invalid_argument) << wrong;
    for (const char* right : {"udp:localhost:1", "udp:[::1]:5", "serial:/dev/ttyS0", "serial:/dev/ttyUSB0:921600",
                              "serial:/dev/serial/by-path/pci-0000:00:14.0"})
        EXPECT_NO_THROW(check_link_address(right)) << right;
    EXPECT_THROW(open_link_transport("serial:/dev/no-such-line"), std::runtime_error);
}

TEST(ControllerLink, SendsWithoutAllocating)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    for (const bool serial : {false, true}) {
        Bench bench(serial);
        ASSERT_TRUE(bench.connect());
        LinkCommand command = good_command(core::Clock::now(), BeamCommand::hold, 3);
        tests::RtGuard guard;
        for (int i = 0; i < 1000; ++i) {
            bench.link->send(command);
            bench.link->alive();
            bench.link->fetch_status();
            (void)bench.link->voided();
        }
        guard.disarm();
        EXPECT_EQ(guard.total(), 0) << guard.describe();
    }
}

void measure(Bench& bench)
{
    (void)core::set_fifo_priority();
    core::LatencyHistogram send, hold;
    const core::TimePoint end = core::Clock::now() + 2s;
    ASSERT_TRUE(bench.run(BeamCommand::on, [&] {
        const LinkCommand command = good_command(core::Clock::now() - 20ms, BeamCommand::on, bench.epoch);
        const core::TimePoint before = core::Clock::now();
        bench.link->send(command);
        send.record(core::Clock::now() - before);
        return core::Clock::now() >= end;
    }));
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(bench.run(BeamCommand::on, [&] { return bench.controller->enabled(); }));
        const core::TimePoint before = core::Clock::now();
        bench.link->send(good_command(core::Clock::now() - 20ms, BeamCommand::hold, bench.epoch));
        while (bench.controller->enabled() && core::Clock::now() < before + 1s) std::this_thread::yield();
        hold.record(core::Clock::now() - before);
    }
    std::cout << "encode and send " << send.percentile_us(50) << " us (median), " << send.percentile_us(99)
              << " us (99 %); round trip " << bench.status.round_trip.percentile_us(50) << ", "
              << bench.status.round_trip.percentile_us(99) << " us; HOLD to output off " << hold.percentile_us(50)
              << ", " << hold.percentile_us(100) << " us (median, most)\n";
    EXPECT_GT(send.count(), 100U);
    EXPECT_LT(hold.percentile_us(100), 100000.0);
}

/// Encoding and handing to the socket; and from send() to the reply, and from a HOLD to the output.
TEST(ControllerLink, IsFast)
{
    Bench bench;
    ASSERT_TRUE(bench.come_on());
    std::thread engine([&bench] { measure(bench); });  // with an engine's priority, where it is granted
    engine.join();
}

/// What the engine's thread pays: encoding, and the system call where no receiver has to be woken on this machine.
TEST(ControllerLink, EncodesAndSendsWithinTwentyMicroseconds)
{
    ControllerLine sink;  // has a socket, and nobody waits at it
    sink.open_udp("127.0.0.1", 0);
    const auto transport = open_link_transport("udp:127.0.0.1:" + std::to_string(sink.port()));
    CommandStream stream(60ms);
    stream.connect({1, 2}, 3);
    core::LatencyHistogram encode, both;
    for (int i = 0; i < 5000; ++i) {
        const core::TimePoint begin = core::Clock::now();
        const EncodedFrame frame = stream.next(good_command(begin - 20ms, BeamCommand::on, 3), begin);
        const core::TimePoint encoded = core::Clock::now();
        ASSERT_TRUE(transport->send(frame.span()));
        both.record(core::Clock::now() - begin);
        encode.record(encoded - begin);
        while (!sink.receive().bytes.empty()) continue;
    }
    std::cout << "encode " << encode.percentile_us(50) << " us (median), " << encode.percentile_us(99)
              << " us (99 %); encode and send " << both.percentile_us(50) << ", " << both.percentile_us(99) << " us\n";
    EXPECT_LT(both.percentile_us(50), 20.0) << "the 99th percentile is for an idle machine, and is printed";
}

/// Two threads number frames at once: of those that are sent, higher numbers never say something older.
TEST(CommandStream, HigherNumbersNeverSaySomethingOlder)
{
    CommandStream stream(60ms);
    stream.connect({1, 2}, 3);
    constexpr int kCommands = 200000;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> engine, heartbeat;  // number, sample
    engine.reserve(kCommands);
    heartbeat.reserve(kCommands);
    std::atomic<bool> done{false};
    const auto note = [](auto& list, const EncodedFrame& frame) {
        ft_frame decoded;
        ASSERT_EQ(ft_decode(frame.bytes.data(), frame.size, &decoded), FT_ANSWER_TAKEN);
        list.emplace_back(decoded.header.sequence, decoded.body.command.sample);
    };
    std::thread beat([&] {
        while (!done.load() && heartbeat.size() < kCommands) {
            const EncodedFrame frame = stream.repeat(at_us(5));
            if (!stream.overtaken(frame)) note(heartbeat, frame);
        }
    });
    for (std::uint32_t i = 1; i <= kCommands; ++i) {
        LinkCommand command;
        command.sample = i;
        note(engine, stream.next(command, at_us(5)));
    }
    done = true;
    beat.join();
    ASSERT_GT(heartbeat.size(), 100U);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> all = engine;
    all.insert(all.end(), heartbeat.begin(), heartbeat.end());
    std::sort(all.begin(), all.end());
    for (std::size_t i = 1; i < all.size(); ++i) {
        ASSERT_GT(all[i].first, all[i - 1].first) << "a number twice";
        ASSERT_GE(all[i].second, all[i - 1].second) << "number " << all[i].first << " says something older";
    }
}

}  // namespace
}  // namespace foretide::firmware_bridge
