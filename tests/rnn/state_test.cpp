// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// save_state() and load_state() of every algorithm and switch: a fresh object goes on bit for bit; damaged bytes and
// those of other parameters are refused with a message.

#include <algorithm>
#include <cstring>
#include <sstream>

#include <gtest/gtest.h>

#include "core/standardiser.h"
#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

constexpr int kHorizon = 3;
constexpr int kSamples = 90;  // training of algorithms that train once ends at sample 53

std::unique_ptr<HorizonPredictor> make(const Variant& variant, int horizon = kHorizon)
{
    return make_predictor(variant.spec, kShortTraining, horizon).predictor;
}

std::string saved(const HorizonPredictor& sut)
{
    std::ostringstream out;
    sut.save_state(out);
    return out.str();
}

void load(HorizonPredictor& sut, const std::string& bytes)
{
    std::istringstream in(bytes);
    sut.load_state(in);
}

/// Forecasts of both, bit for bit, from sample `first` on.
void expect_same_future(HorizonPredictor& a, HorizonPredictor& b, const Series& series, int first, StepOrder order)
{
    const int last = static_cast<int>(series.size());
    const auto expected = run_live(a, series, first, last, order);
    const auto actual = run_live(b, series, first, last, order);
    for (std::size_t n = 0; n < expected.size(); ++n) {
        ASSERT_EQ(actual[n].ready, expected[n].ready) << n << " samples after the load";
        ASSERT_EQ(std::memcmp(actual[n].y_hat.data(), expected[n].y_hat.data(), 3 * sizeof(double)), 0)
            << n << " samples after the load";
    }
}

class State : public ::testing::TestWithParam<Variant> {};

TEST_P(State, GoesOnBitForBit)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const Series series = breathing_series(3, kSamples);
    for (const StepOrder order : kOrders)
        for (const int at : {0, 1, 5, 20, 52, 53, 54, 70}) {
            SCOPED_TRACE(std::string(name_of(order)) + ", saved before sample " + std::to_string(at));
            const auto original = make(GetParam());
            run_live(*original, series, 0, at, order);
            const std::string bytes = saved(*original);
            Variant other_seed = GetParam();
            other_seed.spec.seed = 99;  // what the fresh object starts from must not matter
            const auto restored = make(other_seed);
            load(*restored, bytes);
            ASSERT_EQ(saved(*restored), bytes);
            ASSERT_NO_FATAL_FAILURE(expect_same_future(*original, *restored, series, at, order));
        }
}

/// The engine may be stopped between a forecast and its lesson; and a used object may be loaded into.
TEST_P(State, GoesOnFromTheMiddleOfAStep)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const Series series = breathing_series(3, kSamples);
    for (const int at : {4, 30, 53, 60}) {
        SCOPED_TRACE("saved in sample " + std::to_string(at));
        const auto original = make(GetParam());
        run_live(*original, series, 0, at, StepOrder::forecast_first);
        original->observe(series[static_cast<std::size_t>(at)]);
        std::vector<double> y_hat(3);
        static_cast<void>(original->predict(y_hat));
        const auto restored = make(GetParam());
        run_live(*restored, breathing_series(3, 77, 2), StepOrder::learn_first);
        load(*restored, saved(*original));
        original->learn();
        restored->learn();
        ASSERT_NO_FATAL_FAILURE(expect_same_future(*original, *restored, series, at + 1, StepOrder::forecast_first));
    }
}

TEST_P(State, RefusesACutOffState)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const Series series = breathing_series(3, kSamples);
    const auto original = make(GetParam());
    run_live(*original, series, 0, 70, StepOrder::forecast_first);
    const std::string bytes = saved(*original);
    const auto sut = make(GetParam());
    const std::size_t stride = std::max<std::size_t>(1, bytes.size() / 400);
    for (std::size_t length = 0; length < bytes.size(); length += length < 100 ? 1 : stride) {
        try {
            load(*sut, bytes.substr(0, length));
            FAIL() << "took " << length << " of " << bytes.size() << " bytes";
        } catch (const std::runtime_error& error) {
            ASSERT_GT(std::strlen(error.what()), 15U) << error.what();
        }
    }
    load(*sut, bytes);  // a good load after a bad one
    expect_same_future(*original, *sut, series, 70, StepOrder::forecast_first);
}

/// Values carry no check sum, so a damaged number may be taken; it must never do worse than forecast badly.
TEST_P(State, SurvivesFlippedBytes)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const Series series = breathing_series(3, kSamples);
    const auto original = make(GetParam());
    run_live(*original, series, 0, 70, StepOrder::forecast_first);
    const std::string bytes = saved(*original);
    const auto sut = make(GetParam());
    int refused = 0;
    const std::size_t stride = std::max<std::size_t>(1, bytes.size() / 600);
    for (std::size_t at = 0; at < bytes.size(); at += at < 100 ? 1 : stride)
        for (const char mask : {'\x01', '\x80', '\xff'}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ mask);
            try {
                load(*sut, damaged);
            } catch (const std::runtime_error& error) {
                ++refused;
                ASSERT_GT(std::strlen(error.what()), 15U) << error.what();
                continue;
            }
            for (const Forecast& forecast : run_live(*sut, series, 70, kSamples, StepOrder::forecast_first)) {
                const bool finite = std::all_of(forecast.y_hat.begin(), forecast.y_hat.end(),
                                                [](double v) { return std::isfinite(v); });
                ASSERT_TRUE(finite || !forecast.ready) << "byte " << at;
            }
        }
    EXPECT_GT(refused, 16) << "headers, kinds and lengths are checked";
}

INSTANTIATE_TEST_SUITE_P(, State, ::testing::ValuesIn(small_variants()), variant_name);

// ---- other parameters ----

/// Loading the first variant's state into the second must be refused.
void expect_refused(const Variant& from, const Variant& into, int from_horizon = kHorizon, int into_horizon = kHorizon)
{
    const Series series = breathing_series(3, 70);
    const auto original = make(from, from_horizon);
    run_live(*original, series);
    try {
        load(*make(into, into_horizon), saved(*original));
        ADD_FAILURE() << "a state of " << from.name << " was taken by " << into.name;
    } catch (const std::runtime_error& error) {
        EXPECT_GT(std::strlen(error.what()), 15U) << error.what();
    }
}

Variant changed(const Variant& variant, const std::string& name, const std::string& value)
{
    Variant other = variant;
    other.spec.parameters[name] = value;
    other.name += " with " + name + "=" + value;
    return other;
}

class StateOfOtherParameters : public ::testing::TestWithParam<Variant> {};

std::vector<Variant> one_of_each()
{
    std::vector<Variant> all = default_variants();
    for (Variant& v : all) {
        if (!parameter(v, "shl").empty()) v.spec.parameters["shl"] = "4";
        if (!parameter(v, "hidden").empty()) v.spec.parameters["hidden"] = "5";
    }
    return all;
}

/// A change of any size shows in the arrays' lengths or is written out: also one that padding could hide.
TEST_P(StateOfOtherParameters, IsRefusedForOtherSizes)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    for (const char* shl : {"5", "3", "9"})
        if (!parameter(GetParam(), "shl").empty()) expect_refused(GetParam(), changed(GetParam(), "shl", shl));
    for (const char* hidden : {"4", "6", "11"})
        if (!parameter(GetParam(), "hidden").empty()) expect_refused(GetParam(), changed(GetParam(), "hidden", hidden));
    if (!parameter(GetParam(), "precision").empty())
        expect_refused(GetParam(), changed(GetParam(), "precision", "double"));
}

TEST_P(StateOfOtherParameters, IsRefusedForAnotherHorizon)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    if (GetParam().info.name == "last") return;  // has no state that depends on it
    expect_refused(GetParam(), GetParam(), 3, 4);
    expect_refused(GetParam(), GetParam(), 3, 2);
    // History length and horizon changed against each other: as many samples are kept.
    expect_refused(GetParam(), changed(GetParam(), "shl", "5"), 3, 2);
    expect_refused(GetParam(), changed(GetParam(), "shl", "3"), 3, 4);
}

/// Switches that change what the state means or how it goes on.
TEST_P(StateOfOtherParameters, IsRefusedForOtherSwitches)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    for (const auto& [name, value] : Parameters{
             {"delayed", "record"}, {"form", "haykin"}, {"uoro-order", "reference"}, {"tangent", "finite-difference"}})
        if (!parameter(GetParam(), name).empty()) expect_refused(GetParam(), changed(GetParam(), name, value));
    if (!parameter(GetParam(), "delayed").empty())
        expect_refused(changed(GetParam(), "delayed", "record"), changed(GetParam(), "delayed", "influence"));
}

TEST_P(StateOfOtherParameters, IsRefusedForOtherNumbers)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    for (const char* name : {"eta", "clip", "eta-credit", "ridge", "kernel-scale", "epsilon", "box"})
        if (!parameter(GetParam(), name).empty()) expect_refused(GetParam(), changed(GetParam(), name, "0.125"));
}

TEST_P(StateOfOtherParameters, IsRefusedForOtherAlgorithms)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    for (const Variant& other : one_of_each())
        if (other.name != GetParam().name && other.info.available) expect_refused(GetParam(), other);
}

INSTANTIATE_TEST_SUITE_P(, StateOfOtherParameters, ::testing::ValuesIn(one_of_each()), variant_name);

// ---- the forecaster ----

class StateOfForecaster : public ::testing::TestWithParam<Variant> {};

TEST_P(StateOfForecaster, GoesOnBitForBit)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const std::vector<int> horizons{5, 1};
    const Series series = breathing_series(3, kSamples);
    for (const int at : {0, 10, 40, 60}) {
        const auto original = make_forecaster(GetParam().spec, kShortTraining, horizons);
        core::Standardiser standardiser(kShortTraining);
        std::vector<double> expected(6), actual(6);
        const auto observe = [&](core::Forecaster& sut, int n) {
            sut.observe({n, {}, series[static_cast<std::size_t>(n)]}, standardiser.view());
        };
        for (int n = 0; n < at; ++n) {
            standardiser.update(series[static_cast<std::size_t>(n)]);
            observe(*original, n);
            static_cast<void>(original->forecast(expected));
            original->learn();
        }
        std::stringstream state;
        original->save_state(state);
        const auto restored = make_forecaster(GetParam().spec, kShortTraining, horizons);
        restored->load_state(state);
        for (int n = at; n < kSamples; ++n) {
            standardiser.update(series[static_cast<std::size_t>(n)]);
            observe(*original, n);
            observe(*restored, n);
            ASSERT_EQ(original->forecast(expected), restored->forecast(actual)) << "sample " << n;
            ASSERT_EQ(std::memcmp(expected.data(), actual.data(), 6 * sizeof(double)), 0) << "sample " << n;
            original->learn();
            restored->learn();
        }
    }
}

/// Damage is refused or does no worse than a bad forecast: never a NaN in millimetres.
TEST_P(StateOfForecaster, SurvivesFlippedBytesOfItsOwn)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const std::vector<int> horizons{1};
    const Series series = breathing_series(3, kSamples);
    core::Standardiser standardiser(kShortTraining);
    for (const auto& y : series) standardiser.update(y);
    const auto original = make_forecaster(GetParam().spec, kShortTraining, horizons);
    original->observe({0, {}, series[0]}, standardiser.view());
    std::ostringstream out;
    original->save_state(out);
    const std::string bytes = out.str();
    const auto sut = make_forecaster(GetParam().spec, kShortTraining, horizons);
    const std::size_t own = std::min<std::size_t>(bytes.size(), 170);  // header, horizons, standardisation, start
    for (std::size_t at = 0; at < own; ++at)
        for (int mask = 1; mask < 256; ++mask) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ mask);
            std::istringstream in(damaged);
            try {
                sut->load_state(in);
            } catch (const std::runtime_error&) {
                continue;
            }
            std::vector<double> forecast(3);
            sut->observe({1, {}, series[1]}, standardiser.view());
            static_cast<void>(sut->forecast(forecast));
            for (const double value : forecast) ASSERT_TRUE(std::isfinite(value)) << "byte " << at << ", mask " << mask;
        }
}

TEST_P(StateOfForecaster, RefusesOtherHorizons)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const auto state_of = [&](std::vector<int> horizons) {
        std::ostringstream out;
        make_forecaster(GetParam().spec, kShortTraining, horizons)->save_state(out);
        return out.str();
    };
    const std::vector<int> horizons{2, 5};
    for (const std::vector<int>& others : {std::vector<int>{5, 2}, {2, 6}, {2}, {2, 5, 6}}) {
        std::istringstream in(state_of(others));
        EXPECT_THROW(make_forecaster(GetParam().spec, kShortTraining, horizons)->load_state(in), std::runtime_error);
    }
}

INSTANTIATE_TEST_SUITE_P(, StateOfForecaster, ::testing::ValuesIn(one_of_each()), variant_name);

}  // namespace
}  // namespace foretide::rnn
