// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/signal_conditioner.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/standardiser.h"
#include "tests/core/conditioner_harness.h"
#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

using tests::faulty_frames;
using tests::frames_at;
using tests::ingest;
using tests::ingest_all;
using tests::make_frame;
using tests::regular_times;
using tests::SampleCopy;
using tests::Vec3;

ConditionerConfig config_for(int markers, double rate_hz = 10, double source_rate_hz = kNaN)
{
    ConditionerConfig config{.markers = markers, .rate_hz = rate_hz, .source_rate_hz = source_rate_hz};
    config.warm_up = Duration::zero();
    return config;
}

std::vector<double> positions_of(const MarkerFrame& frame)
{
    std::vector<double> out;
    for (std::size_t m = 0; m < static_cast<std::size_t>(frame.marker_count); ++m) {
        out.insert(out.end(), frame.markers[m].position_mm.begin(), frame.markers[m].position_mm.end());
    }
    return out;
}

/// One frame in, one untouched sample out.
void expect_untouched(const std::vector<MarkerFrame>& frames, const std::vector<SampleCopy>& samples)
{
    ASSERT_EQ(samples.size(), frames.size());
    for (std::size_t k = 0; k < frames.size(); ++k) {
        ASSERT_EQ(samples[k].index, static_cast<std::int64_t>(k));
        ASSERT_EQ(samples[k].time_ns, frames[k].acquired.time_since_epoch().count());
        ASSERT_EQ(samples[k].flags, SampleFlag::none) << k;
        ASSERT_EQ(samples[k].positions_mm, positions_of(frames[k]));
    }
}

TEST(SignalConditioner, PassesJitteringFramesBitForBit)
{
    std::mt19937 engine(3);
    std::uniform_real_distribution<double> jitter(-0.02, 0.02);
    for (const double rate_hz : {10.0 / 3, 10.0, 30.0}) {
        std::vector<double> times;
        for (int k = 0; k < 3000; ++k) {
            times.push_back((k + 10 * jitter(engine)) / rate_hz);  // ± 20 % of a period
        }
        const auto frames = frames_at(times);
        SignalConditioner sut(config_for(2, rate_hz));
        expect_untouched(frames, ingest_all(sut, frames));
    }
}

TEST(SignalConditioner, PassesTheExtMarkersAlternatingIntervals)
{
    std::vector<double> times{0};
    for (int k = 1; k < 3000; ++k) {
        times.push_back(times.back() + (k % 2 == 0 ? 0.100 : 0.117));
    }
    const auto frames = frames_at(times);
    SignalConditioner sut(config_for(2));
    expect_untouched(frames, ingest_all(sut, frames));
}

TEST(SignalConditioner, NeverSlipsWhenTheTrueRateIsNotTheNominalOne)
{
    for (const double true_rate_hz : {9.2, 9.98, 10.02, 10.9}) {
        const auto frames = frames_at(regular_times(20'000, true_rate_hz));
        SignalConditioner sut(config_for(2));
        expect_untouched(frames, ingest_all(sut, frames));
    }
}

TEST(SignalConditioner, KnowsTheTruePeriodWhenItJudgesALongGap)
{
    // 60 s at 9.5 Hz, then 4 s without frames: 37 samples are missing of the series, not 39.
    auto times = regular_times(570, 9.5);
    times.push_back(times.back() + 38 / 9.5);
    const auto frames = frames_at(times);
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    EXPECT_EQ(samples.size(), frames.size() + 37);
}

TEST(SignalConditioner, FillsAGapWithTheLastPosition)
{
    const auto frames = frames_at({0, 0.1, 0.2, 0.6});
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 7U);
    for (std::size_t k = 3; k < 6; ++k) {
        EXPECT_EQ(samples[k].index, static_cast<std::int64_t>(k));
        EXPECT_NEAR(samples[k].time_s(), 0.1 * static_cast<double>(k), 1e-9);
        EXPECT_EQ(samples[k].flags, SampleFlag::gap | SampleFlag::held);
        EXPECT_EQ(samples[k].positions_mm, positions_of(frames[2]));
    }
    EXPECT_EQ(samples[6].flags, SampleFlag::none);
    EXPECT_EQ(samples[6].positions_mm, positions_of(frames[3]));
    EXPECT_EQ(sut.counts().by_flag[SampleFlag::gap], 3);
    EXPECT_EQ(sut.counts().samples, 7);
}

TEST(SignalConditioner, FillsAGapWithThePredictionsItWasGiven)
{
    const auto frames = frames_at({0, 0.1, 0.5});
    SignalConditioner sut(config_for(2));
    ingest(sut, frames[0]);
    ASSERT_TRUE(sut.set_bridge(std::vector<double>(6, 9.0)));  // for the next sample, which is measured
    ingest(sut, frames[1]);
    std::vector<double> predictions;
    for (int i = 0; i < 12; ++i) {
        predictions.push_back(i);  // two samples ahead
    }
    ASSERT_TRUE(sut.set_bridge(predictions));
    const auto samples = ingest(sut, frames[2]);
    ASSERT_EQ(samples.size(), 4U);
    EXPECT_EQ(samples[0].positions_mm, (std::vector<double>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(samples[0].flags, SampleFlag::gap | SampleFlag::predicted);
    EXPECT_EQ(samples[1].positions_mm, (std::vector<double>{6, 7, 8, 9, 10, 11}));
    EXPECT_EQ(samples[2].flags, SampleFlag::gap | SampleFlag::held);  // no third prediction: the second is held
    EXPECT_EQ(samples[2].positions_mm, samples[1].positions_mm);
    EXPECT_EQ(samples[3].positions_mm, positions_of(frames[2]));
    EXPECT_EQ(samples[3].flags, SampleFlag::none);
}

TEST(SignalConditioner, APredictionServesOneIngestOnly)
{
    const auto frames = frames_at({0, 0.1, 0.3});
    SignalConditioner sut(config_for(2));
    ingest(sut, frames[0]);
    ASSERT_TRUE(sut.set_bridge(std::vector<double>(12, 9.0)));
    ingest(sut, frames[1]);
    EXPECT_EQ(ingest(sut, frames[2])[0].flags, SampleFlag::gap | SampleFlag::held);
}

TEST(SignalConditioner, RefusesPredictionsThatAreNone)
{
    SignalConditioner sut(config_for(2));
    EXPECT_FALSE(sut.set_bridge({}));
    EXPECT_FALSE(sut.set_bridge(std::vector<double>(7)));
    EXPECT_FALSE(sut.set_bridge(std::vector<double>(6, kNaN)));
    EXPECT_TRUE(sut.set_bridge(std::vector<double>(6 * 1000)));  // more than it can use
}

TEST(SignalConditioner, SamplesPastTheLimitOfAGapAreInvalid)
{
    const auto frames = frames_at({0, 0.1, 3.1, 3.2});
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 33U);
    for (std::size_t k = 2; k < 31; ++k) {
        EXPECT_EQ(has(samples[k].flags, SampleFlag::invalid), k >= 12) << k;  // 10 samples = 1.0 s are bridged
        EXPECT_TRUE(has(samples[k].flags, SampleFlag::gap));
        EXPECT_EQ(samples[k].positions_mm, samples[1].positions_mm);
    }
    EXPECT_EQ(samples[31].flags, SampleFlag::resumed);
    EXPECT_EQ(samples[32].flags, SampleFlag::none);
}

TEST(SignalConditioner, AGapOfExactlyTheLimitIsBridgedWhole)
{
    const auto frames = frames_at({0, 0.1, 1.2});  // 10 samples missing
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 13U);
    EXPECT_EQ(sut.counts().by_flag[SampleFlag::invalid], 0);
    EXPECT_EQ(sut.counts().by_flag[SampleFlag::resumed], 0);
}

TEST(SignalConditioner, AVeryLongGapBreaksTheGridInsteadOfFillingIt)
{
    for (const double source_hz : {10.0, 30.0}) {
        for (const double gap_s : {5.2, 60.0, 36'000.0}) {
            const auto frames = frames_at({0, 0.1, 0.1 + gap_s, 0.2 + gap_s});
            SignalConditioner sut(config_for(2, 10, source_hz));
            const auto samples = ingest_all(sut, frames);
            ASSERT_EQ(samples.size(), 14U) << gap_s;
            EXPECT_EQ(sut.counts().by_flag[SampleFlag::gap], 10);
            EXPECT_EQ(samples[12].index, 12);
            EXPECT_EQ(samples[12].flags, SampleFlag::resumed | SampleFlag::discontinuity);
            EXPECT_EQ(samples[12].positions_mm, positions_of(frames[2]));
            EXPECT_NEAR(samples[12].time_s(), 0.1 + gap_s, 1e-9);
            EXPECT_EQ(samples[13].flags, SampleFlag::none);
        }
    }
}

TEST(SignalConditioner, BridgesOneMarkerWhileOthersAreSeen)
{
    auto frames = frames_at(regular_times(40, 10));
    for (std::size_t k = 10; k < 25; ++k) {
        frames[k].markers[1] = MarkerSample{};
    }
    SignalConditioner sut(config_for(2));
    for (std::size_t k = 0; k < frames.size(); ++k) {
        if (k == 12) {
            ASSERT_TRUE(sut.set_bridge(std::vector<double>{1, 2, 3, 4, 5, 6}));
        }
        const auto samples = ingest(sut, frames[k]);
        ASSERT_EQ(samples.size(), 1U);
        const SampleCopy& sample = samples[0];
        const auto seen = positions_of(frames[k]);
        ASSERT_TRUE(std::equal(seen.begin(), seen.begin() + 3, sample.positions_mm.begin()));
        ASSERT_EQ(sample.marker_flags[0], SampleFlag::none);
        SampleFlag expected = SampleFlag::none;
        if (k >= 10 && k < 25) {
            expected = SampleFlag::missing_marker | (k == 12 ? SampleFlag::predicted : SampleFlag::held);
            expected |= k >= 20 ? SampleFlag::invalid : SampleFlag::none;
            const auto last = positions_of(frames[9]);
            const std::vector<double> filled(sample.positions_mm.begin() + 3, sample.positions_mm.end());
            ASSERT_EQ(filled,
                      k < 12 ? std::vector<double>(last.begin() + 3, last.end()) : (std::vector<double>{4, 5, 6}));
        } else if (k == 25) {
            expected = SampleFlag::resumed;
        }
        ASSERT_EQ(sample.marker_flags[1], expected) << k;
        ASSERT_EQ(sample.flags, expected) << k;
    }
}

TEST(SignalConditioner, AFrameWithoutAnyMarkerIsFilledIn)
{
    auto frames = frames_at(regular_times(5, 10));
    frames[3].marker_count = 0;
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 5U);
    EXPECT_EQ(samples[3].flags, SampleFlag::missing_marker | SampleFlag::held);
    EXPECT_EQ(samples[3].positions_mm, samples[2].positions_mm);
}

TEST(SignalConditioner, FillsInWhatVettingRefuses)
{
    auto frames = frames_at(regular_times(60, 10));
    frames[20].markers[0].position_mm[2] += 60;  // a spike
    frames[30].markers[1].position_mm[0] = 1e6;
    for (std::size_t k = 40; k < 60; ++k) {
        frames[k].markers[0].position_mm[1] += 90;  // a real step
    }
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    EXPECT_EQ(samples[20].flags, SampleFlag::outlier | SampleFlag::held);
    EXPECT_EQ(samples[20].positions_mm[2], samples[19].positions_mm[2]);
    EXPECT_EQ(samples[30].flags, SampleFlag::implausible | SampleFlag::held);
    EXPECT_EQ(samples[41].flags, SampleFlag::outlier | SampleFlag::held);
    EXPECT_EQ(samples[42].flags, SampleFlag::step_accepted);
    EXPECT_EQ(samples[59].positions_mm, positions_of(frames[59]));
}

TEST(SignalConditioner, ExchangesMarkersBackAfterAGapByThePrediction)
{
    const auto frames = frames_at({0, 0.1, 0.4});
    SignalConditioner sut(config_for(2));
    ingest(sut, frames[0]);
    ingest(sut, frames[1]);
    std::vector<double> predictions;
    for (int ahead = 0; ahead < 3; ++ahead) {
        // Only the third prediction is for the frame; the others would not tell the exchange.
        const auto expected = ahead == 2 ? positions_of(frames[2]) : std::vector<double>(6, 1000.0);
        predictions.insert(predictions.end(), expected.begin(), expected.end());
    }
    ASSERT_TRUE(sut.set_bridge(predictions));
    MarkerFrame swapped = frames[2];
    std::swap(swapped.markers[0], swapped.markers[1]);
    const auto samples = ingest(sut, swapped);
    ASSERT_EQ(samples.size(), 3U);
    EXPECT_EQ(samples[2].flags, SampleFlag::swapped);
    EXPECT_EQ(samples[2].positions_mm, positions_of(frames[2]));
}

TEST(SignalConditioner, DropsAndReportsFramesOutOfOrder)
{
    auto frames = frames_at({0, 0.1, 0.2, 0.15, 0.3, 0.3, 0.4, 0.5, 0.6});
    frames[7].sequence = frames[6].sequence;
    frames.push_back(frames[0]);
    frames.back().acquired = kUnknownTime;
    frames.push_back(frames_at({0.6 + 0.2})[0]);
    frames.back().sequence = 100;
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    EXPECT_EQ(sut.counts().frames, 11);
    EXPECT_EQ(sut.counts().frames_dropped, 4);
    ASSERT_EQ(samples.size(), 9U);                           // 0 … 0.8
    EXPECT_EQ(samples[3].flags, SampleFlag::time_reversed);  // 0.3
    EXPECT_EQ(samples[4].flags, SampleFlag::duplicate);      // 0.4, after the second frame at 0.3
    EXPECT_EQ(samples[5].flags, SampleFlag::duplicate | SampleFlag::gap | SampleFlag::held);  // 0.5 was a repeat
    EXPECT_EQ(samples[6].flags, SampleFlag::none);
    EXPECT_EQ(samples[7].flags, SampleFlag::no_time | SampleFlag::gap | SampleFlag::held);
    EXPECT_EQ(samples[8].flags, SampleFlag::none);
}

TEST(SignalConditioner, GarbledTimesAreNoTimes)
{
    SignalConditioner sut(config_for(1));
    MarkerFrame frame = make_frame(0, 0, {{0, 0, 0}});
    frame.acquired = TimePoint{Duration{std::numeric_limits<std::int64_t>::max()}};
    EXPECT_EQ(sut.ingest(frame), 0);
    frame.acquired = TimePoint{Duration{std::numeric_limits<std::int64_t>::min() + 1}};
    EXPECT_EQ(sut.ingest(frame), 0);
    EXPECT_EQ(sut.counts().frames_dropped, 2);
    EXPECT_EQ(sut.ingest(make_frame(0, 0, {{0, 0, 0}})), 1);
}

TEST(SignalConditioner, ALateFrameAndItsPunctualSuccessorAreOneSampleEach)
{
    // 0.26 is late by 0.6 periods: its place is taken to be 0.3, and the frame of 0.3 is one too many.
    const auto frames = frames_at({0, 0.1, 0.26, 0.3, 0.4, 0.5});
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 6U);
    EXPECT_TRUE(has(samples[2].flags, SampleFlag::gap));
    EXPECT_EQ(sut.counts().frames_dropped, 1);
    EXPECT_TRUE(has(samples[4].flags, SampleFlag::surplus));

    // 0.24 is late by 0.4 periods, which is jitter; the next frame follows shortly, but nothing is lost.
    const auto mild = frames_at({0, 0.1, 0.24, 0.285, 0.4, 0.5});
    SignalConditioner second(config_for(2));
    EXPECT_EQ(ingest_all(second, mild).size(), 6U);
    EXPECT_EQ(second.counts().frames_dropped, 0);
}

TEST(SignalConditioner, ABurstAfterAStallDoesNotAddSamples)
{
    std::vector<double> times = regular_times(20, 10);
    for (int k = 0; k < 5; ++k) {
        times.push_back(2.4 + 0.002 * k);  // frames of 2.0 … 2.4 all at once
    }
    for (int k = 25; k < 40; ++k) {
        times.push_back(0.1 * k);
    }
    const auto frames = frames_at(times);
    SignalConditioner sut(config_for(2));
    EXPECT_EQ(ingest_all(sut, frames).size(), 40U);
    EXPECT_EQ(sut.counts().frames_dropped, 4);
}

TEST(SignalConditioner, FollowsAClockThatWasSetBack)
{
    for (const double source_hz : {10.0, 20.0}) {
        auto times = regular_times(50, source_hz);
        for (int k = 0; k < 100; ++k) {
            times.push_back(-3600 + k / source_hz);
        }
        const auto frames = frames_at(times);
        SignalConditioner sut(config_for(2, 10, source_hz));
        const auto samples = ingest_all(sut, frames);
        const auto dropped = static_cast<std::int64_t>(source_hz);  // 1.0 s
        EXPECT_EQ(sut.counts().frames_dropped, dropped);
        EXPECT_EQ(sut.counts().by_flag[SampleFlag::discontinuity], 1);
        const auto first =
            std::ranges::find_if(samples, [](const SampleCopy& s) { return has(s.flags, SampleFlag::discontinuity); });
        ASSERT_NE(first, samples.end());
        EXPECT_EQ(first->flags, SampleFlag::discontinuity | SampleFlag::resumed | SampleFlag::time_reversed);
        EXPECT_NEAR(first->time_s(), -3599, 1e-9);
        EXPECT_EQ(samples.back().flags, SampleFlag::none);
    }
}

TEST(SignalConditioner, ReorderedBurstsAndAStoppedClockAreNotAClockSetBack)
{
    SignalConditioner sut(config_for(1));
    ASSERT_EQ(sut.ingest(make_frame(10, 1, {{0, 0, 0}})), 1);
    for (std::uint64_t k = 0; k < 100; ++k) {
        ASSERT_EQ(sut.ingest(make_frame(5, 2 + k, {{0, 0, 0}})), 0);
    }
    for (std::uint64_t k = 0; k < 9; ++k) {
        ASSERT_EQ(sut.ingest(make_frame(9 + 0.1 * static_cast<double>(k), 200 + k, {{0, 0, 0}})), 0);
    }
    EXPECT_EQ(sut.ingest(make_frame(10.1, 300, {{0, 0, 0}})), 1);
}

TEST(SignalConditioner, RecoversFromOneFrameOfTheFuture)
{
    auto frames = frames_at(regular_times(100, 10));
    frames[50].acquired += std::chrono::hours(2);
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    EXPECT_EQ(samples.back().positions_mm, positions_of(frames.back()));
    EXPECT_EQ(samples.back().flags, SampleFlag::none);
    EXPECT_EQ(sut.counts().frames_dropped, 10);
}

TEST(SignalConditioner, WarmUpEndsWhenTheStandardiserFreezes)
{
    const auto frames = frames_at(regular_times(400, 10));
    ConditionerConfig config = config_for(2);
    config.warm_up = StandardiserConfig{}.duration;
    SignalConditioner sut(config);
    Standardiser standardiser(sut.layout());
    for (const MarkerFrame& frame : frames) {
        ASSERT_EQ(sut.ingest(frame), 1);
        standardiser.update(sut.sample(0).positions_mm);
        ASSERT_EQ(has(sut.flags(0), SampleFlag::warm_up), !standardiser.frozen()) << sut.sample(0).index;
    }
    EXPECT_EQ(sut.counts().by_flag[SampleFlag::warm_up], 299);
}

TEST(SignalConditioner, WaitsUntilEachMarkerHasBeenSeen)
{
    auto frames = frames_at(regular_times(10, 10));
    frames[0].markers[0] = MarkerSample{};
    frames[1].marker_count = 1;
    frames[2].markers[1] = MarkerSample{};
    frames[3].markers[0] = MarkerSample{};
    for (const double source_hz : {10.0, 20.0}) {
        SignalConditioner sut(config_for(2, 10, source_hz));
        for (std::size_t k = 0; k < 3; ++k) {
            // Marker 1 is seen from frame 1 on, marker 2 in frame 0.
            ASSERT_EQ(ingest(sut, frames[k]).size(), k == 0 ? 0U : 1U) << k;
        }
        EXPECT_TRUE(sut.started());
        EXPECT_EQ(sut.counts().frames_waited, 1);
        const auto samples = ingest(sut, frames[3]);
        ASSERT_EQ(samples.size(), 1U);
        EXPECT_EQ(samples[0].index, 2);
        EXPECT_EQ(samples[0].positions_mm.size(), 6U);
    }
}

TEST(SignalConditioner, HandsOnWhatTheSourceSays)
{
    auto frames = frames_at(regular_times(6, 10));
    frames[2].flags = FrameFlag::time_repaired;
    frames[3].flags = FrameFlag::not_periodic | FrameFlag::beam_on;
    frames[4].markers[1].visibility = Visibility::out_of_volume;
    SignalConditioner sut(config_for(2));
    const auto samples = ingest_all(sut, frames);
    EXPECT_EQ(samples[2].flags, SampleFlag::source_repaired);
    EXPECT_EQ(samples[3].flags, SampleFlag::not_periodic);
    EXPECT_EQ(samples[4].flags, SampleFlag::out_of_volume);
    EXPECT_EQ(samples[4].positions_mm, positions_of(frames[4]));
    EXPECT_EQ(samples[5].flags, SampleFlag::none);
}

TEST(SignalConditioner, ResamplesAStraightLineExactly)
{
    for (const double source_hz : {5.0, 12.0, 25.0, 60.0}) {
        SignalConditioner sut(config_for(1, 10, source_hz));
        ASSERT_FALSE(sut.snaps_to_frames());
        std::vector<MarkerFrame> frames;
        for (int k = 0; k < 500; ++k) {
            const double t = k / source_hz;
            frames.push_back(make_frame(t, static_cast<std::uint64_t>(k), {{3 * t, -t, 100 + t}}));
        }
        std::int64_t next = 0;
        for (const MarkerFrame& frame : frames) {
            for (const SampleCopy& sample : ingest(sut, frame)) {
                ASSERT_EQ(sample.index, next);
                const double t = 0.1 * static_cast<double>(next);
                ASSERT_NEAR(sample.time_s(), t, 1e-9);
                ASSERT_NEAR(sample.positions_mm[0], 3 * t, 1e-7);
                ASSERT_NEAR(sample.positions_mm[1], -t, 1e-7);
                ASSERT_NEAR(sample.positions_mm[2], 100 + t, 1e-7);
                // Handed out with the first frame at or after its time.
                ASSERT_LE(sample.time_ns, frame.acquired.time_since_epoch().count());
                ASSERT_GT(sample.time_s() + 1 / source_hz + 1e-9, to_seconds(frame.acquired));
                ASSERT_FALSE(has(sample.flags, SampleFlag::gap));
                ++next;
            }
        }
        EXPECT_NEAR(static_cast<double>(next), 500 / source_hz * 10, 10 / source_hz + 1);
    }
}

TEST(SignalConditioner, ResamplingKeepsFramesOnTheGridBitForBit)
{
    const auto frames = frames_at(regular_times(301, 20));
    SignalConditioner sut(config_for(2, 10, 20));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 151U);
    for (std::size_t k = 0; k < samples.size(); ++k) {
        EXPECT_EQ(samples[k].positions_mm, positions_of(frames[2 * k]));
        EXPECT_EQ(samples[k].flags, SampleFlag::none);
    }
}

TEST(SignalConditioner, ResamplingBridgesGapsAndHiddenMarkers)
{
    auto frames = frames_at(regular_times(100, 25));
    frames.erase(frames.begin() + 50, frames.begin() + 70);  // nothing after 1.96 s until 2.80 s
    frames[30].markers[1] = MarkerSample{};                  // at 1.20 s, on the grid
    SignalConditioner sut(config_for(2, 10, 25));
    const auto samples = ingest_all(sut, frames);
    EXPECT_EQ(samples[12].flags, SampleFlag::missing_marker | SampleFlag::held);
    EXPECT_EQ(samples[12].marker_flags[0], SampleFlag::none);
    for (std::size_t k = 20; k <= 28; ++k) {
        EXPECT_EQ(samples[k].index, static_cast<std::int64_t>(k));
        // 2.0 s lies within half a sample of the frame before the gap; 2.8 s has a frame.
        EXPECT_EQ(has(samples[k].flags, SampleFlag::gap), k > 20 && k < 28) << k;
    }
    EXPECT_EQ(samples[20].flags, SampleFlag::resampled);
}

TEST(SignalConditioner, ResamplingSpansAFewLostFramesOfAFastSource)
{
    auto frames = frames_at(regular_times(300, 60));
    frames.erase(frames.begin() + 100, frames.begin() + 104);
    SignalConditioner sut(config_for(2, 10, 60));
    ingest_all(sut, frames);
    EXPECT_EQ(sut.counts().by_flag[SampleFlag::gap], 0);
}

TEST(SignalConditioner, RatesWithinATenthAreTheSame)
{
    EXPECT_TRUE(SignalConditioner(config_for(1, 10, 9.1)).snaps_to_frames());
    EXPECT_TRUE(SignalConditioner(config_for(1, 10, 10.9)).snaps_to_frames());
    EXPECT_FALSE(SignalConditioner(config_for(1, 10, 8.9)).snaps_to_frames());
    EXPECT_FALSE(SignalConditioner(config_for(1, 10, 11.1)).snaps_to_frames());
}

TEST(SignalConditioner, RefusesImpossibleSettings)
{
    EXPECT_THROW(SignalConditioner(config_for(0)), std::runtime_error);
    EXPECT_THROW(SignalConditioner(config_for(33)), std::runtime_error);
    EXPECT_THROW(SignalConditioner(config_for(1, 0)), std::runtime_error);
    EXPECT_THROW(SignalConditioner(config_for(1, 10, -5)), std::runtime_error);
    ConditionerConfig config = config_for(1);
    config.max_filled_gap = config.max_bridged_gap - Duration{1};
    EXPECT_THROW(SignalConditioner{config}, std::runtime_error);
}

struct Source {
    double rate_hz;
    int markers;
};

class FaultySource : public testing::TestWithParam<Source> {
protected:
    ConditionerConfig config() const { return config_for(GetParam().markers, 10, GetParam().rate_hz); }
    std::vector<MarkerFrame> frames(unsigned seed) const
    {
        return faulty_frames(3000, GetParam().rate_hz, GetParam().markers, seed);
    }
};

TEST_P(FaultySource, SeriesIsFiniteGaplessAndInOrder)
{
    for (unsigned seed = 1; seed <= 5; ++seed) {
        SignalConditioner sut(config());
        const auto samples = ingest_all(sut, frames(seed));
        ASSERT_GT(samples.size(), 1000U);
        std::int64_t faults = 0;
        for (std::size_t k = 0; k < samples.size(); ++k) {
            ASSERT_EQ(samples[k].index, static_cast<std::int64_t>(k));
            ASSERT_TRUE(std::ranges::all_of(samples[k].positions_mm, [](double v) { return std::abs(v) <= 1e5; }));
            ASSERT_TRUE(k == 0 || samples[k].time_ns > samples[k - 1].time_ns ||
                        has(samples[k].flags, SampleFlag::discontinuity));
            SampleFlag of_markers = SampleFlag::none;
            for (const SampleFlag flags : samples[k].marker_flags) {
                of_markers |= flags;
                const bool filled = has(flags, kFilledIn);
                const bool reason = has(flags, SampleFlag::gap | SampleFlag::missing_marker | SampleFlag::implausible |
                                                   SampleFlag::outlier);
                ASSERT_TRUE(!filled || reason);
                ASSERT_FALSE(has(flags, SampleFlag::held) && has(flags, SampleFlag::predicted));
            }
            ASSERT_EQ(samples[k].flags & of_markers, of_markers);
            faults += samples[k].flags == SampleFlag::none ? 0 : 1;
        }
        EXPECT_GT(faults, 100);
        EXPECT_EQ(sut.counts().frames, 3000);
        EXPECT_EQ(sut.counts().samples, std::ssize(samples));
        sut.counts().by_flag.for_each([&](SampleFlag flag, std::int64_t count) {
            const auto found = std::ranges::count_if(samples, [&](const SampleCopy& s) { return has(s.flags, flag); });
            EXPECT_EQ(count, found) << to_string(flag);
        });
    }
}

// Whatever comes later, samples handed out stay bit-identical.
TEST_P(FaultySource, SamplesDependOnThePastOnly)
{
    const auto past = frames(1);
    auto other = frames(2);
    for (const std::size_t cut : {1U, 57U, 1000U, 2999U}) {
        auto changed = past;
        for (std::size_t k = cut; k < changed.size(); ++k) {
            changed[k] = other[k];
            changed[k].acquired += std::chrono::seconds(k % 3);
        }
        SignalConditioner a(config());
        SignalConditioner b(config());
        for (std::size_t k = 0; k < cut; ++k) {
            ASSERT_EQ(ingest(a, past[k]), ingest(b, changed[k])) << k;
        }
    }
}

TEST_P(FaultySource, IsDeterministic)
{
    SignalConditioner a(config());
    SignalConditioner b(config());
    EXPECT_EQ(ingest_all(a, frames(3)), ingest_all(b, frames(3)));
}

// ingest() and set_bridge() run in the acquisition thread's step.
TEST_P(FaultySource, StepDoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    const auto all = frames(4);
    SignalConditioner sut(config());
    const std::vector<double> bridge(static_cast<std::size_t>(9 * GetParam().markers), 1.0);
    int samples = 0;
    tests::RtGuard guard;
    for (const MarkerFrame& frame : all) {
        const int count = sut.ingest(frame);
        for (int i = 0; i < count; ++i) {
            samples += sut.sample(i).positions_mm.empty() || sut.marker_flags(i).empty() ? 0 : 1;
        }
        static_cast<void>(sut.set_bridge(bridge));
    }
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_GT(samples, 1000);
}

INSTANTIATE_TEST_SUITE_P(Rates, FaultySource,
                         testing::Values(Source{10, 3}, Source{10, kMaxMarkers}, Source{30, 3}, Source{4, 2},
                                         Source{11.5, 1}),
                         [](const auto& source) {
                             return std::to_string(static_cast<int>(source.param.rate_hz)) + "Hz" +
                                    std::to_string(source.param.markers) + "Markers";
                         });

}  // namespace
}  // namespace foretide::core
