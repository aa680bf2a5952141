// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The link to the running firmware: silence, reaction times, faults of the line, and ControllerLink itself on a
// pseudo-terminal.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "firmware_bridge/host/controller_link.h"
#include "tests/firmware/board.h"
#include "tests/firmware/host_end.h"

namespace foretide::tests {

namespace {

using core::BeamCommand;

double in_ms(core::Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

double at_percentile(std::vector<double> values, double percent)
{
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(percent / 100 * static_cast<double>(values.size() - 1))];
}

// A machine that pauses for longer than the hardware watchdog's 90 ms resets the board: that is no silence.
TEST(FirmwareLink, SilenceHoldsWithinTheWatchdogTime)
{
    FORETIDE_NEEDS_BOARD();
    constexpr int kMost = 9, kWanted = 3;
    int seen = 0;
    for (int i = 0; i < kMost && seen < kWanted; ++i) {
        Board board(Board::Image::test, Board::Clock::real);
        HostEnd host(board.take_link());
        host.bring_on();
        if (!board.beam()) continue;
        const auto last = host.send(BeamCommand::on);
        const auto off = board.await_beam(false);
        const auto status = board.status();
        if (status.at("boots") != 1) continue;
        ++seen;
        const std::uint64_t reaction_us = status.at("off") - status.at("arrival");
        std::printf("silence: output off after %.3f ms by the board's clock, %.1f ms by the host's\n",
                    static_cast<double>(reaction_us) / 1000, in_ms(off - last));
        EXPECT_GT(reaction_us, 90000U);
        EXPECT_LE(reaction_us, 100000U);
        EXPECT_LT(in_ms(off - last), 200);
    }
    EXPECT_EQ(seen, kWanted);
}

struct Latencies {
    std::vector<double> round_trips;  // [ms]: a command to its answer
    std::vector<double> holds;        // HOLD to the status that says off
    std::vector<double> reactions;    // HOLD to the output seen off through QEMU's monitor
};

// Throws where this machine, or the board, pauses for so long that a watchdog ends the session.
Latencies measure()
{
    Board board(Board::Image::shipped, Board::Clock::real);
    HostEnd host(board.take_link());
    host.bring_on();
    const auto on = [&] { host.run(BeamCommand::on, [&] { return host.status().enabled == 1; }); };
    Latencies result;
    for (int i = 0; i < 500; ++i) result.round_trips.push_back(in_ms(host.round_trip(BeamCommand::on)));
    for (int i = 0; i < 50; ++i) {
        on();
        result.holds.push_back(in_ms(host.round_trip(BeamCommand::hold)));
        EXPECT_EQ(host.status().enabled, 0);
        EXPECT_FALSE(board.beam());
        on();
        const auto sent = host.send(BeamCommand::hold);
        result.reactions.push_back(in_ms(board.await_beam(false) - sent));
    }
    return result;
}

void print(const char* what, const std::vector<double>& values)
{
    std::printf("%s, %zu times: median %.2f, 99th percentile %.2f, longest %.2f ms\n", what, values.size(),
                at_percentile(values, 50), at_percentile(values, 99), at_percentile(values, 100));
}

TEST(FirmwareLink, RoundTripAndHoldReaction)
{
    FORETIDE_NEEDS_BOARD();
    constexpr int kMost = 4;
    Latencies seen;
    for (int i = 0; i < kMost && seen.reactions.empty(); ++i) {
        try {
            seen = measure();
        } catch (const std::runtime_error& error) {
            std::printf("interrupted: %s\n", error.what());
        }
    }
    ASSERT_FALSE(seen.reactions.empty()) << "no session of two seconds without a pause of 90 ms";
    print("command to its answer", seen.round_trips);
    print("HOLD to the status that says off", seen.holds);
    print("HOLD to the output seen off through the monitor (which slows the emulator)", seen.reactions);
    EXPECT_LT(at_percentile(seen.round_trips, 50), 20);
    EXPECT_LT(at_percentile(seen.holds, 50), 20);
    EXPECT_LT(at_percentile(seen.reactions, 50), 50);
}

TEST(FirmwareLink, LostBytesAreSilence)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    HostEnd host(board.take_link());
    host.bring_on();
    ASSERT_EQ(board.ask("fault drop@0+200"), "ok");
    host.run(BeamCommand::on, [&] { return !board.beam(); });
    host.run(BeamCommand::on, [&] { return host.status().state == FT_STATE_UNARMED; });
    EXPECT_FALSE(board.beam()) << "on again without a release after a trip of the watchdog";
    EXPECT_EQ(host.status().last_trip, FT_REASON_WATCHDOG);
    host.release();
    host.run(BeamCommand::on, [&] { return host.status().enabled == 1; });
}

// What the host does about a controller that it cannot hear is the host's business; the output follows the commands.
TEST(FirmwareLink, LostAndCorruptRepliesAreNoticedByTheHost)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    HostEnd host(board.take_link());
    host.bring_on();
    ASSERT_EQ(board.ask("fault corrupt@0+100"), "ok");
    host.run_for(BeamCommand::on, std::chrono::milliseconds(150));
    EXPECT_GT(host.unusable() + host.broken(), 3U);
    EXPECT_TRUE(board.beam());
    const std::uint32_t before = host.status().last_sequence;
    ASSERT_EQ(board.ask("fault mute@0+100"), "ok");
    host.run_for(BeamCommand::on, std::chrono::milliseconds(70));
    EXPECT_LE(host.status().last_sequence, before + 2);
    host.run(BeamCommand::hold, [&] { return host.status().enabled == 0; });
    EXPECT_FALSE(board.beam());
}

TEST(FirmwareLink, ClockThatJumpsHolds)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    HostEnd host(board.take_link());
    host.bring_on();
    ASSERT_EQ(board.ask("fault forward@0=500"), "ok");
    board.await_beam(false);
    host.run(BeamCommand::on, [&] { return host.status().state == FT_STATE_UNARMED; });
    EXPECT_FALSE(board.beam()) << "that was a silence";
    host.bring_on();
    ASSERT_EQ(board.ask("fault back@0=400"), "ok");
    board.await_beam(false);
    host.run_for(BeamCommand::on, std::chrono::milliseconds(1200));
    EXPECT_FALSE(board.beam()) << "on again without a new connection";
    EXPECT_EQ(board.status().at("boots"), 1U);
    host.bring_on();
}

TEST(FirmwareLink, NoiseOnTheLineIsNoFrame)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    const int line = board.take_link();
    HostEnd host(line);
    std::mt19937 random(7);
    std::vector<std::uint8_t> noise(20000);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    for (std::size_t at = 0; at < noise.size();) {
        const ssize_t count = ::send(line, noise.data() + at, noise.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) at += static_cast<std::size_t>(count);
        host.receive();
        ASSERT_FALSE(board.beam());
    }
    host.bring_on();
    EXPECT_EQ(board.status().at("boots"), 1U);
}

// Host and firmware as they are used: the engine's link, a serial device, the shipped image.
TEST(FirmwareLink, ControllerLinkOverAPseudoTerminal)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::shipped, Board::Clock::steady, Board::Line::pseudo_terminal);
    firmware_bridge::LinkConfig config;
    config.address = "serial:" + board.link_device() + ":921600";
    config.realtime = false;
    firmware_bridge::ControllerLink link(config);
    firmware_bridge::LinkCommand command;
    command.beam = BeamCommand::on;
    command.reason = core::HoldReason::none;
    command.on = command.off = {1.0, 0.5, 1.5};
    command.window_lower = -2;
    command.window_upper = 2;
    std::uint32_t voided = link.voided();
    const auto turn = [&](auto done, core::Duration patience) {
        const auto until = core::Clock::now() + patience;
        for (;;) {
            link.fetch_status();
            if (done()) return true;
            if (core::Clock::now() > until) return false;
            ++command.sample;
            command.exposure = core::Clock::now();
            link.send(command);
            link.alive();
            std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the engine's rhythm
        }
    };
    ASSERT_TRUE(turn([&] { return link.connected() && link.voided() != voided; }, std::chrono::seconds(8)));
    voided = link.voided();
    ++command.release_epoch;
    ASSERT_TRUE(turn([&] { return link.status().controller.enabled == 1; }, std::chrono::seconds(8)));
    EXPECT_TRUE(board.beam());
    // The engine stops: the link says HOLD, long before the controller's watchdog would trip.
    board.await_beam(false);
    const bool seen = turn([&] { return link.status().controller.enabled == 1; }, std::chrono::seconds(8));
    EXPECT_TRUE(seen) << "a HOLD by the link needs no release";
    EXPECT_EQ(link.voided(), voided);
    std::printf("round trip over the pseudo-terminal: median %.2f ms\n",
                in_ms(link.status().round_trip.percentile(50)));
}

}  // namespace

}  // namespace foretide::tests
