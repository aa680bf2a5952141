// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/bench/hot_path.h"

#include <cmath>
#include <stdexcept>

#include "acquisition/simulated_patient.h"
#include "core/standardiser.h"
#include "rnn/aligned.h"

namespace foretide::validation::bench {

namespace {

constexpr double kHorizonSeconds = 0.5;

std::vector<double> standardised_series(double rate_hz)
{
    acquisition::SimulationOptions options;
    options.rate_hz = rate_hz;
    options.duration = std::chrono::minutes{3};
    const core::Recording recording = acquisition::simulate_patient("regular", options);
    std::vector<double> series;
    for (const core::MarkerFrame& frame : recording.frames)
        for (int m = 0; m < recording.markers; ++m)
            for (const double x : frame.markers[static_cast<std::size_t>(m)].position_mm) series.push_back(x);
    core::Standardiser standardiser({recording.markers, rate_hz});
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

}  // namespace foretide::validation::bench
