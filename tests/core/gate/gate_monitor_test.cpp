// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gate_monitor.h"

#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/gate/gate_window_request.h"
#include "tests/core/frames.h"
#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

constexpr SeriesLayout kLayout{2, 10};

GateMonitorConfig typed()
{
    GateMonitorConfig c;
    c.window = GateWindow{-1, 1};
    return c;
}

/// Sample n of a breathing patient with forecasts that say position + 1 mm a sample for each horizon.
struct Feed {
    explicit Feed(std::vector<int> h) : horizons(std::move(h)) {}
    const GateReading& step(GateMonitor& sut, bool ready = true)
    {
        const double t = static_cast<double>(n) / kLayout.rate_hz;
        positions.clear();
        for (const auto& p : patient.at(t)) positions.insert(positions.end(), p.begin(), p.end());
        forecasts.clear();
        for (const int h : horizons)
            for (const double p : positions) forecasts.push_back(p + h);
        ConditionedSample sample;
        sample.index = n++;
        sample.time = TimePoint{from_seconds(1000 + t)};
        sample.positions_mm = positions;
        return sut.step(sample, positions, forecasts, ready, false);
    }
    std::vector<int> horizons;
    tests::BreathingMarkers patient{2};
    std::vector<double> positions, forecasts;
    std::int64_t n = 0;
};

TEST(GateMonitor, AsksForTheHorizonsAroundItsLatencies)
{
    GateMonitorConfig c;
    c.t_on_s = 1.65;
    c.t_off_s = 0.2;
    EXPECT_EQ(GateMonitor::gate_horizons(c, 10, 0), (std::vector<int>{2, 16, 17}));
    EXPECT_EQ(GateMonitor::gate_horizons(c, 10, 0.05), (std::vector<int>{2, 3, 17}));
    c.t_on_s = c.t_off_s = 0;
    EXPECT_EQ(GateMonitor::gate_horizons(c, 10, 0), std::vector<int>{1});
}

TEST(GateMonitor, InterpolatesPointForecastsToTheLatencies)
{
    GateMonitorConfig c = typed();
    c.axis = "m2.y";
    c.t_on_s = 1.65;
    c.t_off_s = 0.3;
    Feed feed({3, 7, 16, 17});
    GateMonitor sut(c, kLayout, feed.horizons, 0);
    const GateReading r = feed.step(sut);
    EXPECT_EQ(r.coordinate_mm, feed.positions[4]);
    EXPECT_NEAR(r.on_lower_mm, feed.positions[4] + 16.5, 1e-9);
    EXPECT_EQ(r.on_lower_mm, r.on_upper_mm);
    EXPECT_NEAR(r.off_upper_mm, feed.positions[4] + 3, 1e-9);
    EXPECT_TRUE(std::isnan(feed.step(sut, false).on_lower_mm));
}

TEST(GateMonitor, WithoutLatencyThePresentDecides)
{
    GateMonitorConfig c = typed();
    c.t_on_s = c.t_off_s = 0;
    Feed feed({1, 2});
    GateMonitor sut(c, kLayout, feed.horizons, 0);
    const GateReading r = feed.step(sut);
    EXPECT_EQ(r.on_lower_mm, feed.positions[2]);
    EXPECT_EQ(r.off_upper_mm, feed.positions[2]);
}

TEST(GateMonitor, StatesBoundsOnceItKnowsTheErrors)
{
    GateMonitorConfig c = typed();
    c.confidence = 0.8;
    Feed feed({5});
    GateMonitor sut(c, kLayout, feed.horizons, 0);
    EXPECT_TRUE(std::isnan(feed.step(sut).on_lower_mm));
    for (int k = 0; k < 600; ++k) feed.step(sut);
    const GateReading r = feed.step(sut);
    EXPECT_LT(r.on_lower_mm, r.on_upper_mm);
}

TEST(GateMonitor, LearnsAxisAndThenWindow)
{
    GateMonitorConfig c;
    c.axis = "pc1";
    c.learn_axis_until_s = 10;
    c.auto_from_s = 5;
    c.auto_to_s = 20;
    Feed feed({5});
    GateMonitor sut(c, kLayout, feed.horizons, 0);
    std::vector<double> seen;
    const auto run_until_due = [&] {
        for (int k = 0; k < 1000 && !sut.learning_due(); ++k) {
            feed.step(sut);
            seen.insert(seen.end(), feed.positions.begin(), feed.positions.end());
        }
        ASSERT_TRUE(sut.learning_due());
    };
    run_until_due();
    EXPECT_EQ(feed.n, 101);
    EXPECT_TRUE(std::isnan(feed.step(sut).coordinate_mm));
    seen.insert(seen.end(), feed.positions.begin(), feed.positions.end());
    const GateAxis axis = principal_axis(std::span(seen).first(101 * 6), 2);
    GateMonitor::Learned learned = sut.learn();
    ASSERT_TRUE(learned.axis && !learned.window);
    EXPECT_EQ(learned.axis->direction, axis.direction);
    sut.apply_learned(learned);
    EXPECT_FALSE(std::isnan(feed.step(sut).coordinate_mm));
    EXPECT_FALSE(sut.window());
    run_until_due();
    EXPECT_EQ(feed.n, 201);
    learned = sut.learn();
    ASSERT_TRUE(learned.window);
    sut.apply_learned(learned);
    ASSERT_TRUE(sut.window());
    EXPECT_LT(sut.window()->lower_mm, sut.window()->upper_mm);
    for (int k = 0; k < 500; ++k) feed.step(sut);
    EXPECT_FALSE(sut.learning_due());
}

TEST(GateMonitor, TriesAgainWithMarkersThatDidNotMove)
{
    GateMonitorConfig c = typed();
    c.axis = "pc1";
    c.learn_axis_until_s = 5;
    GateMonitor sut(c, kLayout, std::vector<int>{5}, 0);
    const std::vector<double> still(6, 1.0), forecasts(6, 1.0);
    std::int64_t n = 0;
    const auto run_until_due = [&] {
        for (int k = 0; k < 1000 && !sut.learning_due(); ++k, ++n) {
            ConditionedSample sample;
            sample.time = TimePoint{from_seconds(0.1 * static_cast<double>(n))};
            sample.positions_mm = still;
            sut.step(sample, still, forecasts, true, false);
        }
        ASSERT_TRUE(sut.learning_due());
    };
    run_until_due();
    EXPECT_THROW(sut.learn(), std::runtime_error);
    const std::int64_t first = n;
    sut.retry_learning();
    run_until_due();
    EXPECT_NEAR(static_cast<double>(n - first), 300, 2);
}

TEST(GateMonitor, AnOperatorsWindowEndsLearning)
{
    GateMonitorConfig c;
    c.auto_from_s = 1;
    c.auto_to_s = 3;
    Feed feed({5});
    GateMonitor sut(c, kLayout, feed.horizons, 0);
    sut.set_window({-2, 3});
    for (int k = 0; k < 100; ++k) feed.step(sut);
    EXPECT_FALSE(sut.learning_due());
    EXPECT_EQ(sut.window()->upper_mm, 3);
}

TEST(GateMonitor, AStepAllocatesNothing)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    GateMonitorConfig c;
    c.axis = "pc1";
    c.confidence = 0.9;
    GateMonitor sut(c, kLayout, std::vector<int>{5}, 0);
    const std::vector<double> positions(6, 1.0);
    for (int k = 0; k < 1000; ++k) {
        ConditionedSample sample;
        sample.time = TimePoint{from_seconds(0.1 * k)};
        sample.positions_mm = positions;
        tests::RtGuard guard;
        sut.step(sample, positions, positions, true, k % 100 == 50);
        guard.disarm();
        ASSERT_EQ(guard.total(), 0) << guard.describe();
    }
}

TEST(GateMonitor, RefusesWhatItCannotDo)
{
    GateMonitorConfig c = typed();
    EXPECT_THROW(GateMonitor(c, kLayout, std::vector<int>{4}, 0), std::invalid_argument);  // 5 is needed
    c.t_on_s = 11;
    EXPECT_THROW(GateMonitor::gate_horizons(c, 10, 0), std::invalid_argument);
    c = typed();
    c.confidence = 0.99;
    EXPECT_THROW(GateMonitor(c, kLayout, std::vector<int>{5}, 0), std::invalid_argument);
    c = GateMonitorConfig{};
    c.auto_to_s = c.auto_from_s;
    EXPECT_THROW(GateMonitor(c, kLayout, std::vector<int>{5}, 0), std::invalid_argument);
    c = typed();
    c.axis = "m3.x";
    EXPECT_THROW(GateMonitor(c, kLayout, std::vector<int>{5}, 0), std::runtime_error);
}

TEST(WindowRequest, ReadsAndWritesBothForms)
{
    for (const char* text : {"-1.5,2", "auto:0.4@30-60", "auto:0.25@0-12.5"})
        EXPECT_EQ(to_string(parse_window_request(text)), text);
    for (const char* text :
         {"", "1", "2,1", "1,1", "1,2,3", "nan,2", "auto:", "auto:0.6@30-60", "auto:0.4@30", "auto:0.4@30-60x", "1, 2"})
        EXPECT_THROW(parse_window_request(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace foretide::core
