// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/alarm_watch.h"

#include <vector>

#include <gtest/gtest.h>

namespace foretide::apps {
namespace {

using core::Alarm;
using core::TimePoint;

TimePoint at(int s) { return TimePoint{std::chrono::seconds(s)}; }

class AlarmWatchTest : public testing::Test {
protected:
    /// "raised source_lost@1 …" of one look.
    std::string look(int now)
    {
        std::string text;
        sut.look(at(now), [&](const core::AlarmRecord& r) {
            text += (text.empty() ? "" : ", ") + std::string(core::to_string(r.change)) + " " + r.name + "@" +
                    std::to_string(r.time.time_since_epoch().count() / 1'000'000'000) +
                    (r.by.empty() ? "" : " " + r.by);
            EXPECT_EQ(r.priority.empty() || r.text.empty(), false);
        });
        return text;
    }

    core::AlarmBoard board;
    AlarmWatch sut{board};
};

TEST_F(AlarmWatchTest, TellsEachChangeOnce)
{
    sut.begin();
    EXPECT_EQ(look(1), "");
    board.raise(Alarm::source_lost, at(2));
    EXPECT_EQ(look(3), "raised source_lost@2");
    EXPECT_EQ(look(4), "");
    board.clear(Alarm::source_lost, at(5));
    EXPECT_EQ(look(6), "cleared source_lost@5");
    EXPECT_EQ(look(7), "");
}

TEST_F(AlarmWatchTest, TellsWhatCameAndWentBetweenTwoLooks)
{
    sut.begin();
    board.raise(Alarm::link_down, at(1));
    board.clear(Alarm::link_down, at(2));
    EXPECT_EQ(look(3), "raised link_down@1, cleared link_down@2");
    board.raise(Alarm::link_down, at(4));
    EXPECT_EQ(look(5), "raised link_down@4");
    board.clear(Alarm::link_down, at(6));
    board.raise(Alarm::link_down, at(7));
    EXPECT_EQ(look(8), "cleared link_down@7, raised link_down@7");
}

TEST_F(AlarmWatchTest, TellsWhoAcknowledged)
{
    sut.begin();
    board.raise(Alarm::engine_stalled, at(1));
    EXPECT_EQ(look(1), "raised engine_stalled@1");
    core::CommandRecord command;
    command.kind = core::CommandKind::acknowledge_alarm;
    command.accepted = true;
    command.text.assign("engine_stalled");
    command.operator_name.assign("Holst");
    sut.see(command);
    board.acknowledge(Alarm::engine_stalled);
    EXPECT_EQ(look(2), "acknowledged engine_stalled@2 Holst");
    EXPECT_EQ(look(3), "");
}

TEST_F(AlarmWatchTest, BeginsWithWhatIsActive)
{
    board.raise(Alarm::source_lost, at(1));
    board.raise(Alarm::link_down, at(1));
    board.clear(Alarm::link_down, at(2));
    sut.begin();
    EXPECT_EQ(look(9), "raised source_lost@1");
}

}  // namespace
}  // namespace foretide::apps
