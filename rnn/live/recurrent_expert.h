// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "rnn/live/expert.h"
#include "rnn/network_predictor.h"

namespace foretide::rnn {

struct RecurrentConfig {
    LearningRule rule = LearningRule::snap1;
    int coordinates = 9;               ///< p
    std::vector<int> horizons;         ///< H, each ≥ 1 [samples]
    int hidden = 20;                   ///< q ≥ 1
    int components = 3;                ///< principal coordinates the network sees
    std::vector<int> lags;             ///< of its input, strictly increasing, ≥ 1 [samples]
    int read_out_components = 1;       ///< principal coordinates the read-out sees beside the state
    std::vector<int> read_out_lags;    ///< likewise
    double spectral_radius = 0.8;      ///< of the initial Wa, about
    double input_scale = 1;            ///< standard deviation of what the inputs add to z at first, about
    double eta = 0.02;                 ///< η ≥ 0, learning rate of W
    double eta_credit = 0.002;         ///< η_A, DNI: learning rate of the credit matrix
    double state_ridge = 10;           ///< weight of the squared coefficients of the state, > 0
    double lag_ridge = 1;              ///< of the others, > 0
    double usual_error_samples = 200;  ///< time constant of the read-out's usual error [samples], ≥ 1
    int lessons = 10;                  ///< steps of the learner a sample, ≥ 1
    int rebuilding = 40;               ///< past samples a new read-out is taught a sample, ≥ 2
    int rebuild_every_samples = 50;    ///< a new read-out is begun at most so often
    int least_past_samples = 100;      ///< revealed before the learner begins, ≥ 1
    int memory_samples = 3000;         ///< the past that is learned from; the history must reach back further
    std::uint64_t seed = 1;
};

/// A recurrent network trained online by one of the papers' rules, made good for the live protocol:
///
///     x(n) = tanh(Wa·x(n−1) + Wb·[1; u(n)]),     ŷ(n+h) − y(n) = W_h·[x(n); u'(n); 1]
///
/// u, u': lagged principal coordinates (LagInput). All horizons share the state; the read-out W_h is learned by
/// recursive least squares (RlsReadOut), W = [Wa Wb] by the rule, on L = ½·Σ_h ‖e_h‖²/(H·ē_h²), ē_h the usual error.
///
/// - The learner goes through the revealed past over and over, `lessons` samples at each step, every sweep from
///   another start to the newest sample whose targets are all known. One pass would be far too little.
/// - A read-out fits the weights it was learned with. So the forecaster runs on a copy of W; now and then a new copy is
///   made and a new read-out taught from the stored past, a few samples a step, and when it has caught up it takes
///   over.
///
/// Cost a step: lessons × (the rule's + O(H·p·q)) + rebuilding × O(H·p·n_f + n_f²). All rules in single precision.
class RecurrentExpert : public Expert {
public:
    using Expert::Expert;
    /// Weights that the learner has now, the forecaster's, and how often these were replaced (0: still the initial
    /// ones). For tests and inspection, not RT-safe.
    virtual NetworkWeights learned_weights() const = 0;
    virtual std::int64_t takeovers() const noexcept = 0;
};

/// Throws std::invalid_argument where a number is out of its range. Haykin's form is not among the rules.
std::unique_ptr<RecurrentExpert> make_recurrent_expert(const RecurrentConfig& config);

}  // namespace foretide::rnn
