// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/algorithms.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "rnn/baselines/kernel_svr.h"
#include "rnn/baselines/last_value.h"
#include "rnn/baselines/lms.h"
#include "rnn/baselines/ols.h"
#include "rnn/forecaster_bank.h"
#include "rnn/live/live_algorithms.h"
#include "rnn/network_predictor.h"
#include "rnn/range_check.h"

namespace foretide::rnn {

namespace {

constexpr double kPublishedTrainingSeconds = 54;  // OLS and SVR, ALGORITHMS.md §2
constexpr double kRefitSeconds = 1;

/// Kind of a parameter's value, and its range or its words.
struct ParameterRule {
    const char* name;
    const char* meaning;
    enum Kind { whole, number, word } kind;
    double low, high;  ///< whole, number; low exclusive where open_low
    bool open_low;
    std::vector<std::string> words;
};

const ParameterRule& rule(const std::string& name)
{
    constexpr double infinite = std::numeric_limits<double>::infinity();
    using R = ParameterRule;
    static const std::vector<ParameterRule> rules = {
        {"shl", "signal history length k [samples]", R::whole, 1, 10000, false, {}},
        {"hidden", "hidden units q", R::whole, 1, 4096, false, {}},
        {"eta", "learning rate", R::number, 0, infinite, false, {}},
        {"sigma", "standard deviation of the initial weights", R::number, 0, infinite, false, {}},
        {"clip", "largest norm of all gradients together", R::number, 0, infinite, true, {}},
        {"eta-credit", "learning rate of the credit matrix A", R::number, 0, infinite, false, {}},
        {"delayed",
         "how a late target is learned from: a learner h samples behind, or records of state, influence and "
         "error",
         R::word,
         0,
         0,
         false,
         {"learner", "record", "influence"}},
        {"precision", "number type of the arithmetic", R::word, 0, 0, false, {"float", "double"}},
        {"form", "forecast from the new state, or Haykin's form", R::word, 0, 0, false, {"new-state", "haykin"}},
        {"uoro-order",
         "gradient of the renewed estimate, or of the old one as in the public reference (write "
         "order=…)",
         R::word,
         0,
         0,
         false,
         {"corrected", "reference"}},
        {"tangent", "forward tangent of the estimate", R::word, 0, 0, false, {"closed", "finite-difference"}},
        {"order", "within a live step", R::word, 0, 0, false, {"forecast-first", "learn-first"}},
        {"variant",
         "recipe: made good for the live protocol, or as in the papers",
         R::word,
         0,
         0,
         false,
         {"live", "published"}},
        {"refit",
         "least time between new read-outs taught from the stored past [s]; 0: one read-out for all weights",
         R::number,
         0,
         1000,
         false,
         {}},
        {"experts", "which are combined", R::word, 0, 0, false, {"all", "least-squares", "analog", "with-networks"}},
        {"lessons", "past samples the network is taught a second", R::whole, 1, 10000, false, {}},
        {"ridge", "weight of the squared coefficients [mm²]", R::number, 0, infinite, false, {}},
        {"delta", "weight of the squared coefficients at 10 Hz", R::number, 0, infinite, true, {}},
        {"components", "principal coordinates used", R::whole, 1, 96, false, {}},
        {"memory", "forgetting time constant [s]; 0: never", R::number, 0, infinite, false, {}},
        {"loss-memory", "time constant of the experts' running errors [s]", R::number, 0, infinite, true, {}},
        {"sharpness", "power of an expert's running squared error in its weight", R::number, 0, 100, false, {}},
        {"kernel-scale", "width s of the Gaussian kernel [mm]", R::number, 0, infinite, true, {}},
        {"epsilon", "half-width of the tube without loss [mm]", R::number, 0, infinite, false, {}},
        {"box", "weight C of the losses", R::number, 0, infinite, true, {}},
    };
    return *std::find_if(rules.begin(), rules.end(), [&](const ParameterRule& r) { return r.name == name; });
}

std::string allowed(const ParameterRule& r)
{
    if (r.kind == ParameterRule::word) {
        std::string text;
        for (const std::string& word : r.words) text += (text.empty() ? "" : " | ") + word;
        return text;
    }
    if (r.kind == ParameterRule::whole)
        return std::to_string(static_cast<long>(r.low)) + " … " + std::to_string(static_cast<long>(r.high));
    return r.open_low ? "> 0" : "≥ 0";
}

double number_of(const std::string& text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::numeric_limits<double>::quiet_NaN();
    return value;
}

/// One text for one number: "1e1" is "10".
std::string canonical_number(const std::string& text)
{
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number_of(text), std::chars_format::general);
    return {buffer, end.ptr};
}

void check_value(const std::string& algorithm, const ParameterRule& r, const std::string& value)
{
    bool good = false;
    if (r.kind == ParameterRule::word) {
        good = std::find(r.words.begin(), r.words.end(), value) != r.words.end();
    } else {
        const double v = number_of(value);
        good = v >= r.low && v <= r.high && !(r.open_low && v == r.low) &&
               (r.kind == ParameterRule::number || v == std::floor(v));
    }
    if (!good)
        throw std::invalid_argument(algorithm + ": " + r.name + "=" + value + " is not allowed; give " + allowed(r) +
                                    " (" + r.meaning + ")");
}

/// Parameters (with defaults) of one algorithm. History lengths are given in seconds and follow the rate.
struct Entry {
    const char* name;
    const char* summary;
    LearningRule learning_rule;  ///< networks only
    bool network;
    std::vector<std::pair<std::string, std::string>> defaults;
    bool multi_horizon = false;

    /// "live" or "published"; empty where there is one recipe only.
    std::string variant() const
    {
        const auto found =
            std::find_if(defaults.begin(), defaults.end(), [](const auto& d) { return d.first == "variant"; });
        return found == defaults.end() ? "" : found->second;
    }
    bool has(const std::string& key) const
    {
        return std::any_of(defaults.begin(), defaults.end(), [&](const auto& d) { return d.first == key; });
    }
};

std::vector<Entry> entries(Protocol protocol, double rate_hz)
{
    const bool live = protocol == Protocol::live;
    const auto samples = [rate_hz](double seconds) {
        return std::to_string(std::max(1L, std::lround(seconds * rate_hz)));
    };
    // Published: the reference's fixed settings at 10 Hz. Live: the best at 30–60 s of six real sessions at 10 Hz, mean
    // of 0.3, 0.9, 1.5 and 2.1 s (nothing of what is scored by default was looked at).
    const auto network = [&](const char* shl, const char* hidden, const std::string& live_eta,
                             const std::string& published_eta) {
        std::vector<std::pair<std::string, std::string>> d = {
            {"shl", shl == std::string("short") ? samples(1.2) : samples(3.6)},
            {"hidden", hidden},
            {"eta", live ? live_eta : published_eta},
            {"sigma", "0.02"},
            {"clip", "100"},
            {"precision", "float"},
            {"variant", "published"}};
        if (live) {
            d.emplace_back("delayed", "learner");
            d.emplace_back("order", "forecast-first");
        }
        return d;
    };
    const auto with = [](std::vector<std::pair<std::string, std::string>> d,
                         std::initializer_list<std::pair<std::string, std::string>> more) {
        d.insert(d.end(), more);
        return d;
    };
    std::vector<std::pair<std::string, std::string>> lms = {{"shl", samples(live ? 2.0 : 6.0)},
                                                            {"eta", live ? "0.0001" : "0.0005"},
                                                            {"clip", "100"},
                                                            {"precision", "float"}};
    std::vector<std::pair<std::string, std::string>> ols = {{"shl", samples(1.2)}, {"ridge", live ? "30" : "1e-16"}};
    std::vector<std::pair<std::string, std::string>> svr = {
        {"shl", samples(1.2)}, {"kernel-scale", "200"}, {"epsilon", "0.02"}, {"box", "500"}};
    if (live) {
        lms.emplace_back("delayed", "learner");
        for (auto* d : {&lms, &ols, &svr}) d->emplace_back("order", "forecast-first");
    }
    std::vector<Entry> all = {
        {"last", "the last position: a system without prediction", {}, false, {}},
        {"ols",
         "least squares on the lagged positions, refitted each second (published: once, on 54 s)",
         {},
         false,
         ols},
        {"lms", "least mean squares: a linear filter by gradient descent", {}, false, lms},
        {"svr",
         "epsilon-support-vector regression, Gaussian kernel, trained on the first 54 s (not real-time)",
         {},
         false,
         svr}};
    const std::pair<std::string, std::string> order{"order", "forecast-first"};
    // Live learning rates: chosen at 36–60 s of six real sessions at their three rates, and on nine simulated patients
    // of four minutes, where too high a rate shows late. Within a factor of two they all do about as well.
    const auto add_network = [&](const char* name, const char* summary, LearningRule learning_rule,
                                 const char* live_eta, std::vector<std::pair<std::string, std::string>> published) {
        if (live) {
            std::vector<std::pair<std::string, std::string>> d = {{"hidden", "20"}, {"variant", "live"}, order};
            if (learning_rule != LearningRule::fixed)
                d = with(d, {{"eta", live_eta}, {"lessons", "100"}, {"refit", "5"}});
            if (learning_rule == LearningRule::dni) d = with(d, {{"eta-credit", "0.01"}});
            all.push_back({name, summary, learning_rule, true, d, true});
        }
        all.push_back({name, summary, learning_rule, true, std::move(published)});
    };
    add_network("fixed", "recurrent network with fixed recurrent weights: only the read-out learns",
                LearningRule::fixed, "0", network("long", "90", "0.005", "0.01"));
    add_network("rtrl", "recurrent network, real-time recurrent learning", LearningRule::rtrl, "0.01",
                with(network("short", "40", "0.002", "0.02"), {{"form", "new-state"}}));
    add_network("uoro", "recurrent network, unbiased online recurrent optimisation", LearningRule::uoro, "0.02",
                with(network("long", "90", "0.0005", "0.01"), {{"uoro-order", "corrected"}, {"tangent", "closed"}}));
    add_network("snap1", "recurrent network, sparse one-step approximation of RTRL", LearningRule::snap1, "0.02",
                network("long", "90", "0.0005", "0.01"));
    add_network("dni", "recurrent network, decoupled neural interfaces", LearningRule::dni, "0.005",
                with(network("long", "90", "0.0005", "0.01"), {{"eta-credit", "0.002"}}));
    if (live) {
        all.push_back({"rls",
                       "recursive least squares on spread lags of the first principal coordinates, displacements",
                       {},
                       false,
                       {{"components", "1"}, {"delta", "1"}, {"memory", "0"}, order},
                       true});
        all.push_back({"foretide",
                       "online combination of least-squares and analog experts by their running errors (the default)",
                       {},
                       false,
                       {{"experts", "all"}, {"loss-memory", "3"}, {"sharpness", "2"}, order},
                       true});
    }
    return all;
}

/// `order` is one word on the command line for two switches, told apart by their values.
std::string canonical_key(const std::string& key, const std::string& value)
{
    return key == "order" && (value == "corrected" || value == "reference") ? "uoro-order" : key;
}

/// The recipe of an algorithm that the parameters given ask for (see resolve_parameters()).
Entry find_entry(const std::string& algorithm, const Parameters& given, Protocol protocol, double rate_hz)
{
    std::vector<Entry> all = entries(protocol, rate_hz);
    const auto named = [&](const Entry& entry) { return algorithm == entry.name; };
    const auto first = std::find_if(all.begin(), all.end(), named);
    if (first == all.end()) {
        std::string names;
        for (const Entry& entry : all)
            if (names.empty() || !names.ends_with(entry.name))
                names += (names.empty() ? "" : ", ") + std::string(entry.name);
        const auto lives = entries(Protocol::live, rate_hz);
        throw std::invalid_argument((std::any_of(lives.begin(), lives.end(), named)
                                         ? algorithm + " knows the live protocol only; the published one has "
                                         : "unknown algorithm '" + algorithm + "'; there are ") +
                                    names);
    }
    const auto second = std::find_if(first + 1, all.end(), named);
    if (second == all.end()) return *first;
    if (const auto variant = given.find("variant"); variant != given.end())
        return variant->second == second->variant() ? *second : *first;
    for (const auto& [key, value] : given) {
        const std::string name = canonical_key(key, value);
        if (!first->has(name) && second->has(name)) return *second;
    }
    return *first;
}

DelayedLearning delayed_of(const Parameters& p)
{
    const auto found = p.find("delayed");
    if (found == p.end() || found->second == "learner") return DelayedLearning::delayed_learner;
    return found->second == "record" ? DelayedLearning::stored_record : DelayedLearning::stored_influence;
}

}  // namespace

std::vector<AlgorithmInfo> algorithms(Protocol protocol, double rate_hz)
{
    std::vector<AlgorithmInfo> all;
    for (const Entry& entry : entries(protocol, rate_hz)) {
        AlgorithmInfo info;
        info.name = entry.name;
        info.summary = entry.summary;
        info.variant = entry.variant();
        info.available = info.name != "svr" || kernel_svr_available();
        info.real_time = info.name != "svr";
        info.multi_horizon = entry.multi_horizon;
        info.seeded = entry.network || info.name == kDefaultAlgorithm;
        for (const auto& [name, value] : entry.defaults)
            info.parameters.push_back({name, value, allowed(rule(name)), rule(name).meaning});
        all.push_back(std::move(info));
    }
    return all;
}

Parameters resolve_parameters(const std::string& algorithm, const Parameters& given, Protocol protocol, double rate_hz)
{
    const Entry entry = find_entry(algorithm, given, protocol, rate_hz);
    if (const auto variant = given.find("variant");
        protocol == Protocol::published && variant != given.end() && variant->second == "live" && entry.network)
        throw std::invalid_argument(algorithm +
                                    ": variant=live knows the live protocol only; leave the variant out, the "
                                    "published protocol implies variant=published");
    Parameters resolved(entry.defaults.begin(), entry.defaults.end());
    for (const auto& [key, value] : given) {
        const std::string name = canonical_key(key, value);
        const auto found = resolved.find(name);
        if (found == resolved.end()) {
            std::string names;
            for (const Entry& recipe : entries(protocol, rate_hz)) {
                if (algorithm != recipe.name) continue;
                for (const auto& [known, unused] : recipe.defaults) names += (names.empty() ? "" : ", ") + known;
                if (!recipe.variant().empty()) names += " (variant=" + recipe.variant() + ")";
            }
            throw std::invalid_argument(algorithm + " has no parameter '" + key + "' in this protocol; it has " +
                                        (names.empty() ? "none" : names));
        }
        check_value(algorithm, rule(name), value);
        found->second = rule(name).kind == ParameterRule::word ? value : canonical_number(value);
    }
    return resolved;
}

PredictorChoice make_predictor(const AlgorithmSpec& spec, const core::SeriesLayout& layout, int horizon)
{
    const Entry entry = find_entry(spec.name, spec.parameters, spec.protocol, layout.rate_hz);
    if (entry.multi_horizon)
        throw std::invalid_argument(spec.name + " forecasts all its horizons together: make_forecaster() builds it");
    const Parameters p = resolve_parameters(spec.name, spec.parameters, spec.protocol, layout.rate_hz);
    RangeCheck(spec.name)
        .whole("markers", layout.markers, 1, kMaxCoordinates / 3)
        .whole("horizon", horizon, 1, kMaxHorizon);
    const auto number = [&p](const char* key) { return number_of(p.at(key)); };
    const auto whole = [&p](const char* key) { return static_cast<int>(number_of(p.at(key))); };
    const auto is = [&p](const char* key, const char* value) {
        const auto found = p.find(key);
        return found != p.end() && found->second == value;
    };
    const Precision precision = is("precision", "double") ? Precision::double_precision : Precision::single_precision;

    if (entry.network) {
        NetworkConfig c;
        c.coordinates = layout.coordinates();
        c.history = whole("shl");
        c.hidden = whole("hidden");
        c.horizon = horizon;
        c.eta = number("eta");
        c.clip = number("clip");
        c.sigma = number("sigma");
        if (p.contains("eta-credit")) c.eta_credit = number("eta-credit");
        c.seed = spec.seed;
        c.delayed = delayed_of(p);
        c.uoro_reference_order = is("uoro-order", "reference");
        c.uoro_finite_difference = is("tangent", "finite-difference");
        const LearningRule learning_rule = is("form", "haykin") ? LearningRule::rtrl_haykin : entry.learning_rule;
        return {make_network(learning_rule, precision, c), true};
    }
    if (spec.name == "last") return {std::make_unique<LastValue>(layout.coordinates(), horizon), false};
    if (spec.name == "lms") {
        LmsConfig c;
        c.coordinates = layout.coordinates();
        c.history = whole("shl");
        c.horizon = horizon;
        c.eta = number("eta");
        c.clip = number("clip");
        c.delayed = delayed_of(p);
        return {make_lms(precision, c), true};
    }
    const int train_samples = static_cast<int>(std::lround(kPublishedTrainingSeconds * layout.rate_hz));
    if (spec.name == "ols") {
        OlsConfig c;
        c.coordinates = layout.coordinates();
        c.history = whole("shl");
        c.horizon = horizon;
        c.ridge = number("ridge");
        c.refit_every = std::max(1, static_cast<int>(std::lround(kRefitSeconds * layout.rate_hz)));
        c.train_samples = spec.protocol == Protocol::published ? train_samples : 0;
        return {std::make_unique<Ols>(c), false};
    }
    KernelSvrConfig c;
    c.coordinates = layout.coordinates();
    c.history = whole("shl");
    c.horizon = horizon;
    c.train_samples = train_samples;
    c.kernel_scale = number("kernel-scale");
    c.epsilon = number("epsilon");
    c.box = number("box");
    return {make_kernel_svr(c), false};
}

std::unique_ptr<core::Forecaster> make_forecaster(const AlgorithmSpec& spec, const core::SeriesLayout& layout,
                                                  std::span<const int> horizons_samples)
{
    const Entry entry = find_entry(spec.name, spec.parameters, spec.protocol, layout.rate_hz);
    if (entry.multi_horizon) {
        const Parameters p = resolve_parameters(spec.name, spec.parameters, spec.protocol, layout.rate_hz);
        RangeCheck(spec.name).whole("markers", layout.markers, 1, kMaxCoordinates / 3);
        for (const int horizon : horizons_samples) RangeCheck(spec.name).whole("horizon", horizon, 1, kMaxHorizon);
        const auto number = [&p](const char* key) { return number_of(p.at(key)); };
        if (entry.network) {
            NetworkOptions options;
            options.rule = entry.learning_rule;
            options.hidden = static_cast<int>(number("hidden"));
            if (p.contains("eta")) options.eta = number("eta");
            if (p.contains("lessons")) options.lessons_a_second = number("lessons");
            if (p.contains("refit")) options.refit_s = number("refit");
            if (p.contains("eta-credit")) options.eta_credit = number("eta-credit");
            options.seed = spec.seed;
            return make_network_forecaster(layout, horizons_samples, options);
        }
        if (spec.name == "rls")
            return make_rls_forecaster(layout, horizons_samples,
                                       {static_cast<int>(number("components")), number("delta"), number("memory")});
        const std::string& experts = p.at("experts");
        const ExpertChoice choice = experts == "least-squares" ? ExpertChoice::least_squares
                                    : experts == "analog"      ? ExpertChoice::analog
                                    : experts == "all"         ? ExpertChoice::all
                                                               : ExpertChoice::with_networks;
        return make_foretide_forecaster(layout, horizons_samples,
                                        {choice, spec.seed, number("loss-memory"), number("sharpness")});
    }
    std::vector<std::unique_ptr<HorizonPredictor>> predictors;
    bool standardised = true;
    for (const int horizon : horizons_samples) {
        PredictorChoice choice = make_predictor(spec, layout, horizon);
        standardised = choice.standardised;
        predictors.push_back(std::move(choice.predictor));
    }
    return std::make_unique<ForecasterBank>(layout, std::move(predictors), standardised);
}

}  // namespace foretide::rnn
