// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/forecaster_bank.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/standardiser.h"
#include "rnn/baselines/last_value.h"
#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

/// Keeps what it is given, and forecasts 10·h + coordinate.
class Recorder final : public HorizonPredictor {
public:
    Recorder(int coordinates, int horizon, bool ready = true) : p_(coordinates), horizon_(horizon), ready_(ready) {}

    int coordinates() const noexcept override { return p_; }
    int horizon() const noexcept override { return horizon_; }
    void observe(std::span<const double> y) noexcept override { seen.emplace_back(y.begin(), y.end()); }
    bool predict(std::span<double> y_hat) noexcept override
    {
        for (std::size_t c = 0; c < y_hat.size(); ++c) y_hat[c] = 10 * horizon_ + static_cast<double>(c);
        return ready_;
    }
    void learn() noexcept override { ++lessons; }
    void learn_revealed(std::span<const double>) noexcept override {}
    void save_state(std::ostream&) const override {}
    void load_state(std::istream&) override {}

    Series seen;
    int lessons = 0;

private:
    int p_, horizon_;
    bool ready_;
};

constexpr core::SeriesLayout kLayout{1, 10};
const std::vector<double> kMean{100, -5, 0.25}, kSd{2, 0.5, 8};

struct Bank {
    std::vector<Recorder*> predictors;
    std::unique_ptr<ForecasterBank> sut;

    Bank(const std::vector<int>& horizons, bool standardised, bool last_ready = true)
    {
        std::vector<std::unique_ptr<HorizonPredictor>> made;
        for (const int horizon : horizons) {
            auto predictor = std::make_unique<Recorder>(3, horizon, last_ready || horizon != horizons.back());
            predictors.push_back(predictor.get());
            made.push_back(std::move(predictor));
        }
        sut = std::make_unique<ForecasterBank>(kLayout, std::move(made), standardised);
    }
};

TEST(ForecasterBank, StandardisesAndTakesForecastsBack)
{
    Bank bank({4, 1}, true);
    EXPECT_EQ(bank.sut->layout().markers, 1);
    EXPECT_EQ(std::vector<int>(bank.sut->horizons().begin(), bank.sut->horizons().end()), (std::vector<int>{4, 1}));
    const std::vector<double> position{104, -5.25, 8.25};
    bank.sut->observe({0, {}, position}, {kMean, kSd, false});
    for (const Recorder* predictor : bank.predictors) EXPECT_EQ(predictor->seen, (Series{{2, -0.5, 1}}));
    std::vector<double> out(6);
    EXPECT_TRUE(bank.sut->forecast(out));
    for (std::size_t h = 0; h < 2; ++h)
        for (std::size_t c = 0; c < 3; ++c) {
            const double z = (h == 0 ? 40.0 : 10.0) + static_cast<double>(c);
            EXPECT_NEAR(out[3 * h + c], kMean[c] + kSd[c] * z, 1e-12);
        }
    // Figures of the newest sample count, not those of the first.
    const std::vector<double> mean{0, 0, 0}, sd{1, 1, 1};
    bank.sut->observe({1, {}, position}, {mean, sd, false});
    EXPECT_EQ(bank.predictors[0]->seen.back(), position);
    EXPECT_TRUE(bank.sut->forecast(out));
    EXPECT_EQ(out, (std::vector<double>{40, 41, 42, 10, 11, 12}));
}

TEST(ForecasterBank, RoundTripIsThePosition)
{
    std::vector<std::unique_ptr<HorizonPredictor>> made;
    made.push_back(std::make_unique<LastValue>(3, 2));
    ForecasterBank sut(kLayout, std::move(made), true);
    core::Standardiser standardiser(kLayout);
    std::vector<double> out(3);
    for (const std::vector<double>& y : breathing_series(3, 400)) {
        const std::vector<double> position{1000 + 7 * y[0], 0.01 * y[1], -30 + y[2]};
        standardiser.update(position);
        sut.observe({0, {}, position}, standardiser.view());
        ASSERT_TRUE(sut.forecast(out));
        for (std::size_t c = 0; c < 3; ++c) ASSERT_NEAR(out[c], position[c], 1e-12 * (1 + std::abs(position[c])));
    }
}

TEST(ForecasterBank, GivesMillimetresFromTheFirstSampleWithoutStandardisation)
{
    Bank bank({2}, false);
    const std::vector<double> first{104, -5.5, 8}, second{105, -7, 8.25};
    bank.sut->observe({0, {}, first}, {kMean, kSd, false});
    bank.sut->observe({1, {}, second}, {kMean, kSd, false});
    EXPECT_EQ(bank.predictors[0]->seen, (Series{{0, 0, 0}, {1, -1.5, 0.25}}));
    std::vector<double> out(3);
    EXPECT_TRUE(bank.sut->forecast(out));
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(out[c], first[c] + 20 + static_cast<double>(c), 1e-12);
}

TEST(ForecasterBank, IsReadyWhenEveryHorizonIs)
{
    std::vector<double> out(6);
    Bank ready({1, 4}, true), waiting({1, 4}, true, false);
    EXPECT_TRUE(ready.sut->forecast(out));
    EXPECT_FALSE(waiting.sut->forecast(out));
    ready.sut->learn();
    for (const Recorder* predictor : ready.predictors) EXPECT_EQ(predictor->lessons, 1);
}

TEST(ForecasterBank, RefusesPredictorsThatDoNotFit)
{
    std::vector<std::unique_ptr<HorizonPredictor>> none;
    EXPECT_THROW(ForecasterBank(kLayout, std::move(none), true), std::invalid_argument);
    std::vector<std::unique_ptr<HorizonPredictor>> wrong;
    wrong.push_back(std::make_unique<Recorder>(6, 1));
    EXPECT_THROW(ForecasterBank(kLayout, std::move(wrong), true), std::invalid_argument);
}

/// Warm-up of the real algorithms: the last position, and false, until the history is long enough.
class WarmUp : public ::testing::TestWithParam<Variant> {};

TEST_P(WarmUp, ForecastsTheLastPositionAndSaysSo)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const std::vector<int> horizons{1, 3};
    const auto sut = make_forecaster(GetParam().spec, kShortTraining, horizons);
    core::Standardiser standardiser(kShortTraining);
    std::vector<double> out(6);
    bool was_ready = false;
    int n = 0;
    for (const std::vector<double>& y : breathing_series(3, 80)) {
        standardiser.update(y);
        sut->observe({n, {}, y}, standardiser.view());
        const bool ready = sut->forecast(out);
        EXPECT_TRUE(ready || !was_ready) << "sample " << n << ": warm-up again";
        was_ready = ready;
        for (std::size_t c = 0; c < 3 && !ready; ++c)  // of the longer horizon: the shorter may be ready earlier
            ASSERT_NEAR(out[3 + c], y[c], 1e-5) << "sample " << n;
        sut->learn();
        ++n;
    }
    EXPECT_TRUE(was_ready);
}

INSTANTIATE_TEST_SUITE_P(, WarmUp, ::testing::ValuesIn(small_variants()), variant_name);

}  // namespace
}  // namespace foretide::rnn
