// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "core/correspondence/correspondence_check.h"
#include "core/correspondence/correspondence_fit.h"
#include "core/correspondence/model_json.h"
#include "core/correspondence/robust_regression.h"
#include "tests/core/correspondence/synthetic_pairs.h"
#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

constexpr PairTruth kStraight{}, kCurvedLoop{.curve_mm = 2, .loop_mm = 3};

void drop_velocities(CorrespondencePairs& pairs)
{
    for (CorrespondencePair& pair : pairs.pairs) pair.velocities_mm_s.clear();
}

double largest_error_mm(const CorrespondenceMap& map, const CorrespondencePairs& pairs)
{
    double largest = 0;
    for (const CorrespondencePair& pair : pairs.pairs) {
        const InternalEstimate estimate = map.at(pair.markers_mm, pair.velocities_mm_s);
        EXPECT_TRUE(estimate.known);
        for (std::size_t a = 0; a < 3; ++a)
            largest = std::max(largest, std::abs(estimate.position_mm[a] - pair.internal_mm[a]));
    }
    return largest;
}

std::string refusal(const CorrespondencePairs& pairs, const CorrespondenceFitOptions& options = {})
{
    try {
        fit_correspondence(pairs, options);
    } catch (const CorrespondenceRefused& error) {
        return error.what();
    }
    return "accepted";
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// ---- what is fitted

TEST(CorrespondenceFit, FindsALine)
{
    const CorrespondenceFit sut = fit_correspondence(cycle_pairs(kStraight, 10), {});
    EXPECT_EQ(sut.model.form, CorrespondenceForm::linear);
    EXPECT_EQ(sut.model.components(), 1U);
    EXPECT_TRUE(sut.model.rejected.empty());
    EXPECT_LT(largest_error_mm(CorrespondenceMap(sut.model, 0.9), image_pairs(kStraight, 50)), 1e-9);
}

TEST(CorrespondenceFit, FindsHysteresisWhereVelocitiesAreKnown)
{
    CorrespondencePairs pairs = cycle_pairs(kCurvedLoop, 10);
    const CorrespondenceFit sut = fit_correspondence(pairs, {});
    EXPECT_EQ(sut.model.form, CorrespondenceForm::quadratic);
    EXPECT_LT(largest_error_mm(CorrespondenceMap(sut.model, 0.9), image_pairs(kCurvedLoop, 50)), 1e-9);
    // The same without them: a line is what can be had, and it says how well it does.
    drop_velocities(pairs);
    const CorrespondenceFit line = fit_correspondence(pairs, {});
    EXPECT_EQ(line.model.form, CorrespondenceForm::linear);
    EXPECT_GT(line.model.loo_rms_mm, 1.5);
    EXPECT_EQ(line.candidates.back().left_out.empty(), false);
}

TEST(CorrespondenceFit, KnowsTheVelocitiesOfACycle)
{
    CorrespondencePairs pairs = cycle_pairs(kCurvedLoop, 10);
    const CorrespondencePairs exact = pairs;
    drop_velocities(pairs);
    std::swap(pairs.pairs[2], pairs.pairs[7]);  // the order in the file does not matter
    add_cycle_velocities(pairs, kCurvedLoop.cycle_s);
    std::swap(pairs.pairs[2], pairs.pairs[7]);
    for (std::size_t k = 0; k < pairs.pairs.size(); ++k)
        for (std::size_t c = 0; c < 9; ++c)
            EXPECT_NEAR(pairs.pairs[k].velocities_mm_s[c], exact.pairs[k].velocities_mm_s[c], 0.03) << k << ' ' << c;
    const CorrespondenceMap sut(fit_correspondence(pairs, {}).model, 0.9);
    EXPECT_LT(largest_error_mm(sut, image_pairs(kCurvedLoop, 50)), 0.05);
    EXPECT_THROW(add_cycle_velocities(pairs, 3.0), std::invalid_argument) << "3.6 s of phases in 3 s";
    pairs.pairs.resize(3);
    EXPECT_THROW(add_cycle_velocities(pairs, 4.0), std::invalid_argument);
}

TEST(CorrespondenceFit, PrefersTheSimpleWhereTheDataDoNotAskForMore)
{
    PairTruth truth = kStraight;
    truth.noise_mm = 0.5;
    int linear = 0;
    for (unsigned seed = 1; seed <= 100; ++seed)
        linear += fit_correspondence(cycle_pairs(truth, 10, seed), {}).model.form == CorrespondenceForm::linear ? 1 : 0;
    EXPECT_GE(linear, 85);
    truth.loop_mm = 3;
    for (unsigned seed = 1; seed <= 20; ++seed)
        EXPECT_EQ(fit_correspondence(cycle_pairs(truth, 10, seed), {}).model.form, CorrespondenceForm::quadratic);
}

TEST(CorrespondenceFit, IsAsToldWhenToldWhichForm)
{
    const CorrespondencePairs pairs = cycle_pairs(kCurvedLoop, 10);
    EXPECT_EQ(fit_correspondence(pairs, {.form = CorrespondenceForm::linear}).model.form, CorrespondenceForm::linear);
    EXPECT_EQ(fit_correspondence(cycle_pairs(kStraight, 10), {.form = CorrespondenceForm::quadratic}).model.form,
              CorrespondenceForm::quadratic);
}

// ---- outliers

TEST(CorrespondenceFit, LeavesOutliersOutAndNamesThem)
{
    PairTruth truth = kStraight;
    truth.noise_mm = 0.3;
    const CorrespondencePairs held_out = image_pairs(truth, 100, 999);
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CorrespondencePairs pairs = image_pairs(truth, 20, seed);
        for (const std::size_t k : {3U, 8U, 14U, 19U}) pairs.pairs[k].internal_mm[2] += 12 + static_cast<double>(k);
        const CorrespondenceFit sut = fit_correspondence(pairs, {.form = CorrespondenceForm::linear});
        for (const int k : {3, 8, 14, 19})
            EXPECT_TRUE(std::ranges::count(sut.model.rejected, k)) << "seed " << seed << ", pair " << k;
        EXPECT_LE(sut.model.rejected.size(), 5U) << "seed " << seed;
        EXPECT_LT(largest_error_mm(CorrespondenceMap(sut.model, 0.9), held_out), 1.8) << "six times the noise";
    }
}

TEST(RobustRegression, BreaksDownWhereItSaysAndNotBefore)
{
    constexpr Eigen::Index n = 20, q = 2;
    const std::size_t breakdown = breakdown_count(n, q);
    EXPECT_EQ(breakdown, 9U);
    Eigen::MatrixXd z(n, q);
    Eigen::Matrix<double, Eigen::Dynamic, 3> y(n, 3);
    std::mt19937 engine(3);
    std::normal_distribution<double> noise(0, 0.2);
    for (const std::size_t outliers : {std::size_t{0}, breakdown, breakdown + 3}) {
        for (Eigen::Index k = 0; k < n; ++k) {
            const double x = static_cast<double>(k) / 10 - 1;
            z.row(k) << 1, x;
            const bool bad = static_cast<std::size_t>(k) >= n - outliers;  // at one end, all to one side
            const double truth = bad ? 1000 - 40 * x : 3 + 2 * x;
            y.row(k) << truth + noise(engine), -truth + noise(engine), truth + noise(engine);
        }
        const RobustRegression sut = robust_regression(z, y, 0.05);
        const double off = std::abs(sut.coefficients(1, 0) - 2);
        if (outliers <= breakdown) {
            EXPECT_LT(off, 0.5) << outliers;
            EXPECT_GE(sut.kept_count, n - outliers - 2);
        } else {
            EXPECT_GT(off, 10) << "a majority that agrees is no outlier";
        }
    }
}

// ---- uncertainty

TEST(CorrespondenceMap, CoversNewPairsAsOftenAsItSays)
{
    for (const auto& [form, loop_mm] :
         {std::pair{CorrespondenceForm::linear, 0.0}, {CorrespondenceForm::quadratic, 3.0}})
        for (const std::size_t n : {10UL, 24UL})
            for (const double confidence : {0.8, 0.95}) {
                PairTruth truth{.loop_mm = loop_mm, .noise_mm = 0.6};
                int inside = 0, all = 0;
                for (unsigned seed = 1; seed <= 100; ++seed) {
                    CorrespondenceFitOptions options;
                    options.form = form;
                    const CorrespondenceMap sut(fit_correspondence(cycle_pairs(truth, n, seed), options).model,
                                                confidence);
                    for (const CorrespondencePair& pair : image_pairs(truth, 20, 1000 + seed).pairs) {
                        const InternalEstimate estimate = sut.at(pair.markers_mm, pair.velocities_mm_s);
                        for (std::size_t a = 0; a < 3; ++a, ++all)
                            inside +=
                                std::abs(pair.internal_mm[a] - estimate.position_mm[a]) <= estimate.half_width_mm[a]
                                    ? 1
                                    : 0;
                    }
                }
                EXPECT_NEAR(static_cast<double>(inside) / all, confidence, 0.035)
                    << to_string(form) << ", " << n << " pairs, " << confidence;
            }
}

/// Markers further along the breath than the pairs went: `factor` times their amplitude.
std::vector<double> markers_at(double factor)
{
    std::mt19937 engine(1);
    return pair_at({.amplitude_mm = 5 * factor}, M_PI, 0, engine).markers_mm;
}

TEST(CorrespondenceMap, IsLessSureTheFurtherAwayAndThenSilent)
{
    PairTruth truth = kStraight;
    truth.noise_mm = 0.3;
    const CorrespondenceMap sut(fit_correspondence(cycle_pairs(truth, 10), {.form = CorrespondenceForm::linear}).model,
                                0.9);
    double before = 0;
    for (const double factor : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0}) {
        const InternalEstimate estimate = sut.at(markers_at(factor), {});
        ASSERT_TRUE(estimate.known) << factor;
        EXPECT_GT(estimate.half_width_mm[2], before);
        before = estimate.half_width_mm[2];
    }
    EXPECT_GT(before, 1.3 * sut.at(markers_at(0), {}).half_width_mm[2]);
    const InternalEstimate far = sut.at(markers_at(10), {});
    EXPECT_FALSE(far.known);
    EXPECT_TRUE(std::isnan(far.position_mm[2]) && std::isnan(far.half_width_mm[2]));
    EXPECT_GT(far.leverage, kLargestLeverage);
    // A marker that slipped: the principal coordinate hardly says so, the distance off it does.
    std::vector<double> slipped = markers_at(0);
    slipped[6] += 12;
    EXPECT_FALSE(sut.at(slipped, {}).known);
    EXPECT_GT(sut.at(slipped, {}).unseen_mm, sut.model().unseen_limit_mm);
}

TEST(CorrespondenceMap, KnowsNothingFromWhatIsNoNumber)
{
    const CorrespondenceMap sut(fit_correspondence(cycle_pairs(kCurvedLoop, 10), {}).model, 0.9);
    const CorrespondencePair good = cycle_pairs(kCurvedLoop, 10).pairs[3];
    EXPECT_TRUE(sut.at(good.markers_mm, good.velocities_mm_s).known);
    EXPECT_FALSE(sut.at(good.markers_mm, {}).known) << "the velocities are not known";
    for (const double bad : {kNaN, std::numeric_limits<double>::infinity(), 1e300})
        for (const std::size_t c : {0UL, 8UL}) {
            std::vector<double> markers = good.markers_mm, velocities = good.velocities_mm_s;
            markers[c] = bad;
            EXPECT_FALSE(sut.at(markers, velocities).known);
            velocities[c] = bad;
            EXPECT_FALSE(sut.at(good.markers_mm, velocities).known);
        }
}

TEST(CorrespondenceMap, DoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    // Stands between forecast and gate.
    const CorrespondenceMap sut(fit_correspondence(cycle_pairs(kCurvedLoop, 10), {}).model, 0.9);
    const std::vector<int> horizons{1, 3, 8};
    const CorrespondencePairs pairs = cycle_pairs(kCurvedLoop, 10);
    std::vector<double> forecasts;
    for (const std::size_t k : {1U, 2U, 3U})
        forecasts.insert(forecasts.end(), pairs.pairs[k].markers_mm.begin(), pairs.pairs[k].markers_mm.end());
    std::vector<double> velocities(forecasts.size());
    std::vector<InternalEstimate> out(3);
    int known = 0;
    tests::RtGuard guard;
    for (int k = 0; k < 1000; ++k) {
        trajectory_velocities({horizons, pairs.pairs[0].markers_mm, forecasts}, 10, velocities);
        sut.evaluate(forecasts, velocities, out);
        known += out[0].known ? 1 : 0;
    }
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_EQ(known, 1000);
    EXPECT_EQ(out[2].position_mm, sut.at(pairs.pairs[3].markers_mm, std::span(velocities).subspan(18, 9)).position_mm);
}

TEST(TrajectoryVelocities, AreExactForAParabola)
{
    const std::vector<int> horizons{1, 4, 6, 21};
    const auto at = [](double t) { return 3 - 2 * t + 5 * t * t; };
    std::vector<double> forecasts, out(4);
    for (const int h : horizons) forecasts.push_back(at(h / 10.0));
    const std::vector<double> now{at(0)};
    trajectory_velocities({horizons, now, forecasts}, 10, out);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(out[k], -2 + 10 * horizons[k] / 10.0, 1e-9) << k;
    trajectory_velocities({std::span(horizons).first(1), now, std::span(forecasts).first(1)}, 10,
                          std::span(out).first(1));
    EXPECT_NEAR(out[0], (at(0.1) - at(0)) / 0.1, 1e-9) << "one horizon: the secant";
}

// ---- refusals

TEST(CorrespondenceFit, RefusesTooFewPairsAndSaysHowMany)
{
    EXPECT_TRUE(holds(refusal(cycle_pairs(kStraight, 5)), "5 pairs are too few: a linear model needs 6"));
    EXPECT_EQ(refusal(cycle_pairs(kStraight, 6)), "accepted");
    const CorrespondenceFitOptions quadratic{.form = CorrespondenceForm::quadratic};
    EXPECT_TRUE(holds(refusal(cycle_pairs(kCurvedLoop, 9), quadratic), "a quadratic model needs 10"));
    EXPECT_EQ(refusal(cycle_pairs(kCurvedLoop, 10), quadratic), "accepted");
    CorrespondencePairs blind = cycle_pairs(kCurvedLoop, 10);
    drop_velocities(blind);
    EXPECT_TRUE(holds(refusal(blind, quadratic), "no velocities"));
}

TEST(CorrespondenceFit, RefusesMarkersThatHardlyMove)
{
    EXPECT_TRUE(holds(refusal(cycle_pairs({.amplitude_mm = 0.3}, 10)), "at least 2.00 mm are needed"));
    EXPECT_TRUE(holds(refusal(cycle_pairs({.amplitude_mm = 1e-9}, 10)), "at least 2.00 mm"));
    EXPECT_EQ(refusal(cycle_pairs({.amplitude_mm = 0.3}, 10), {.least_range_mm = 0.5}), "accepted");
}

TEST(CorrespondenceFit, RefusesPairsThatContradictEachOther)
{
    EXPECT_TRUE(holds(refusal(cycle_pairs({.noise_mm = 4}, 20)), "3.00 mm are tolerated"));
    EXPECT_EQ(refusal(cycle_pairs({.noise_mm = 4}, 20), {.tolerance_mm = 15}), "accepted");
    CorrespondencePairs split = cycle_pairs({.noise_mm = 0.1}, 20);
    for (std::size_t k = 0; k < 7; ++k) split.pairs[3 * k % 20].internal_mm[1] += 30;
    EXPECT_TRUE(holds(refusal(split), "7 of 20 disagree"));
}

TEST(CorrespondenceFit, ThrowsForWhatIsNoSetOfPairs)
{
    CorrespondencePairs pairs = cycle_pairs(kStraight, 10);
    pairs.pairs[3].internal_mm[0] = kNaN;
    EXPECT_THROW(fit_correspondence(pairs, {}), std::invalid_argument);
    pairs = cycle_pairs(kStraight, 10);
    pairs.pairs[3].velocities_mm_s.clear();
    EXPECT_THROW(fit_correspondence(pairs, {}), std::invalid_argument);
    pairs = cycle_pairs(kStraight, 10);
    pairs.pairs[3].markers_mm.pop_back();
    EXPECT_THROW(fit_correspondence(pairs, {}), std::invalid_argument);
}

// ---- new pairs

CorrespondenceModel noisy_model(unsigned seed)
{
    return fit_correspondence(cycle_pairs({.noise_mm = 0.6}, 20, seed), {.form = CorrespondenceForm::linear}).model;
}

/// Pairs until the model is no longer valid; `most` where it stays so.
std::size_t pairs_until_invalid(CorrespondenceCheck& check, const CorrespondencePairs& pairs)
{
    for (std::size_t k = 0; k < pairs.pairs.size(); ++k) {
        const CorrespondencePair& pair = pairs.pairs[k];
        check.add(pair.markers_mm, pair.velocities_mm_s, pair.internal_mm);
        if (!check.valid()) return k + 1;
    }
    return pairs.pairs.size();
}

TEST(CorrespondenceCheck, StaysValidWhileTheModelHolds)
{
    int alarms = 0;
    for (unsigned seed = 1; seed <= 50; ++seed) {
        const CorrespondenceMap map(noisy_model(seed), 0.9);
        CorrespondenceCheck sut(map);
        EXPECT_FALSE(sut.valid()) << "not tested yet";
        alarms += pairs_until_invalid(sut, image_pairs({.noise_mm = 0.6}, 20, 500 + seed)) < 20 ? 1 : 0;
    }
    EXPECT_LE(alarms, 4) << "of 1000 pairs, one in a thousand each time, and coefficients that were estimated";
}

TEST(CorrespondenceCheck, TellsThatTheTumourHasShifted)
{
    double pairs = 0;
    for (unsigned seed = 1; seed <= 50; ++seed) {
        const CorrespondenceMap map(noisy_model(seed), 0.9);
        CorrespondenceCheck sut(map);
        pairs_until_invalid(sut, image_pairs({.noise_mm = 0.6}, 2, 500 + seed));
        pairs += static_cast<double>(
            pairs_until_invalid(sut, image_pairs({.noise_mm = 0.6, .shift_mm = 3}, 20, 700 + seed)));
        EXPECT_FALSE(sut.valid()) << seed;
    }
    EXPECT_LT(pairs / 50, 4) << "3 mm, five times the noise";
}

TEST(CorrespondenceCheck, HoldsTheToleranceAndStaysInvalidUntilReset)
{
    CorrespondenceModel model = noisy_model(1);
    model.sigma_mm = {5, 5, 5};  // nothing is unexpected to it
    const CorrespondenceMap map(model, 0.9);
    CorrespondenceCheck sut(map);
    EXPECT_EQ(pairs_until_invalid(sut, image_pairs({.noise_mm = 0.6, .shift_mm = 5}, 20)), 1U);
    EXPECT_EQ(sut.verdict(), CorrespondenceCheck::Verdict::beyond_tolerance);
    pairs_until_invalid(sut, image_pairs({.noise_mm = 0.6}, 20));
    EXPECT_FALSE(sut.valid()) << "good pairs do not make it valid again";
    sut.reset();
    EXPECT_EQ(sut.verdict(), CorrespondenceCheck::Verdict::untested);
    EXPECT_EQ(pairs_until_invalid(sut, image_pairs({.noise_mm = 0.6}, 3)), 3U);
    EXPECT_TRUE(sut.valid());
    const std::vector<double> slipped(9, 500.0);
    sut.add(slipped, slipped, std::array<double, 3>{0, 0, 0});
    EXPECT_EQ(sut.verdict(), CorrespondenceCheck::Verdict::unknown_territory);
}

// ---- the file

TEST(CorrespondenceJson, ReadsBackTheSame)
{
    for (const PairTruth& truth : {kStraight, kCurvedLoop}) {
        CorrespondenceModel model = fit_correspondence(cycle_pairs(truth, 12), {}).model;
        model.provenance = {"pairs.csv", "0123", "2026-01-01", "0.1"};
        const std::string text = to_json(model);
        const CorrespondenceModel again = parse_correspondence_json(text, "model.json");
        EXPECT_EQ(to_json(again), text);
        EXPECT_EQ(again.coefficients, model.coefficients);
        EXPECT_EQ(again.provenance.content_hash, "0123");
    }
}

TEST(CorrespondenceJson, RefusesOtherAndDamagedText)
{
    const std::string good = to_json(fit_correspondence(cycle_pairs(kCurvedLoop, 12), {}).model);
    const auto changed = [&good](const std::string& from, const std::string& to) {
        std::string text = good;
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return text.replace(at, from.size(), to);
    };
    const std::string texts[] = {"",
                                 "{}",
                                 "[1]",
                                 "null",
                                 good.substr(0, good.size() / 2),
                                 std::string((1U << 20U) + 1, ' '),
                                 changed("correspondence\": 1", "correspondence\": 2"),
                                 changed("\"quadratic\"", "\"cubic\""),
                                 changed("\"markers\": 3", "\"markers\": 4"),
                                 changed("\"markers\": 3", "\"markers\": 1e300"),
                                 changed("\"markers\": 3", "\"markers\": -3"),
                                 changed("\"mean_mm\": [", "\"mean_mm\": [1,"),
                                 changed("\"mean_mm\": [", "\"mean_mm\": [null,"),
                                 changed("\"degrees_of_freedom\": ", "\"degrees_of_freedom\": -"),
                                 changed("\"velocity_scale_mm_s\": ", "\"velocity_scale_mm_s\": -"),
                                 changed("\"tolerance_mm\"", "\"tolerance\"")};
    for (const std::string& text : texts)
        EXPECT_THROW(parse_correspondence_json(text, "model.json"), ModelFileError) << text.substr(0, 300);
}

}  // namespace
}  // namespace foretide::core
