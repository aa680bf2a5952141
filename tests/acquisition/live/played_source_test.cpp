// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/played_source.h"

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "tests/core/frames.h"
#include "tests/support/rt_guard.h"

namespace foretide::acquisition {
namespace {

using core::Clock;
using std::chrono::milliseconds;

core::Recording recording(int frames, double rate_hz)
{
    core::Recording r;
    r.markers = 1;
    for (int k = 0; k < frames; ++k)
        r.frames.push_back(
            foretide::tests::make_frame(50 + k / rate_hz, static_cast<std::uint64_t>(k), {{1.0 * k, 0, 0}}));
    return r;
}

TEST(PlayedSource, PlaysFramesAtTheirPace)
{
    const auto sut = play_recording(recording(6, 50), 50, 1, "test");
    core::MarkerFrame frame;
    const auto begin = Clock::now();
    core::TimePoint first{};
    for (int k = 0; k < 6; ++k) {
        SourceResult result = SourceResult::nothing;
        while (result == SourceResult::nothing) result = sut->next(frame, Clock::now() + milliseconds(5));
        ASSERT_EQ(result, SourceResult::frame);
        if (k == 0) first = frame.acquired;
        EXPECT_EQ((frame.acquired - first).count(), k * 20'000'000);
        EXPECT_GE(frame.arrived, frame.acquired);
        EXPECT_EQ(frame.markers[0].position_mm[0], k);
    }
    EXPECT_GE(Clock::now() - begin, milliseconds(100));
    EXPECT_EQ(sut->next(frame, Clock::now()), SourceResult::ended);
    EXPECT_EQ(sut->state(), SourceState::ended);
    EXPECT_EQ(sut->counts().frames, 6);
}

TEST(PlayedSource, PlaysFasterWithTheSameExposures)
{
    const auto sut = play_recording(recording(500, 10), 10, 1000, "test");
    core::MarkerFrame frame;
    core::TimePoint first{};
    int frames = 0;
    const auto begin = Clock::now();
    for (SourceResult r{}; (r = sut->next(frame, Clock::now() + milliseconds(50))) != SourceResult::ended;) {
        if (r != SourceResult::frame) continue;
        if (frames++ == 0) first = frame.acquired;
    }
    EXPECT_EQ(frames, 500);
    EXPECT_NEAR(core::to_seconds(frame.acquired - first), 49.9, 1e-6);
    EXPECT_LT(core::to_seconds(Clock::now() - begin), 5);
}

TEST(PlayedSource, InterruptEndsAWait)
{
    const auto sut = play_recording(recording(2, 0.01), 0.01, 1, "test");
    core::MarkerFrame frame;
    ASSERT_EQ(sut->next(frame, Clock::now() + milliseconds(10)), SourceResult::frame);
    std::thread other([&] { sut->interrupt(); });
    const auto begin = Clock::now();
    EXPECT_EQ(sut->next(frame, begin + std::chrono::seconds(30)), SourceResult::nothing);
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10));
    other.join();
}

TEST(PlayedSource, APatientHasNoEndAndNextDoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    SimulationOptions options;
    options.rate_hz = 30;
    const auto sut = play_patient("irregular", options, 1000);
    EXPECT_EQ(sut->markers(), 3);
    EXPECT_EQ(sut->rate_hz(), 30);
    core::MarkerFrame frame;
    for (int k = 0; k < 3000; ++k) {
        foretide::tests::RtGuard guard;
        const SourceResult result = sut->next(frame, Clock::now() + milliseconds(100));
        guard.disarm();
        ASSERT_EQ(result, SourceResult::frame);
        ASSERT_EQ(guard.total(), 0) << guard.describe();
    }
}

TEST(PlayedSource, RefusesWhatCannotBePlayed)
{
    EXPECT_THROW(play_recording({}, 10, 1, "x"), std::invalid_argument);
    EXPECT_THROW(play_recording(recording(2, 10), 10, 0, "x"), std::invalid_argument);
    EXPECT_THROW(play_patient("nobody", {}, 1), SimulationError);
}

}  // namespace
}  // namespace foretide::acquisition
