// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// With the beam on, the processor or its program fails: what takes the output away, how soon by the board's own clock,
// and that it stays away until a new connection and a new release.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/firmware/board.h"
#include "tests/firmware/host_end.h"

namespace foretide::tests {

namespace {

using core::BeamCommand;

enum Cause : std::uint64_t { kWatchdog = 2, kFault = 3, kTripped = 4, kTest = 5 };  // fw_boot_cause

struct Failure {
    const char* name;
    const char* fault;
    Cause cause;                // of the boot that follows
    std::uint64_t exception;    // that ended the program; 0: none
    std::uint64_t most_off_us;  // from the failure to the output going off

    friend std::ostream& operator<<(std::ostream& out, const Failure& failure) { return out << failure.fault; }
};

// Limits: the loop's 40 ms and the hardware watchdog's 90 ms, a tick or two more; a fault at once.
constexpr std::uint64_t kLoop = 42000, kHardware = 92000, kAtOnce = 1000;

constexpr Failure kFailures[] = {
    {"MainLoopHangs", "hang@0", kWatchdog, 2, kLoop},
    {"MainLoopHangsWithInterruptsMasked", "deaf@0", kWatchdog, 2, kHardware},
    {"TickStops", "notick@0", kWatchdog, 2, kHardware},
    {"MainLoopLate", "late@0=60", kTripped, 0, kLoop},
    {"UndefinedInstruction", "undefined@0", kFault, 3, kAtOnce},
    {"WildRead", "wild@0", kFault, 3, kAtOnce},
    {"StackOverflow", "overflow@0", kFault, 3, kAtOnce},
};

class FirmwareDefence : public testing::TestWithParam<Failure> {};

TEST_P(FirmwareDefence, TakesTheBeamAway)
{
    FORETIDE_NEEDS_BOARD();
    const Failure& failure = GetParam();
    Board board(Board::Image::test);
    HostEnd host(board.take_link());
    host.bring_on();
    ASSERT_TRUE(board.beam());
    ASSERT_EQ(board.ask(std::string("fault ") + failure.fault), "ok");
    board.await_beam(false);
    while (board.said() != "ready") continue;
    const auto status = board.status();
    EXPECT_EQ(status.at("boots"), 2U);
    EXPECT_EQ(status.at("cause"), failure.cause);
    EXPECT_EQ(status.at("exception"), failure.exception);
    const std::uint64_t reaction_us = status.at("off") - status.at("fault");
    std::printf("%s: output off after %.3f ms by the board's clock\n", failure.name,
                static_cast<double>(reaction_us) / 1000);
    EXPECT_LT(reaction_us, failure.most_off_us);

    // The host goes on as if nothing had happened.
    host.run_for(BeamCommand::on, std::chrono::milliseconds(1200));
    EXPECT_FALSE(board.beam()) << "on with commands of a connection from before the reset";
    host.connect();
    EXPECT_EQ(host.welcome().boot_count, 2U);
    host.run(BeamCommand::on, [&] { return host.status().state == FT_STATE_UNARMED; });
    host.run_for(BeamCommand::on, std::chrono::milliseconds(200));
    EXPECT_FALSE(board.beam()) << "on without a new release";
    host.release();
    host.run(BeamCommand::on, [&] { return host.status().enabled == 1; });
    EXPECT_TRUE(board.beam());
}

INSTANTIATE_TEST_SUITE_P(All, FirmwareDefence, testing::ValuesIn(kFailures),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(FirmwareReset, InMidSessionHoldsUntilNewConnectionAndRelease)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    HostEnd host(board.take_link());
    host.bring_on();
    ASSERT_EQ(board.ask("fault reset@0"), "ok");
    board.await_beam(false);
    host.run_for(BeamCommand::on, std::chrono::milliseconds(1200));
    EXPECT_FALSE(board.beam());
    EXPECT_GT(host.foreign(), 0U) << "statuses of a controller without this connection";
    EXPECT_EQ(board.status().at("cause"), kTest);
    host.connect();
    host.run_for(BeamCommand::on, std::chrono::milliseconds(1200));
    EXPECT_FALSE(board.beam());
    host.release();
    host.run(BeamCommand::on, [&] { return host.status().enabled == 1; });
    EXPECT_TRUE(board.beam());
}

// Something else drives the pin: it is seen at the next turn, and taken for a broken output.
TEST(FirmwareReset, OutputThatReadsBackOtherwiseIsTakenAway)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    ASSERT_EQ(board.ask("fault short@0"), "ok");
    EXPECT_EQ(board.said(), "ready");
    const auto status = board.status();
    EXPECT_EQ(status.at("cause"), kTripped);
    EXPECT_LT(status.at("off") - status.at("fault"), 2000U);
    EXPECT_FALSE(board.beam());
}

}  // namespace

}  // namespace foretide::tests
