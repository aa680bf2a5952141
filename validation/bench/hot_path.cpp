// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/bench/hot_path.h"

#include <cmath>
#include <stdexcept>

#include "acquisition/simulated_patient.h"
#include "rnn/algorithms.h"
#include "rnn/aligned.h"

namespace foretide::validation::bench {

namespace {

constexpr double kHorizonSeconds = 0.5;

constexpr double kMemorySeconds = 300;  // of the live forecasters

std::vector<double> series_mm(const char* patient, double rate_hz, core::Duration duration)
{
    acquisition::SimulationOptions options;
    options.rate_hz = rate_hz;
    options.duration = duration;
    const core::Recording recording = acquisition::simulate_patient(patient, options);
    std::vector<double> series;
    for (const core::MarkerFrame& frame : recording.frames)
        for (int m = 0; m < recording.markers; ++m)
            for (const double x : frame.markers[static_cast<std::size_t>(m)].position_mm) series.push_back(x);
    return series;
}

std::vector<double> standardised_series(double rate_hz)
{
    std::vector<double> series = series_mm("regular", rate_hz, std::chrono::minutes{3});
    core::Standardiser standardiser({acquisition::kSimulatedMarkers, rate_hz});
    standardiser.set_from_block(series);
    const core::Standardisation scale = standardiser.view();
    for (std::size_t k = 0; k < series.size(); ++k) {
        const std::size_t c = k % scale.mean_mm.size();
        series[k] = (series[k] - scale.mean_mm[c]) / scale.sd_mm[c];
    }
    return series;
}

}  // namespace

std::vector<HotPathCase> hot_path_cases()
{
    using rnn::LearningRule;
    std::vector<HotPathCase> cases;
    const auto add = [&cases](const char* rule_name, LearningRule rule, double rate_hz, int history, int hidden) {
        cases.push_back({std::string(rule_name) + "/" + std::to_string(static_cast<int>(rate_hz)) + "Hz/shl" +
                             std::to_string(history) + "/hidden" + std::to_string(hidden),
                         rule, rate_hz, history, hidden});
    };
    const std::pair<const char*, LearningRule> rules[] = {
        {"snap1", LearningRule::snap1}, {"uoro", LearningRule::uoro}, {"dni", LearningRule::dni}};
    for (const auto& [name, rule] : rules) {
        add(name, rule, 10, 60, 180);
        add(name, rule, 30, 180, 180);
    }
    add("rtrl", LearningRule::rtrl, 10, 60, 40);
    add("rtrl", LearningRule::rtrl, 30, 180, 40);
    return cases;
}

HotPathLoop::HotPathLoop(const HotPathCase& which) : series_(standardised_series(which.rate_hz)), y_hat_(p_)
{
    rnn::NetworkConfig config;
    config.coordinates = static_cast<int>(p_);
    config.history = which.history;
    config.hidden = which.hidden;
    config.horizon = static_cast<int>(std::lround(kHorizonSeconds * which.rate_hz));
    config.eta = 1e-3;
    network_ = make_network(which.rule, rnn::Precision::single_precision, config);
    const rnn::NetworkShape shape(config);
    weights_ = shape.q * rnn::padded<float>(shape.columns);
    for (int k = 0; k < which.history + config.horizon + 20; ++k) {
        forecast();
        learn();
    }
}

void HotPathLoop::forecast() noexcept
{
    network_->observe({series_.data() + at_, p_});
    static_cast<void>(network_->predict(y_hat_));
    at_ += p_;
    if (at_ == series_.size()) at_ = 0;
}

std::vector<ForecasterCase> forecaster_cases()
{
    std::vector<double> every;
    for (int k = 1; k <= 21; ++k) every.push_back(0.1 * k);
    const std::string name = std::string(rnn::kDefaultAlgorithm) + "/30Hz/";
    return {{name + "6horizons", rnn::kDefaultAlgorithm, 30, {0.1, 0.3, 0.6, 1.0, 1.5, 2.1}},
            {name + "21horizons", rnn::kDefaultAlgorithm, 30, every}};
}

ForecasterLoop::ForecasterLoop(const ForecasterCase& which)
    : standardiser_({acquisition::kSimulatedMarkers, which.rate_hz}),
      series_mm_(series_mm("variable", which.rate_hz, std::chrono::minutes{6}))
{
    std::vector<int> horizons;
    for (const double h : which.horizons_s) horizons.push_back(static_cast<int>(std::lround(h * which.rate_hz)));
    forecaster_ = rnn::make_forecaster({which.algorithm, {}, 1, rnn::Protocol::live},
                                       {acquisition::kSimulatedMarkers, which.rate_hz}, horizons);
    forecasts_mm_.resize(horizons.size() * p_);
    for (int k = 0; k < static_cast<int>(kMemorySeconds * which.rate_hz); ++k) {
        forecast();
        learn();
    }
}

void ForecasterLoop::forecast() noexcept
{
    const std::span<const double> y{series_mm_.data() + at_, p_};
    standardiser_.update(y);
    forecaster_->observe({samples_++, {}, y}, standardiser_.view());
    static_cast<void>(forecaster_->forecast(forecasts_mm_));
    at_ += p_;
    if (at_ == series_mm_.size()) at_ = 0;
}

}  // namespace foretide::validation::bench
