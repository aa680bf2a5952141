// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The images as built, and that they boot.
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/firmware/board.h"
#include "tests/firmware/host_end.h"

namespace foretide::tests {

namespace {

using core::BeamCommand;

bool image_holds(const std::string& name, const std::string& text)
{
    std::ifstream in(std::string(FORETIDE_FIRMWARE_DIR) + "/" + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_GT(bytes.size(), 1000U) << name;
    return bytes.find(text) != std::string::npos;
}

// Names of functions are in the image, and what they say.
TEST(FirmwareImage, ShippedOneHasNoFaultsOnSchedule)
{
    FORETIDE_NEEDS_BOARD();
    EXPECT_TRUE(image_holds("foretide_controller_test.elf", "fw_fault_schedule"));
    EXPECT_TRUE(image_holds("foretide_controller_test.elf", "error: no such fault"));
    EXPECT_TRUE(image_holds("foretide_controller.elf", "fw_link_turn"));
    EXPECT_FALSE(image_holds("foretide_controller.elf", "fw_fault_schedule"));
    EXPECT_FALSE(image_holds("foretide_controller.elf", "error: no such fault"));
}

TEST(FirmwareImage, ShippedOneBootsHoldsAndIsReleased)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::shipped);
    HostEnd host(board.take_link());
    EXPECT_FALSE(board.beam());
    host.connect();
    EXPECT_EQ(host.welcome().boot_count, 1U);
    EXPECT_EQ(host.welcome().watchdog_us, 100000U);
    host.run(BeamCommand::on, [&] { return host.status().state == FT_STATE_UNARMED; });
    host.run_for(BeamCommand::on, std::chrono::milliseconds(200));
    EXPECT_FALSE(board.beam()) << "on without a release since the connection";
    host.release();
    host.run(BeamCommand::on, [&] { return host.status().enabled == 1; });
    EXPECT_TRUE(board.beam());
    host.run(BeamCommand::hold, [&] { return host.status().enabled == 0; });
    EXPECT_FALSE(board.beam());
    EXPECT_EQ(host.broken() + host.foreign() + host.unusable(), 0U);
}

// A power-on looks like the one before, but for when the first byte comes.
TEST(FirmwareImage, NoncesDifferFromPowerOnToPowerOn)
{
    FORETIDE_NEEDS_BOARD();
    std::set<std::uint32_t> nonces;
    constexpr int kTimes = 4;
    for (int i = 0; i < kTimes; ++i) {
        Board board(Board::Image::shipped);
        HostEnd host(board.take_link());
        host.connect();
        nonces.insert(host.controller_nonce());
    }
    EXPECT_EQ(nonces.size(), static_cast<std::size_t>(kTimes));
}

// The board's 25 MHz clock, read as microseconds, against this machine's. Its counter wraps a second after boot.
TEST(FirmwareImage, ClockKeepsTime)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test, Board::Clock::real);
    const auto begin = core::Clock::now();
    const auto first = board.status().at("time");
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // past the first wrap
    const auto before = core::Clock::now();
    const auto last = board.status().at("time");
    const auto end = core::Clock::now();
    const auto us = [](core::Duration d) { return std::chrono::duration<double, std::micro>(d).count(); };
    const double seen = static_cast<double>(last - first);
    EXPECT_GE(seen, us(before - begin) - us(end - before) - 5000);
    EXPECT_LE(seen, us(end - begin) + 5000);
}

TEST(FirmwareImage, TestPortRefusesWhatItDoesNotKnow)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    for (const std::string line : {"", "hello", "fault", "fault hang", "fault hang@", "fault fire@1", "fault hang@1x",
                                   "fault hang@99999999", "frame 1 00", "reset 1 2 3", "poll -"}) {
        EXPECT_TRUE(board.ask(line).starts_with("error")) << line;
    }
    EXPECT_TRUE(board.ask(std::string(1000, 'a')).starts_with("error"));
    EXPECT_EQ(board.status().at("boots"), 1U);
}

}  // namespace

}  // namespace foretide::tests
