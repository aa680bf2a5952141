// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/algorithms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

#include <gtest/gtest.h>

#include "rnn/baselines/kernel_svr.h"
#include "rnn/baselines/lms.h"
#include "rnn/baselines/ols.h"
#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

constexpr double kRates[] = {10.0 / 3.0, 10, 30};
constexpr Protocol kProtocols[] = {Protocol::live, Protocol::published};

/// Runs f, which must throw an Exception whose text holds every one of the words.
template <class Exception, class F>
void expect_error(F&& f, const std::vector<std::string>& words)
{
    try {
        f();
        ADD_FAILURE() << "not refused: " << ::testing::PrintToString(words);
    } catch (const Exception& error) {
        for (const std::string& word : words)
            EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
                << "'" << word << "' is missing in: " << error.what();
    }
}

TEST(Algorithms, ComeInTheOrderOfTheCommandLine)
{
    const std::vector<std::string> order{"last", "ols",   "lms", "svr", "fixed",   "rtrl",
                                         "uoro", "snap1", "dni", "rls", "foretide"};
    for (const Protocol protocol : kProtocols) {
        std::vector<std::string> names;
        for (const AlgorithmInfo& info : algorithms(protocol, 10)) names.push_back(info.name);
        for (std::size_t i = 0; i < 9; ++i)
            EXPECT_NE(std::find(names.begin(), names.end(), order[i]), names.end()) << order[i] << " is missing";
        auto at = order.begin();
        for (const std::string& name : names) {
            at = std::find(at, order.end(), name);
            ASSERT_NE(at, order.end()) << name << " is not in its place";
        }
    }
}

TEST(Algorithms, SayWhatTheyAre)
{
    for (const Protocol protocol : kProtocols)
        for (const double rate : kRates)
            for (const AlgorithmInfo& info : algorithms(protocol, rate)) {
                SCOPED_TRACE(info.name);
                EXPECT_GT(info.summary.size(), 10U);
                EXPECT_EQ(info.available, info.name != "svr" || kernel_svr_available());
                EXPECT_EQ(info.real_time, info.name != "svr");
                for (const ParameterInfo& p : info.parameters) {
                    EXPECT_FALSE(p.allowed.empty()) << p.name;
                    EXPECT_FALSE(p.meaning.empty()) << p.name;
                    EXPECT_FALSE(p.default_value.empty()) << p.name;
                }
            }
}

TEST(Algorithms, ResolveToTheDefaultsTheyList)
{
    for (const Protocol protocol : kProtocols)
        for (const double rate : kRates)
            for (const AlgorithmInfo& info : algorithms(protocol, rate)) {
                SCOPED_TRACE(info.name);
                Parameters expected;
                for (const ParameterInfo& p : info.parameters) expected[p.name] = p.default_value;
                EXPECT_EQ(resolve_parameters(info.name, info.selection(), protocol, rate), expected);
                EXPECT_EQ(resolve_parameters(info.name, expected, protocol, rate), expected) << "defaults given";
                if (info.multi_horizon) {
                    const std::vector<int> horizons{3, 1};
                    const auto sut = make_forecaster({info.name, info.selection(), 1, protocol}, {2, rate}, horizons);
                    EXPECT_EQ(sut->layout().markers, 2);
                    EXPECT_TRUE(std::ranges::equal(sut->horizons(), horizons));
                } else if (info.available) {
                    const PredictorChoice sut =
                        make_predictor({info.name, info.selection(), 1, protocol}, {2, rate}, 3);
                    EXPECT_EQ(sut.predictor->coordinates(), 6);
                    EXPECT_EQ(sut.predictor->horizon(), 3);
                }
            }
}

/// History lengths are seconds that follow the rate, in both protocols.
TEST(Algorithms, HistoryLengthsFollowTheRate)
{
    int with_history = 0;
    for (const Protocol protocol : kProtocols)
        for (const AlgorithmInfo& info : algorithms(protocol, 1000)) {
            const auto shl = [&](double rate) {
                return resolve_parameters(info.name, info.selection(), protocol, rate).at("shl");
            };
            if (!resolve_parameters(info.name, info.selection(), protocol, 10).contains("shl")) continue;
            ++with_history;
            const double seconds = std::stod(shl(1000)) / 1000;
            EXPECT_GT(seconds, 0.1) << info.name;
            for (const double rate : kRates)
                EXPECT_EQ(shl(rate), std::to_string(std::lround(seconds * rate))) << info.name << " at " << rate;
            EXPECT_EQ(shl(0.01), "1") << info.name << ": at least one sample";
        }
    EXPECT_GE(with_history, 16);
    EXPECT_EQ(resolve_parameters("snap1", {}, Protocol::published, 10.0 / 3.0).at("shl"), "12");
    EXPECT_EQ(resolve_parameters("snap1", {}, Protocol::published, 30).at("shl"), "108");
    EXPECT_EQ(resolve_parameters("rtrl", {}, Protocol::published, 30).at("shl"), "36");
}

TEST(Algorithms, PublishedDefaultsAreThePublishedSettings)
{
    const auto expect = [](const char* name, const Parameters& expected) {
        const Parameters p = resolve_parameters(name, {}, Protocol::published, 10);
        for (const auto& [key, value] : expected) EXPECT_EQ(p.at(key), value) << name << ": " << key;
        for (const char* live_only : {"order", "delayed"}) EXPECT_FALSE(p.contains(live_only)) << name;
    };
    for (const char* name : {"fixed", "uoro", "snap1", "dni"})
        expect(name, {{"shl", "36"}, {"eta", "0.01"}, {"hidden", "90"}, {"sigma", "0.02"}, {"clip", "100"}});
    expect("rtrl", {{"shl", "12"}, {"eta", "0.02"}, {"hidden", "40"}, {"form", "new-state"}});
    expect("lms", {{"shl", "60"}, {"eta", "0.0005"}});
    expect("dni", {{"eta-credit", "0.002"}});
    expect("uoro", {{"uoro-order", "corrected"}, {"tangent", "closed"}});
    for (const AlgorithmInfo& info : algorithms(Protocol::live, 10))
        if (info.name != "last") {
            EXPECT_EQ(resolve_parameters(info.name, {}, Protocol::live, 10).at("order"), "forecast-first") << info.name;
        }
}

/// Scripts that set what only the papers' recipe has need not name it.
TEST(ResolveParameters, FindsTheVariantThatIsMeant)
{
    const auto variant = [](const char* name, const Parameters& given, Protocol protocol = Protocol::live) {
        return resolve_parameters(name, given, protocol, 10).at("variant");
    };
    for (const char* name : {"fixed", "rtrl", "uoro", "snap1", "dni"}) {
        EXPECT_EQ(variant(name, {}), "live");
        EXPECT_EQ(variant(name, {{"hidden", "12"}}), "live");
        EXPECT_EQ(variant(name, {{"order", "learn-first"}}), "live");
        EXPECT_EQ(variant(name, {{"hidden", "12"}, {"shl", "9"}}), "published");
        EXPECT_EQ(variant(name, {{"sigma", "0.1"}}), "published");
        EXPECT_EQ(variant(name, {{"variant", "published"}}), "published");
        EXPECT_EQ(variant(name, {}, Protocol::published), "published");
        expect_error<std::invalid_argument>(
            [&] {
                variant(name, {{"variant", "live"}, {"shl", "9"}});
            },
            {name, "shl", "variant=published"});
        expect_error<std::invalid_argument>(
            [&] {
                variant(name, {{"variant", "new"}});
            },
            {name, "variant", "live | published"});
    }
    EXPECT_EQ(variant("uoro", {{"order", "reference"}}), "published");
    EXPECT_EQ(variant("snap1", {{"lessons", "50"}}), "live");
}

TEST(ResolveParameters, TellsTheTwoMeaningsOfOrderApart)
{
    const auto uoro = [](const Parameters& given) { return resolve_parameters("uoro", given, Protocol::live, 10); };
    Parameters p = uoro({{"order", "reference"}});
    EXPECT_EQ(p.at("uoro-order"), "reference");
    EXPECT_EQ(p.at("order"), "forecast-first");
    p = uoro({{"order", "corrected"}});
    EXPECT_EQ(p.at("uoro-order"), "corrected");
    p = uoro({{"order", "learn-first"}, {"variant", "published"}});
    EXPECT_EQ(p.at("uoro-order"), "corrected");
    EXPECT_EQ(p.at("order"), "learn-first");
    p = uoro({{"order", "learn-first"}, {"uoro-order", "reference"}});
    EXPECT_EQ(p.at("uoro-order"), "reference");
    EXPECT_EQ(p.at("order"), "learn-first");
    EXPECT_EQ(resolve_parameters("uoro", {{"order", "reference"}}, Protocol::published, 10).at("uoro-order"),
              "reference");

    expect_error<std::invalid_argument>(
        [&] {
            uoro({{"order", "random"}});
        },
        {"order", "random", "forecast-first", "learn-first"});
    for (const char* word : {"reference", "corrected"})
        expect_error<std::invalid_argument>(
            [&] {
                resolve_parameters("snap1", {{"order", word}}, Protocol::live, 10);
            },
            {"snap1", "order"});
    expect_error<std::invalid_argument>(
        [&] {
            resolve_parameters("snap1", {{"order", "learn-first"}}, Protocol::published, 10);
        },
        {"snap1", "order"});
}

/// The switch reaches the network: the two orders are different forecasters.
TEST(MakePredictor, HandsTheSwitchesOn)
{
    const Series series = breathing_series(3, 60);
    const auto run = [&](const char* name, Parameters given) {
        given.merge(Parameters{{"precision", "double"}, {"shl", "4"}, {"hidden", "6"}, {"sigma", "0.3"}});
        return run_live(*make_predictor({name, given, 1, Protocol::live}, {1, 10}, 3).predictor, series);
    };
    const auto expect_differs = [&](const char* name, const char* key, const char* value) {
        EXPECT_GT(largest_difference(run(name, {}), run(name, {{key, value}})), 1e-9) << name << " " << key;
    };
    expect_differs("uoro", "order", "reference");
    expect_differs("uoro", "tangent", "finite-difference");
    expect_differs("rtrl", "form", "haykin");
    expect_differs("dni", "eta-credit", "0.5");
    for (const char* name : {"fixed", "rtrl", "uoro", "snap1", "dni"}) {
        expect_differs(name, "delayed", "record");
        if (name != std::string("fixed")) expect_differs(name, "delayed", "influence");  // forms 2 and 3 coincide there
        expect_differs(name, "eta", "0.05");
        expect_differs(name, "sigma", "0.2");
        expect_differs(name, "clip", "0.01");
        expect_differs(name, "shl", "5");
        expect_differs(name, "hidden", "7");
        expect_differs(name, "precision", "float");
        EXPECT_EQ(largest_difference(run(name, {}), run(name, {{"order", "learn-first"}})), 0)
            << "the order within a step is its caller's affair";
    }
}

TEST(MakePredictor, BuildsTheNetworkThatWasAskedFor)
{
    const PredictorChoice choice = make_predictor({"dni",
                                                   {{"shl", "7"},
                                                    {"hidden", "11"},
                                                    {"eta", "0.25"},
                                                    {"sigma", "0.5"},
                                                    {"clip", "3"},
                                                    {"eta-credit", "0.125"},
                                                    {"delayed", "influence"}},
                                                   42,
                                                   Protocol::live},
                                                  {2, 10}, 5);
    EXPECT_TRUE(choice.standardised);
    const auto* network = dynamic_cast<const NetworkPredictor*>(choice.predictor.get());
    ASSERT_NE(network, nullptr);
    const NetworkConfig& config = network->config();
    EXPECT_EQ(config.coordinates, 6);
    EXPECT_EQ(config.history, 7);
    EXPECT_EQ(config.hidden, 11);
    EXPECT_EQ(config.horizon, 5);
    EXPECT_EQ(config.eta, 0.25);
    EXPECT_EQ(config.sigma, 0.5);
    EXPECT_EQ(config.clip, 3);
    EXPECT_EQ(config.eta_credit, 0.125);
    EXPECT_EQ(config.seed, 42U);
    EXPECT_EQ(config.delayed, DelayedLearning::stored_influence);
    for (const char* name : {"last", "ols"}) {
        const PredictorChoice raw = make_predictor({name, {}, 1, Protocol::live}, {1, 10}, 1);
        EXPECT_FALSE(raw.standardised) << name;
    }
    EXPECT_TRUE(make_predictor({"lms", {}, 1, Protocol::live}, {1, 10}, 1).standardised);
}

// ---- refusals ----

TEST(ResolveParameters, RefusesUnknownNames)
{
    expect_error<std::invalid_argument>([] { resolve_parameters("lstm", {}, Protocol::live, 10); },
                                        {"lstm", "last", "snap1", "dni"});
    expect_error<std::invalid_argument>(
        [] {
            resolve_parameters("snap1", {{"momentum", "0.9"}}, Protocol::live, 10);
        },
        {"snap1", "momentum", "shl", "eta", "hidden"});
    expect_error<std::invalid_argument>(
        [] {
            resolve_parameters("last", {{"shl", "3"}}, Protocol::live, 10);
        },
        {"last", "shl", "none"});
    expect_error<std::invalid_argument>(
        [] {
            resolve_parameters("snap1", {{"delayed", "record"}}, Protocol::published, 10);
        },
        {"snap1", "delayed"});
}

/// Every parameter of every algorithm: values outside of its range are refused by name, and the text says what is
/// allowed.
TEST(ResolveParameters, RefusesBadValuesOfEveryParameter)
{
    for (const Protocol protocol : kProtocols)
        for (const AlgorithmInfo& info : algorithms(protocol, 10))
            for (const ParameterInfo& p : info.parameters) {
                SCOPED_TRACE(info.name + " " + p.name);
                std::vector<std::string> bad{"",      " ",   "-1", "nan", "inf",  "-inf",
                                             "1e999", "two", "3 ", " 3",  "0x10", "1,5"};
                const bool words = p.allowed == "published" || p.allowed.find(" | ") != std::string::npos;
                if (words) {
                    bad = {"", "0", "Learner", "learner ", "corrected|reference"};
                } else if (p.allowed.find("…") != std::string::npos) {
                    bad.insert(bad.end(), {"0", "2.5", "10001", "1e9"});
                } else if (p.allowed == "> 0") {
                    bad.emplace_back("0");
                }
                for (const std::string& value : bad)
                    expect_error<std::invalid_argument>(
                        [&] {
                            Parameters given = info.selection();
                            given[p.name] = value;
                            resolve_parameters(info.name, given, protocol, 10);
                        },
                        {info.name, p.name, p.allowed});
            }
}

TEST(MakePredictor, RefusesImpossibleHorizonsAndLayouts)
{
    for (const Protocol protocol : kProtocols)
        for (const AlgorithmInfo& info : algorithms(protocol, 10)) {
            if (!info.available) continue;
            SCOPED_TRACE(info.name);
            const auto make = [&](int markers, int horizon) {
                const AlgorithmSpec spec{info.name, info.selection(), 1, protocol};
                const std::vector<int> horizons{horizon};
                if (info.multi_horizon)
                    static_cast<void>(make_forecaster(spec, {markers, 10}, horizons));
                else
                    static_cast<void>(make_predictor(spec, {markers, 10}, horizon));
            };
            for (const int horizon : {0, -1, 1001, std::numeric_limits<int>::max()})
                expect_error<std::invalid_argument>([&] { make(1, horizon); }, {"horizon", "1000"});
            for (const int markers : {0, -1}) EXPECT_THROW(make(markers, 1), std::invalid_argument);
        }
}

/// Forecasters of all horizons at once are live by construction: they are not listed for the published protocol, and
/// are no predictors of one horizon.
TEST(MakeForecaster, MultiHorizonAlgorithmsAreLiveOnly)
{
    int found = 0;
    for (const AlgorithmInfo& info : algorithms(Protocol::live, 10)) {
        if (!info.multi_horizon) continue;
        ++found;
        SCOPED_TRACE(info.name);
        expect_error<std::invalid_argument>(
            [&] {
                make_predictor({info.name, {}, 1, Protocol::live}, {1, 10}, 1);
            },
            {info.name, "make_forecaster"});
        if (info.variant.empty())
            expect_error<std::invalid_argument>([&] { resolve_parameters(info.name, {}, Protocol::published, 10); },
                                                {info.name, "live"});
        else
            expect_error<std::invalid_argument>(
                [&] {
                    resolve_parameters(info.name, {{"variant", "live"}}, Protocol::published, 10);
                },
                {info.name, "variant", "published"});
    }
    EXPECT_EQ(found, 7);
}

TEST(MakeForecaster, TakesSlowSources)
{
    for (const AlgorithmInfo& info : algorithms(Protocol::live, 0.1))
        if (info.multi_horizon) {
            EXPECT_NO_THROW(make_forecaster({info.name, {}, 1, Protocol::live}, {1, 0.1}, std::vector<int>{1}))
                << info.name;
        }
}

TEST(MakeForecaster, NeedsAHorizonAndReportsIts)
{
    const AlgorithmSpec spec{"lms", {}, 1, Protocol::live};
    EXPECT_THROW(make_forecaster(spec, {1, 10}, {}), std::invalid_argument);
    const std::vector<int> horizons{7, 1, 21};
    const auto sut = make_forecaster(spec, {2, 10}, horizons);
    EXPECT_TRUE(std::equal(horizons.begin(), horizons.end(), sut->horizons().begin(), sut->horizons().end()));
    EXPECT_EQ(sut->layout().coordinates(), 6);
}

TEST(MakeNetwork, RefusesEveryNumberOutOfRange)
{
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    const auto refuses = [](auto NetworkConfig::*member, auto value, const std::vector<std::string>& words) {
        NetworkConfig config;
        config.*member = value;
        for (const RuleCase& rule : kRules)
            for (const Precision precision : {Precision::single_precision, Precision::double_precision})
                expect_error<std::invalid_argument>([&] { make_network(rule.rule, precision, config); }, words);
    };
    for (const int value : {0, -5, 3001}) refuses(&NetworkConfig::coordinates, value, {"coordinates", "1", "3000"});
    for (const int value : {0, -5, 10001}) refuses(&NetworkConfig::history, value, {"shl", "1", "10000"});
    for (const int value : {0, -5, 4097}) refuses(&NetworkConfig::hidden, value, {"hidden", "1", "4096"});
    for (const int value : {0, -5, 1001}) refuses(&NetworkConfig::horizon, value, {"horizon", "1", "1000"});
    for (const double value : {-1e-3, nan, inf, -inf}) {
        refuses(&NetworkConfig::eta, value, {"eta", ">= 0"});
        refuses(&NetworkConfig::sigma, value, {"sigma", ">= 0"});
        refuses(&NetworkConfig::eta_credit, value, {"eta-credit", ">= 0"});
    }
    for (const double value : {0.0, -1.0, nan, inf}) refuses(&NetworkConfig::clip, value, {"clip", "> 0"});
}

TEST(MakeLms, RefusesEveryNumberOutOfRange)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refuses = [](auto LmsConfig::*member, auto value, const std::vector<std::string>& words) {
        LmsConfig config;
        config.*member = value;
        for (const Precision precision : {Precision::single_precision, Precision::double_precision})
            expect_error<std::invalid_argument>([&] { make_lms(precision, config); }, words);
    };
    for (const int value : {0, -1}) refuses(&LmsConfig::coordinates, value, {"coordinates", "1"});
    for (const int value : {0, -1, 10001}) refuses(&LmsConfig::history, value, {"shl", "1", "10000"});
    for (const int value : {0, -1, 1001}) refuses(&LmsConfig::horizon, value, {"horizon", "1", "1000"});
    for (const double value : {-1.0, nan}) refuses(&LmsConfig::eta, value, {"eta", ">= 0"});
    for (const double value : {0.0, -1.0, nan}) refuses(&LmsConfig::clip, value, {"clip", "> 0"});
}

TEST(MakeOls, RefusesEveryNumberOutOfRange)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refuses = [](auto OlsConfig::*member, auto value, const std::vector<std::string>& words) {
        OlsConfig config;
        config.*member = value;
        expect_error<std::invalid_argument>([&] { Ols{config}; }, words);
    };
    for (const int value : {0, -1}) refuses(&OlsConfig::coordinates, value, {"coordinates"});
    for (const int value : {0, -1, 667}) refuses(&OlsConfig::history, value, {"shl", "1", "6000"});
    for (const int value : {0, -1, 1001}) refuses(&OlsConfig::horizon, value, {"horizon", "1", "1000"});
    for (const double value : {-1.0, nan}) refuses(&OlsConfig::ridge, value, {"ridge", ">= 0"});
    refuses(&OlsConfig::refit_every, 0, {"refit", "1"});
    refuses(&OlsConfig::train_samples, -1, {"train"});
}

TEST(MakeKernelSvr, RefusesEveryNumberOutOfRange)
{
    if (!kernel_svr_available())
        GTEST_SKIP() << "SKIPPED: this build has no OpenCV (the presets with a sanitizer leave it out)";
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refuses = [](auto KernelSvrConfig::*member, auto value, const std::vector<std::string>& words) {
        KernelSvrConfig config;
        config.*member = value;
        expect_error<std::invalid_argument>([&] { make_kernel_svr(config); }, words);
    };
    refuses(&KernelSvrConfig::coordinates, 0, {"coordinates"});
    for (const int value : {0, -1, 10001}) refuses(&KernelSvrConfig::history, value, {"shl", "1", "10000"});
    for (const int value : {0, -1, 1001}) refuses(&KernelSvrConfig::horizon, value, {"horizon", "1", "1000"});
    refuses(&KernelSvrConfig::train_samples, 0, {"train"});
    for (const double value : {0.0, -1.0, nan}) {
        refuses(&KernelSvrConfig::kernel_scale, value, {"kernel-scale", "> 0"});
        refuses(&KernelSvrConfig::box, value, {"box", "> 0"});
    }
    for (const double value : {-1.0, nan}) refuses(&KernelSvrConfig::epsilon, value, {"epsilon", ">= 0"});
}

TEST(SetWeights, RefusesOtherShapes)
{
    for (const RuleCase& rule : kRules) {
        const auto sut = make_double(rule, small_network(rule));
        const NetworkWeights good = sut->weights();
        EXPECT_NO_THROW(sut->set_weights(good));
        for (Eigen::MatrixXd NetworkWeights::*member :
             {&NetworkWeights::Wa, &NetworkWeights::Wb, &NetworkWeights::Wc, &NetworkWeights::A}) {
            if (member == &NetworkWeights::A && rule.rule != LearningRule::dni) continue;
            NetworkWeights bad = good;
            (bad.*member).conservativeResize((bad.*member).rows(), (bad.*member).cols() + 1);
            EXPECT_THROW(sut->set_weights(bad), std::invalid_argument) << rule.name;
        }
    }
}

}  // namespace
}  // namespace foretide::rnn
