// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "validation/gate_qa/hold_tests.h"
#include "validation/gate_qa/latency_test.h"

namespace foretide::validation {
namespace {

struct Truth {
    double on_s = 0.28, off_s = 0.13, jitter_s = 0, noise_mm = 0;
    double share = 0.35;  ///< of the period inside the window
    WindowSide side = WindowSide::low;
};

/// A phantom of ±5 mm for 15 periods at 30 Hz, and the beam of a system with these delays.
GatedMotion motion_of(double period_s, const Truth& truth, unsigned seed)
{
    std::mt19937 engine(seed);
    std::normal_distribution<double> noise(0, 1);
    std::uniform_real_distribution<double> phase(0, 1);
    const double start_s = 1000 + phase(engine) * period_s;  // of a period, at the extreme of the window
    const double sign = truth.side == WindowSide::low ? -1 : 1;
    GatedMotion out;
    for (int k = 0; k < static_cast<int>(15 * period_s * 30); ++k) {
        const double t = 1000 + k / 30.0;
        out.time_s.push_back(t);
        out.coordinate_mm.push_back(7 + sign * 5 * std::cos(2 * M_PI * (t - start_s) / period_s) +
                                    truth.noise_mm * noise(engine));
    }
    for (int n = 1; n < 14; ++n) {
        const double extreme_s = start_s + n * period_s, half_s = truth.share * period_s / 2;
        out.edges.push_back({extreme_s - half_s + truth.on_s + truth.jitter_s * noise(engine), true});
        out.edges.push_back({extreme_s + half_s + truth.off_s + truth.jitter_s * noise(engine), false});
    }
    return out;
}

LatencyResult measured(const Truth& truth, unsigned seed)
{
    std::vector<LatencyRun> runs;
    for (const double period_s : {2.0, 3.0, 4.0, 5.0, 6.0})
        runs.push_back(
            latency_run(motion_of(period_s, truth, 10 * seed + static_cast<unsigned>(period_s)), truth.side));
    return estimate_latency(std::move(runs));
}

TEST(LatencyTest, FindsDelaysExactlyWithoutNoise)
{
    for (const auto& [on_s, off_s] : {std::pair{0.28, 0.13}, {1.0, 0.34}, {0.0, 0.0}, {0.05, 0.4}, {-0.1, -0.05}})
        for (const WindowSide side : {WindowSide::low, WindowSide::high}) {
            const LatencyResult sut = measured({.on_s = on_s, .off_s = off_s, .side = side}, 1);
            EXPECT_NEAR(sut.on_s.value, on_s, 1e-6);
            EXPECT_NEAR(sut.off_s.value, off_s, 1e-6);
            EXPECT_NEAR(sut.mean_s.value, (on_s + off_s) / 2, 1e-6);
            EXPECT_NEAR(sut.difference_s.value, off_s - on_s, 1e-6);
            EXPECT_NEAR(sut.duty_cycle, 0.35, 1e-6);
            EXPECT_NEAR(sut.runs[1].period_s, 3, 1e-6);
        }
}

TEST(LatencyTest, StatesIntervalsThatHold)
{
    const Truth truth{.jitter_s = 0.04, .noise_mm = 0.2};
    int on = 0, off = 0;
    constexpr int repeats = 30;
    double width = 0;
    for (unsigned seed = 1; seed <= repeats; ++seed) {
        const LatencyResult sut = measured(truth, seed);
        on += std::abs(sut.on_s.value - truth.on_s) <= sut.on_s.half_width ? 1 : 0;
        off += std::abs(sut.off_s.value - truth.off_s) <= sut.off_s.half_width ? 1 : 0;
        width += sut.on_s.half_width / repeats;
        EXPECT_NEAR(sut.on_s.value, truth.on_s, 0.06);
    }
    EXPECT_GE(on, 25);
    EXPECT_GE(off, 25);
    EXPECT_LT(width, 0.06) << "useful against 100 ms";
}

TEST(LatencyTest, TakesAnInterruptedPulseForOne)
{
    GatedMotion motion = motion_of(4, {}, 1);
    const LatencyRun whole = latency_run(motion, WindowSide::low);
    for (const std::size_t k : {4U, 12U}) {  // off for 50 ms soon after it came on
        const double on_s = motion.edges[k].time_s;
        motion.edges.insert(motion.edges.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                            {{on_s + 0.05, false}, {on_s + 0.1, true}});
    }
    const LatencyRun sut = latency_run(motion, WindowSide::low);
    EXPECT_EQ(sut.interruptions, 2U);
    EXPECT_EQ(sut.duration_s.size(), whole.duration_s.size());
    EXPECT_NEAR(sut.mean_duration_s(), whole.mean_duration_s(), 1e-9);
    EXPECT_NEAR(sut.mean_delay_s(), whole.mean_delay_s(), 1e-9);
}

TEST(LatencyTest, RefusesWhatIsNoLatencyTest)
{
    const auto run = [](const GatedMotion& motion) { return latency_run(motion, WindowSide::low); };
    GatedMotion good = motion_of(4, {}, 1);
    EXPECT_NO_THROW(run(good));
    GatedMotion no_beam = good;
    no_beam.edges.resize(4);
    EXPECT_THROW(run(no_beam), std::runtime_error);
    GatedMotion noise = good;
    std::mt19937 engine(1);
    for (double& x : noise.coordinate_mm) x = std::uniform_real_distribution<double>(-5, 5)(engine);
    EXPECT_THROW(run(noise), std::runtime_error);
    EXPECT_THROW(run(part_of(good, 1000, 1009)), std::runtime_error) << "two periods";
    EXPECT_THROW(run({}), std::runtime_error);
    EXPECT_THROW(estimate_latency({run(good), run(good), run(motion_of(6, {}, 1))}), std::runtime_error);
    EXPECT_THROW(estimate_latency({}), std::runtime_error);
}

GatedMotion ramp(double slope_mm_s, double noise_mm, std::vector<acquisition::BeamEdge> edges)
{
    std::mt19937 engine(1);
    std::normal_distribution<double> noise(0, noise_mm);
    GatedMotion out;
    for (int k = 0; k <= 3000; ++k) {
        out.time_s.push_back(k / 50.0);
        out.coordinate_mm.push_back(slope_mm_s * k / 50.0 + noise(engine));
    }
    out.edges = std::move(edges);
    return out;
}

TEST(StaticTest, TellsNoiseAndInterruptions)
{
    const core::GateWindow window{-2, 2};
    const StaticResult steady = static_test(ramp(0, 0.2, {{-1, true}}), window);
    EXPECT_NEAR(steady.noise_mm, 0.2, 0.01);
    EXPECT_NEAR(steady.drift_mm_min, 0, 0.1);
    EXPECT_NEAR(steady.beam_on_share, 1, 1e-9);
    EXPECT_EQ(steady.interruptions, 0U);
    EXPECT_TRUE(steady.inside);
    const StaticResult broken = static_test(ramp(0, 0.2, {{-1, true}, {20, false}, {26, true}}), window);
    EXPECT_NEAR(broken.beam_on_share, 0.9, 1e-9);
    EXPECT_EQ(broken.interruptions, 1U);
    EXPECT_FALSE(static_test(ramp(0, 0.2, {}), {5, 6}).inside);
    EXPECT_EQ(static_test(ramp(0, 0.2, {}), {5, 6}).beam_on_share, 0);
    EXPECT_THROW(static_test({}, window), std::runtime_error);
}

TEST(DriftTest, TellsWhereTheBeamGoesOff)
{
    const core::GateWindow window{-2, 2};  // left at 40 s
    const DriftResult late = drift_test(ramp(0.05, 0.1, {{-1, true}, {46, false}}), window);
    EXPECT_NEAR(late.drift_mm_min, 3, 0.05);
    EXPECT_NEAR(late.total_mm, 3, 0.05);
    EXPECT_NEAR(late.left_s, 40, 0.5);
    EXPECT_NEAR(late.overshoot_mm, 0.3, 0.03);
    EXPECT_NEAR(late.outside_s, 6, 0.5);
    const DriftResult early = drift_test(ramp(-0.05, 0.1, {{-1, true}, {36, false}}), window);
    EXPECT_NEAR(early.overshoot_mm, -0.2, 0.03);
    EXPECT_EQ(early.outside_s, 0);
    const DriftResult never = drift_test(ramp(0.05, 0.1, {{-1, true}}), window);
    EXPECT_TRUE(std::isnan(never.closed_s));
    EXPECT_NEAR(never.outside_s, 20, 0.5);
    EXPECT_FALSE(drift_test(ramp(0.05, 0.1, {}), window).was_on);
}

}  // namespace
}  // namespace foretide::validation
