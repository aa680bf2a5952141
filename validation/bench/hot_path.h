// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <string>
#include <vector>

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

}  // namespace foretide::validation::bench
