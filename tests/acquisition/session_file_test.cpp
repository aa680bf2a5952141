// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/session_file.h"

#include <limits>

#include <gtest/gtest.h>

#include "acquisition/recording_reader.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/core/session/session_examples.h"

namespace foretide::acquisition {
namespace {

std::filesystem::path session_of(const TemporaryFolder& folder, const std::vector<core::FrameRecord>& frames)
{
    auto file = folder.path() / "a.session";
    core::SessionWriter writer = core::SessionWriter::create(file, core::example_header());
    writer.begin();
    for (const core::FrameRecord& frame : frames) writer.write(frame);
    writer.write_summary({1, "{}"});
    writer.commit();
    writer.finish();
    return file;
}

TEST(SessionFile, GivesTheFramesAsReceivedFromTheFirstOneOn)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    core::write_example(file, 50);
    for (const RecordingFormat format : {RecordingFormat::automatic, RecordingFormat::session}) {
        ReaderOptions options;
        options.format = format;
        const core::Recording recording = read_recording({file}, options);
        EXPECT_EQ(recording.format, "session");
        EXPECT_EQ(recording.markers, 3);
        EXPECT_TRUE(recording.notes.empty());
        ASSERT_EQ(recording.frames.size(), 50U);
        const core::Duration start = core::example_frame(0).frame.acquired.time_since_epoch();
        for (std::int64_t k = 0; k < 50; ++k) {
            core::FrameRecord found = core::example_frame(k);
            found.frame = recording.frames[static_cast<std::size_t>(k)];
            found.frame.acquired += start;
            found.frame.arrived += start;
            EXPECT_TRUE(core::same_bits(found, core::example_frame(k))) << k;
        }
    }
}

TEST(SessionFile, NotesWhatItRepairs)
{
    const TemporaryFolder folder;
    std::vector<core::FrameRecord> frames;
    for (int k = 0; k < 6; ++k) frames.push_back(core::example_frame(k));
    frames[1].frame.acquired = core::kUnknownTime;
    frames[2].frame.marker_count = 2;
    frames[3].frame.markers[0].position_mm[1] = std::numeric_limits<double>::infinity();
    frames[4].frame.markers[1].position_mm[2] = 2e6;
    frames[5].frame.acquired = frames[4].frame.acquired;
    const core::Recording recording = read_session_file(session_of(folder, frames));
    ASSERT_EQ(recording.frames.size(), 5U);
    EXPECT_TRUE(has_note(recording, "no time"));
    EXPECT_TRUE(has_note(recording, "2 to 3 markers"));
    EXPECT_TRUE(has_note(recording, "infinitely far"));
    EXPECT_TRUE(has_note(recording, "not later"));
    EXPECT_EQ(sample(recording, 1, 2).visibility, core::Visibility::missing);
    EXPECT_EQ(sample(recording, 2, 0).visibility, core::Visibility::missing);
    EXPECT_EQ(sample(recording, 3, 1).visibility, core::Visibility::missing);
    for (const core::MarkerFrame& frame : recording.frames) EXPECT_EQ(frame.marker_count, 3);
}

TEST(SessionFile, TellsGapsAndThatItWasBrokenOff)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    core::SessionWriter writer = core::SessionWriter::create(file, core::example_header());
    writer.begin();
    writer.write(core::example_frame(0));
    writer.write(core::GapRecord{{}, {}, {17, 0, 0, 0, 0}, "full"});
    writer.commit();
    const core::Recording recording = read_session_file(file);
    EXPECT_TRUE(has_note(recording, "1 gaps, in which 17 frames"));
    EXPECT_TRUE(has_note(recording, "broken off"));
}

TEST(SessionFile, RefusesWhatIsNoRecording)
{
    const TemporaryFolder folder;
    EXPECT_THROW(read_session_file(folder.path() / "absent"), ReadError);
    EXPECT_THROW(read_session_file(folder.write("text", "no database at all")), ReadError);
    EXPECT_THROW(read_session_file(session_of(folder, {})), ReadError);
    std::filesystem::remove(folder.path() / "a.session");
    std::vector<core::FrameRecord> frames{core::example_frame(0), core::example_frame(1)};
    frames[1].frame.acquired = core::TimePoint::max();
    EXPECT_THROW(read_session_file(session_of(folder, frames)), ReadError);
}

}  // namespace
}  // namespace foretide::acquisition
