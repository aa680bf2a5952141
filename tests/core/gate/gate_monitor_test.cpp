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

TEST(GateMonitor, MovesTheWindowByTheDriftOnlyWhenAsked)
{
    GateMonitorConfig c = typed();
    c.breath.inhale = Inhale::up;
    GateMonitor sut(c, kLayout, std::vector<int>{5}, 0);
    std::vector<double> positions(6), forecasts(6);
    double level_mm = 0;
    int n = 0;
    const auto run = [&](int samples) {
        GateReading r;
        for (int k = 0; k < samples; ++k, ++n) {
            ConditionedSample sample;
            sample.time = TimePoint{from_seconds(0.1 * n)};
            positions[2] = level_mm + 5 * std::cos(0.15 * n);
            sample.positions_mm = positions;
            r = sut.step(sample, positions, forecasts, true, false);
        }
        return r;
    };
    run(20);
    EXPECT_FALSE(sut.rebase());  // not known yet
    EXPECT_NEAR(run(400).breath.drift_mm, 0, 0.05);
    level_mm = 2;
    const GateReading drifted = run(400);
    EXPECT_NEAR(drifted.breath.drift_mm, 2, 0.1);
    EXPECT_NEAR(drifted.breath.baseline_mm, -3, 0.1);
    EXPECT_EQ(sut.window()->lower_mm, -1);
    EXPECT_TRUE(sut.rebase());
    EXPECT_TRUE(sut.rebase());  // twice before the next sample moves it once
    EXPECT_NEAR(sut.window()->lower_mm, 1, 0.1);
    EXPECT_NEAR(sut.window()->upper_mm - sut.window()->lower_mm, 2, 1e-12);
    EXPECT_NEAR(run(5).breath.drift_mm, 0, 0.05);
}

/// A tumour two thirds as far as the marker moves, known to half a millimetre.
class TwoThirds final : public InternalPoint {
public:
    void locate(std::span<const double> positions_mm, std::span<const double> forecasts_mm, std::span<double> point_mm,
                std::span<double> half_width_mm) noexcept override
    {
        const std::size_t p = positions_mm.size();
        for (std::size_t k = 0; k < point_mm.size(); ++k) {
            const std::size_t row = k / 3, axis = k % 3;
            point_mm[k] = (row == 0 ? positions_mm[axis] : forecasts_mm[(row - 1) * p + axis]) * 2 / 3;
            half_width_mm[k] = 0.5;
        }
    }
    bool valid() const noexcept override { return good; }
    bool good = true;
};

TEST(GateMonitor, FollowsAnInternalPointWithItsUncertainty)
{
    GateMonitorConfig c = typed();
    c.axis = "tumour.si";
    EXPECT_THROW(GateMonitor(c, kLayout, std::vector<int>{5}, 0), std::invalid_argument);
    TwoThirds tumour;
    c.point = &tumour;
    Feed feed({5});
    GateMonitor sut(c, kLayout, feed.horizons, 0);
    const GateReading r = feed.step(sut);
    EXPECT_NEAR(r.coordinate_mm, feed.positions[1] * 2 / 3, 1e-12);
    EXPECT_NEAR(r.on_lower_mm, (feed.positions[1] + 5) * 2 / 3 - 0.5, 1e-12);
    EXPECT_NEAR(r.on_upper_mm - r.on_lower_mm, 1, 1e-12);
    tumour.good = false;
    feed.step(sut);
    EXPECT_EQ(sut.judge().keep, HoldReason::model_invalid);
    EXPECT_EQ(internal_axis("tumour.x"), 0);
    EXPECT_EQ(internal_axis("tumour.ap"), 2);
    for (const char* none : {"tumour", "tumour.", "tumour.w", "m1.x", "pc1"})
        EXPECT_EQ(internal_axis(none), -1) << none;
}

TEST(GateMonitor, LearnsTheWindowFromBreathHolds)
{
    GateMonitorConfig c;
    c.learn_holds = 2;
    c.learn_half_width_mm = 3;
    GateMonitor sut(c, kLayout, std::vector<int>{5}, 0);
    std::vector<double> positions(6), forecasts(6);
    int n = 0;
    const auto hold = [&](double mm) {
        for (int k = 0; k < 200; ++k, ++n) {
            ConditionedSample sample;
            sample.time = TimePoint{from_seconds(0.1 * n)};
            positions[2] = k < 100 ? 4 * std::sin(0.15 * n) : mm;
            sample.positions_mm = positions;
            sut.step(sample, positions, forecasts, true, false);
        }
    };
    hold(20), hold(21);
    EXPECT_FALSE(sut.learning_due());
    hold(20);
    ASSERT_TRUE(sut.learning_due());
    GateMonitor::Learned learned = sut.learn();
    ASSERT_TRUE(learned.window);
    sut.apply_learned(learned);
    EXPECT_NEAR(sut.window()->lower_mm, 17.5, 1e-9);
    EXPECT_NEAR(sut.window()->upper_mm, 23.5, 1e-9);
}

TEST(GateMonitor, APhaseGateAsksForATrajectory)
{
    GateMonitorConfig c = typed();
    c.rule.kind = GateKind::phase;
    const std::vector<int> horizons = GateMonitor::gate_horizons(c, 10, 0);
    EXPECT_EQ(horizons.front(), 1);
    EXPECT_GE(horizons.back(), 11);  // T_on 0.5 s and 0.6 s beyond
    GateMonitor sut(c, kLayout, horizons, 0);
    Feed feed(horizons);
    feed.step(sut);
    EXPECT_EQ(sut.judge().open, HoldReason::phase_unreliable);
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
    for (const char* text : {"-1.5,2", "auto:0.4@30-60", "auto:0.25@0-12.5", "holds:3@2.5"})
        EXPECT_EQ(to_string(parse_window_request(text)), text);
    for (const char* text :
         {"", "1", "2,1", "1,1", "1,2,3", "nan,2", "auto:", "auto:0.6@30-60", "auto:0.4@30", "auto:0.4@30-60x", "1, 2",
          "holds:0@2", "holds:11@2", "holds:2.5@2", "holds:3@0.1", "holds:3", "holds:3@2x"})
        EXPECT_THROW(parse_window_request(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace foretide::core
