// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gating_metrics.h"

#include <cmath>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

constexpr double kPeriod_s = 4;
constexpr double kRate_hz = 10;

/// Breathing between −10 and 10 mm; window below −5 mm: inside for a third of each breath.
struct Breathing {
    std::vector<double> time_s, coordinate_mm;
    std::vector<std::uint8_t> ideal;
    GateWindow window{-11, -5};

    explicit Breathing(int samples)
    {
        for (int k = 0; k < samples; ++k) {
            time_s.push_back(k / kRate_hz);
            coordinate_mm.push_back(at(time_s.back()));
            ideal.push_back(window.contains(coordinate_mm.back()) ? 1 : 0);
        }
    }
    static double at(double time_s) { return 10 * std::cos(2 * M_PI * time_s / kPeriod_s + 0.123); }

    std::vector<std::uint8_t> shifted(int samples) const  // the ideal gate, late
    {
        std::vector<std::uint8_t> out(ideal.size(), 0);
        for (std::size_t k = static_cast<std::size_t>(samples); k < out.size(); ++k) {
            out[k] = ideal[k - static_cast<std::size_t>(samples)];
        }
        return out;
    }
    GatedSeries gated(const std::vector<std::uint8_t>& beam) const
    {
        return {
            .time_s = time_s, .coordinate_mm = coordinate_mm, .beam_on = beam, .predicted_mm = {}, .window = window};
    }
};

TEST(GatingMetrics, AnIdealBeamHasNoError)
{
    const Breathing b(1200);
    const GatingMetrics sut = gating_metrics(b.gated(b.ideal));
    EXPECT_EQ(sut.n, 1200);
    EXPECT_EQ(sut.accuracy, 1);
    EXPECT_EQ(sut.duty_cycle, sut.ideal_duty_cycle);
    EXPECT_NEAR(sut.duty_cycle, 1.0 / 3, 0.02);
    EXPECT_EQ(sut.beam_on_outside_s, 0);
    EXPECT_EQ(sut.unmatched_edges, 0);
    EXPECT_EQ(sut.matched_edges, 60);
    EXPECT_EQ(sut.gating_error_ms, 0);
    EXPECT_TRUE(std::isnan(sut.crossing_error_ms));
}

TEST(GatingMetrics, ALateBeamIsLateByItsLatency)
{
    const Breathing b(1200);
    const auto beam = b.shifted(3);
    const GatingMetrics sut = gating_metrics(b.gated(beam));
    EXPECT_NEAR(sut.gating_error_ms, 300, 1e-6);
    EXPECT_EQ(sut.unmatched_edges, 0);
    // Each of the 30 closings leaves the beam on outside for 0.3 s.
    EXPECT_NEAR(sut.beam_on_outside_s, 30 * 0.3, 1e-9);
    EXPECT_NEAR(sut.beam_on_outside_share, 30 * 0.3 / 120, 1e-9);
    EXPECT_NEAR(sut.accuracy, 1 - 60 * 3 / 1200.0, 1e-9);
}

TEST(GatingMetrics, ByHand)
{
    // Six samples, unevenly spaced, one unknown; window [0, 1].
    const std::vector<double> time{0, 1, 2, 4, 5, 7};
    const std::vector<double> x{0.5, 2, 0, kNaN, 3, 1};
    const std::vector<std::uint8_t> beam{1, 1, 0, 1, 1, 1};
    const GatingMetrics sut =
        gating_metrics({.time_s = time, .coordinate_mm = x, .beam_on = beam, .predicted_mm = {}, .window = {0, 1}});
    EXPECT_EQ(sut.n, 5);
    EXPECT_DOUBLE_EQ(sut.accuracy, 2.0 / 5);
    EXPECT_DOUBLE_EQ(sut.duty_cycle, 4.0 / 5);
    EXPECT_DOUBLE_EQ(sut.ideal_duty_cycle, 3.0 / 5);
    EXPECT_DOUBLE_EQ(sut.beam_on_outside_s, 1 + 2);
    EXPECT_DOUBLE_EQ(sut.beam_on_outside_share, 3.0 / (1 + 1 + 2 + 2 + 1));  // last: median interval 1 s
    const double mean = (0.5 + 2 + 3 + 1) / 4;
    const double squares =
        std::pow(0.5 - mean, 2) + std::pow(2 - mean, 2) + std::pow(3 - mean, 2) + std::pow(1 - mean, 2);
    EXPECT_DOUBLE_EQ(sut.residual_mm, std::sqrt(squares / 4));
    // True: closes at 1, opens at 2 and at 7. Beam: closes at 2. Typical period 4 s: the closings pair, 1 s apart.
    EXPECT_EQ(sut.matched_edges, 1);
    EXPECT_EQ(sut.unmatched_edges, 2);
    EXPECT_DOUBLE_EQ(sut.gating_error_ms, 1000);
}

TEST(GatingMetrics, EdgesPairOneToOneWithinHalfAPeriod)
{
    const Breathing b(1200);
    auto beam = b.ideal;
    // A dropout inside one gate: two more edges, which find no partner.
    std::size_t k = 600;
    while (b.ideal[k] == 0 || b.ideal[k - 1] == 1) {
        ++k;
    }
    beam[k + 5] = 0;
    EXPECT_EQ(gating_metrics(b.gated(beam)).unmatched_edges, 2);
    EXPECT_EQ(gating_metrics(b.gated(beam)).gating_error_ms, 0);
    // One gate left out: two true edges without partner.
    beam = b.ideal;
    for (std::size_t i = k; b.ideal[i] == 1; ++i) {
        beam[i] = 0;
    }
    EXPECT_EQ(gating_metrics(b.gated(beam)).unmatched_edges, 2);
    EXPECT_EQ(gating_metrics(b.gated(beam)).matched_edges, 58);
    // Never on: all edges are unmatched, nothing to average.
    const std::vector<std::uint8_t> off(1200, 0);
    const GatingMetrics never = gating_metrics(b.gated(off));
    EXPECT_EQ(never.unmatched_edges, 60);
    EXPECT_TRUE(std::isnan(never.gating_error_ms));
    EXPECT_TRUE(std::isnan(never.residual_mm));
    EXPECT_EQ(never.beam_on_outside_s, 0);
    // Inverted: each edge's partner of the same direction is a third of a period (or more) away.
    std::vector<std::uint8_t> inverted;
    for (const std::uint8_t on : b.ideal) {
        inverted.push_back(on == 0 ? 1 : 0);
    }
    EXPECT_GT(gating_metrics(b.gated(inverted)).gating_error_ms, 1000);
    EXPECT_EQ(gating_metrics(b.gated(inverted)).accuracy, 0);
}

TEST(GatingMetrics, EdgesFartherApartThanHalfAPeriodDoNotPair)
{
    Breathing b(1200);
    for (std::size_t k = 0; k < 1200; ++k) {  // only each third breath is deep enough
        const bool deep = static_cast<int>(b.time_s[k] / kPeriod_s) % 3 == 0;
        b.coordinate_mm[k] *= deep ? 1 : 0.45;
        b.ideal[k] = b.window.contains(b.coordinate_mm[k]) ? 1 : 0;
    }
    const auto near = b.shifted(16);  // 1.6 s of 4 s
    const auto far = b.shifted(24);   // 2.4 s
    EXPECT_EQ(gating_metrics(b.gated(near)).unmatched_edges, 0);
    EXPECT_NEAR(gating_metrics(b.gated(near)).gating_error_ms, 1600, 1e-6);
    EXPECT_EQ(gating_metrics(b.gated(far)).matched_edges, 0);
    EXPECT_EQ(gating_metrics(b.gated(far)).unmatched_edges, 40);
}

TEST(GatingMetrics, CrossingErrorIsThePredictionsDelay)
{
    Breathing b(1200);
    b.window.lower_mm = -9;  // crossed too
    for (const double delay_s : {0.0, 0.25}) {
        std::vector<double> predicted;
        for (const double t : b.time_s) {
            predicted.push_back(t < 10 ? kNaN : Breathing::at(t - delay_s));
        }
        GatedSeries series = b.gated(b.ideal);
        series.predicted_mm = predicted;
        const GatingMetrics sut = gating_metrics(series);
        EXPECT_NEAR(sut.crossing_error_ms, 1e3 * delay_s, 8) << "linear interpolation of a curve sampled at 10 Hz";
        EXPECT_NEAR(static_cast<double>(sut.matched_crossings), 4 * 110 / kPeriod_s, 4);
        EXPECT_LE(sut.unmatched_crossings, 4);
    }
}

// Samples one by one, with no cleverness.
TEST(GatingMetrics, AgreesWithBruteForceOnRandomBeams)
{
    std::mt19937 engine(5);
    std::bernoulli_distribution coin(0.1);
    for (int round = 0; round < 10; ++round) {
        const Breathing b(400);
        std::vector<std::uint8_t> beam;
        bool on = false;
        for (int k = 0; k < 400; ++k) {
            on = coin(engine) ? !on : on;
            beam.push_back(on ? 1 : 0);
        }
        int agree = 0, on_count = 0, outside = 0, edges = 0;
        for (std::size_t k = 0; k < 400; ++k) {
            agree += beam[k] == b.ideal[k];
            on_count += beam[k];
            outside += beam[k] == 1 && b.ideal[k] == 0;
            edges += k > 0 && beam[k] != beam[k - 1];
            edges += k > 0 && b.ideal[k] != b.ideal[k - 1];
        }
        const GatingMetrics sut = gating_metrics(b.gated(beam));
        EXPECT_DOUBLE_EQ(sut.accuracy, agree / 400.0);
        EXPECT_DOUBLE_EQ(sut.duty_cycle, on_count / 400.0);
        EXPECT_NEAR(sut.beam_on_outside_s, outside * 0.1, 1e-9);
        EXPECT_EQ(2 * sut.matched_edges + sut.unmatched_edges, edges);
        EXPECT_LE(sut.gating_error_ms, 1e3 * kPeriod_s / 2 + 300);  // the period is estimated
    }
}

TEST(GatingMetrics, RefusesWhatDoesNotMatch)
{
    const Breathing b(10);
    const std::vector<std::uint8_t> fewer(9, 0);
    EXPECT_THROW(gating_metrics(b.gated(fewer)), std::runtime_error);
    GatedSeries upside_down = b.gated(b.ideal);
    upside_down.window = {1, 0};
    EXPECT_THROW(gating_metrics(upside_down), std::runtime_error);
    EXPECT_EQ(gating_metrics({}).n, 0);
}

std::vector<double> coordinate_later(const Breathing& b, int samples)
{
    std::vector<double> out;
    for (const double t : b.time_s) {
        out.push_back(Breathing::at(t + samples / kRate_hz));
    }
    return out;
}

// With perfect forecasts the beam is the ideal gate for any two latencies, once the first order could act.
TEST(GatingMetrics, CountsHowOftenEachBoundHeld)
{
    const std::vector<double> time_s{0, 1, 2, 3, 4}, truth_mm{1, 2, kNaN, 4, 5};
    const std::vector<std::uint8_t> beam(5, 0);
    const std::vector<double> lower{0, 3, 0, 4, kNaN}, upper{1, 5, 9, 3, 9};
    GatedSeries series{time_s, truth_mm, beam};
    series.window = {0, 1};
    EXPECT_TRUE(std::isnan(gating_metrics(series).lower_coverage));
    series.lower_mm = lower;
    series.upper_mm = upper;
    const GatingMetrics found = gating_metrics(series);
    EXPECT_EQ(found.lower_coverage, 2.0 / 3);  // of the three known ones with bounds
    EXPECT_EQ(found.upper_coverage, 2.0 / 3);
    EXPECT_EQ(found.interval_width_mm, (1.0 + 2 - 1) / 3);
    series.upper_mm = series.upper_mm.first(4);
    EXPECT_THROW(gating_metrics(series), std::runtime_error);
}

TEST(RangeGate, IsOnOnlyWhereTheWholeRangeIsInside)
{
    const GateWindow window{0, 10};
    const std::vector<double> lower{1, -1, 1, kNaN, 1, 1, 1, 1}, upper{9, 9, 11, 9, kNaN, 9, 10, 9};
    const ForecastRange range{lower, upper};
    EXPECT_EQ(simulate_gate(range, range, window, 0, 0), (std::vector<std::uint8_t>{1, 0, 0, 0, 0, 1, 1, 1}));
    // Opens by the range at T_on, closes by the one at T_off.
    const std::vector<double> off_lower{1, 1, 1, 1, 1, 1, -1, 1}, off_upper(8, 9);
    EXPECT_EQ(simulate_gate(range, {off_lower, off_upper}, window, 0, 0),
              (std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1, 0, 1}));
    EXPECT_THROW(simulate_gate(range, {off_lower, lower}, window, -1, 0), std::runtime_error);
    EXPECT_THROW(simulate_gate({lower, std::span(upper).first(3)}, range, window, 0, 0), std::runtime_error);
}

TEST(PointGate, PerfectForecastsGiveTheIdealGate)
{
    const Breathing b(600);
    for (const int t_on : {0, 2, 5, 16}) {
        for (const int t_off : {0, 2, 5}) {
            if (t_off > t_on) {
                continue;
            }
            const auto beam =
                simulate_point_gate(coordinate_later(b, t_on), coordinate_later(b, t_off), b.window, t_on, t_off);
            for (std::size_t k = static_cast<std::size_t>(t_on) + 40; k < 600; ++k) {
                ASSERT_EQ(beam[k], b.ideal[k]) << t_on << " " << t_off << " at " << k;
            }
        }
    }
}

TEST(PointGate, WithoutPredictionTheBeamIsLate)
{
    const Breathing b(600);
    const auto beam = simulate_point_gate(b.coordinate_mm, b.coordinate_mm, b.window, 5, 2);
    const GatingMetrics sut = gating_metrics(b.gated(beam));
    EXPECT_NEAR(sut.gating_error_ms, 350, 10);
    EXPECT_EQ(sut.unmatched_edges, 0);
}

TEST(PointGate, OrdersActInTheOrderOfTheirEffectAndTheLastOneCounts)
{
    const GateWindow window{0, 1};
    const std::vector<double> in(12, 0.5), out(12, 5.0);
    auto on = in, off = in;
    // Opens at 0 (acts at 4); closes at 6 (acts at 7), while the forecast at T_on is outside; opens at 8 → 12.
    for (std::size_t k = 5; k < 8; ++k) {
        on[k] = 5;
    }
    off[6] = 5;
    EXPECT_EQ(simulate_point_gate(on, off, window, 4, 1),
              (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0}));
    // Outside at T_off while the beam is not on yet (k + 1 < 4) does not close it.
    off = in;
    off[1] = 5;
    EXPECT_EQ(simulate_point_gate(in, off, window, 4, 1),
              (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}));
    // T_off > T_on: an order to close that has not acted yet is lifted by a later order to open that has.
    off = in;
    off[4] = 5;
    EXPECT_EQ(simulate_point_gate(in, off, window, 0, 3), (std::vector<std::uint8_t>(12, 1)));
    // Never inside: never on; no forecasts: never on.
    EXPECT_EQ(simulate_point_gate(out, out, window, 1, 1), (std::vector<std::uint8_t>(12, 0)));
    const std::vector<double> unknown(12, kNaN);
    EXPECT_EQ(simulate_point_gate(unknown, unknown, window, 1, 1), (std::vector<std::uint8_t>(12, 0)));
    // A forecast that fails while the beam is on closes it.
    off = in;
    off[5] = kNaN;
    on = in;
    for (std::size_t k = 5; k < 12; ++k) {
        on[k] = kNaN;
    }
    EXPECT_EQ(simulate_point_gate(on, off, window, 1, 1),
              (std::vector<std::uint8_t>{0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0}));
}

TEST(PointGate, RefusesWhatDoesNotMatch)
{
    const std::vector<double> three(3), four(4);
    EXPECT_THROW(simulate_point_gate(three, four, {0, 1}, 1, 1), std::runtime_error);
    EXPECT_THROW(simulate_point_gate(three, three, {0, 1}, -1, 1), std::runtime_error);
    EXPECT_EQ(simulate_point_gate(three, three, {0, 1}, 100, 100), (std::vector<std::uint8_t>(3, 0)));
}

}  // namespace
}  // namespace foretide::core
