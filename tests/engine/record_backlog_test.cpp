// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/record_backlog.h"

#include <gtest/gtest.h>

#include "tests/core/session/session_examples.h"

namespace foretide::apps {
namespace {

using core::TimePoint;

core::EngineRecord frame(std::int64_t k)
{
    core::EngineRecord r;
    r.kind = core::EngineRecord::Kind::frame;
    r.frame = core::example_frame(k);
    return r;
}

core::EngineRecord sample(std::int64_t k)
{
    core::EngineRecord r;
    r.kind = core::EngineRecord::Kind::sample;
    r.sample = core::example_sample(k, core::example_header());
    return r;
}

TimePoint at(int s) { return TimePoint{std::chrono::seconds(s)}; }

TEST(RecordBacklog, TellsFramesAndSamplesThatNeverCame)
{
    RecordBacklog sut(100);
    sut.add(frame(7), at(1));  // a recording may begin in mid-run
    sut.add(sample(5), at(1));
    sut.add(frame(10), at(2));
    sut.add(sample(9), at(3));
    ASSERT_EQ(sut.size(), 6U);
    const auto* frames = std::get_if<core::GapRecord>(&sut[2]);
    const auto* samples = std::get_if<core::GapRecord>(&sut[4]);
    ASSERT_TRUE(frames != nullptr && samples != nullptr);
    EXPECT_EQ(frames->lost.frames, 2);
    EXPECT_EQ(frames->from, at(1));
    EXPECT_EQ(frames->to, at(2));
    EXPECT_EQ(samples->lost.samples, 3);
    EXPECT_EQ(sut.lost().frames, 2);
    EXPECT_EQ(sut.lost().samples, 3);
    EXPECT_EQ(sut.lost_before(), 5);
}

TEST(RecordBacklog, LeavesOutTheNewestWhereItIsFull)
{
    RecordBacklog sut(3);
    for (int k = 0; k < 5; ++k) sut.add(frame(k), at(k));
    sut.add(core::SessionEntry(core::AlarmRecord{}), at(5));
    EXPECT_EQ(sut.size(), 3U);
    EXPECT_EQ(sut.lost().frames, 2);
    EXPECT_EQ(sut.lost().alarms, 1);
    EXPECT_EQ(sut.lost_before(), 0);
    sut.written(2);
    sut.add(frame(5), at(8));
    ASSERT_EQ(sut.size(), 3U);  // frame 2, the gap, frame 5
    const auto* gap = std::get_if<core::GapRecord>(&sut[1]);
    ASSERT_NE(gap, nullptr);
    EXPECT_EQ(gap->lost.frames, 2);
    EXPECT_EQ(gap->lost.alarms, 1);
    EXPECT_EQ(gap->from, at(2));
    EXPECT_EQ(gap->to, at(8));
    EXPECT_EQ(sut.lost().frames, 2);
}

TEST(RecordBacklog, ClosesTheLastGapAtTheEnd)
{
    RecordBacklog sut(1);
    for (int k = 0; k < 4; ++k) sut.add(frame(k), at(k));
    sut.close_gap(at(9));
    ASSERT_EQ(sut.size(), 2U);
    EXPECT_EQ(std::get<core::GapRecord>(sut[1]).lost.frames, 3);
    sut.close_gap(at(10));
    EXPECT_EQ(sut.size(), 2U);
    sut.give_up();
    EXPECT_TRUE(sut.empty());
    EXPECT_EQ(sut.lost().frames, 4);
}

TEST(RecordBacklog, PutsAGapInPlaceOfWhatCannotBeWritten)
{
    RecordBacklog sut(10);
    sut.add(sample(0), at(1));
    sut.refuse(0);
    EXPECT_EQ(std::get<core::GapRecord>(sut[0]).lost.samples, 1);
    EXPECT_EQ(sut.lost().samples, 1);
}

}  // namespace
}  // namespace foretide::apps
