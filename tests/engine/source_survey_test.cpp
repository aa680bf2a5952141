// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/source_survey.h"

#include <gtest/gtest.h>

#include "tests/core/frames.h"

namespace foretide::apps {
namespace {

std::optional<SourceSurvey::Findings> survey(SourceSurvey& sut, int frames, double rate_hz, int markers, int hide_every)
{
    tests::BreathingMarkers patient(markers);
    for (int k = 0; k < frames; ++k) {
        const double jitter_s = 0.002 * (k % 3 - 1);
        core::MarkerFrame frame =
            tests::make_frame(k / rate_hz + jitter_s, static_cast<std::uint64_t>(k), patient.at(k / rate_hz));
        if (hide_every > 0 && k % hide_every == 0) frame.markers[0].visibility = core::Visibility::missing;
        if (const auto found = sut.add(frame)) return found;
    }
    return std::nullopt;
}

TEST(SourceSurvey, FindsRateAndMarkersWithinThreeSeconds)
{
    for (const double rate_hz : {10.0, 30.0, 60.0}) {
        SourceSurvey sut(0, 0);
        const auto found = survey(sut, static_cast<int>(3 * rate_hz), rate_hz, 4, 4);
        ASSERT_TRUE(found);
        EXPECT_NEAR(found->rate_hz, rate_hz, 0.02 * rate_hz);
        EXPECT_EQ(found->markers, 4);
        EXPECT_GE(core::to_seconds(sut.frames().back().acquired - sut.frames().front().acquired), 1.9);
    }
}

TEST(SourceSurvey, BelievesWhatIsGiven)
{
    SourceSurvey sut(25, 5);
    const auto found = survey(sut, 1, 10, 3, 0);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->rate_hz, 25);
    EXPECT_EQ(found->markers, 5);
    EXPECT_EQ(sut.frames().size(), 1U);
}

TEST(SourceSurvey, WaitsForMarkersAndForgetsTheOldest)
{
    SourceSurvey sut(0, 0);
    core::MarkerFrame empty;
    for (int k = 0; k < 1000; ++k) {
        empty.acquired = core::TimePoint{core::from_seconds(k / 30.0)};
        ASSERT_FALSE(sut.add(empty));
    }
    EXPECT_LE(sut.frames().size(), 400U);
}

}  // namespace
}  // namespace foretide::apps
