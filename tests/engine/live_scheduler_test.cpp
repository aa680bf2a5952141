// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/live_scheduler.h"

#include <thread>

#include <gtest/gtest.h>

namespace foretide::apps {
namespace {

using core::Clock;
using core::Duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(CostEstimate, FollowsWhatWorkTakes)
{
    CostEstimate cost;
    EXPECT_EQ(cost.expected(), Duration::zero());
    for (int k = 0; k < 500; ++k) cost.add(microseconds(k % 2 == 0 ? 190 : 210));
    EXPECT_GT(cost.expected(), microseconds(200));
    EXPECT_LT(cost.expected(), microseconds(260));
}

TEST(CostEstimate, OneInterruptionDoesNotCount)
{
    CostEstimate cost;
    for (int k = 0; k < 500; ++k) cost.add(microseconds(200));
    cost.add(milliseconds(50));
    EXPECT_LT(cost.expected(), microseconds(300));
    for (int k = 0; k < 500; ++k) cost.add(milliseconds(5));  // but lasting ones do
    EXPECT_GT(cost.expected(), milliseconds(4));
}

TEST(CostEstimate, WhatIsLeftOutIsTriedAgain)
{
    CostEstimate cost;
    for (int k = 0; k < 100; ++k) cost.add(milliseconds(10));
    int steps = 0;
    for (; cost.expected() > milliseconds(2) && steps < 1000; ++steps) cost.left_out();
    EXPECT_LT(steps, 200);
}

TEST(LiveScheduler, StartsNothingThatWouldOverrun)
{
    LiveScheduler sut(milliseconds(200), milliseconds(1000));
    sut.frame_arrived(Clock::now());
    sut.sample(true);
    EXPECT_TRUE(sut.main_forecast_fits());
    sut.main_forecast_made();
    EXPECT_TRUE(sut.learning_fits());
    sut.learned();
    // 300 ms after its arrival there is no time for a forecast, but for learning.
    sut.frame_arrived(Clock::now() - milliseconds(300));
    sut.sample(true);
    EXPECT_FALSE(sut.main_forecast_fits());
    EXPECT_TRUE(sut.learning_fits());
    EXPECT_TRUE(sut.fallback_learning_fits());
    // A sample that fills a gap is forecast by the main forecaster in any case, but learns only in time.
    sut.sample(false);
    EXPECT_TRUE(sut.main_forecast_fits());
    EXPECT_FALSE(sut.learning_fits());
    // Past both.
    sut.frame_arrived(Clock::now() - milliseconds(1100));
    sut.sample(true);
    EXPECT_FALSE(sut.learning_fits());
}

TEST(LiveScheduler, KnowsWhatAForecastCosts)
{
    LiveScheduler sut(milliseconds(20), milliseconds(1000));
    for (int k = 0; k < 3; ++k) {
        sut.frame_arrived(Clock::now());
        sut.sample(true);
        ASSERT_TRUE(sut.main_forecast_fits());
        std::this_thread::sleep_for(milliseconds(10));
        sut.main_forecast_made();
    }
    sut.frame_arrived(Clock::now() - milliseconds(15));  // 5 ms are left, 10 are needed
    sut.sample(true);
    EXPECT_FALSE(sut.main_forecast_fits());
}

}  // namespace
}  // namespace foretide::apps
