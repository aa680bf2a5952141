// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/live_algorithms.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "rnn/live/analog_expert.h"
#include "rnn/live/ensemble_forecaster.h"
#include "rnn/live/recurrent_expert.h"
#include "rnn/live/rls_expert.h"

namespace foretide::rnn {

namespace {

constexpr double kBasisSeconds = 30;       // when the standardisation freezes, too
constexpr double kMemorySeconds = 300;     // patterns of the past that analogs choose from
constexpr double kPatternRate_hz = 10;     // patterns kept a second: faster sources repeat themselves
constexpr double kRidgeRate_hz = 10;       // ridges are stated for this rate: they stand for a time of training
constexpr double kUsualErrorSeconds = 20;  // over which the size of an error is usual
constexpr int kFewestNeighbours = 8;
constexpr double kTaughtSeconds = 240;  // past that networks are taught, within the memory while a read-out is rebuilt
constexpr double kLeastPastSeconds = 10;    // revealed before a network is taught
constexpr long kMostASample = 1000;         // lessons and samples rebuilt, however slow the source
constexpr double kRebuildingASecond = 400;  // past samples it is taught a second

/// Lags in seconds as samples, each once, at least 1.
std::vector<int> lags(double rate_hz, const std::vector<double>& seconds)
{
    std::vector<int> samples;
    for (const double s : seconds) samples.push_back(std::max(1, static_cast<int>(std::lround(s * rate_hz))));
    samples.erase(std::unique(samples.begin(), samples.end()), samples.end());
    return samples;
}

std::unique_ptr<Expert> recurrent_expert(const core::SeriesLayout& layout, std::span<const int> horizons,
                                         const NetworkOptions& options)
{
    const double rate = layout.rate_hz;
    const auto a_sample = [rate](double a_second, long least) {
        return static_cast<int>(std::clamp(std::lround(a_second / rate), least, kMostASample));
    };
    RecurrentConfig c;
    c.rule = options.rule;
    c.coordinates = layout.coordinates();
    c.horizons.assign(horizons.begin(), horizons.end());
    c.hidden = options.hidden;
    c.components = 3;
    c.lags = lags(rate, {.2, .4, .7, 1.1, 1.6});
    c.read_out_components = 1;
    c.read_out_lags = lags(rate, {.2, .5, 1.0, 2.0});
    c.eta = options.eta;
    c.eta_credit = options.eta_credit;
    c.state_ridge = 10 * rate / kRidgeRate_hz;
    c.lag_ridge = rate / kRidgeRate_hz;
    c.usual_error_samples = std::max(1.0, kUsualErrorSeconds * rate);
    c.lessons = a_sample(options.lessons_a_second, 1);
    c.rebuilding = a_sample(kRebuildingASecond, 2);
    c.rebuild_every_samples =
        options.refit_s > 0 ? static_cast<int>(std::max(1L, std::lround(options.refit_s * rate))) : 0;
    c.least_past_samples = std::max(1, static_cast<int>(kLeastPastSeconds * rate));
    c.memory_samples = std::max(2, static_cast<int>(kTaughtSeconds * rate));
    c.seed = options.seed;
    return make_recurrent_expert(c);
}

EnsembleConfig ensemble_config(double rate_hz, int components)
{
    EnsembleConfig config;
    config.components = components;
    config.basis_samples = std::max(2, static_cast<int>(std::lround(kBasisSeconds * rate_hz)));
    config.memory_samples = static_cast<int>(std::lround(kMemorySeconds * rate_hz));
    return config;
}

}  // namespace

std::unique_ptr<core::Forecaster> make_rls_forecaster(const core::SeriesLayout& layout, std::span<const int> horizons,
                                                      const RlsOptions& options)
{
    RlsConfig rls;
    rls.coordinates = layout.coordinates();
    rls.horizons.assign(horizons.begin(), horizons.end());
    rls.components = options.components;
    rls.lags = lags(layout.rate_hz, {.1, .2, .3, .4, .6, .8, 1.0, 1.2, 1.5, 1.8, 2.1, 2.4, 2.8, 3.2, 3.6, 4.0});
    rls.ridge = options.ridge * layout.rate_hz / kRidgeRate_hz;
    rls.memory_samples = options.memory_s * layout.rate_hz;
    rls.usual_samples = std::max(1.0, kUsualErrorSeconds * layout.rate_hz);
    std::vector<std::unique_ptr<Expert>> experts;
    experts.push_back(std::make_unique<RlsExpert>(rls));
    return std::make_unique<EnsembleForecaster>(layout, rls.horizons, std::move(experts),
                                                ensemble_config(layout.rate_hz, options.components));
}

std::unique_ptr<core::Forecaster> make_network_forecaster(const core::SeriesLayout& layout,
                                                          std::span<const int> horizons, const NetworkOptions& options)
{
    std::vector<std::unique_ptr<Expert>> experts;
    experts.push_back(recurrent_expert(layout, horizons, options));
    return std::make_unique<EnsembleForecaster>(layout, std::vector<int>(horizons.begin(), horizons.end()),
                                                std::move(experts), ensemble_config(layout.rate_hz, 3));
}

std::unique_ptr<core::Forecaster> make_foretide_forecaster(const core::SeriesLayout& layout,
                                                           std::span<const int> horizons,
                                                           const ForetideOptions& options)
{
    const double rate = layout.rate_hz;
    std::vector<std::unique_ptr<Expert>> experts;
    const bool least_squares = options.experts != ExpertChoice::analog;
    const bool analog = options.experts != ExpertChoice::least_squares;
    const auto add_rls = [&](int components, const std::vector<double>& lags_s, double ridge, double memory_s) {
        RlsConfig c;
        c.coordinates = layout.coordinates();
        c.horizons.assign(horizons.begin(), horizons.end());
        c.components = components;
        c.lags = lags(rate, lags_s);
        c.ridge = ridge * rate / kRidgeRate_hz;
        c.memory_samples = memory_s * rate;
        c.usual_samples = std::max(1.0, kUsualErrorSeconds * rate);
        if (least_squares) experts.push_back(std::make_unique<RlsExpert>(c));
    };
    add_rls(1, {.1, .2, .3, .5, .8, 1.2, 1.7, 2.3, 3.0, 3.8, 4.6, 5.5}, 1, 0);
    add_rls(3, {.1, .2, .4, .7, 1.1, 1.6, 2.2}, 10, 0);
    add_rls(5, {.1, .2, .3, .5, .7, .9, 1.2, 1.5, 1.8, 2.1, 2.4}, 10, 0);
    add_rls(1, {.1, .2, .3, .5, .7, .9, 1.2, 1.5, 1.8, 2.1, 2.4}, 3, 30);
    // Little ridge for regular breathing, short memories for a patient who changes it.
    add_rls(1, {.1, .2, .3, .5, .8, 1.2, 1.7, 2.3, 3.0, 3.8, 4.6, 5.5}, .1, 60);
    add_rls(3, {.1, .2, .4, .7, 1.1, 1.6, 2.2}, .3, 30);
    add_rls(2, {.1, .2, .3, .5, .7, .9, 1.2, 1.5, 1.8, 2.1, 2.4}, .03, 5);

    const int stride = std::max(1, static_cast<int>(std::lround(rate / kPatternRate_hz)));
    struct Analog {
        int components;
        std::vector<double> lags_s;
        double decay_s, position_weight, neighbours_s;
        double sharpness = 2, age_s = 0, outlier_limit = 0;
    };
    std::vector<std::shared_ptr<PatternMemory>> memories;  // one for all experts that compare the same
    const auto add_analog = [&](const Analog& a) {
        AnalogConfig c;
        c.coordinates = layout.coordinates();
        c.horizons.assign(horizons.begin(), horizons.end());
        c.patterns.components = a.components;
        c.patterns.lags = lags(rate, a.lags_s);
        c.patterns.lag_decay_samples = a.decay_s * rate;
        c.patterns.position_weight = a.position_weight;
        c.patterns.stride = stride;
        c.neighbours = std::max(kFewestNeighbours, static_cast<int>(std::lround(a.neighbours_s * rate / stride)));
        c.patterns.capacity = std::max(c.neighbours, static_cast<int>(kMemorySeconds * rate) / stride);
        c.sharpness = a.sharpness;
        c.age_samples = a.age_s * rate;
        c.outlier_limit = a.outlier_limit;
        if (!analog) return;
        const PatternConfig wanted = AnalogExpert::patterns_of(c);
        auto memory = std::ranges::find_if(memories, [&](const auto& m) { return m->config() == wanted; });
        if (memory == memories.end()) memory = memories.insert(memories.end(), std::make_shared<PatternMemory>(wanted));
        experts.push_back(std::make_unique<AnalogExpert>(c, *memory));
    };
    // Wide kernels over the whole memory: what is likely where the patient is irregular. A small position weight
    // lets the baseline drift.
    add_analog({3, {.2, .4, .7, 1.1, 1.6}, 0, 1.5, 4});
    add_analog({5, {.1, .3, .6, 1.0, 1.5, 2.1, 2.8, 3.6}, 2, .25, 2});
    add_analog({3, {.3, .6, .9, 1.2, 1.5, 1.8, 2.1, 2.4, 2.7, 3.0, 3.3, 3.6}, 0, .25, 2});
    add_analog({1, {.3, .6, .9, 1.2}, 0, 1, 4});
    add_analog({1, {.3, .6, .9, 1.2}, 0, .25, 4});
    add_analog({2, {.1, .3, .6, 1.0, 1.5, 2.1, 2.8, 3.6}, 3, 1.5, 4});
    // Narrow, ageing and robust ones: the last regular breaths like this one.
    add_analog({3, {.2, .4, .7, 1.1, 1.6}, 0, 1.5, 4, 8, 60, 1.5});
    add_analog({5, {.1, .3, .6, 1.0, 1.5, 2.1, 2.8, 3.6}, 2, .25, 3, 6, 60, 1.5});
    add_analog({2, {.1, .3, .6, 1.0, 1.5, 2.1, 2.8, 3.6}, 3, 1.5, 4, 8, 60, 1.5});
    add_analog({5, {.2, .4, .7, 1.1, 1.6}, 0, .25, 4, 8, 30, 1.5});
    add_analog({3, {.2, .4, .7, 1.1, 1.6}, 0, .5, 4, 8, 60, 1.5});

    if (options.experts == ExpertChoice::with_networks) {
        NetworkOptions network;
        network.seed = options.seed;
        for (const LearningRule rule : {LearningRule::snap1, LearningRule::dni, LearningRule::uoro}) {
            network.rule = rule;
            experts.push_back(recurrent_expert(layout, horizons, network));
        }
    }
    EnsembleConfig config = ensemble_config(rate, 5);
    config.loss_memory_samples = std::max(1.0, options.loss_memory_s * rate);
    config.sharpness = options.sharpness;
    return std::make_unique<EnsembleForecaster>(layout, std::vector<int>(horizons.begin(), horizons.end()),
                                                std::move(experts), config);
}

}  // namespace foretide::rnn
