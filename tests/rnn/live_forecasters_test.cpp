// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The forecasters that serve all horizons at once: what holds of every forecaster (no allocation, state, skipped
// learning), and the ensemble. Causality is tested in causality_test, what patients and cameras do in recovery_test.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <sstream>

#include <gtest/gtest.h>

#include "core/standardiser.h"
#include "core/state_io.h"
#include "rnn/live/ensemble_forecaster.h"
#include "rnn/live/live_algorithms.h"
#include "tests/rnn/rnn_test_support.h"
#include "tests/support/rt_guard.h"

namespace foretide::rnn {
namespace {

constexpr core::SeriesLayout kLayout{2, 5};  // 5 Hz: the basis is ready after 150 samples, learned by 175
constexpr int kReady = 180;
const std::vector<int> kHorizons{1, 3, 10};
constexpr const char* kNames[] = {"fixed", "rtrl", "uoro", "snap1", "dni", "rls", "foretide"};

/// Breathing of two markers in mm: period 4 s, each coordinate with its own amplitude and lag, a little noise.
std::vector<double> breathing_mm(int n, double rate_hz = kLayout.rate_hz, double period_s = 4, int coordinates = 6)
{
    std::vector<double> y;
    for (int c = 0; c < coordinates; ++c) {
        const double phase = 2 * std::numbers::pi * n / (rate_hz * period_s) - 0.2 * c;
        const double noise = 0.05 * std::sin(12.9898 * (n + 1) * (c + 3));
        y.push_back(100.0 * c + (2 + c) * std::cos(phase) + 0.5 * std::cos(2 * phase) + noise);
    }
    return y;
}

std::unique_ptr<core::Forecaster> make(const char* name, const core::SeriesLayout& layout = kLayout,
                                       const std::vector<int>& horizons = kHorizons)
{
    return make_forecaster({name, {}, 1, Protocol::live}, layout, horizons);
}

/// Drives a forecaster with positions; forecasts of the newest step are in `out`.
struct Driver {
    explicit Driver(core::Forecaster& forecaster)
        : sut(forecaster),
          standardiser(forecaster.layout()),
          out(forecaster.horizons().size() * static_cast<std::size_t>(forecaster.layout().coordinates()))
    {
    }
    bool step(const std::vector<double>& y, bool learn = true, bool restarted = false)
    {
        standardiser.update(y);
        sut.observe({n++, {}, y, restarted}, standardiser.view());
        const bool ready = forecast();
        if (learn) sut.learn();
        return ready;
    }
    bool forecast()
    {
        if (first.empty()) return sut.forecast(out);
        std::vector<double> early = out;
        const bool first_ready = sut.forecast_first(first, early);
        out = early;
        const bool rest_ready = sut.forecast_rest(out);
        const auto p = static_cast<std::size_t>(sut.layout().coordinates());
        for (const std::size_t h : first)
            for (std::size_t c = 0; c < p; ++c) EXPECT_EQ(out[h * p + c], early[h * p + c]);
        return first_ready && rest_ready;
    }
    core::Forecaster& sut;
    core::Standardiser standardiser;
    std::vector<double> out;
    std::vector<std::size_t> first;  // horizons forecast before the others; none: all at once
    std::int64_t n = 0;
};

class LiveForecaster : public ::testing::TestWithParam<const char*> {};

TEST_P(LiveForecaster, RepeatsTheLastPositionUntilItHasCaughtUpAndThenBeatsIt)
{
    const auto sut = make(GetParam());
    Driver driver(*sut);
    double error2 = 0, last2 = 0;
    int first_ready = -1;
    for (int n = 0; n < 400; ++n) {
        const auto y = breathing_mm(n);
        const bool ready = driver.step(y);
        if (ready && first_ready < 0) first_ready = n;
        for (std::size_t c = 0; c < y.size(); ++c) {
            for (std::size_t h = 0; h < kHorizons.size() && !ready; ++h) ASSERT_EQ(driver.out[h * y.size() + c], y[c]);
            if (n < 250) continue;
            const double target = breathing_mm(n + kHorizons[2])[c];
            error2 += std::pow(target - driver.out[2 * y.size() + c], 2);
            last2 += std::pow(target - y[c], 2);
        }
    }
    EXPECT_GE(first_ready, 150);
    EXPECT_LE(first_ready, kReady);
    EXPECT_LT(std::sqrt(error2 / last2), 0.1) << "a regular patient is easy";
}

TEST_P(LiveForecaster, SaysTheSameInTwoParts)
{
    for (const std::vector<std::size_t>& first : {std::vector<std::size_t>{1}, {0, 2}, {0, 1, 2}}) {
        const auto whole = make(GetParam()), parts = make(GetParam());
        Driver a(*whole), b(*parts);
        b.first = first;
        for (int n = 0; n < 300; ++n) {
            const bool learn = n % 7 != 0, restarted = n == 240;
            ASSERT_EQ(a.step(breathing_mm(n), learn, restarted), b.step(breathing_mm(n), learn, restarted)) << n;
            ASSERT_EQ(std::memcmp(a.out.data(), b.out.data(), a.out.size() * sizeof(double)), 0) << n;
        }
    }
}

TEST_P(LiveForecaster, AllocatesNothingInAStep)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    // The forecaster stands between a sample's arrival and the command: see allocation_test.cpp.
    struct Size {
        core::SeriesLayout layout;
        std::vector<int> horizons;
    };
    std::vector<int> many(63);
    for (int h = 0; h < 63; ++h) many[static_cast<std::size_t>(h)] = h + 1;
    for (const Size& size : {Size{{3, 30}, many}, Size{{1, 10}, {1}}, Size{{8, 10}, {5, 21}}}) {
        const auto sut = make(GetParam(), size.layout, size.horizons);
        Driver driver(*sut);
        std::vector<std::vector<double>> series;
        for (int n = 0; n < 2400; ++n)
            series.push_back(breathing_mm(n, size.layout.rate_hz, 4, size.layout.coordinates()));
        tests::RtGuard guard;  // from the first step on: the making of the basis and the catching up are steps, too
        int ready = 0;
        for (std::size_t n = 0; n < series.size(); ++n) ready += driver.step(series[n], n % 11 != 5) ? 1 : 0;
        guard.disarm();
        EXPECT_EQ(guard.total(), 0) << guard.describe();
        EXPECT_GT(ready, 1000);
    }
}

TEST_P(LiveForecaster, GoesOnBitForBitAfterLoading)
{
    for (const int at : {0, 100, 155, 300}) {
        const auto original = make(GetParam()), restored = make(GetParam());
        Driver a(*original), b(*restored);
        for (int n = 0; n < at; ++n) a.step(breathing_mm(n));
        std::stringstream state;
        original->save_state(state);
        restored->load_state(state);
        b.standardiser = a.standardiser;
        b.n = a.n;
        for (int n = at; n < at + 120; ++n) {
            ASSERT_EQ(a.step(breathing_mm(n)), b.step(breathing_mm(n))) << "sample " << n;
            ASSERT_EQ(std::memcmp(a.out.data(), b.out.data(), a.out.size() * sizeof(double)), 0) << "sample " << n;
        }
    }
}

TEST_P(LiveForecaster, RefusesDamagedStates)
{
    const auto original = make(GetParam());
    Driver driver(*original);
    for (int n = 0; n < 220; ++n) driver.step(breathing_mm(n));
    std::stringstream out;
    original->save_state(out);
    const std::string state = out.str();
    for (std::size_t k = 0; k < 40; ++k) {
        std::stringstream cut(state.substr(0, state.size() * k / 40));
        const auto sut = make(GetParam());
        EXPECT_THROW(sut->load_state(cut), std::runtime_error) << "cut after " << k << "/40";
    }
    for (const auto& [layout, horizons] :
         {std::pair{core::SeriesLayout{3, 5}, kHorizons}, std::pair{core::SeriesLayout{2, 10}, kHorizons},
          std::pair{kLayout, std::vector<int>{1, 3, 9}}, std::pair{kLayout, std::vector<int>{1, 4, 10}}}) {
        std::stringstream in(state);
        const auto sut = make(GetParam(), layout, horizons);
        EXPECT_THROW(sut->load_state(in), std::runtime_error);
    }
}

/// A minute is missing, and the patient has moved by 3 mm.
TEST_P(LiveForecaster, TakesNothingBeforeABreakForThePast)
{
    const auto after = [](int n) {
        auto y = breathing_mm(n + 303);
        for (double& v : y) v += 3;
        return y;
    };
    constexpr int at = 400, settled = at + 30;  // 6 s later every lag lies behind the break
    const auto told = make(GetParam()), not_told = make(GetParam());
    Driver a(*told), b(*not_told);
    double error2 = 0, not_told_error2 = 0;
    int repeats = 0;
    for (int n = 0; n < settled; ++n) {
        const auto y = n < at ? breathing_mm(n) : after(n);
        const bool ready = a.step(y, true, n == at);
        b.step(y);
        if (n < at) continue;
        for (std::size_t c = 0; c < y.size(); ++c) {
            const double target = after(n + kHorizons[2])[c];
            if (ready) {
                error2 += std::pow(target - a.out[2 * y.size() + c], 2);
                not_told_error2 += std::pow(target - b.out[2 * y.size() + c], 2);
            } else {
                ASSERT_NEAR(a.out[2 * y.size() + c], y[c], 1e-9) << n;
            }
        }
        if (!ready) ++repeats;
    }
    EXPECT_GE(repeats, 5) << "without any history it has nothing to say";
    EXPECT_LT(repeats, settled - at);
    EXPECT_LT(error2, 1.1 * not_told_error2) << "where it has something to say";  // a state starts anew, too
    double later2 = 0, last2 = 0;
    for (int n = settled; n < settled + 100; ++n) {
        ASSERT_TRUE(a.step(after(n)));
        for (std::size_t c = 0; c < 6; ++c) {
            later2 += std::pow(after(n + kHorizons[2])[c] - a.out[2 * 6 + c], 2);
            last2 += std::pow(after(n + kHorizons[2])[c] - after(n)[c], 2);
        }
    }
    EXPECT_LT(later2, 0.1 * last2) << "what was learned before the break serves after it";
}

INSTANTIATE_TEST_SUITE_P(, LiveForecaster, ::testing::ValuesIn(kNames),
                         [](const auto& test) { return std::string(test.param); });

/// An expert that forecasts a constant, or what a test tells it.
class ScriptedExpert final : public Expert {
public:
    explicit ScriptedExpert(double displacement_mm) : Expert(1), displacement_mm_(displacement_mm) {}
    void forecast(const MotionHistory&, std::int64_t n, std::span<const std::size_t>,
                  std::span<double> out) noexcept override
    {
        const bool diverged = diverges_at >= 0 && n >= diverges_at && resets == 0;
        std::fill(out.begin(), out.end(), diverged ? core::kNaN : displacement_mm_);
    }
    void learn(const MotionHistory&, std::int64_t) noexcept override {}
    void reset() noexcept override { ++resets; }
    void save_state(std::ostream&) const override {}
    void load_state(std::istream&) override {}

    std::int64_t diverges_at = -1;
    int resets = 0;

private:
    double displacement_mm_;
};

struct ScriptedEnsemble {
    explicit ScriptedEnsemble(std::initializer_list<double> displacements_mm)
    {
        std::vector<std::unique_ptr<Expert>> owned;
        for (const double d : displacements_mm) {
            owned.push_back(std::make_unique<ScriptedExpert>(d));
            experts.push_back(static_cast<ScriptedExpert*>(owned.back().get()));
        }
        EnsembleConfig config;
        config.basis_samples = 20;
        config.memory_samples = 200;
        config.loss_memory_samples = 20;
        sut = std::make_unique<EnsembleForecaster>(core::SeriesLayout{1, 10}, std::vector<int>{2}, std::move(owned),
                                                   config);
    }
    std::vector<ScriptedExpert*> experts;
    std::unique_ptr<EnsembleForecaster> sut;
};

TEST(EnsembleForecaster, SaysSoWhereNoExpertIsLeft)
{
    ScriptedEnsemble ensemble({0.2, 0.3});
    for (ScriptedExpert* expert : ensemble.experts) expert->diverges_at = 100;
    Driver driver(*ensemble.sut);
    for (int n = 0; n < 120; ++n) {
        const std::vector<double> y{0.1 * n, 0.2 * n, 0.01 * (n % 3)};
        const bool ready = driver.step(y);
        if (n > 60) {
            EXPECT_EQ(ready, n != 100) << "sample " << n;
        }
        if (n == 100) {
            EXPECT_EQ(driver.out, y);
        }
    }
}

TEST(EnsembleForecaster, WeighsWithAnySharpness)
{
    const auto sut = make_forecaster({"foretide", {{"sharpness", "100"}}, 1, Protocol::live}, kLayout, kHorizons);
    Driver driver(*sut);
    for (int n = 0; n < 300; ++n) driver.step(breathing_mm(n));
    const auto* ensemble = dynamic_cast<const EnsembleForecaster*>(sut.get());
    ASSERT_NE(ensemble, nullptr);
    for (std::size_t h = 0; h < kHorizons.size(); ++h) {
        double total = 0;
        for (std::size_t m = 0; m < ensemble->expert_count(); ++m) total += ensemble->weight(m, h);
        EXPECT_NEAR(total, 1.0, 1e-12);
    }
}

TEST(EnsembleForecaster, FollowsTheExpertWithTheSmallerError)
{
    ScriptedEnsemble ensemble({0.2, -5.0});
    Driver driver(*ensemble.sut);
    for (int n = 0; n < 200; ++n) driver.step({0.1 * n, 0.1 * n, 0.1 * n + 0.01 * (n % 3)});
    EXPECT_GT(ensemble.sut->weight(0, 0), 0.99);
    EXPECT_NEAR(ensemble.sut->weight(0, 0) + ensemble.sut->weight(1, 0), 1.0, 1e-12);
    EXPECT_NEAR(driver.out[0], 0.1 * 199 + 0.2, 0.05);
}

TEST(EnsembleForecaster, ResetsAnExpertThatDivergesAndGoesOnWithTheOthers)
{
    ScriptedEnsemble ensemble({0.2, 0.2});
    ensemble.experts[1]->diverges_at = 100;
    Driver driver(*ensemble.sut);
    for (int n = 0; n < 140; ++n) {
        driver.step({0.1 * n, 0.1 * n, 0.1 * n + 0.01 * (n % 3)});
        for (const double v : driver.out) ASSERT_TRUE(std::isfinite(v)) << "sample " << n;
    }
    EXPECT_EQ(ensemble.experts[1]->resets, 1);
    EXPECT_EQ(ensemble.experts[0]->resets, 0);
    EXPECT_EQ(ensemble.sut->resets(), 1);
}

}  // namespace
}  // namespace foretide::rnn
