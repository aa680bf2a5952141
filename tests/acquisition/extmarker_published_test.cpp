// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/extmarker.h"
#include "acquisition/recording_reader.h"
#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

namespace fs = std::filesystem;

/// The published external-marker sessions and the 10 Hz series that the papers made of them.
class PublishedSessions : public testing::Test {
protected:
    void SetUp() override
    {
        const char* shared = std::getenv("FORETIDE_SHARED");
        folder_ = (shared != nullptr ? fs::path(shared) : fs::path(FORETIDE_SOURCE_DIR) / ".." / "shared") / "data" /
                  "extmarker";
        if (!fs::is_directory(folder_ / "raw") || !fs::is_directory(folder_ / "10Hz")) {
            GTEST_SKIP() << "NOT TESTED: no published sessions in " << folder_
                         << "; set FORETIDE_SHARED to the folder that holds data/extmarker";
        }
        for (const auto& entry : fs::directory_iterator(folder_ / "raw")) {
            raw_[extmarker_session(entry.path().string())].push_back(entry.path());
        }
        for (const auto& entry : fs::directory_iterator(folder_ / "10Hz")) {
            const std::string stem = entry.path().stem().string();
            if (stem.starts_with("seq")) series_[std::stoi(stem.substr(3))] = entry.path();
        }
    }

    fs::path folder_;
    std::map<std::string, std::vector<fs::path>> raw_;  ///< session → its files
    std::map<int, fs::path> series_;                    ///< number of a sequence → its 10 Hz series
};

std::size_t count_flagged(const core::Recording& recording, core::FrameFlag flag)
{
    std::size_t count = 0;
    for (const auto& frame : recording.frames) count += core::has(frame.flags, flag) ? 1 : 0;
    return count;
}

/// Sessions are numbered in the order of their times. The papers' conversion took rows as they come, as if they were
/// 0.1 s apart, dropped the last line of every file (the trailer of zeros, or else a sample), subtracted the first
/// position and rounded to 0.1 mm; markers in the order of the file names.
TEST_F(PublishedSessions, EqualThePapersSeriesAfterRepair)
{
    ASSERT_EQ(raw_.size(), series_.size());
    auto series = series_.begin();
    for (const auto& [session, files] : raw_) {
        SCOPED_TRACE(session + " against " + series->second.filename().string());
        const auto recording = read_recording(files);
        const auto published = read_recording({series->second});
        ++series;
        ASSERT_EQ(recording.format, "extmarker");
        ASSERT_EQ(published.format, "csv");
        ASSERT_EQ(recording.markers, 3);
        ASSERT_EQ(published.markers, 3);
        const bool had_trailer = has_note(recording, "trailing row of zeros dropped");
        ASSERT_EQ(recording.frames.size(), published.frames.size() + (had_trailer ? 0 : 1));
        for (std::size_t i = 0; i < published.frames.size(); ++i) {
            for (std::size_t m = 0; m < 3; ++m) {
                ASSERT_EQ(sample(recording, i, m).visibility, core::Visibility::visible);
                for (std::size_t axis = 0; axis < 3; ++axis) {
                    const double displacement_mm =
                        sample(recording, i, m).position_mm[axis] - sample(recording, 0, m).position_mm[axis];
                    ASSERT_NEAR(displacement_mm, sample(published, i, m).position_mm[axis], 0.05 + 1e-9)
                        << "frame " << i << ", marker " << m + 1 << ", axis " << axis;
                }
            }
        }
    }
}

TEST_F(PublishedSessions, HaveASteadyClockAfterRepair)
{
    for (const auto& [session, files] : raw_) {
        SCOPED_TRACE(session);
        const auto recording = read_recording(files);
        EXPECT_EQ(time_s(recording, 0), 0.0);
        for (std::size_t i = 1; i < recording.frames.size(); ++i) {
            const double step_s = time_s(recording, i) - time_s(recording, i - 1);
            ASSERT_GT(step_s, 0.0999) << i;
            ASSERT_LT(step_s, 0.1168) << i;
        }
    }
}

TEST_F(PublishedSessions, HaveTheKnownTraps)
{
    // Session → rows with a broken timestamp, trailer of zeros or not.
    const std::map<std::string, std::pair<std::size_t, bool>> known{
        {"201205101519", {0, true}},  {"201205101522", {0, true}},  {"201205101534", {5, true}},
        {"201205101536", {1, false}}, {"201205101541", {3, false}}, {"201205111055", {2, false}},
        {"201205111057", {0, false}}, {"201205181211", {1, true}},  {"201205181220", {2, true}},
    };
    for (const auto& [session, files] : raw_) {
        SCOPED_TRACE(session);
        ASSERT_TRUE(known.contains(session));
        const auto& [broken, trailer] = known.at(session);
        const auto recording = read_recording(files);
        EXPECT_EQ(count_flagged(recording, core::FrameFlag::interpolated), broken);
        EXPECT_EQ(count_flagged(recording, core::FrameFlag::time_repaired), broken);
        EXPECT_EQ(has_note(recording, "divided by 500"), broken > 0);
        EXPECT_EQ(has_note(recording, "trailing row of zeros dropped"), trailer);
        EXPECT_FALSE(has_note(recording, "missing"));
    }
}

TEST_F(PublishedSessions, AreListedWhereAFolderHoldsSeveral)
{
    try {
        read_recording({folder_ / "raw"});
        ADD_FAILURE() << "several sessions were read as one";
    } catch (const ReadError& error) {
        for (const auto& [session, files] : raw_) {
            EXPECT_NE(error.problem().find(session + " (3 files)"), std::string::npos) << error.what();
        }
    }
}

TEST_F(PublishedSessions, AreReadFileByFileToo)
{
    const auto& files = raw_.begin()->second;
    const auto whole = read_recording(files);
    const auto one = read_recording({files.front()});
    EXPECT_EQ(one.markers, 1);
    EXPECT_EQ(one.frames.size(), whole.frames.size());
}

}  // namespace
}  // namespace foretide::acquisition
