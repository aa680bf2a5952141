// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/rt/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

TEST(LatencyHistogram, TellsEachDurationWithinOnePercent)
{
    for (double ns = 1; ns < 1.3e11; ns *= 1.013) {
        const Duration recorded{static_cast<std::int64_t>(ns)};
        LatencyHistogram sut;
        sut.record(recorded);
        sut.record(std::chrono::seconds(130));  // so that the percentile is the bucket's end, not the maximum
        const auto told = static_cast<double>(sut.percentile(50).count());
        const auto exact = static_cast<double>(recorded.count());
        ASSERT_GE(told, exact);
        ASSERT_LE(told, exact * 1.008) << exact;
    }
}

TEST(LatencyHistogram, BucketsFollowOneAnotherWithoutOverlap)
{
    LatencyHistogram sut;
    std::uint64_t recorded = 0;
    for (double ns = 0; ns < 1.37e11; ns = std::max(ns + 1, ns * 1.002)) {
        sut.record(Duration{static_cast<std::int64_t>(ns)});
        ++recorded;
    }
    std::int64_t next = 0;
    std::uint64_t counted = 0;
    sut.for_each_bucket([&](Duration first, Duration last, std::uint64_t count) {
        EXPECT_EQ(first.count(), next);
        EXPECT_GE(last, first);
        next = last.count() + 1;
        counted += count;
    });
    EXPECT_EQ(counted, recorded);
    EXPECT_EQ(static_cast<std::uint64_t>(next - 1), LatencyHistogram::kLargest_ns);
}

TEST(LatencyHistogram, PercentilesAgreeWithSorting)
{
    std::mt19937_64 engine(4);
    std::lognormal_distribution<double> latency(11, 1.5);  // around 60 µs
    LatencyHistogram sut;
    std::vector<std::int64_t> all;
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) {
        all.push_back(static_cast<std::int64_t>(latency(engine)));
        sum += static_cast<double>(all.back());
        sut.record(Duration{all.back()});
    }
    std::ranges::sort(all);
    for (const double percent : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
        const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(percent / 100 * 20'000 - 1e-9)));
        const auto exact = static_cast<double>(all[rank - 1]);
        const auto told = static_cast<double>(sut.percentile(percent).count());
        EXPECT_GE(told, exact) << percent;
        EXPECT_LE(told, exact * 1.008 + 1) << percent;
    }
    EXPECT_EQ(sut.max().count(), all.back());
    EXPECT_EQ(sut.min().count(), all.front());
    EXPECT_EQ(sut.percentile(100), sut.max());
    EXPECT_NEAR(sut.mean_us(), 1e-3 * sum / 20'000, 1e-6);
    EXPECT_NEAR(sut.percentile_us(50), 1e-3 * static_cast<double>(sut.percentile(50).count()), 1e-9);
    EXPECT_EQ(sut.count(), 20'000U);
}

TEST(LatencyHistogram, ExtremesCount)
{
    LatencyHistogram sut;
    EXPECT_EQ(sut.percentile(99), Duration::zero());
    EXPECT_EQ(sut.max(), Duration::zero());
    EXPECT_EQ(sut.min(), Duration::zero());
    EXPECT_EQ(sut.mean_us(), 0);
    sut.record(Duration{-5});
    EXPECT_EQ(sut.percentile(100), Duration::zero());
    sut.record(std::chrono::hours(5));
    EXPECT_EQ(sut.max(), std::chrono::hours(5));
    EXPECT_EQ(sut.percentile(100), std::chrono::hours(5));
    EXPECT_EQ(sut.min(), Duration::zero());
    EXPECT_EQ(sut.count(), 2U);
    sut.clear();
    EXPECT_EQ(sut.count(), 0U);
    EXPECT_EQ(sut.max(), Duration::zero());
}

TEST(LatencyHistogram, MergingIsRecordingEverything)
{
    LatencyHistogram a, b, all;
    for (int i = 0; i < 1000; ++i) {
        const Duration d{37 * i * i};
        (i % 3 == 0 ? a : b).record(d);
        all.record(d);
    }
    LatencyHistogram sut = a;  // a copy is a snapshot
    sut.merge(b);
    sut.merge(LatencyHistogram{});
    EXPECT_EQ(sut.count(), all.count());
    EXPECT_EQ(sut.max(), all.max());
    EXPECT_EQ(sut.min(), all.min());
    for (double percent = 0; percent <= 100; percent += 0.5) {
        EXPECT_EQ(sut.percentile(percent), all.percentile(percent));
    }
    EXPECT_EQ(a.count(), 334U);
}

// record() runs in every step of the acquisition thread.
TEST(LatencyHistogram, RecordDoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    LatencyHistogram sut;
    tests::RtGuard guard;
    for (std::int64_t i = 0; i < 10'000; ++i) {
        sut.record(Duration{i * i * i});
    }
    const Duration p99 = sut.percentile(99);
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_GT(p99, Duration::zero());
}

}  // namespace
}  // namespace foretide::core
