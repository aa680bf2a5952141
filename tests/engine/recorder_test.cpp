// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/recorder.h"

#include <atomic>

#include <gtest/gtest.h>

#include "core/session/database.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/engine/recorder_feed.h"

namespace foretide::apps {
namespace {

using acquisition::TemporaryFolder;
using core::Alarm;

class RecorderTest : public testing::Test {
protected:
    std::filesystem::path file(const std::string& name = "a.session") const { return folder.path() / name; }

    TemporaryFolder folder;
    core::AlarmBoard alarms;
    RecorderFeed feed;
};

TEST_F(RecorderTest, ANormalStopLosesNothing)
{
    Recorder sut(feed.ring, alarms);
    ASSERT_EQ(sut.start(file(), feed.header).get(), "");
    feed.push_many(1000);
    EXPECT_EQ(sut.stop(R"({"samples_in":1000})").get(), "");

    core::SessionReader reader(file());
    core::FrameRecord frame;
    core::SampleRecord sample;
    for (std::int64_t k = 0; k < 1000; ++k) {
        ASSERT_TRUE(reader.next(frame) && reader.next(sample)) << k;
        core::FrameRecord expected = core::example_frame(k);
        expected.frame.arrived = frame.frame.arrived;
        ASSERT_TRUE(core::same_bits(frame, expected)) << k;
        ASSERT_TRUE(core::same_bits(sample, core::example_sample(k, feed.header))) << k;
    }
    EXPECT_FALSE(reader.next(frame) || reader.next(sample));
    ASSERT_TRUE(reader.summary());
    EXPECT_EQ(reader.summary()->json, R"({"samples_in":1000})");
    const RecorderStatus status = sut.status();
    EXPECT_FALSE(status.recording);
    EXPECT_EQ(status.records, 2000);
    EXPECT_EQ(status.waiting, 0);
    EXPECT_EQ(status.lost.total(), 0);
    EXPECT_GT(status.bytes, 100'000);
    EXPECT_EQ(status.file, file());
    EXPECT_FALSE(std::filesystem::exists(file().string() + "-wal"));
}

TEST_F(RecorderTest, TheEndOfTheRecorderLosesNothingEither)
{
    {
        Recorder sut(feed.ring, alarms);
        ASSERT_EQ(sut.start(file(), feed.header).get(), "");
        feed.push_many(300);
    }
    const Found found(file());
    EXPECT_EQ(found.frames, 300);
    EXPECT_EQ(found.samples, 300);
    EXPECT_FALSE(core::SessionReader(file()).summary());
}

TEST_F(RecorderTest, StatusTellsWhatGoesOn)
{
    Recorder sut(feed.ring, alarms);
    EXPECT_FALSE(sut.status().recording);
    ASSERT_EQ(sut.start(file(), feed.header).get(), "");
    EXPECT_TRUE(sut.status().recording);
    feed.push_many(40);
    EXPECT_TRUE(eventually([&] { return sut.status().records == 80; }));
    EXPECT_EQ(core::SessionReader(file()).counts().samples, 40) << "committed while the recording goes on";
    EXPECT_GT(sut.status().last_commit.count(), 0);
}

TEST_F(RecorderTest, RecordsOneFileAfterTheOther)
{
    Recorder sut(feed.ring, alarms);
    EXPECT_NE(sut.stop("{}").get(), "");
    ASSERT_EQ(sut.start(file("a.session"), feed.header).get(), "");
    EXPECT_NE(sut.start(file("b.session"), feed.header).get().find("already"), std::string::npos);
    feed.push_many(10);
    EXPECT_EQ(sut.stop("{}").get(), "");
    feed.push_many(10);  // belongs to nobody
    EXPECT_TRUE(eventually([&] { return feed.ring.front() == nullptr; }));
    const std::string refused = sut.start(file("a.session"), feed.header).get();
    EXPECT_NE(refused.find("exists already"), std::string::npos) << refused;
    EXPECT_TRUE(alarms.status(Alarm::recorder_failed).active);
    ASSERT_EQ(sut.start(file("b.session"), feed.header).get(), "");
    EXPECT_FALSE(alarms.status(Alarm::recorder_failed).active);
    feed.push_many(10);
    EXPECT_EQ(sut.stop("{}").get(), "");
    core::SessionReader second(file("b.session"));
    core::FrameRecord frame;
    ASSERT_TRUE(second.next(frame));
    EXPECT_EQ(frame.number, 20);
    EXPECT_EQ(Found(file("b.session")).missing.total(), 0);
    EXPECT_EQ(Found(file("a.session")).frames, 10);
}

TEST_F(RecorderTest, CountsByKindWhatTheRingDropped)
{
    RecorderFeed small(16);
    RecorderConfig config;
    config.poll = std::chrono::milliseconds(300);  // as if the disk had blocked
    Recorder sut(small.ring, alarms, config);
    ASSERT_EQ(sut.start(file(), small.header).get(), "");
    small.push_many(50);
    EXPECT_TRUE(eventually([&] { return alarms.status(Alarm::recorder_behind).active; }));
    EXPECT_GT(sut.status().lost.unknown, 0);
    EXPECT_TRUE(eventually([&] { return small.ring.front() == nullptr; }));
    small.push(50);
    const std::string missing = sut.stop("{}").get();
    EXPECT_NE(missing.find(" frames, "), std::string::npos) << missing;
    const Found found(file());
    EXPECT_GT(found.missing.frames, 10);
    EXPECT_EQ(found.frames + found.missing.frames, 51);
    EXPECT_EQ(found.samples + found.missing.samples, 51);
    EXPECT_EQ(found.missing.unknown, 0);
    EXPECT_TRUE(found.in_order);
    EXPECT_EQ(sut.status().lost.total(), static_cast<std::int64_t>(small.ring.dropped()));
    EXPECT_TRUE(alarms.status(Alarm::recorder_behind).shown) << "latched";
}

TEST_F(RecorderTest, TellsWhatWasDroppedAfterTheLastRecord)
{
    RecorderFeed small(16);
    RecorderConfig config;
    config.poll = std::chrono::milliseconds(300);
    Recorder sut(small.ring, alarms, config);
    ASSERT_EQ(sut.start(file(), small.header).get(), "");
    small.push_many(50);
    EXPECT_NE(sut.stop("{}").get(), "");
    const Found found(file());
    EXPECT_EQ(found.frames + found.samples + found.missing.total(), 100);
}

TEST_F(RecorderTest, WritesAlarmsCommandsAndNotes)
{
    Recorder sut(feed.ring, alarms);
    alarms.raise(Alarm::marker_missing, core::Clock::now());
    ASSERT_EQ(sut.start(file(), feed.header).get(), "");
    alarms.raise(Alarm::source_lost, core::Clock::now());
    alarms.clear(Alarm::source_lost, core::Clock::now());
    core::CommandRecord command;
    command.number = 1;
    command.kind = core::CommandKind::mark_event;
    command.accepted = true;
    command.text.assign("cough");
    feed.push(command);
    sut.note("camera exchanged");
    EXPECT_EQ(sut.stop("{}").get(), "");

    core::SessionReader reader(file());
    std::string lost, missing;  // the order of different alarms is that of the looks
    for (core::AlarmRecord r; reader.next(r);)
        (r.name == "source_lost" ? lost : missing) += std::string(core::to_string(r.change)) + " " + r.name + ";";
    EXPECT_EQ(lost, "raised source_lost;cleared source_lost;");
    EXPECT_EQ(missing, "raised marker_missing;");
    ASSERT_TRUE(reader.next(command));
    EXPECT_STREQ(command.text.c_str(), "cough");
    core::NoteRecord note;
    ASSERT_TRUE(reader.next(note));
    EXPECT_EQ(note.text, "camera exchanged");
}

TEST_F(RecorderTest, TakesCommandsFromSeveralThreadsWhileItRecords)
{
    Recorder sut(feed.ring, alarms);
    ASSERT_EQ(sut.start(file(), feed.header).get(), "");
    std::atomic<bool> stop{false};
    std::thread watcher([&] {
        while (!stop) {
            const RecorderStatus status = sut.status();
            EXPECT_TRUE(status.recording);
            sut.note("x");
            alarms.raise(Alarm::link_down, core::Clock::now());
            alarms.clear(Alarm::link_down, core::Clock::now());
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });
    for (int i = 0; i < 200; ++i) {
        feed.push_many(3);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    stop = true;
    watcher.join();
    EXPECT_EQ(sut.stop("{}").get(), "");
    const Found found(file());
    EXPECT_EQ(found.frames, 600);
    EXPECT_EQ(found.samples, 600);
}

TEST_F(RecorderTest, ARecordThatDoesNotFitIsAGapAndNothingMore)
{
    Recorder sut(feed.ring, alarms);
    ASSERT_EQ(sut.start(file(), feed.header).get(), "");
    feed.push_many(5);
    if (core::EngineRecord* slot = feed.ring.begin_push()) {
        slot->kind = core::EngineRecord::Kind::frame;
        slot->frame = core::example_frame(5);
        slot->frame.frame.marker_count = 99;
        feed.ring.end_push();
    }
    feed.pushed = 6;
    feed.push_many(5);
    EXPECT_NE(sut.stop("{}").get(), "");
    const Found found(file());
    EXPECT_EQ(found.frames, 10);
    EXPECT_EQ(found.missing.frames, 1);
    EXPECT_EQ(found.missing.samples, 1);  // of that frame
}

}  // namespace
}  // namespace foretide::apps
