// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>

#include "rnn/network_predictor.h"

namespace foretide::rnn {

/// Least mean squares: ŷ(n+h) = W·u(n), u = [1; y(n−k+1); …; y(n)], W [p × (m+1)] from 0 by gradient descent with
/// clipping (ALGORITHMS.md §2):  W ← W + η·scale·e·uᵀ.
struct LmsConfig {
    int coordinates = 9;                                         ///< p ≥ 1
    int history = 12;                                            ///< k ≥ 1 [samples]
    int horizon = 1;                                             ///< h ≥ 1 [samples]
    double eta = 5e-4;                                           ///< η ≥ 0
    double clip = 100;                                           ///< τ > 0
    DelayedLearning delayed = DelayedLearning::delayed_learner;  ///< forms 2 and 3 coincide here
};

class LmsPredictor : public HorizonPredictor {
public:
    /// W [p × (m+1)], bias first, then the window, oldest sample first. Not RT-safe.
    virtual Eigen::MatrixXd weights() const = 0;
};

/// Throws std::invalid_argument where a number of the configuration is out of its range.
std::unique_ptr<LmsPredictor> make_lms(Precision precision, const LmsConfig& config);

}  // namespace foretide::rnn
