// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/simulated_patient.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::acquisition {
namespace {

using namespace std::chrono_literals;

constexpr int kZ = 2;

SimulationOptions options(double rate_hz, core::Duration duration, std::uint64_t seed = 1)
{
    SimulationOptions result;
    result.rate_hz = rate_hz;
    result.duration = duration;
    result.seed = seed;
    return result;
}

SimulationOptions ideal(double rate_hz, core::Duration duration, std::uint64_t seed = 1)
{
    SimulationOptions result = options(rate_hz, duration, seed);
    result.ideal_camera = true;
    return result;
}

std::vector<double> series(const core::Recording& recording, std::size_t marker, std::size_t axis)
{
    std::vector<double> values;
    for (const auto& frame : recording.frames) values.push_back(frame.markers[marker].position_mm[axis]);
    return values;
}

void expect_same_frame(const core::MarkerFrame& a, const core::MarkerFrame& b)
{
    ASSERT_EQ(a.acquired, b.acquired);
    ASSERT_EQ(a.arrived, b.arrived);
    ASSERT_EQ(a.sequence, b.sequence);
    ASSERT_EQ(a.marker_count, b.marker_count);
    ASSERT_EQ(a.flags, b.flags);
    for (std::size_t m = 0; m < static_cast<std::size_t>(a.marker_count); ++m) {
        ASSERT_EQ(a.markers[m].visibility, b.markers[m].visibility);
        if (a.markers[m].visibility == core::Visibility::missing) continue;
        ASSERT_EQ(a.markers[m].position_mm, b.markers[m].position_mm) << "frame " << a.sequence << " marker " << m;
    }
}

double mean(const std::vector<double>& v)
{
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

double standard_deviation(const std::vector<double>& v)
{
    const double m = mean(v);
    double sum = 0;
    for (const double x : v) sum += (x - m) * (x - m);
    return std::sqrt(sum / static_cast<double>(v.size()));
}

double median(std::vector<double> v)
{
    std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
    return v[v.size() / 2];
}

double slope(const std::vector<double>& x, const std::vector<double>& y)
{
    const double mx = mean(x);
    const double my = mean(y);
    double xy = 0;
    double xx = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mx) * (y[i] - my);
        xx += (x[i] - mx) * (x[i] - mx);
    }
    return xy / xx;
}

struct Breath {
    double peak_s = 0;
    double peak_mm = 0;
    double trough_s = 0;  // the end exhale before the peak
    double trough_mm = 0;
};

/// Turning points with hysteresis: a peak or trough counts once the series has come back from it by `prominence`.
/// Knows nothing of how the series was made.
std::vector<Breath> breaths(const std::vector<double>& values, double rate_hz, double prominence_mm)
{
    std::vector<Breath> found;
    bool rising = false;
    std::size_t low = 0;
    std::size_t high = 0;
    std::optional<std::size_t> trough;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i])) continue;
        if (rising) {
            if (values[i] > values[high]) high = i;
            if (values[i] < values[high] - prominence_mm) {
                if (trough) {
                    found.push_back({static_cast<double>(high) / rate_hz, values[high],
                                     static_cast<double>(*trough) / rate_hz, values[*trough]});
                }
                rising = false;
                low = i;
            }
        } else {
            if (values[i] < values[low]) low = i;
            if (values[i] > values[low] + prominence_mm) {
                trough = low;
                rising = true;
                high = i;
            }
        }
    }
    return found;
}

std::vector<double> depths(const std::vector<Breath>& b)
{
    std::vector<double> result;
    for (const Breath& x : b) result.push_back(x.peak_mm - x.trough_mm);
    return result;
}

/// From peak to peak: the inhalation peak is sharper than the rest at end exhale, so its time is better known.
std::vector<double> periods(const std::vector<Breath>& b)
{
    std::vector<double> result;
    for (std::size_t i = 1; i < b.size(); ++i) result.push_back(b[i].peak_s - b[i - 1].peak_s);
    return result;
}

double variation(const std::vector<double>& v) { return standard_deviation(v) / mean(v); }

/// Delay of `b` behind `a` that correlates best [s].
double lag_s(const std::vector<double>& a, const std::vector<double>& b, double rate_hz, double limit_s)
{
    const int limit = static_cast<int>(limit_s * rate_hz);
    double best = -2;
    int best_lag = 0;
    for (int lag = -limit; lag <= limit; ++lag) {
        std::vector<double> x;
        std::vector<double> y;
        for (int i = limit; i + limit < static_cast<int>(a.size()); ++i) {
            x.push_back(a[static_cast<std::size_t>(i)]);
            y.push_back(b[static_cast<std::size_t>(i + lag)]);
        }
        const double mx = mean(x);
        const double my = mean(y);
        double xy = 0;
        for (std::size_t i = 0; i < x.size(); ++i) xy += (x[i] - mx) * (y[i] - my);
        const double r = xy / (standard_deviation(x) * standard_deviation(y) * static_cast<double>(x.size()));
        if (r > best) {
            best = r;
            best_lag = lag;
        }
    }
    return best_lag / rate_hz;
}

/// Amplitude of the sinusoid of frequency f in a stretch, its mean and slope taken away first [mm].
double amplitude_at(const std::vector<double>& v, double rate_hz, double f_hz)
{
    std::vector<double> t(v.size());
    std::iota(t.begin(), t.end(), 0.0);
    const double b = slope(t, v);
    const double m = mean(v);
    const double mt = mean(t);
    std::complex<double> sum = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
        const double phase = 2 * std::numbers::pi * f_hz * t[i] / rate_hz;
        sum += (v[i] - m - b * (t[i] - mt)) * std::polar(1.0, -phase);
    }
    return 2 * std::abs(sum) / static_cast<double>(v.size());
}

double peak_speed_mm_per_s(const std::vector<double>& v, double rate_hz)
{
    double peak = 0;
    for (std::size_t i = 1; i < v.size(); ++i) peak = std::max(peak, std::abs(v[i] - v[i - 1]) * rate_hz);
    return peak;
}

/// Stretches longer than `min_s` above `threshold`, as [first, last) indices.
std::vector<std::pair<std::size_t, std::size_t>> plateaus(const std::vector<double>& v, double threshold,
                                                          double rate_hz, double min_s)
{
    std::vector<std::pair<std::size_t, std::size_t>> found;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= v.size(); ++i) {
        if (i < v.size() && v[i] > threshold) continue;
        if (static_cast<double>(i - begin) > min_s * rate_hz && i < v.size()) found.emplace_back(begin, i);
        begin = i + 1;
    }
    return found;
}

std::string message_of(std::string_view name, const SimulationOptions& o)
{
    try {
        simulate_patient(name, o);
    } catch (const SimulationError& error) {
        return error.what();
    }
    return {};
}

// ---------------------------------------------------------------------------------------------------------------
// Every patient

class EverySimulatedPatient : public testing::TestWithParam<std::string_view> {};

INSTANTIATE_TEST_SUITE_P(Patients, EverySimulatedPatient, testing::ValuesIn(simulated_patient_names()),
                         [](const auto& patient) {
                             std::string name(patient.param);
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_P(EverySimulatedPatient, IsTheSameForTheSameSeedAndAnotherForAnother)
{
    const auto a = simulate_patient(GetParam(), options(30, 90s, 7));
    const auto b = simulate_patient(GetParam(), options(30, 90s, 7));
    const auto other = simulate_patient(GetParam(), options(30, 90s, 8));
    ASSERT_EQ(a.frames.size(), 2700U);
    ASSERT_EQ(b.frames.size(), a.frames.size());
    for (std::size_t i = 0; i < a.frames.size(); ++i) expect_same_frame(a.frames[i], b.frames[i]);

    const auto za = series(simulate_patient(GetParam(), ideal(30, 90s, 7)), 0, kZ);
    const auto zo = series(simulate_patient(GetParam(), ideal(30, 90s, 8)), 0, kZ);
    double difference = 0;
    for (std::size_t i = 0; i < za.size(); ++i) difference += std::abs(za[i] - zo[i]) / static_cast<double>(za.size());
    EXPECT_GT(difference, 0.5) << "another seed must be another course of breathing, not only other noise";
    ASSERT_EQ(other.frames.size(), a.frames.size());
}

TEST_P(EverySimulatedPatient, StreamsTheFramesOfTheRecording)
{
    const auto recording = simulate_patient(GetParam(), options(25, 120s, 3));
    SimulatedPatient sut(GetParam(), options(25, 1s, 3));
    EXPECT_EQ(sut.markers(), recording.markers);
    EXPECT_EQ(sut.rate_hz(), recording.nominal_rate_hz);
    for (const auto& frame : recording.frames) expect_same_frame(sut.next(), frame);
}

TEST_P(EverySimulatedPatient, BeginsALongerRunWithTheSameFrames)
{
    const auto brief = simulate_patient(GetParam(), options(10, 45s, 5));
    const auto extended = simulate_patient(GetParam(), options(10, 300s, 5));
    ASSERT_EQ(brief.frames.size(), 450U);
    for (std::size_t i = 0; i < brief.frames.size(); ++i) expect_same_frame(brief.frames[i], extended.frames[i]);
}

TEST_P(EverySimulatedPatient, MovesTheSameAtEveryRate)
{
    const auto slow = simulate_patient(GetParam(), ideal(10, 200s, 2));
    for (const int factor : {2, 3, 6}) {
        const auto fast = simulate_patient(GetParam(), ideal(10.0 * factor, 200s, 2));
        ASSERT_EQ(fast.frames.size(), slow.frames.size() * static_cast<std::size_t>(factor));
        for (std::size_t i = 0; i < slow.frames.size(); ++i) {
            const auto& match = fast.frames[i * static_cast<std::size_t>(factor)];
            ASSERT_EQ(match.acquired, slow.frames[i].acquired);
            for (std::size_t m = 0; m < 3; ++m) {
                ASSERT_EQ(match.markers[m].position_mm, slow.frames[i].markers[m].position_mm) << "frame " << i;
            }
        }
    }
}

TEST_P(EverySimulatedPatient, BreathesWithinPhysiologicalRanges)
{
    for (const double rate_hz : {10.0, 17.5, 30.0}) {
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            const auto recording = simulate_patient(GetParam(), options(rate_hz, 240s, seed));
            const auto found = breaths(series(recording, 0, kZ), rate_hz, 2.0);
            SCOPED_TRACE(testing::Message() << rate_hz << " Hz, seed " << seed);
            ASSERT_GT(found.size(), 25U);
            EXPECT_GT(median(periods(found)), 2.5);
            EXPECT_LT(median(periods(found)), 6.0);
            EXPECT_GT(median(depths(found)), 5.0);
            EXPECT_LT(median(depths(found)), 15.0);

            const auto sternum = breaths(series(recording, 2, kZ), rate_hz, 1.0);
            EXPECT_GT(median(depths(sternum)), 1.5);
            EXPECT_LT(median(depths(sternum)), 8.0);
            EXPECT_LT(median(depths(sternum)), median(depths(found))) << "supine: the abdomen moves more";
        }
    }
}

TEST_P(EverySimulatedPatient, RestsLongerNearExhaleThanNearInhale)
{
    const auto z = series(simulate_patient(GetParam(), ideal(30, 120s)), 0, kZ);
    // Free breathing before the first breath-hold, cough or talk.
    const std::vector<double> start(z.begin(), z.begin() + 15 * 30);
    const auto [low, high] = std::minmax_element(start.begin(), start.end());
    const double middle = 0.5 * (*low + *high);
    const auto below = std::count_if(start.begin(), start.end(), [middle](double x) { return x < middle; });
    EXPECT_GT(static_cast<double>(below) / static_cast<double>(start.size()), 0.55);
}

TEST_P(EverySimulatedPatient, MovesTheChestAfterTheAbdomen)
{
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        const auto recording = simulate_patient(GetParam(), ideal(60, 120s, seed));
        const auto abdomen = series(recording, 0, kZ);
        const double xiphoid_s = lag_s(abdomen, series(recording, 1, kZ), 60, 0.6);
        const double sternum_s = lag_s(abdomen, series(recording, 2, kZ), 60, 0.6);
        EXPECT_GT(xiphoid_s, 0.0);
        EXPECT_GT(sternum_s, xiphoid_s);
        EXPECT_GE(sternum_s, 0.10);
        EXPECT_LE(sternum_s, 0.35);
    }
}

TEST_P(EverySimulatedPatient, MovesMarkersAlongDifferentDirectionsWithHysteresis)
{
    const auto recording = simulate_patient(GetParam(), ideal(30, 14s));
    const auto sd = [&](std::size_t m, std::size_t a) { return standard_deviation(series(recording, m, a)); };
    EXPECT_GT(sd(0, 2), 3 * sd(0, 1)) << "the abdomen moves almost straight up";
    EXPECT_LT(sd(2, 2), 2.5 * sd(2, 1)) << "the sternum moves up and cranially";
    EXPECT_GT(sd(2, 2), sd(2, 1));

    // The area that the path in the sagittal plane encloses: 0 if it went to and fro on a line.
    const auto y = series(recording, 0, 1);
    const auto z = series(recording, 0, 2);
    double area = 0;
    for (std::size_t i = 1; i < y.size(); ++i) area += 0.5 * (y[i - 1] * z[i] - y[i] * z[i - 1]);
    const double loops = static_cast<double>(breaths(z, 30, 2.0).size());
    ASSERT_GE(loops, 2);
    EXPECT_GT(std::abs(area) / loops, 0.3) << "mm² per breath";
}

TEST_P(EverySimulatedPatient, QuantisesOnTheGridAsked)
{
    for (const int steps : {10, 100}) {
        SimulationOptions o = options(20, 60s);
        o.steps_per_mm = steps;
        std::set<long> last_digits;
        for (const auto& frame : simulate_patient(GetParam(), o).frames) {
            for (std::size_t m = 0; m < 3; ++m) {
                if (frame.markers[m].visibility != core::Visibility::visible) continue;
                for (const double x : frame.markers[m].position_mm) {
                    const double scaled = x * steps;
                    ASSERT_NEAR(scaled, std::round(scaled), 1e-6);
                    last_digits.insert(std::lround(scaled) % 10);
                }
            }
        }
        EXPECT_GE(last_digits.size(), 10U) << "every digit of the finest decimal must occur";
    }
}

TEST_P(EverySimulatedPatient, JittersTimeStampsButKeepsTheirOrder)
{
    const auto recording = simulate_patient(GetParam(), options(60, 60s));
    std::vector<double> error_ms;
    for (std::size_t i = 0; i < recording.frames.size(); ++i) {
        const auto& frame = recording.frames[i];
        ASSERT_EQ(frame.sequence, i);
        ASSERT_EQ(frame.arrived, frame.acquired);
        if (i > 0) {
            ASSERT_GT(frame.acquired, recording.frames[i - 1].acquired);
        }
        error_ms.push_back(1e3 * (core::to_seconds(frame.acquired) - static_cast<double>(i) / 60.0));
    }
    EXPECT_EQ(recording.frames.front().acquired, core::TimePoint{});
    EXPECT_NEAR(mean(error_ms), 0.0, 0.15);
    EXPECT_GT(standard_deviation(error_ms), 1.0);
    EXPECT_LT(standard_deviation(error_ms), 2.0);
    EXPECT_LE(*std::max_element(error_ms.begin(), error_ms.end()), 4.0 + 1e-6);
    EXPECT_GE(*std::min_element(error_ms.begin(), error_ms.end()), -4.0 - 1e-6);
}

TEST_P(EverySimulatedPatient, AddsWhiteCameraNoiseThatIsWorseInDepth)
{
    const auto measured = simulate_patient(GetParam(), options(30, 120s));
    const auto truth = simulate_patient(GetParam(), ideal(30, 120s));
    for (std::size_t m = 0; m < 3; ++m) {
        for (std::size_t a = 0; a < 3; ++a) {
            const auto x = series(measured, m, a);
            const auto t = series(truth, m, a);
            std::vector<double> noise;
            for (std::size_t i = 0; i < x.size(); ++i) {
                if (!std::isnan(x[i])) noise.push_back(x[i] - t[i]);
            }
            const double sd = standard_deviation(noise);
            EXPECT_NEAR(sd, a == 2 ? 0.10 : 0.05, a == 2 ? 0.01 : 0.005);
            EXPECT_NEAR(mean(noise), 0.0, 0.01);
            double neighbours = 0;
            for (std::size_t i = 1; i < noise.size(); ++i) neighbours += noise[i] * noise[i - 1];
            EXPECT_LT(std::abs(neighbours / static_cast<double>(noise.size())) / (sd * sd), 0.08) << "not white";
        }
    }
}

TEST_P(EverySimulatedPatient, StaysWithinBoundsForHours)
{
    SimulatedPatient sut(GetParam(), ideal(2, 1s, 11));
    const core::MarkerFrame first = sut.next();
    for (int i = 0; i < 6 * 3600 * 2; ++i) {
        const core::MarkerFrame frame = sut.next();
        for (std::size_t m = 0; m < 3; ++m) {
            for (std::size_t a = 0; a < 3; ++a) {
                const double moved = frame.markers[m].position_mm[a] - first.markers[m].position_mm[a];
                ASSERT_LT(std::abs(moved), 45.0) << "frame " << i;  // also refuses NaN
            }
        }
    }
}

TEST_P(EverySimulatedPatient, LosesMarkersOnlyWhereItSaysSo)
{
    const auto recording = simulate_patient(GetParam(), options(30, 300s));
    std::size_t missing = 0;
    for (const auto& frame : recording.frames) {
        ASSERT_EQ(frame.marker_count, 3);
        ASSERT_EQ(frame.flags, core::FrameFlag::none) << "ground truth is given on request only";
        for (std::size_t m = 0; m < 3; ++m) {
            const bool lost = frame.markers[m].visibility == core::Visibility::missing;
            for (const double x : frame.markers[m].position_mm) ASSERT_EQ(std::isnan(x), lost);
            missing += lost ? 1 : 0;
        }
    }
    const double fraction = static_cast<double>(missing) / (3.0 * static_cast<double>(recording.frames.size()));
    if (GetParam() == "irregular") {
        EXPECT_GT(fraction, 0.001);
        EXPECT_LT(fraction, 0.02);
    } else {
        EXPECT_EQ(missing, 0U);
    }
}

TEST_P(EverySimulatedPatient, IsListedWithADescription)
{
    EXPECT_GT(simulated_patient_description(GetParam()).size(), 20U);
    const auto recording = simulate_patient(GetParam(), options(12.5, 4s, 42));
    EXPECT_EQ(recording.frames.size(), 50U);
    EXPECT_EQ(recording.format, "simulated");
    ASSERT_EQ(recording.files.size(), 1U);
    EXPECT_NE(recording.files[0].find(GetParam()), std::string::npos);
    EXPECT_NE(recording.files[0].find("42"), std::string::npos);
}

// ---------------------------------------------------------------------------------------------------------------
// What defines each patient, measured from the series

TEST(SimulatedPatient, RegularIsEvenAndSteady)
{
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const auto found = breaths(series(simulate_patient("regular", options(30, 300s, seed)), 0, kZ), 30, 2.0);
        EXPECT_LT(variation(depths(found)), 0.12);
        EXPECT_LT(variation(periods(found)), 0.10);
        std::vector<double> minute;
        std::vector<double> level;
        for (const Breath& b : found) {
            minute.push_back(b.trough_s / 60);
            level.push_back(b.trough_mm);
        }
        EXPECT_LT(std::abs(slope(minute, level)), 0.4) << "mm/min";
        EXPECT_LT(standard_deviation(level), 1.2);
    }
}

TEST(SimulatedPatient, DriftingSinksAtEndExhaleThenSettles)
{
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const auto found = breaths(series(simulate_patient("drifting", options(30, 2400s, seed)), 0, kZ), 30, 2.0);
        std::vector<double> minute;
        std::vector<double> level;
        std::vector<double> late_minute;
        std::vector<double> late_level;
        for (const Breath& b : found) {
            if (b.trough_s < 300) {
                minute.push_back(b.trough_s / 60);
                level.push_back(b.trough_mm);
            } else if (b.trough_s > 1500) {
                late_minute.push_back(b.trough_s / 60);
                late_level.push_back(b.trough_mm);
            }
        }
        EXPECT_LT(slope(minute, level), -0.5) << "mm/min";
        EXPECT_GT(slope(minute, level), -2.0) << "mm/min";
        EXPECT_LT(std::abs(slope(late_minute, late_level)), 0.2) << "mm/min";
        EXPECT_LT(variation(depths(found)), 0.2);
    }
}

TEST(SimulatedPatient, VariableChangesDepthAndPeriod)
{
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const auto found = breaths(series(simulate_patient("variable", options(30, 600s, seed)), 0, kZ), 30, 1.0);
        EXPECT_GT(variation(depths(found)), 0.22);
        EXPECT_LT(variation(depths(found)), 0.60);
        EXPECT_GT(variation(periods(found)), 0.13);
        EXPECT_LT(variation(periods(found)), 0.40);

        // Neighbouring breaths resemble each other.
        const auto d = depths(found);
        const double m = mean(d);
        double neighbours = 0;
        for (std::size_t i = 1; i < d.size(); ++i) neighbours += (d[i] - m) * (d[i - 1] - m);
        const double variance = std::pow(standard_deviation(d), 2) * static_cast<double>(d.size());
        EXPECT_GT(neighbours / variance, 0.15);
    }
}

TEST(SimulatedPatient, IrregularCoughs)
{
    // Faster than any breath of the others: a cough moves the abdomen by several mm in a tenth of a second.
    constexpr double kCoughSpeed_mm_per_s = 40.0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SimulationOptions o = ideal(30, 300s, seed);
        o.mark_irregular = true;
        const auto recording = simulate_patient("irregular", o);
        const auto z = series(recording, 0, kZ);
        int bouts = 0;
        double last_s = -10;
        for (std::size_t i = 1; i < z.size(); ++i) {
            if (std::abs(z[i] - z[i - 1]) * 30 < kCoughSpeed_mm_per_s) continue;
            EXPECT_TRUE(core::has(recording.frames[i].flags, core::FrameFlag::not_periodic));
            const double now_s = static_cast<double>(i) / 30;
            if (now_s - last_s > 5) ++bouts;
            last_s = now_s;
        }
        EXPECT_GE(bouts, 2) << "seed " << seed;
        EXPECT_LE(bouts, 25) << "seed " << seed;
    }
    for (const std::string_view name : {"regular", "drifting", "variable", "breath-hold"}) {
        const auto z = series(simulate_patient(name, ideal(30, 600s)), 0, kZ);
        EXPECT_LT(peak_speed_mm_per_s(z, 30), kCoughSpeed_mm_per_s) << name;
    }
}

TEST(SimulatedPatient, IrregularShowsCoughsAndTalkingWithinTwoMinutes)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SimulationOptions o = ideal(30, 120s, seed);
        o.mark_irregular = true;
        const auto recording = simulate_patient("irregular", o);
        const auto z = series(recording, 0, kZ);
        EXPECT_GT(peak_speed_mm_per_s(z, 30), 40.0) << "no cough with seed " << seed;
        int run = 0;
        int longest = 0;
        for (const auto& frame : recording.frames) {
            run = core::has(frame.flags, core::FrameFlag::not_periodic) ? run + 1 : 0;
            longest = std::max(longest, run);
        }
        EXPECT_GT(longest, 8 * 30) << "no stretch of talking with seed " << seed;
    }
}

TEST(SimulatedPatient, IrregularTalksWithQuickBreathsInAndLongBreathsOut)
{
    SimulationOptions o = ideal(30, 1800s, 3);
    o.mark_irregular = true;
    const auto recording = simulate_patient("irregular", o);
    const auto z = series(recording, 1, kZ);
    const auto breath_in_share = [&](bool talking) {  // of the time, how much the lower chest rises
        double rising = 0;
        double all = 0;
        std::size_t begin = 0;
        for (std::size_t i = 1; i <= z.size(); ++i) {
            const auto irregular = [&](std::size_t k) {
                return core::has(recording.frames[k].flags, core::FrameFlag::not_periodic);
            };
            if (i < z.size() && irregular(i) == irregular(begin)) continue;
            const bool wanted =
                irregular(begin) == talking && (!talking || i - begin > 7U * 30U);  // longer than a bout
            for (std::size_t k = begin + 15; wanted && k < i; ++k) {
                // Against three frames before: the heart beat alone moves less than this.
                rising += z[k] - z[k - 3] > 0.25 ? 1 : 0;
                all += 1;
            }
            begin = i;
        }
        return all > 0 ? rising / all : -1.0;
    };
    const double talking = breath_in_share(true);
    const double quiet = breath_in_share(false);
    ASSERT_GT(talking, 0.0);
    EXPECT_LT(talking, 0.25);
    EXPECT_GT(quiet, 0.28);
}

TEST(SimulatedPatient, BreathHoldHoldsFlatAndBreathesBetween)
{
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        const auto z = series(simulate_patient("breath-hold", options(30, 600s, seed)), 2, kZ);
        const std::vector<double> free_breathing(z.begin(), z.begin() + 20 * 30);
        const auto [low, high] = std::minmax_element(free_breathing.begin(), free_breathing.end());
        const double tide = *high - *low;
        const auto holds = plateaus(z, *low + 2.0 * tide, 30, 8.0);
        ASSERT_GE(holds.size(), 7U);
        ASSERT_LE(holds.size(), 20U);
        std::vector<double> levels;
        for (const auto& [first, last] : holds) {
            EXPECT_LT(static_cast<double>(last - first) / 30, 24.0);
            // Levels settle within 2 s (plus what is left of the way in); the way out is not part of the hold.
            const std::vector<double> held(z.begin() + static_cast<std::ptrdiff_t>(first + 90),
                                           z.begin() + static_cast<std::ptrdiff_t>(last - 45));
            EXPECT_LT(standard_deviation(held), 0.6);
            const auto [hl, hh] = std::minmax_element(held.begin(), held.end());
            EXPECT_LT(*hh - *hl, 3.0);
            levels.push_back(mean(held) - *low);
        }
        EXPECT_GT(mean(levels), 10.0);
        EXPECT_LT(mean(levels), 20.0);
        EXPECT_LT(standard_deviation(levels), 1.5);
        EXPECT_GT(holds.front().first, 25U * 30U) << "free breathing first";
        for (std::size_t i = 1; i < holds.size(); ++i) {
            EXPECT_GT(static_cast<double>(holds[i].first - holds[i - 1].second) / 30, 12.0);
        }
    }
}

TEST(SimulatedPatient, ShowsTheHeartBeatWhereBreathingIsHeld)
{
    const auto z = series(simulate_patient("breath-hold", options(30, 300s)), 2, kZ);
    const auto holds = plateaus(z, *std::min_element(z.begin(), z.end()) + 9.0, 30, 10.0);
    ASSERT_FALSE(holds.empty());
    const std::vector<double> held(z.begin() + static_cast<std::ptrdiff_t>(holds[0].first + 90),
                                   z.begin() + static_cast<std::ptrdiff_t>(holds[0].second - 45));
    double heart = 0;
    for (double f = 0.9; f <= 1.4; f += 0.02) heart = std::max(heart, amplitude_at(held, 30, f));
    double between = 0;
    for (double f = 3.5; f <= 6.0; f += 0.02) between = std::max(between, amplitude_at(held, 30, f));
    EXPECT_GT(heart, 0.05);
    EXPECT_LT(heart, 0.25);
    EXPECT_GT(heart, 2 * between);
}

// ---------------------------------------------------------------------------------------------------------------
// Contract

TEST(SimulatedPatient, IsReproducibleAcrossPlatforms)
{
    // Reports quote patients by name and seed: these figures change only together with the definitions.
    const auto recording = simulate_patient("regular", options(10, 60s, 1));
    const auto& last = recording.frames.back();
    constexpr double kQuantum_mm = 0.0101;
    EXPECT_NEAR(last.markers[0].position_mm[2], 125.78, kQuantum_mm);
    EXPECT_NEAR(last.markers[1].position_mm[1], 19.78, kQuantum_mm);
    EXPECT_NEAR(last.markers[2].position_mm[0], -16.51, kQuantum_mm);
    EXPECT_NEAR(core::to_seconds(last.acquired), 59.899534, 1e-6);
}

TEST(SimulatedPatient, NamesArePublishedInTheirOrder)
{
    const auto names = simulated_patient_names();
    EXPECT_EQ(std::vector<std::string_view>(names.begin(), names.end()),
              (std::vector<std::string_view>{"regular", "drifting", "variable", "irregular", "breath-hold"}));
}

TEST(SimulatedPatient, RefusesAnUnknownNameAndListsTheNames)
{
    const std::string message = message_of("Regular", {});
    EXPECT_NE(message.find("'Regular'"), std::string::npos) << message;
    for (const std::string_view name : simulated_patient_names()) {
        EXPECT_NE(message.find(name), std::string::npos) << message;
    }
    EXPECT_THROW(simulated_patient_description(""), SimulationError);
    EXPECT_THROW(SimulatedPatient("nobody", {}), SimulationError);
}

TEST(SimulatedPatient, RefusesARateOutOfRange)
{
    for (const double rate_hz : {0.0, 0.99, -10.0, 60.01, 1e9, core::kNaN}) {
        const std::string message = message_of("regular", options(rate_hz, 1s));
        EXPECT_NE(message.find("rate"), std::string::npos) << rate_hz;
        EXPECT_NE(message.find("1 to 60 Hz"), std::string::npos) << message;
        EXPECT_THROW(SimulatedPatient("regular", options(rate_hz, 1s)), SimulationError);
    }
    EXPECT_EQ(simulate_patient("regular", options(1, 10s)).frames.size(), 10U);
    EXPECT_EQ(simulate_patient("regular", options(60, 10s)).frames.size(), 600U);
}

TEST(SimulatedPatient, RefusesADurationOutOfRange)
{
    for (const core::Duration duration : {core::Duration{0}, core::Duration{-1s}, core::Duration{6h + 1ns}}) {
        const std::string message = message_of("regular", options(10, duration));
        EXPECT_NE(message.find("duration"), std::string::npos) << message;
    }
    EXPECT_EQ(simulate_patient("regular", options(10, 1ms)).frames.size(), 1U);
    EXPECT_EQ(simulate_patient("regular", options(30, 100ms)).frames.size(), 3U);
    EXPECT_EQ(simulate_patient("regular", options(30, 101ms)).frames.size(), 4U);
}

TEST(SimulatedPatient, RefusesAQuantisationOutOfRange)
{
    for (const int steps : {0, -1, 1001}) {
        SimulationOptions o = options(10, 1s);
        o.steps_per_mm = steps;
        EXPECT_NE(message_of("regular", o).find("steps per mm"), std::string::npos) << steps;
    }
}

TEST(SimulatedPatient, StepIsNoexcept)
{
    static_assert(noexcept(std::declval<SimulatedPatient&>().next()));
    static_assert(!std::is_copy_constructible_v<SimulatedPatient>);
}

TEST(RandomStream, DrawsTheDistributionsItNames)
{
    RandomStream sut(1, 2);
    std::vector<double> uniform;
    std::vector<double> normal;
    std::vector<double> exponential;
    int beyond_two = 0;
    std::vector<int> counts(5, 0);
    for (int i = 0; i < 200000; ++i) {
        uniform.push_back(sut.uniform());
        normal.push_back(sut.normal());
        exponential.push_back(sut.exponential(3.0));
        beyond_two += std::abs(normal.back()) > 2 ? 1 : 0;
        ++counts.at(static_cast<std::size_t>(sut.below(5)));
        ASSERT_GE(uniform.back(), 0.0);
        ASSERT_LT(uniform.back(), 1.0);
        ASSERT_LE(std::abs(sut.bounded_normal(1.5)), 1.5);
    }
    EXPECT_NEAR(mean(uniform), 0.5, 0.005);
    EXPECT_NEAR(standard_deviation(uniform), 1 / std::sqrt(12.0), 0.003);
    EXPECT_NEAR(mean(normal), 0.0, 0.01);
    EXPECT_NEAR(standard_deviation(normal), 1.0, 0.01);
    EXPECT_NEAR(beyond_two / 200000.0, 0.0455, 0.003);
    EXPECT_NEAR(mean(exponential), 3.0, 0.05);
    EXPECT_NEAR(standard_deviation(exponential), 3.0, 0.08);
    for (const int count : counts) EXPECT_NEAR(count, 40000, 1000);
}

TEST(RandomStream, StreamsOfOneSeedAndNeighbouringSeedsAreUncorrelated)
{
    const auto correlation = [](RandomStream a, RandomStream b) {
        double sum = 0;
        for (int i = 0; i < 100000; ++i) sum += a.normal() * b.normal();
        return sum / 100000;
    };
    EXPECT_NEAR(correlation({1, 1}, {1, 2}), 0.0, 0.015);
    EXPECT_NEAR(correlation({1, 1}, {2, 1}), 0.0, 0.015);
    EXPECT_NEAR(correlation({1, 1}, {1, 1}), 1.0, 0.02);
}

}  // namespace
}  // namespace foretide::acquisition
