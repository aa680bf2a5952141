// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <vector>

#include "rnn/horizon_predictor.h"
#include "rnn/network.h"

namespace foretide::rnn {

enum class LearningRule { rtrl, rtrl_haykin, uoro, snap1, dni, fixed };
enum class Precision { single_precision, double_precision };

/// A vanilla tanh network trained online by one of the rules (ALGORITHMS.md §§1–2), with what tests and
/// inspection need beside predicting. None of the functions below is RT-safe.
class NetworkPredictor : public HorizonPredictor {
public:
    virtual const NetworkConfig& config() const noexcept = 0;

    virtual NetworkWeights weights() const = 0;
    /// Replaces the weights, as before the first sample. Throws std::invalid_argument on wrong shapes.
    virtual void set_weights(const NetworkWeights& weights) = 0;

    /// η from now on; 0 freezes the weights.
    virtual void set_learning_rate(double eta) = 0;

    /// UORO's signs ν, row after row, instead of random ones. Throws std::logic_error for other rules.
    virtual void set_signs(std::vector<double> signs) = 0;

    /// State of the learning track: x after its newest input, q.
    virtual Eigen::VectorXd state() const = 0;

    /// ∂x/∂vec([Wa Wb]) as the rule holds it, q × q(q+m+1), column (c−1)·q + i = weight (i,c) of [Wa Wb], bias
    /// first in Wb. UORO: x̃·θ̃ᵀ. SnAp-1: zero outside its mask. Throws std::logic_error for dni and fixed.
    virtual Eigen::MatrixXd influence() const = 0;

    /// DNI: f of the newest step. Throws std::logic_error for other rules.
    virtual Eigen::VectorXd credit_residual() const = 0;
};

/// Throws std::invalid_argument where a number of the configuration is out of its range.
std::unique_ptr<NetworkPredictor> make_network(LearningRule rule, Precision precision, const NetworkConfig& config);

}  // namespace foretide::rnn
