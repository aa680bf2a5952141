// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>

#include <gtest/gtest.h>

#include "tests/core/conditioner_harness.h"
#include "tests/support/rt_guard.h"

namespace foretide::tests {
namespace {

using core::ConditionerConfig;
using core::MarkerFrame;
using core::SampleFlag;
using core::SignalConditioner;

ConditionerConfig decimating(int markers, double rate_hz, int decimation)
{
    ConditionerConfig config;
    config.markers = markers;
    config.rate_hz = rate_hz;
    config.source_rate_hz = rate_hz * decimation;
    config.decimation = decimation;
    config.warm_up = core::Duration::zero();
    return config;
}

/// One marker on a straight line: 3 t, −t, 100 + t.
std::vector<MarkerFrame> line(int count, double rate_hz)
{
    std::vector<MarkerFrame> frames;
    for (int k = 0; k < count; ++k) {
        const double t = k / rate_hz;
        frames.push_back(make_frame(t, static_cast<std::uint64_t>(k), {{3 * t, -t, 100 + t}}));
    }
    return frames;
}

TEST(Decimation, IsChosenSoThatSamplesComeAtThirtyHertzOrSlower)
{
    for (const auto& [source_hz, factor] : std::vector<std::pair<double, int>>{
             {10, 1}, {30, 1}, {30.3, 1}, {33, 1}, {40, 2}, {50, 2}, {60, 2}, {60.2, 2}, {100, 4}, {120, 4}})
        EXPECT_EQ(core::decimation_for(source_hz), factor) << source_hz;
}

TEST(Decimation, AveragesPositionsAndTimes)
{
    for (const int k : {2, 3, 4}) {
        SignalConditioner sut(decimating(1, 25, k));
        EXPECT_NEAR(core::to_seconds(sut.delay()), (k - 1) / 2.0 / (25.0 * k), 1e-9);
        const auto frames = line(20 * k, 25.0 * k);
        const auto samples = ingest_all(sut, frames);
        ASSERT_EQ(samples.size(), 20U);
        for (std::size_t n = 0; n < samples.size(); ++n) {
            const double t = static_cast<double>(n) / 25 + core::to_seconds(sut.delay());
            EXPECT_NEAR(samples[n].time_s(), t, 2e-9);
            EXPECT_NEAR(samples[n].positions_mm[0], 3 * t, 1e-6);
            EXPECT_NEAR(samples[n].positions_mm[2], 100 + t, 1e-6);
            EXPECT_EQ(samples[n].flags, SampleFlag::none);
        }
    }
}

TEST(Decimation, HandsASampleOutWithTheLastFrameOfItsGroup)
{
    SignalConditioner sut(decimating(1, 30, 2));
    const auto frames = line(10, 60);
    for (std::size_t k = 0; k < frames.size(); ++k) EXPECT_EQ(sut.ingest(frames[k]), k % 2 == 1 ? 1 : 0);
}

TEST(Decimation, LowersWhiteNoise)
{
    std::mt19937 engine(3);
    std::normal_distribution<double> noise(0, 0.2);
    std::vector<MarkerFrame> frames;
    for (int k = 0; k < 6000; ++k)
        frames.push_back(make_frame(k / 60.0, static_cast<std::uint64_t>(k), {{noise(engine), 0, 0}}));
    SignalConditioner sut(decimating(1, 30, 2));
    double sum = 0;
    const auto samples = ingest_all(sut, frames);
    for (const SampleCopy& s : samples) sum += s.positions_mm[0] * s.positions_mm[0];
    EXPECT_NEAR(std::sqrt(sum / static_cast<double>(samples.size())), 0.2 / std::sqrt(2.0), 0.006);
}

TEST(Decimation, ALostFrameCostsNoSample)
{
    auto frames = line(60, 60);
    frames.erase(frames.begin() + 31);  // the last of its group
    frames.erase(frames.begin() + 20);  // the first of its group
    SignalConditioner sut(decimating(1, 30, 2));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 30U);
    for (std::size_t n = 0; n < samples.size(); ++n) {
        EXPECT_EQ(samples[n].index, static_cast<std::int64_t>(n));
        EXPECT_EQ(samples[n].flags, SampleFlag::none) << n;
        EXPECT_NEAR(samples[n].positions_mm[0], 3 * samples[n].time_s(), 1e-6);
    }
}

TEST(Decimation, GapsAreFilledSampleBySample)
{
    auto frames = line(120, 60);
    frames.erase(frames.begin() + 40, frames.begin() + 50);  // five samples
    SignalConditioner sut(decimating(1, 30, 2));
    const auto samples = ingest_all(sut, frames);
    ASSERT_EQ(samples.size(), 60U);
    for (std::size_t n = 0; n < samples.size(); ++n) {
        EXPECT_EQ(has(samples[n].flags, SampleFlag::gap), n >= 20 && n < 25) << n;
        EXPECT_NEAR(samples[n].time_s(), static_cast<double>(n) / 30 + 1 / 120.0, 1e-8);
    }
}

TEST(Decimation, AnOutlierOfOneFrameDoesNotEnterTheMean)
{
    auto frames = frames_at(regular_times(400, 60));
    const auto clean = frames;
    frames[301].markers[1].position_mm[2] += 80;
    SignalConditioner sut(decimating(2, 30, 2));
    const auto samples = ingest_all(sut, frames);
    EXPECT_EQ(samples[150].positions_mm[5], clean[300].markers[1].position_mm[2]);
    EXPECT_TRUE(has(samples[150].marker_flags[1], SampleFlag::outlier));
    EXPECT_FALSE(has(samples[150].marker_flags[1], core::kFilledIn));
}

TEST(Decimation, SurvivesEverythingAtOnceWithoutAllocating)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    for (unsigned seed = 1; seed <= 5; ++seed) {
        const auto frames = faulty_frames(4000, 60, 3, seed);
        SignalConditioner sut(decimating(3, 30, 2));
        std::int64_t next = 0;
        core::TimePoint last{core::Duration{-1}};
        for (const MarkerFrame& frame : frames) {
            RtGuard guard;
            const int count = sut.ingest(frame);
            guard.disarm();
            ASSERT_EQ(guard.total(), 0) << guard.describe();
            ASSERT_LE(count, sut.capacity());
            for (int i = 0; i < count; ++i) {
                ASSERT_EQ(sut.sample(i).index, next++);
                for (const double v : sut.sample(i).positions_mm) ASSERT_TRUE(std::isfinite(v));
                if (!has(sut.flags(i), SampleFlag::discontinuity | SampleFlag::time_reversed)) {
                    ASSERT_GT(sut.sample(i).time, last);
                }
                last = sut.sample(i).time;
            }
        }
        EXPECT_GT(next, 1500);
    }
}

TEST(Decimation, RefusesRatesThatDoNotFit)
{
    ConditionerConfig config = decimating(1, 30, 2);
    config.source_rate_hz = 50;
    EXPECT_THROW(SignalConditioner{config}, std::runtime_error);
    config = decimating(1, 30, 2);
    config.decimation = 0;
    EXPECT_THROW(SignalConditioner{config}, std::runtime_error);
}

}  // namespace
}  // namespace foretide::tests
