// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/forecaster.h"
#include "core/standardiser.h"
#include "rnn/network_predictor.h"

namespace foretide::validation::bench {

/// One network on the hot path: single precision, live protocol, three markers, on simulated breathing.
struct HotPathCase {
    std::string name;  ///< "snap1/30Hz/shl180/hidden180"
    rnn::LearningRule rule = rnn::LearningRule::snap1;
    double rate_hz = 10;
    int history = 60;
    int hidden = 180;
};

/// The largest sizes of the published grid at 10 and 30 Hz.
std::vector<HotPathCase> hot_path_cases();

/// A running case. The series repeats after some minutes; its first steps, without history, are done.
class HotPathLoop {
public:
    explicit HotPathLoop(const HotPathCase& which);

    /// From a sample's arrival to its forecast: observe() and predict().
    void forecast() noexcept;
    /// The rest of the step: learn().
    void learn() noexcept { network_->learn(); }

    std::size_t weight_count() const noexcept { return weights_; }  ///< entries of W, rows padded

private:
    std::unique_ptr<rnn::NetworkPredictor> network_;
    std::vector<double> series_;  // samples × p, standardised
    std::size_t at_ = 0, p_ = 9, weights_ = 0;
    std::vector<double> y_hat_;
};

/// A whole live forecaster, all horizons at once: three markers, on simulated breathing.
struct ForecasterCase {
    std::string name;  ///< "foretide/30Hz/21horizons"
    std::string algorithm;
    double rate_hz = 30;
    std::vector<double> horizons_s;
};

/// The default forecaster at 30 Hz, with the horizons of its accuracy figures and with every 0.1 s to 2.1 s.
std::vector<ForecasterCase> forecaster_cases();

/// A running case, its memory full. The series repeats after some minutes.
class ForecasterLoop {
public:
    explicit ForecasterLoop(const ForecasterCase& which);

    /// From a sample's arrival to its forecasts: observe() and forecast().
    void forecast() noexcept;
    /// The rest of the step: learn().
    void learn() noexcept { forecaster_->learn(); }

private:
    std::unique_ptr<core::Forecaster> forecaster_;
    core::Standardiser standardiser_;
    std::vector<double> series_mm_;  // samples × p
    std::size_t at_ = 0, p_ = 9;
    std::int64_t samples_ = 0;
    std::vector<double> forecasts_mm_;
};

}  // namespace foretide::validation::bench
