// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/rnn/rnn_test_support.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <sstream>

#include "rnn/kernels/kernels.h"

namespace foretide::rnn {

Series breathing_series(int p, int samples, unsigned seed, double rate_hz)
{
    std::mt19937_64 engine(seed);
    std::normal_distribution<double> noise(0, 0.05);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::vector<double> phase, second;
    for (int c = 0; c < p; ++c) {
        phase.push_back(2 * M_PI * uniform(engine));
        second.push_back(0.2 + 0.4 * uniform(engine));
    }
    Series series;
    for (int n = 0; n < samples; ++n) {
        const double angle = 2 * M_PI * n / (3.7 * rate_hz);
        std::vector<double> y;
        for (std::size_t c = 0; c < phase.size(); ++c)
            y.push_back(1.3 * std::sin(angle + phase[c]) + second[c] * std::sin(2 * angle - phase[c]) + noise(engine));
        series.push_back(y);
    }
    return series;
}

Series periodic_series(int p, int samples, int period)
{
    Series series;
    for (int n = 0; n < samples; ++n) {
        const double angle = 2 * M_PI * (n % period) / period;
        std::vector<double> y;
        for (int c = 0; c < p; ++c) y.push_back(1.3 * std::sin(angle + c) + 0.4 * std::sin(2 * angle - 2 * c));
        series.push_back(y);
    }
    return series;
}

void PrintTo(const RuleCase& rule, std::ostream* out) { *out << rule.name; }
void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

const char* name_of(DelayedLearning form)
{
    switch (form) {
    case DelayedLearning::stored_record:
        return "stored_record";
    case DelayedLearning::delayed_learner:
        return "delayed_learner";
    case DelayedLearning::stored_influence:
        return "stored_influence";
    }
    return "?";
}

const char* name_of(StepOrder order) { return order == StepOrder::forecast_first ? "forecast_first" : "learn_first"; }

NetworkConfig small_network(const RuleCase& rule, int horizon)
{
    NetworkConfig config;
    config.coordinates = 3;
    config.history = 3;
    config.hidden = 5;
    config.horizon = horizon;
    config.sigma = 0.4;
    config.eta = 0.01;
    config.eta_credit = 0.05;
    config.clip = 1e6;
    config.seed = 7;
    config.uoro_reference_order = rule.uoro_reference_order;
    return config;
}

std::unique_ptr<NetworkPredictor> make_double(const RuleCase& rule, const NetworkConfig& config)
{
    return make_network(rule.rule, Precision::double_precision, config);
}

std::vector<Forecast> run_live(HorizonPredictor& sut, const Series& series, int first, int last, StepOrder order,
                               const std::function<bool(int)>& learns)
{
    std::vector<Forecast> forecasts;
    for (int n = first; n < last; ++n) {
        const std::vector<double>& y = series.at(static_cast<std::size_t>(n));
        const bool learn = !learns || learns(n);
        sut.observe(y);
        if (learn && order == StepOrder::learn_first) sut.learn();
        Forecast forecast{false, std::vector<double>(y.size())};
        forecast.ready = sut.predict(forecast.y_hat);
        forecasts.push_back(std::move(forecast));
        if (learn && order == StepOrder::forecast_first) sut.learn();
    }
    return forecasts;
}

std::vector<Forecast> run_live(HorizonPredictor& sut, const Series& series, StepOrder order)
{
    return run_live(sut, series, 0, static_cast<int>(series.size()), order);
}

std::vector<Forecast> run_published(HorizonPredictor& sut, const Series& series)
{
    std::vector<Forecast> forecasts;
    const auto h = static_cast<std::size_t>(sut.horizon());
    for (std::size_t n = 0; n + h < series.size(); ++n) {
        sut.observe(series[n]);
        Forecast forecast{false, std::vector<double>(series[n].size())};
        forecast.ready = sut.predict(forecast.y_hat);
        forecasts.push_back(std::move(forecast));
        sut.learn_revealed(series[n + h]);
    }
    return forecasts;
}

double largest_difference(const std::vector<Forecast>& a, const std::vector<Forecast>& b)
{
    double largest = 0;
    for (std::size_t n = 0; n < std::min(a.size(), b.size()); ++n) {
        if (a[n].ready != b[n].ready) return std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < a[n].y_hat.size(); ++c) {
            const double difference = std::abs(a[n].y_hat[c] - b[n].y_hat[c]);
            if (!(difference <= largest)) largest = difference;
        }
    }
    return largest;
}

namespace {

std::vector<std::string> words(const std::string& allowed)
{
    std::vector<std::string> list;
    std::istringstream in(allowed);
    for (std::string word; in >> word;)
        if (word != "|") list.push_back(word);
    return list;
}

std::string identifier(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return text;
}

}  // namespace

std::vector<Variant> small_variants()
{
    std::vector<Variant> all;
    for (const AlgorithmInfo& info : algorithms(Protocol::live, kShortTraining.rate_hz)) {
        if (info.multi_horizon) continue;  // no HorizonPredictor: live_*_test.cpp
        Variant plain{info.name, {info.name, info.selection(), 1, Protocol::live}, info};
        for (const ParameterInfo& p : info.parameters) {
            if (p.name == "shl") plain.spec.parameters["shl"] = "4";
            if (p.name == "hidden") plain.spec.parameters["hidden"] = "5";
        }
        std::vector<Variant> combinations{plain};
        for (const ParameterInfo& p : info.parameters) {
            if (p.name == "order" || p.name == "variant" || p.allowed.find(" | ") == std::string::npos) continue;
            std::vector<Variant> more;
            for (const Variant& v : combinations)
                for (const std::string& word : words(p.allowed)) {
                    more.push_back(v);
                    more.back().spec.parameters[p.name] = word;
                    more.back().name += "_" + identifier(word);
                }
            combinations = std::move(more);
        }
        all.insert(all.end(), combinations.begin(), combinations.end());
    }
    return all;
}

std::vector<Variant> default_variants()
{
    std::vector<Variant> all;
    for (const AlgorithmInfo& info : algorithms(Protocol::live, kShortTraining.rate_hz))
        if (!info.multi_horizon) all.push_back({info.name, {info.name, info.selection(), 1, Protocol::live}, info});
    return all;
}

std::string variant_name(const ::testing::TestParamInfo<Variant>& test) { return test.param.name; }
std::string rule_name(const ::testing::TestParamInfo<RuleCase>& test) { return test.param.name; }

std::string parameter(const Variant& variant, const std::string& name)
{
    if (const auto given = variant.spec.parameters.find(name); given != variant.spec.parameters.end())
        return given->second;
    for (const ParameterInfo& p : variant.info.parameters)
        if (p.name == name) return p.default_value;
    return "";
}

ScopedEnvironment::ScopedEnvironment(const char* name, const std::string& value) : name_(name)
{
    if (const char* before = std::getenv(name)) {
        before_ = before;
        was_set_ = true;
    }
    setenv(name, value.c_str(), 1);
}

ScopedEnvironment::~ScopedEnvironment()
{
    if (was_set_)
        setenv(name_.c_str(), before_.c_str(), 1);
    else
        unsetenv(name_.c_str());
}

std::vector<std::string> instruction_sets()
{
    std::vector<std::string> sets;
    for (const char* wish : {"baseline", "avx2", "avx512"}) {
        const ScopedEnvironment isa("FORETIDE_ISA", wish);
        if (kernels::select_kernels<float>().name == std::string(wish)) sets.emplace_back(wish);
    }
    return sets;
}

}  // namespace foretide::rnn
