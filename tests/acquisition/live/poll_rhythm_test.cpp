// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/poll_rhythm.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/random_stream.h"

namespace foretide::acquisition {
namespace {

using namespace std::chrono_literals;

struct Outcome {
    std::vector<core::Duration> delays;  ///< from when a frame was there until it was found
    int questions = 0;
    double share(core::Duration limit) const
    {
        return static_cast<double>(std::count_if(delays.begin(), delays.end(), [&](auto d) { return d <= limit; })) /
               static_cast<double>(delays.size());
    }
};

struct Tracker {
    core::Duration period = 33333us;
    double jitter_us = 0;
    core::Duration round_trip = 60us;
    int every_dropped = 0;  ///< each so-many-th frame is not there; 0: all are
};

/// 30 s in virtual time; what is counted begins after 3 s.
Outcome simulate(const Tracker& tracker)
{
    PollRhythm sut;
    RandomStream random(3, 1);
    Outcome outcome;
    core::TimePoint now{1s};
    const core::TimePoint counted{4s}, end{31s};
    core::TimePoint there = now + 7ms;
    core::Duration grid = there.time_since_epoch();
    int frames = 0;
    while (now < end) {
        now = std::max(now, sut.next_question());
        ++outcome.questions;
        const core::TimePoint asked = now;
        now += tracker.round_trip;
        if (asked < there) {
            sut.nothing_new(asked, now);
            continue;
        }
        if (asked >= counted) outcome.delays.push_back(asked - there);
        sut.new_frame(asked, now);
        do {
            grid += tracker.period;
            ++frames;
        } while (tracker.every_dropped > 0 && frames % tracker.every_dropped == 0);
        there = core::TimePoint{grid} + core::from_seconds(1e-6 * tracker.jitter_us * random.bounded_normal(3));
    }
    EXPECT_NEAR(sut.rate_hz(), 1 / core::to_seconds(tracker.period), 0.1 / core::to_seconds(tracker.period));
    return outcome;
}

TEST(PollRhythm, FindsFramesOfASteadyTrackerWithinAQuarterMillisecond)
{
    for (const core::Duration period : {16667us, 33333us, 50000us, 100000us}) {
        const Outcome outcome = simulate({period});
        EXPECT_GT(outcome.share(320us), 0.99) << period.count();
        EXPECT_LT(outcome.questions, 12.0 * 30e9 / static_cast<double>(period.count())) << period.count();
    }
}

TEST(PollRhythm, FindsFramesThatVary)
{
    const Outcome outcome = simulate({33333us, 1000});
    EXPECT_GT(outcome.share(500us), 0.95);
    EXPECT_LT(outcome.questions, 30 * 30 * 30);
}

TEST(PollRhythm, GoesOnWhereFramesAreDropped)
{
    const Outcome outcome = simulate({33333us, 0, 60us, 10});
    EXPECT_GT(outcome.share(500us), 0.99);
}

TEST(PollRhythm, AsksLittleOverASlowLine)
{
    const Outcome outcome = simulate({33333us, 0, 6ms});
    EXPECT_GT(outcome.share(1500us), 0.9);
    EXPECT_LT(outcome.questions, 30 * 30 * 2);
}

}  // namespace
}  // namespace foretide::acquisition
