// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/alarm_board.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

TimePoint at(int seconds) { return TimePoint{std::chrono::seconds(seconds)}; }

TEST(AlarmBoard, EveryAlarmHasANameOfItsOwnAndAText)
{
    std::set<std::string> names;
    for (int a = 0; a < kAlarms; ++a) {
        const AlarmInfo& info = alarm_info(static_cast<Alarm>(a));
        ASSERT_NE(info.name, nullptr) << a;
        EXPECT_GT(std::string(info.text).size(), 20U) << info.name;
        names.insert(info.name);
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kAlarms));
}

TEST(AlarmBoard, AnAlarmThatIsNotLatchedGoesWithItsCause)
{
    AlarmBoard board;
    EXPECT_FALSE(board.status(Alarm::source_lost).shown);
    EXPECT_FALSE(board.acknowledge(Alarm::source_lost));
    board.raise(Alarm::source_lost, at(1));
    board.raise(Alarm::source_lost, at(2));
    AlarmStatus s = board.status(Alarm::source_lost);
    EXPECT_TRUE(s.active && s.shown && !s.acknowledged);
    EXPECT_EQ(s.raised, 1U);
    EXPECT_EQ(s.last_raised, at(1));
    EXPECT_TRUE(board.acknowledge(Alarm::source_lost));
    EXPECT_TRUE(board.status(Alarm::source_lost).shown);
    board.clear(Alarm::source_lost, at(3));
    s = board.status(Alarm::source_lost);
    EXPECT_FALSE(s.active || s.shown);
    EXPECT_EQ(s.last_cleared, at(3));
    board.raise(Alarm::source_lost, at(4));
    EXPECT_FALSE(board.status(Alarm::source_lost).acknowledged);
    EXPECT_EQ(board.status(Alarm::source_lost).raised, 2U);
}

TEST(AlarmBoard, ALatchedAlarmStaysShownUntilAcknowledged)
{
    AlarmBoard board;
    ASSERT_TRUE(alarm_info(Alarm::engine_stalled).latched);
    board.raise(Alarm::engine_stalled, at(1));
    board.clear(Alarm::engine_stalled, at(2));
    EXPECT_TRUE(board.status(Alarm::engine_stalled).shown);
    EXPECT_TRUE(board.acknowledge(Alarm::engine_stalled));
    EXPECT_FALSE(board.status(Alarm::engine_stalled).shown);
}

}  // namespace
}  // namespace foretide::core
