// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/replay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/simulated_patient.h"
#include "core/forecast_pipeline.h"
#include "core/metrics.h"
#include "tests/validation/replay_test_support.h"

namespace foretide::validation {
namespace {

constexpr double kNoLimit_s = 1e12;

core::Recording simulated(const std::string& patient, double duration_s, double rate_hz = 10)
{
    acquisition::SimulationOptions options;
    options.rate_hz = rate_hz;
    options.duration = core::from_seconds(duration_s);
    return acquisition::simulate_patient(patient, options);
}

core::Recording breathing(int samples, double rate_hz = 10, int markers = 3, int decimals = 9)
{
    return recording_of(regular_times(samples, rate_hz, decimals), markers, breathing_mm);
}

// Small networks: what is tested here does not depend on their size.
const rnn::Parameters kSmall{{"shl", "8"}, {"hidden", "10"}};

void expect_metrics(const core::ForecastMetrics& actual, const NaiveMetrics& expected)
{
    EXPECT_EQ(actual.n, expected.n);
    EXPECT_NEAR(actual.mae_mm, expected.mae_mm, 1e-9);
    EXPECT_NEAR(actual.rmse_mm, expected.rmse_mm, 1e-9);
    EXPECT_NEAR(actual.nrmse, expected.nrmse, 1e-9);
    EXPECT_NEAR(actual.max_mm, expected.max_mm, 1e-9);
    EXPECT_NEAR(actual.jitter_mm, expected.jitter_mm, 1e-9);
    EXPECT_NEAR(actual.rel_rmse, expected.rel_rmse, 1e-9);
}

// ---- metrics

TEST(Replay, ScoresAsTheDefinitionsSay)
{
    // This patient loses markers now and then.
    const core::Recording recording = simulated("irregular", 150);
    const std::vector<double> horizons{0.1, 0.7, 2.1};
    for (const rnn::Protocol protocol : {rnn::Protocol::live, rnn::Protocol::published}) {
        ReplayOptions options = options_for("last", horizons);
        options.algorithm.protocol = protocol;
        const ReplayResult last = replay(recording, options);
        options.algorithm.name = "snap1";
        options.algorithm.parameters = kSmall;
        const ReplayResult result = replay(recording, options);
        ASSERT_TRUE(std::any_of(result.measured_mm.begin() + 600 * 9, result.measured_mm.end(), [](double v) {
            return std::isnan(v);
        })) << "no marker was missing in the scored part";
        for (std::size_t h = 0; h < horizons.size(); ++h) {
            SCOPED_TRACE(result.protocol + ", " + std::to_string(horizons[h]) + " s");
            expect_metrics(result.horizons[h].metrics, naive_metrics(result, last, h, 60 - 1e-3, kNoLimit_s));
            expect_metrics(last.horizons[h].metrics, naive_metrics(last, last, h, 60 - 1e-3, kNoLimit_s));
        }
    }
}

TEST(Replay, ForecastsFromTheSampleToTheTarget)
{
    const core::Recording recording = breathing(900);
    const ReplayResult result = replay(recording, options_for("last", {0.5}));
    const HorizonResult& h = result.horizons[0];
    EXPECT_EQ(h.horizon_samples, 5);
    ASSERT_EQ(h.made_time_s.size(), 900U);
    for (std::size_t k = 0; k < 900; ++k) {
        ASSERT_NEAR(h.made_time_s[k], 0.1 * static_cast<double>(k), 1e-9);
        ASSERT_NEAR(h.target_time_s[k], 0.1 * static_cast<double>(k + 5), 1e-9);  // also past the end
        for (int c = 0; c < 9; ++c)
            ASSERT_NEAR(h.forecast_mm[9 * k + static_cast<std::size_t>(c)],
                        breathing_mm(0.1 * static_cast<double>(k), c), 1e-9);
    }
    EXPECT_NEAR(h.metrics.rel_rmse, 1, 1e-12);
}

TEST(Replay, KeepsTheWarmUpFlag)
{
    ReplayOptions options = options_for("snap1", {0.5}, kSmall);
    options.train_end_s = 20;
    for (const rnn::Protocol protocol : {rnn::Protocol::live, rnn::Protocol::published}) {
        options.algorithm.protocol = protocol;
        const ReplayResult result = replay(breathing(400), options);
        const auto& warm_up = result.horizons[0].warm_up;
        ASSERT_EQ(warm_up.size(), 400U);
        EXPECT_TRUE(std::all_of(warm_up.begin(), warm_up.begin() + 199, [](auto w) { return w == 1; }));
        EXPECT_TRUE(std::all_of(warm_up.begin() + 200, warm_up.end(), [](auto w) { return w == 0; }));
    }
}

// ---- which forecasts count

struct Window {
    const char* name;
    int samples;
    double rate_hz;
    int decimals;
    std::optional<double> eval_end_s;
    std::int64_t scored;  ///< targets at 60 s ≤ t (≤ eval end)
};

void PrintTo(const Window& window, std::ostream* out) { *out << window.name; }

class ScoredPart : public testing::TestWithParam<Window> {};

TEST_P(ScoredPart, HoldsTheTargetsFromItsStartToItsEnd)
{
    const Window& window = GetParam();
    for (const double start_s : {0.0, 12.3, 1.7e9}) {
        std::vector<double> times = regular_times(window.samples, window.rate_hz, window.decimals);
        for (double& t : times) t += start_s;
        const core::Recording recording =
            recording_of(times, 1, [start_s](double t, int c) { return breathing_mm(t - start_s, c); });
        ReplayOptions options = options_for("last", {0.9, 2.1});
        options.eval_end_s = window.eval_end_s;
        const ReplayResult result = replay(recording, options);
        for (const HorizonResult& h : result.horizons) EXPECT_EQ(h.metrics.n, window.scored) << "from " << start_s;
        EXPECT_NEAR(result.rate_hz, window.rate_hz, 1e-3 * window.rate_hz);
        EXPECT_EQ(result.eval_start_s, 60);
        EXPECT_NEAR(result.eval_end_s, window.eval_end_s.value_or(times.back() - times.front()), 1e-6);
    }
}

INSTANTIATE_TEST_SUITE_P(, ScoredPart,
                         testing::Values(Window{"tenHz", 1000, 10, 9, {}, 400},
                                         Window{"tenHzToAnEnd", 1000, 10, 9, 80.0, 201},
                                         Window{"tenHzToAnEndBetweenSamples", 1000, 10, 9, 80.05, 201},
                                         Window{"thirtyHz", 3000, 30, 9, {}, 1200},
                                         Window{"thirtyHzInFiles", 3000, 30, 4, {}, 1200},
                                         Window{"thirtyHzInMilliseconds", 3000, 30, 3, 90.0, 901},
                                         Window{"everyThirdSample", 300, 10.0 / 3.0, 4, {}, 100},
                                         Window{"everyThirdSampleToAnEnd", 300, 10.0 / 3.0, 4, 75.0, 51}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Replay, DoesNotCareWhenTheRecordingBegan)
{
    const core::Recording from_zero = simulated("variable", 90);
    core::Recording unix_time = from_zero;
    for (core::MarkerFrame& frame : unix_time.frames)
        frame.acquired = frame.arrived = frame.acquired + std::chrono::seconds(1'700'000'000);
    ReplayOptions options = options_for("snap1", {0.5}, kSmall);
    options.gate = GateRequest{"auto:0.4@30-60", "pc1", {}, {}};
    const ReplayResult a = replay(from_zero, options), b = replay(unix_time, options);
    EXPECT_TRUE(same_forecasts(a.horizons[0], b.horizons[0]));
    EXPECT_EQ(a.horizons[0].metrics.n, b.horizons[0].metrics.n);
    EXPECT_EQ(a.horizons[0].metrics.nrmse, b.horizons[0].metrics.nrmse);
    EXPECT_NEAR(b.horizons[0].made_time_s[10] - a.horizons[0].made_time_s[10], 1.7e9, 1e-6);
    ASSERT_TRUE(a.horizons[0].gating && b.horizons[0].gating);
    EXPECT_NEAR(a.horizons[0].gating->upper_mm, b.horizons[0].gating->upper_mm, 0.05);
    EXPECT_NEAR(a.horizons[0].gating->forecast.accuracy, b.horizons[0].gating->forecast.accuracy, 0.02);
}

TEST(Replay, LeavesOutMarkersThatWereNotSeen)
{
    // Marker 2 hides from 70 s to 73 s and would be forecast 500 mm away from where it comes back.
    const auto motion = [](double t, int c) {
        if (c >= 3 && t > 69.95 && t < 72.95) return core::kNaN;
        return breathing_mm(t, c);
    };
    const core::Recording recording = recording_of(regular_times(1000, 10), 2, motion);
    const ReplayResult result = replay(recording, options_for("last", {0.5}));
    EXPECT_EQ(result.horizons[0].metrics.n, 400) << "marker 1 was there all the time";
    for (std::size_t k = 0; k < 1000; ++k) EXPECT_EQ(std::isnan(result.measured_mm[6 * k + 4]), k >= 700 && k < 730);
    expect_metrics(result.horizons[0].metrics, naive_metrics(result, result, 0, 60 - 1e-3, kNoLimit_s));
    EXPECT_EQ(result.conditioning.at("missing_marker"), 30);

    const auto both_hidden = [&](double t, int c) { return t > 69.95 && t < 72.95 ? core::kNaN : breathing_mm(t, c); };
    const ReplayResult without =
        replay(recording_of(regular_times(1000, 10), 2, both_hidden), options_for("last", {0.5}));
    EXPECT_EQ(without.horizons[0].metrics.n, 370);
}

/// Recording with the samples first … last − 1 lost.
core::Recording with_gap(int samples, int first, int last, const Motion& motion)
{
    std::vector<double> times = regular_times(samples, 10);
    times.erase(times.begin() + first, times.begin() + last);
    return recording_of(times, 1, motion);
}

TEST(Replay, DoesNotScoreWhatItFilledIn)
{
    for (const int lost : {1, 8, 40}) {
        const ReplayResult result = replay(with_gap(1000, 700, 700 + lost, breathing_mm), options_for("last", {0.5}));
        EXPECT_EQ(result.time_s.size(), 1000U) << "a gap of up to 5 s is filled";
        EXPECT_EQ(result.horizons[0].metrics.n, 400 - lost);
        EXPECT_EQ(result.conditioning.at("gap"), lost);
    }
}

TEST(Replay, DoesNotScoreAcrossALongGap)
{
    // The baseline moves by 20 mm while nobody looks: a forecast from before is no forecast of what comes after.
    const auto motion = [](double t, int c) { return 10 * c + 0.1 * std::sin(t) + (t > 75 ? 20 : 0); };
    const ReplayResult result = replay(with_gap(1200, 700, 900, motion), options_for("last", {0.5, 2.1}));
    EXPECT_EQ(result.conditioning.at("discontinuity"), 1);
    for (const HorizonResult& h : result.horizons) {
        EXPECT_LT(h.metrics.max_mm, 1) << h.horizon_s;
        // 100 targets before the gap, and 300 after it but for those whose forecast would come from before it.
        EXPECT_EQ(h.metrics.n, 100 + 300 - h.horizon_samples) << h.horizon_s;
        for (std::size_t k = 0; k < h.made_time_s.size(); ++k)
            ASSERT_NEAR(h.target_time_s[k] - h.made_time_s[k], h.horizon_s, 1.3) << k;
    }
}

TEST(Replay, RefusesAClockThatWasSetBack)
{
    std::vector<double> times = regular_times(1000, 10);
    for (std::size_t k = 700; k < times.size(); ++k) times[k] -= 50;
    const core::Recording recording = recording_of(times, 1, breathing_mm);
    for (const rnn::Protocol protocol : {rnn::Protocol::live, rnn::Protocol::published}) {
        ReplayOptions options = options_for("last", {0.5});
        options.algorithm.protocol = protocol;
        try {
            replay(recording, options);
            FAIL() << "was replayed";
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find("set back from 69.900 s"), std::string::npos) << error.what();
        }
    }
}

TEST(Replay, TakesOneFrameOutOfOrderOrTwice)
{
    core::Recording recording = breathing(1000);
    std::swap(recording.frames[650], recording.frames[651]);
    recording.frames.insert(recording.frames.begin() + 800, recording.frames[800]);
    const ReplayResult result = replay(recording, options_for("last", {0.5}));
    EXPECT_EQ(result.conditioning.at("time_reversed"), 1);
    EXPECT_EQ(result.conditioning.at("duplicate"), 1);
    EXPECT_EQ(result.horizons[0].metrics.n, 399) << "one frame was dropped, its place filled in";
}

// ---- short recordings

TEST(Replay, ScoresNothingWhereTheRecordingIsTooShort)
{
    for (const int samples : {2, 5, 100, 600}) {
        for (const rnn::Protocol protocol : {rnn::Protocol::live, rnn::Protocol::published}) {
            ReplayOptions options = options_for("snap1", {0.5, 2.0}, kSmall);
            options.algorithm.protocol = protocol;
            const ReplayResult result = replay(breathing(samples), options);
            EXPECT_EQ(result.time_s.size(), static_cast<std::size_t>(samples));
            for (const HorizonResult& h : result.horizons) {
                EXPECT_EQ(h.metrics.n, 0);
                EXPECT_TRUE(std::isnan(h.metrics.nrmse));
                EXPECT_TRUE(std::isnan(h.mean_over_runs.at("rmse_mm")));
                EXPECT_EQ(h.made_time_s.size(), static_cast<std::size_t>(samples));
            }
        }
    }
    EXPECT_EQ(replay(breathing(601), options_for("last", {0.5})).horizons[0].metrics.n, 1);
}

TEST(Replay, SaysWhatItCannotReplay)
{
    const auto fails = [](const core::Recording& recording, const std::string& says) {
        try {
            replay(recording, options_for("last", {0.5}));
            ADD_FAILURE() << "was replayed";
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
        }
    };
    fails(breathing(1), "fewer than two frames");
    fails(recording_of(std::vector<double>(100, 5.0), 1, breathing_mm), "times do not increase");
    fails(recording_of(regular_times(100, 10), 2,
                       [](double t, int c) { return c < 3 ? core::kNaN : breathing_mm(t, c); }),
          "no marker was seen");
}

// ---- options

TEST(Replay, RefusesOptionsThatMakeNoSense)
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const core::Recording recording = breathing(50);
    const auto refuses = [&](const char* what, const auto& change) {
        ReplayOptions options = options_for("last", {0.5});
        change(options);
        EXPECT_THROW(replay(recording, options), std::invalid_argument) << what;
    };
    using O = ReplayOptions;
    refuses("no horizon", [](O& o) { o.horizons_s.clear(); });
    for (const double h : {0.0, -0.5, 0.04, 100.06, nan, infinite, 4294967297.0 / 10, 1e300})
        refuses("horizon", [h](O& o) { o.horizons_s = {0.5, h}; });
    refuses("the same horizon twice", [](O& o) { o.horizons_s = {0.5, 1.0, 0.5}; });
    for (const int runs : {0, -1}) refuses("runs", [runs](O& o) { o.runs = runs; });
    for (const double s : {0.0, -1.0, nan, infinite, 1e12}) refuses("train end", [s](O& o) { o.train_end_s = s; });
    for (const double s : {-1.0, nan}) refuses("eval start", [s](O& o) { o.eval_start_s = s; });
    for (const double s : {60.0, 10.0, nan}) refuses("eval end", [s](O& o) { o.eval_end_s = s; });
    for (const double hz : {0.0, -10.0, nan, 1001.0}) refuses("rate", [hz](O& o) { o.rate_hz = hz; });
    refuses("algorithm", [](O& o) { o.algorithm.name = "oracle"; });
    refuses("parameter", [](O& o) { o.algorithm.parameters = {{"shl", "12"}}; });
}

TEST(Replay, TellsAllParameters)
{
    const ReplayResult result =
        replay(breathing(50), options_for("uoro", {0.5}, {{"hidden", "7"}, {"order", "reference"}}));
    EXPECT_EQ(result.parameters.at("hidden"), "7");
    EXPECT_EQ(result.parameters.at("uoro-order"), "reference");
    EXPECT_EQ(result.parameters.at("order"), "forecast-first");
    EXPECT_EQ(result.parameters.at("clip"), "100");
}

TEST(Replay, TellsItsProgress)
{
    std::vector<double> shares;
    ReplayOptions options = options_for("last", {0.5});
    options.runs = 3;
    options.progress = [&shares](double share) { shares.push_back(share); };
    replay(breathing(1000), options);
    EXPECT_GT(shares.size(), 100U);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
    EXPECT_DOUBLE_EQ(shares.back(), 1);
}

TEST(Replay, TimesEveryStep)
{
    const ReplayResult result = replay(breathing(800), options_for("snap1", {0.5}, kSmall));
    EXPECT_EQ(result.step_histogram.count(), 800U);
    for (const StepTimes& t : {result.step_times, result.forecast_times}) {
        EXPECT_GT(t.median_us, 0);
        EXPECT_LE(t.median_us, t.p99_us);
        EXPECT_LE(t.p99_us, t.p999_us);
        EXPECT_LE(t.p999_us, t.max_us);
    }
    EXPECT_LE(result.forecast_times.median_us, result.step_times.median_us);
    EXPECT_GT(result.wall_s, 0);
}

// ---- rate

struct RateCase {
    const char* name;
    std::vector<double> times_s;
    double rate_hz;
};

std::vector<double> with_jitter(std::vector<double> times, double jitter_s)
{
    for (std::size_t k = 1; k < times.size(); ++k) times[k] += jitter_s * std::sin(37.0 * static_cast<double>(k));
    return times;
}

std::vector<double> without(std::vector<double> times, std::size_t first, std::size_t last)
{
    times.erase(times.begin() + static_cast<std::ptrdiff_t>(first), times.begin() + static_cast<std::ptrdiff_t>(last));
    return times;
}

/// Steps of 0.0333 s, each rounded: 30.03 Hz by the letter.
std::vector<double> rounded_steps(int count)
{
    std::vector<double> times;
    for (int k = 0; k < count; ++k) times.push_back(0.0333 * k);
    return times;
}

void PrintTo(const RateCase& which, std::ostream* out) { *out << which.name; }

class UniformRate : public testing::TestWithParam<RateCase> {};

TEST_P(UniformRate, IsFound)
{
    EXPECT_DOUBLE_EQ(uniform_rate_hz(recording_of(GetParam().times_s, 1, breathing_mm)), GetParam().rate_hz);
}

INSTANTIATE_TEST_SUITE_P(
    , UniformRate,
    testing::Values(RateCase{"exact", regular_times(600, 10), 10}, RateCase{"single", regular_times(2, 25), 25},
                    RateCase{"jitter", with_jitter(regular_times(600, 10), 0.004), 10},
                    RateCase{"muchJitter", with_jitter(regular_times(900, 30), 0.012), 30},
                    RateCase{"slowClock", regular_times(3000, 9.98), 10},
                    RateCase{"fourDecimals", regular_times(3000, 30, 4), 30},
                    RateCase{"milliseconds", regular_times(3000, 30, 3), 30},
                    RateCase{"sixtyInMilliseconds", regular_times(3000, 60, 3), 60},
                    RateCase{"roundedSteps", rounded_steps(3000), 30},
                    RateCase{"shortGaps", without(without(regular_times(900, 30, 3), 500, 503), 100, 101), 30},
                    RateCase{"longGap", without(regular_times(7900, 30, 3), 900, 6900), 30},
                    RateCase{"gapOfAnyLength", without(with_jitter(regular_times(2000, 10), 0.03), 400, 1400), 10}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(UniformRateHz, IsNotAlwaysAWholeNumber)
{
    EXPECT_NEAR(uniform_rate_hz(recording_of(regular_times(300, 10.0 / 3.0, 4), 1, breathing_mm)), 10.0 / 3.0, 1e-9);
    EXPECT_NEAR(uniform_rate_hz(recording_of(regular_times(900, 12.5), 1, breathing_mm)), 12.5, 1e-9);
    EXPECT_NEAR(uniform_rate_hz(recording_of(regular_times(900, 9.9), 1, breathing_mm)), 9.9, 1e-9);
}

TEST(UniformRateHz, IsNotThereWhereTimeStandsStill)
{
    EXPECT_TRUE(std::isnan(uniform_rate_hz(recording_of({1, 1, 1, 1}, 1, breathing_mm))));
    EXPECT_TRUE(std::isnan(uniform_rate_hz(recording_of({4, 3, 2, 1}, 1, breathing_mm))));
    EXPECT_TRUE(std::isnan(uniform_rate_hz(recording_of({1}, 1, breathing_mm))));
}

TEST(Replay, ResamplesToTheRateAskedFor)
{
    struct Case {
        double from_hz, to_hz;
        double interpolation_mm;  ///< largest error of a straight line between two frames of the source
    };
    for (const Case& c : {Case{30, 10, 0.05}, Case{10, 30, 0.05}, Case{60, 20, 0.02}, Case{12.5, 10, 0.05}}) {
        SCOPED_TRACE(std::to_string(c.from_hz) + " to " + std::to_string(c.to_hz));
        ReplayOptions options = options_for("last", {0.5});
        options.rate_hz = c.to_hz;
        const ReplayResult result = replay(breathing(static_cast<int>(100 * c.from_hz), c.from_hz), options);
        EXPECT_EQ(result.rate_hz, c.to_hz);
        EXPECT_EQ(result.horizons[0].horizon_samples, std::lround(0.5 * c.to_hz));
        for (std::size_t k = 0; k < result.time_s.size(); ++k) {
            ASSERT_NEAR(result.time_s[k], static_cast<double>(k) / c.to_hz, 1e-8);
            ASSERT_NEAR(result.measured_mm[9 * k + 2], breathing_mm(result.time_s[k], 2), c.interpolation_mm);
        }
        const double last_frame_s = 100 - 1 / c.from_hz;
        EXPECT_EQ(result.horizons[0].metrics.n, std::floor(last_frame_s * c.to_hz + 1e-6) - 60 * c.to_hz + 1);
        EXPECT_GT(result.conditioning.count("resampled") + (c.from_hz == 30 || c.from_hz == 60 ? 1 : 0), 0U);
    }
}

// ---- seeds and runs

TEST(Replay, GivesTheSameBitsForTheSameSeed)
{
    const core::Recording recording = simulated("variable", 70);
    for (const char* algorithm : {"snap1", "uoro", "dni", "rtrl", "fixed"}) {
        ReplayOptions options = options_for(algorithm, {0.5, 1.0}, kSmall);
        const ReplayResult a = replay(recording, options), again = replay(recording, options);
        options.algorithm.seed = 2;
        const ReplayResult other = replay(recording, options);
        for (std::size_t h = 0; h < 2; ++h) {
            EXPECT_TRUE(same_forecasts(a.horizons[h], again.horizons[h])) << algorithm;
            EXPECT_FALSE(same_forecasts(a.horizons[h], other.horizons[h])) << algorithm;
        }
        EXPECT_EQ(a.horizons[0].metrics.nrmse, again.horizons[0].metrics.nrmse) << algorithm;
    }
}

TEST(Replay, ForecastsEachHorizonAsIfItWereAlone)
{
    const core::Recording recording = breathing(700);
    const ReplayResult together = replay(recording, options_for("uoro", {1.0, 0.3}, kSmall));
    EXPECT_TRUE(
        same_forecasts(together.horizons[0], replay(recording, options_for("uoro", {1.0}, kSmall)).horizons[0]));
    EXPECT_TRUE(
        same_forecasts(together.horizons[1], replay(recording, options_for("uoro", {0.3}, kSmall)).horizons[0]));
}

TEST(Replay, AveragesOverRuns)
{
    const core::Recording recording = simulated("variable", 80);
    ReplayOptions options = options_for("snap1", {0.5, 1.5}, kSmall);
    options.algorithm.seed = 11;
    options.gate = GateRequest{"auto:0.4@30-60", "pc1", {}, {}};
    options.runs = 3;
    const ReplayResult together = replay(recording, options);
    options.runs = 1;
    std::vector<ReplayResult> alone;
    for (const std::uint64_t seed : {11U, 12U, 13U}) {
        options.algorithm.seed = seed;
        alone.push_back(replay(recording, options));
        EXPECT_TRUE(alone.back().horizons[0].ci95_over_runs.empty());
    }
    EXPECT_EQ(together.runs, 3);
    EXPECT_EQ(together.seed, 11U);
    EXPECT_EQ(together.step_histogram.count(), 3U * 800U);
    for (std::size_t h = 0; h < 2; ++h) {
        EXPECT_TRUE(same_forecasts(together.horizons[h], alone[0].horizons[h])) << "the first seed's are kept";
        EXPECT_EQ(together.horizons[h].metrics.nrmse, alone[0].horizons[h].metrics.nrmse);
        const auto check = [&](const char* key, auto value) {
            std::vector<double> values;
            for (const ReplayResult& r : alone) values.push_back(value(r.horizons[h]));
            const double mean = (values[0] + values[1] + values[2]) / 3;
            double variance = 0;
            for (const double v : values) variance += (v - mean) * (v - mean) / 2;
            EXPECT_NEAR(together.horizons[h].mean_over_runs.at(key), mean, 1e-12 * std::abs(mean)) << key;
            EXPECT_NEAR(together.horizons[h].ci95_over_runs.at(key), 1.96 * std::sqrt(variance / 3), 1e-9) << key;
            return variance;
        };
        EXPECT_GT(check("nrmse", [](const HorizonResult& r) { return r.metrics.nrmse; }), 0) << "the seeds agree";
        check("mae_mm", [](const HorizonResult& r) { return r.metrics.mae_mm; });
        check("rmse_mm", [](const HorizonResult& r) { return r.metrics.rmse_mm; });
        check("max_mm", [](const HorizonResult& r) { return r.metrics.max_mm; });
        check("jitter_mm", [](const HorizonResult& r) { return r.metrics.jitter_mm; });
        check("rel_rmse", [](const HorizonResult& r) { return r.metrics.rel_rmse; });
        check("gating.accuracy", [](const HorizonResult& r) { return r.gating->forecast.accuracy; });
        check("gating.duty_cycle", [](const HorizonResult& r) { return r.gating->forecast.duty_cycle; });
    }
}

// ---- markers

class Markers : public testing::TestWithParam<int> {};

TEST_P(Markers, AreAsManyAsTheRecordingHas)
{
    const int markers = GetParam();
    const auto p = static_cast<std::size_t>(3 * markers);
    const core::Recording recording = breathing(700, 10, markers);
    for (const rnn::Protocol protocol : {rnn::Protocol::live, rnn::Protocol::published}) {
        for (const rnn::AlgorithmInfo& info : rnn::algorithms(protocol, 10)) {
            if (!info.available || info.name == "svr") continue;  // svr: one learner a coordinate, minutes to train
            ReplayOptions options = options_for(info.name, {0.5});
            options.algorithm.protocol = protocol;
            for (const rnn::ParameterInfo& parameter : info.parameters)
                if (kSmall.contains(parameter.name))
                    options.algorithm.parameters[parameter.name] = kSmall.at(parameter.name);
            const ReplayResult result = replay(recording, options);
            SCOPED_TRACE(info.name + " " + result.protocol);
            EXPECT_EQ(result.markers, markers);
            ASSERT_EQ(result.measured_mm.size(), 700 * p);
            ASSERT_EQ(result.horizons[0].forecast_mm.size(), 700 * p);
            EXPECT_EQ(result.horizons[0].metrics.n, 100);
            // Every coordinate is near its own place, 30 mm from the next: none was exchanged.
            for (std::size_t c = 0; c < p; ++c)
                EXPECT_NEAR(result.horizons[0].forecast_mm[650 * p + c], 30.0 * static_cast<double>(c), 14) << c;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(, Markers, testing::Values(1, 2, 5));

// ---- protocols

TEST(Replay, ShowsTheLearnerTheFutureInThePublishedProtocolOnly)
{
    const core::Recording recording = simulated("irregular", 150);
    ReplayOptions options = options_for("snap1", {1.5}, {{"shl", "12"}, {"hidden", "30"}, {"eta", "0.01"}});
    const ReplayResult live = replay(recording, options);
    options.algorithm.protocol = rnn::Protocol::published;
    const ReplayResult published = replay(recording, options);
    EXPECT_EQ(live.protocol, "live");
    EXPECT_EQ(published.protocol, "published");
    EXPECT_FALSE(same_forecasts(live.horizons[0], published.horizons[0]));
    EXPECT_LT(published.horizons[0].metrics.nrmse, 0.6 * live.horizons[0].metrics.nrmse);
    EXPECT_EQ(live.horizons[0].metrics.n, published.horizons[0].metrics.n);
}

TEST(Replay, RepeatsTheLastPositionInBothProtocols)
{
    const core::Recording recording = simulated("drifting", 80);
    ReplayOptions options = options_for("last", {0.5});
    const ReplayResult live = replay(recording, options);
    options.algorithm.protocol = rnn::Protocol::published;
    const ReplayResult published = replay(recording, options);
    ASSERT_EQ(live.horizons[0].forecast_mm.size(), published.horizons[0].forecast_mm.size());
    for (std::size_t k = 0; k < live.horizons[0].forecast_mm.size(); ++k)
        ASSERT_NEAR(live.horizons[0].forecast_mm[k], published.horizons[0].forecast_mm[k], 1e-9);
}

TEST(Replay, RunsWhatTheEngineRuns)
{
    // With markers that hide and a gap, both of which the forecaster bridges.
    core::Recording recording = simulated("irregular", 120);
    recording.frames.erase(recording.frames.begin() + 800, recording.frames.begin() + 806);
    std::vector<HorizonResult> both;
    for (const bool learn_first : {false, true}) {
        rnn::Parameters parameters = kSmall;
        parameters["order"] = learn_first ? "learn-first" : "forecast-first";
        const ReplayOptions options = options_for("snap1", {0.5}, parameters);
        const HorizonResult actual = replay(recording, options).horizons[0];

        core::ConditionerConfig conditioner;
        conditioner.markers = 3;
        conditioner.rate_hz = 10;
        core::ForecastPipeline engine(conditioner, {},
                                      rnn::make_forecaster(options.algorithm, {3, 10.0}, std::vector<int>{5}),
                                      learn_first ? core::StepOrder::learn_first : core::StepOrder::forecast_first);
        HorizonResult expected;
        for (const core::MarkerFrame& frame : recording.frames)
            for (int i = 0, n = engine.ingest(frame); i < n; ++i) {
                engine.forecast(i);
                expected.forecast_mm.insert(expected.forecast_mm.end(), engine.forecasts_mm().begin(),
                                            engine.forecasts_mm().end());
                engine.learn();
            }
        EXPECT_EQ(expected.forecast_mm.size(), 1200U * 9);
        EXPECT_TRUE(same_forecasts(actual, expected)) << parameters["order"];
        both.push_back(actual);
    }
    EXPECT_FALSE(same_forecasts(both[0], both[1])) << "the order makes no difference";
}

}  // namespace
}  // namespace foretide::validation
