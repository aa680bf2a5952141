// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/clock_map.h"

#include <cmath>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

/// A tracker at 30 Hz whose clock runs at (1 − drift) of the engine's, and a network that delays.
class Tracker {
public:
    explicit Tracker(double drift, std::uint64_t seed = 1) : drift_(drift), engine_(seed) {}

    /// Error of the map for frame n with this delay [s].
    double error_s(ClockMap& sut, int n, double delay_s) const
    {
        const double exposure_s = 1000 + n / 30.0;
        const Duration device = from_seconds(77 + (exposure_s - 1000) * (1 - drift_));
        const TimePoint arrived{from_seconds(exposure_s + kLatency_s + delay_s)};
        return to_seconds(sut.map(device, arrived)) - exposure_s;
    }
    /// Mostly small, now and then large.
    double delay_s()
    {
        std::exponential_distribution<double> usual(1 / 0.001), rare(1 / 0.03);
        return std::uniform_real_distribution<double>(0, 1)(engine_) < 0.03 ? rare(engine_) : usual(engine_);
    }

    static constexpr double kLatency_s = 0.004;

private:
    double drift_;
    std::mt19937_64 engine_;
};

ClockMapConfig config()
{
    ClockMapConfig c;
    c.latency = from_seconds(Tracker::kLatency_s);
    return c;
}

TEST(ClockMap, FollowsOffsetAndDriftThroughJitter)
{
    for (const double drift : {0.0, 50e-6, -200e-6}) {
        ClockMap sut(config());
        Tracker tracker(drift);
        double largest = 0;
        for (int n = 0; n < 30 * 600; ++n) {
            const double error = tracker.error_s(sut, n, tracker.delay_s());
            if (n > 30 * 70) largest = std::max(largest, std::abs(error));
        }
        EXPECT_LT(largest, 0.3e-3) << "arrival times alone are off by up to a tenth of a second";
        EXPECT_NEAR(sut.drift_ppm(), 1e6 * drift, 5);
        EXPECT_EQ(sut.resets(), 0);
    }
}

TEST(ClockMap, IsNotMovedByABurstOfLateFrames)
{
    ClockMap sut(config());
    Tracker tracker(30e-6);
    for (int n = 0; n < 30 * 120; ++n) {
        const bool late = n >= 3000 && n < 3090;
        const double error = tracker.error_s(sut, n, late ? 0.2 : tracker.delay_s());
        if (n >= 2950) {
            EXPECT_LT(std::abs(error), 1e-3) << n;
        }
    }
    EXPECT_EQ(sut.resets(), 0);
}

TEST(ClockMap, NeverGoesBackwardsAndNeverStatesTheFuture)
{
    ClockMap sut(config());
    Tracker tracker(-100e-6);
    TimePoint before{};
    for (int n = 0; n < 3000; ++n) {
        const double exposure_s = 1000 + n / 30.0;
        const TimePoint arrived{from_seconds(exposure_s + tracker.delay_s())};
        const TimePoint mapped = sut.map(from_seconds(n / 30.0), arrived);
        EXPECT_LE(mapped, arrived - from_seconds(Tracker::kLatency_s) + std::chrono::nanoseconds(1));
        if (n > 0) {
            EXPECT_GE(mapped, before);
        }
        before = mapped;
    }
}

TEST(ClockMap, StartsAnewWhenTheDeviceClockIsSet)
{
    ClockMap sut(config());
    const auto at = [&sut](double device_s, double arrived_s) {
        return to_seconds(sut.map(from_seconds(device_s), TimePoint{from_seconds(arrived_s)}));
    };
    for (int n = 0; n < 300; ++n) at(n / 30.0, 500.004 + n / 30.0);
    EXPECT_EQ(sut.resets(), 0);
    EXPECT_NEAR(at(3.0, 510.004), 510.0, 1e-6);  // back by seven seconds
    EXPECT_EQ(sut.resets(), 1);
    EXPECT_NEAR(at(9.0, 510.104), 510.1, 1e-6);  // ahead by six
    EXPECT_EQ(sut.resets(), 2);
    EXPECT_NEAR(at(9.1, 510.204), 510.2, 1e-6);
    EXPECT_EQ(sut.resets(), 2);
}

/// A network or a server that stalls delivers late, for a moment or for good: its frames stay as old as they are.
TEST(ClockMap, NeverTakesALateSourceForAFreshOne)
{
    for (const double late_for_s : {2.0, 10.0, 600.0}) {
        for (const double late_s : {0.2, 0.45, 3.0}) {
            ClockMap sut(config());
            Tracker tracker(80e-6);
            double worst = 0;
            for (int n = 0; n < 30 * 1000; ++n) {
                const bool late = n >= 30 * 100 && n < 30 * (100 + late_for_s);
                const double error = tracker.error_s(sut, n, tracker.delay_s() + (late ? late_s : 0));
                if (n > 30 * 70) worst = std::max(worst, std::abs(error));
            }
            EXPECT_EQ(sut.resets(), 0);
            EXPECT_LT(worst, 10e-3) << late_s << " s late for " << late_for_s << " s";
        }
    }
}

TEST(ClockMap, AllocatesNothing)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    ClockMap sut(config());
    Tracker tracker(1e-6);
    tests::RtGuard guard;
    double sum = 0;
    for (int n = 0; n < 5000; ++n) sum += tracker.error_s(sut, n, n % 7 * 1e-3);
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_TRUE(std::isfinite(sum));
}

TEST(ClockMap, RefusesImpossibleSettings)
{
    ClockMapConfig bad;
    bad.latency = -from_seconds(0.001);
    EXPECT_THROW(ClockMap{bad}, std::invalid_argument);
    bad = {};
    bad.reset_beyond = Duration{0};
    EXPECT_THROW(ClockMap{bad}, std::invalid_argument);
    bad = {};
    bad.late_beyond = Duration{0};
    EXPECT_THROW(ClockMap{bad}, std::invalid_argument);
}

}  // namespace
}  // namespace foretide::core
