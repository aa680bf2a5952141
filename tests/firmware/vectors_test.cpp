// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The controller's code gives the same on the board as on the host: the vector files, call by call, byte by byte.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/firmware/board.h"

namespace foretide::tests {

namespace {

// Answers of the firmware's `reset` have no counterpart in the files.
void play(Board& board, const std::filesystem::path& file, int& calls, int& enabled)
{
    std::ifstream in(file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.front() == '#') continue;
        const std::size_t colon = line.find(" : ");
        const std::string expected = colon == std::string::npos ? "ok" : line.substr(colon + 3);
        ASSERT_EQ(board.ask(line.substr(0, colon)), expected) << file << ":" << number;
        ++calls;
        if (expected.size() > 2 && expected[2] == '1') ++enabled;
    }
}

TEST(FirmwareVectors, SameTracesAsOnTheHost)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    int files = 0, calls = 0, enabled = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(FORETIDE_SOURCE_DIR) / "firmware_bridge/vectors")) {
        if (entry.path().extension() != ".txt") continue;
        ++files;
        play(board, entry.path(), calls, enabled);
        if (HasFatalFailure()) return;
    }
    std::printf("%d files, %d calls, the output on after %d of them\n", files, calls, enabled);
    EXPECT_GE(files, 5);
    EXPECT_GE(calls, 500);
    EXPECT_GT(enabled, 20);
    EXPECT_EQ(board.status().at("boots"), 1U) << "the board was reset in between";
}

// The comparison can fail.
TEST(FirmwareVectors, AnotherCallGivesAnotherAnswer)
{
    FORETIDE_NEEDS_BOARD();
    Board board(Board::Image::test);
    const std::string reset = "reset 5000 3 305441741 100000 250000 150000 100000 20000 1000 42 256 1 0";
    ASSERT_EQ(board.ask(reset), "ok");
    const std::string first = board.ask("poll 105000 -");
    ASSERT_EQ(board.ask(reset), "ok");
    EXPECT_EQ(board.ask("poll 105000 -"), first);
    ASSERT_EQ(board.ask(reset), "ok");
    EXPECT_NE(board.ask("poll 105001 -"), first);
}

}  // namespace

}  // namespace foretide::tests
