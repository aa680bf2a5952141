// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The conditioner on real recordings: clean data must pass through untouched.

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/signal_conditioner.h"
#include "tests/core/conditioner_harness.h"
#include "tests/support/shared_data.h"

namespace foretide::core {
namespace {

namespace fs = std::filesystem;

void expect_untouched(const std::vector<MarkerFrame>& frames, double rate_hz, const std::string& name)
{
    ASSERT_FALSE(frames.empty());
    const int markers = frames.front().marker_count;
    SignalConditioner sut({.markers = markers, .rate_hz = rate_hz, .warm_up = Duration::zero()});
    const auto samples = tests::ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), frames.size()) << name;
    for (std::size_t k = 0; k < frames.size(); ++k) {
        ASSERT_EQ(samples[k].flags, SampleFlag::none) << name << " sample " << k;
        ASSERT_EQ(samples[k].time_ns, frames[k].acquired.time_since_epoch().count());
        for (std::size_t c = 0; c < samples[k].positions_mm.size(); ++c) {
            ASSERT_EQ(samples[k].positions_mm[c], frames[k].markers[c / 3].position_mm[c % 3])
                << name << " sample " << k;
        }
    }
}

TEST(ConditionerOnRecordings, LeavesThePublishedSeriesUntouched)
{
    const std::map<std::string, double> rates{{"3.33Hz", 10.0 / 3}, {"10Hz", 10}, {"30Hz", 30}};
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker/10Hz"));
    int files = 0;
    for (const auto& [folder, rate_hz] : rates) {
        for (const auto& entry : fs::directory_iterator(tests::shared_path("data/extmarker/" + folder))) {
            expect_untouched(tests::read_session_csv(entry.path().string()), rate_hz, entry.path().string());
            ++files;
        }
    }
    EXPECT_GE(files, 18);
}

/// Session of three files; the frame counter at 60 Hz is the clock (timestamps have known faults).
std::vector<MarkerFrame> read_raw_session(const std::vector<fs::path>& files)
{
    std::vector<std::vector<std::vector<double>>> rows;
    for (const fs::path& file : files) {
        rows.push_back(tests::read_rows(file.string(), ';'));
    }
    std::vector<MarkerFrame> frames;
    for (std::size_t k = 0; k < rows[0].size(); ++k) {
        if (k > 0 && rows[0][k][0] == 0) {
            break;  // all-zero trailer
        }
        std::vector<tests::Vec3> positions;
        for (const auto& marker : rows) {
            positions.push_back({marker.at(k).at(2), marker[k].at(3), marker[k].at(4)});
        }
        frames.push_back(tests::make_frame(rows[0][k][0] / 60.0, k, positions));
    }
    return frames;
}

TEST(ConditionerOnRecordings, LeavesTheRawSessionsUntouched)
{
    const fs::path folder = tests::shared_path("data/extmarker/raw");
    FORETIDE_SKIP_WITHOUT(folder);
    std::map<std::string, std::vector<fs::path>> sessions;
    for (const auto& entry : fs::directory_iterator(folder)) {
        sessions[entry.path().filename().string().substr(0, 12)].push_back(entry.path());
    }
    ASSERT_GE(sessions.size(), 6U);
    for (const auto& [name, files] : sessions) {
        ASSERT_EQ(files.size(), 3U) << name;
        expect_untouched(read_raw_session(files), 10, name);
    }
}

}  // namespace
}  // namespace foretide::core
