// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/marker_vetting.h"

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/core/frames.h"
#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

using tests::make_frame;
using tests::Vec3;

const Vec3 kUnseen{kNaN, kNaN, kNaN};

/// Feeds frames at 10 Hz and keeps count.
class Feed {
public:
    explicit Feed(int markers, double rate_hz = 10, const VettingConfig& config = {})
        : sut(markers, rate_hz, config), period_s_(1 / rate_hz)
    {
    }

    std::span<const VettedMarker> operator()(const std::vector<Vec3>& positions, std::span<const double> predicted = {})
    {
        return (*this)(make_frame(time_s(), sequence_, positions), predicted);
    }
    std::span<const VettedMarker> operator()(const MarkerFrame& frame, std::span<const double> predicted = {})
    {
        ++sequence_;
        sut.vet(frame, predicted);
        return sut.markers();
    }
    void skip(int frames) { sequence_ += static_cast<std::uint64_t>(frames); }
    double time_s() const { return static_cast<double>(sequence_) * period_s_; }

    MarkerVetting sut;

private:
    double period_s_;
    std::uint64_t sequence_ = 0;
};

TEST(MarkerVetting, PassesBreathingBitForBit)
{
    tests::BreathingMarkers patient(3);
    Feed feed(3);
    for (int k = 0; k < 2000; ++k) {
        const auto positions = patient.at(feed.time_s());
        const auto out = feed(positions);
        for (std::size_t m = 0; m < 3; ++m) {
            ASSERT_TRUE(out[m].measured);
            ASSERT_EQ(out[m].flags, SampleFlag::none);
            ASSERT_EQ(out[m].position_mm, positions[m]);
        }
    }
}

TEST(MarkerVetting, TellsWhyAMarkerIsNotMeasured)
{
    Feed feed(5);
    const std::vector<Vec3> still{{0, 0, 0}, {50, 0, 0}, {100, 0, 0}, {150, 0, 0}, {200, 0, 0}};
    feed(still);
    MarkerFrame frame = make_frame(feed.time_s(), 1, still);
    frame.markers[0].position_mm[1] = kNaN;  // said to be visible
    frame.markers[1].position_mm[2] = std::numeric_limits<double>::infinity();
    frame.markers[2].position_mm[0] = -1.01e5;
    frame.markers[3].visibility = Visibility::phantom;
    frame.markers[4].visibility = Visibility::out_of_volume;
    const auto out = feed(frame);
    EXPECT_EQ(out[0].flags, SampleFlag::missing_marker);
    EXPECT_EQ(out[1].flags, SampleFlag::implausible);
    EXPECT_EQ(out[2].flags, SampleFlag::implausible);
    EXPECT_EQ(out[3].flags, SampleFlag::phantom);
    EXPECT_EQ(out[4].flags, SampleFlag::out_of_volume);
    for (std::size_t m = 0; m < 4; ++m) {
        EXPECT_FALSE(out[m].measured);
    }
    EXPECT_TRUE(out[4].measured);
}

TEST(MarkerVetting, MarkersTheFrameDoesNotCarryAreMissing)
{
    Feed feed(2);
    feed({{0, 0, 0}, {50, 0, 0}});
    const auto out = feed({{0, 0, 0}});
    EXPECT_TRUE(out[0].measured);
    EXPECT_EQ(out[1].flags, SampleFlag::missing_marker);
    MarkerFrame garbled = make_frame(feed.time_s(), 2, {{0, 0, 0}, {50, 0, 0}});
    garbled.marker_count = -5;
    EXPECT_FALSE(feed(garbled)[0].measured);
    garbled = make_frame(feed.time_s(), 3, {{0, 0, 0}, {50, 0, 0}});
    garbled.marker_count = 1'000'000;
    EXPECT_TRUE(feed(garbled)[1].measured);
}

TEST(MarkerVetting, RefusesASpikeAndNothingElse)
{
    tests::BreathingMarkers patient(1);
    Feed feed(1);
    for (int k = 0; k < 100; ++k) {
        auto positions = patient.at(feed.time_s());
        const bool spike = k % 10 == 5;
        if (spike) {
            positions[0][2] += 40;
        }
        const auto out = feed(positions);
        ASSERT_EQ(out[0].measured, !spike) << k;
        ASSERT_EQ(out[0].flags, spike ? SampleFlag::outlier : SampleFlag::none) << k;
    }
}

TEST(MarkerVetting, AcceptsAStepAtItsThirdFrame)
{
    tests::BreathingMarkers patient(1);
    Feed feed(1);
    for (int k = 0; k < 60; ++k) {
        auto positions = patient.at(feed.time_s());
        if (k >= 50) {
            positions[0][1] += 80;
        }
        const auto out = feed(positions);
        const SampleFlag expected = k == 50 || k == 51 ? SampleFlag::outlier
                                    : k == 52          ? SampleFlag::step_accepted
                                                       : SampleFlag::none;
        ASSERT_EQ(out[0].flags, expected) << k;
        ASSERT_EQ(out[0].measured, expected != SampleFlag::outlier) << k;
    }
}

TEST(MarkerVetting, ScatteredJumpsAreNeverTakenForAStep)
{
    tests::BreathingMarkers patient(1);
    Feed feed(1);
    for (int k = 0; k < 60; ++k) {
        auto positions = patient.at(feed.time_s());
        if (k >= 30) {
            positions[0][1] += 100.0 * (k % 4 + 1);  // 100 mm apart from frame to frame
        }
        ASSERT_EQ(feed(positions)[0].measured, k < 30) << k;
    }
}

TEST(MarkerVetting, AJumpToWhereItIsExpectedIsGood)
{
    Feed feed(1);
    feed({{0, 0, 0}});
    const std::vector<double> predicted{38, 0, 0};
    EXPECT_TRUE(feed({{40, 0, 0}}, predicted)[0].measured);
}

TEST(MarkerVetting, AllowsMoreMotionTheLongerAMarkerWasNotSeen)
{
    for (const int unseen : {0, 5}) {
        Feed feed(1);
        feed({{0, 0, 0}});
        for (int k = 0; k < unseen; ++k) {
            feed({kUnseen});
        }
        EXPECT_EQ(feed({{45, 0, 0}})[0].measured, unseen > 0);
    }
}

// 8 × the recent steps: a source that really moves in steps of 10 mm is not cut at 20 mm.
TEST(MarkerVetting, ToleranceGrowsWithTheMotionItself)
{
    for (const double usual_mm : {0.2, 10.0}) {
        Feed feed(1);
        double x = 0;
        for (int k = 0; k < 40; ++k) {
            feed({{x += usual_mm, 0, 0}});
        }
        EXPECT_EQ(feed({{x + 35, 0, 0}})[0].measured, usual_mm == 10.0);
    }
}

TEST(MarkerVetting, ExchangesSwappedMarkersBackForAsLongAsItLasts)
{
    tests::BreathingMarkers patient(3);
    Feed feed(3);
    for (int k = 0; k < 60; ++k) {
        const auto truth = patient.at(feed.time_s());
        auto positions = truth;
        const bool swap = k >= 20 && k < 50;
        if (swap) {
            std::swap(positions[0], positions[2]);
        }
        const auto out = feed(positions);
        for (std::size_t m = 0; m < 3; ++m) {
            ASSERT_EQ(out[m].position_mm, truth[m]) << k;
            ASSERT_EQ(out[m].flags, swap && m != 1 ? SampleFlag::swapped : SampleFlag::none) << k;
        }
    }
}

TEST(MarkerVetting, FindsAMarkerReportedInAnotherOnesPlace)
{
    tests::BreathingMarkers patient(2);
    Feed feed(2);
    feed(patient.at(feed.time_s()));
    const auto truth = patient.at(feed.time_s());
    const auto out = feed({truth[1], kUnseen});  // marker 1 hidden, the list moved up
    EXPECT_FALSE(out[0].measured);
    EXPECT_EQ(out[0].flags, SampleFlag::swapped | SampleFlag::missing_marker);
    EXPECT_TRUE(out[1].measured);
    EXPECT_EQ(out[1].position_mm, truth[1]);
}

TEST(MarkerVetting, DoesNotExchangeMarkersThatMayJustHaveMoved)
{
    Feed near_each_other(2);  // 8 mm apart
    near_each_other({{0, 0, 0}, {8, 0, 0}});
    EXPECT_EQ(near_each_other({{8, 0, 0}, {0, 0, 0}})[0].flags, SampleFlag::none);

    Feed one_moved(2);
    one_moved({{0, 0, 0}, {60, 0, 0}});
    const auto out = one_moved({{18, 0, 0}, {60, 0, 0}});
    EXPECT_EQ(out[0].flags, SampleFlag::none);
    EXPECT_EQ(out[0].position_mm[0], 18);

    Feed both_elsewhere(2);
    both_elsewhere({{0, 0, 0}, {60, 0, 0}});
    EXPECT_FALSE(has(both_elsewhere({{30, 40, 0}, {30, -40, 0}})[0].flags, SampleFlag::swapped));
}

TEST(MarkerVetting, FindsOneFrozenMarkerWhileAnotherMoves)
{
    tests::BreathingMarkers patient(2);
    Feed feed(2);
    Vec3 stuck{};
    for (int k = 0; k < 60; ++k) {
        auto positions = patient.at(feed.time_s());
        if (k == 20) {
            stuck = positions[0];
        }
        if (k >= 20 && k < 45) {
            positions[0] = stuck;
        }
        const auto out = feed(positions);
        // First seen at frame 20, so at frame 30 it has stood for exactly 1.0 s.
        const bool frozen = k > 30 && k < 45;
        ASSERT_EQ(out[0].flags, frozen ? SampleFlag::frozen : SampleFlag::none) << k;
        ASSERT_EQ(out[1].flags, SampleFlag::none) << k;
        ASSERT_TRUE(out[0].measured);
        ASSERT_EQ(out[0].position_mm, positions[0]);
    }
}

TEST(MarkerVetting, AllMarkersStandingStillAreFrozenAfterTwoSeconds)
{
    Feed feed(2);
    for (int k = 0; k < 40; ++k) {
        const auto out = feed({{1, 2, 3}, {60, 2, 3}});
        ASSERT_EQ(out[0].flags, k > 20 ? SampleFlag::frozen : SampleFlag::none) << k;
        ASSERT_EQ(out[1].flags, out[0].flags) << k;
    }
}

TEST(MarkerVetting, AMarkerThatAppearsHasNotMoved)
{
    Feed feed(2);
    for (int k = 0; k < 20; ++k) {
        const auto out = feed({{1, 2, 3}, k < 5 ? kUnseen : Vec3{60, 2, 3}});
        ASSERT_FALSE(has(out[0].flags, SampleFlag::frozen)) << k;
    }
}

TEST(MarkerVetting, SlowSourcesMayRepeatAFewTimes)
{
    Feed feed(2, 10.0 / 3);
    for (int k = 0; k < 10; ++k) {
        const auto out = feed({{1, 2, 3}, {60.0 + k, 2, 3}});
        ASSERT_EQ(has(out[0].flags, SampleFlag::frozen), k >= 5) << k;  // 5 repeats, 1.5 s
    }
}

// Held breath, positions quantised to 0.1 mm, sensor noise: repeats happen, but they are no fault.
TEST(MarkerVetting, AHeldBreathIsNotFrozen)
{
    for (const double noise_mm : {0.05, 0.1}) {
        std::mt19937 engine(11);
        std::normal_distribution<double> noise(0, noise_mm);
        const auto quantised = [&](double at) { return std::round(10 * (at + noise(engine))) / 10; };
        Feed feed(3);
        int repeats = 0;
        Vec3 before{};
        for (int k = 0; k < 6000; ++k) {
            std::vector<Vec3> positions;
            for (int m = 0; m < 3; ++m) {
                positions.push_back({quantised(60.0 * m), quantised(5), quantised(-300)});
            }
            repeats += positions[0] == before ? 1 : 0;
            before = positions[0];
            for (const VettedMarker& marker : feed(positions)) {
                ASSERT_EQ(marker.flags, SampleFlag::none) << k << " noise " << noise_mm;
            }
        }
        EXPECT_GT(repeats, 30);  // the case does occur
    }
}

TEST(MarkerVetting, RestartForgetsThePast)
{
    Feed feed(1);
    feed({{0, 0, 0}});
    feed.sut.restart();
    EXPECT_EQ(feed(make_frame(-100, 9, {{500, 0, 0}}))[0].flags, SampleFlag::none);
}

TEST(MarkerVetting, RefusesImpossibleSettings)
{
    EXPECT_THROW(MarkerVetting(0, 10, {}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(kMaxMarkers + 1, 10, {}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(1, 0, {}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(1, kNaN, {}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(1, 10, {.outlier_speed_mm_s = 0}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(1, 10, {.step_confirmations = 0}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(1, 10, {.swap_max_ratio = 1}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(1, 10, {.frozen_limit = Duration::zero()}), std::runtime_error);
    EXPECT_THROW(MarkerVetting(1, 10, {.max_coordinate_mm = kNaN}), std::runtime_error);
}

}  // namespace
}  // namespace foretide::core
