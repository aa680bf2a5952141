// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#include <Eigen/Core>

#include "rnn/aligned.h"
#include "rnn/kernels/kernels.h"

/// Notation of ALGORITHMS.md §1, the same letters in the code:
///
///   p coordinates, k history length, m = k·p, q hidden units, h horizon
///   u = [1; y(n−k+1); …; y(n)],  z = Wa·x + Wb·u,  x⁺ = tanh(z),  φ' = 1 − (x⁺)²,  ŷ = Wc·x⁺
///   e = y(n+h) − ŷ,  δ = −Wcᵀe,  D = diag(φ')·Wa
///
/// Wa and Wb are kept as one matrix W and x and u as one vector s, in the order of the memory's newest use:
///
///        ┌ m columns: y(n−k+1) … y(n) ┬ padding ┬ q columns: x ┬ 1: bias ┬ padding ┐
///   W =  │             Wb             │    0    │      Wa      │    Wb   │    0    │  q rows
///        └────────────────────────────┴─────────┴──────────────┴─────────┴─────────┘
///
/// The padding before Wa lets it begin on a cache line.
namespace foretide::rnn {

/// How a target that arrives h samples late is learned from (ALGORITHMS.md §3, forms 1–3).
enum class DelayedLearning {
    stored_record,     ///< 1: state, influence, Wc and error as they were when the forecast was made
    delayed_learner,   ///< 2: a learner that runs h samples behind with the present weights
    stored_influence,  ///< 3: state and influence as they were, error by the present Wc
};

struct NetworkConfig {
    int coordinates = 9;        ///< p ≥ 1
    int history = 36;           ///< k ≥ 1, signal history length [samples]
    int hidden = 90;            ///< q ≥ 1
    int horizon = 1;            ///< h ≥ 1 [samples]
    double eta = 0.01;          ///< η ≥ 0, learning rate of W and Wc
    double clip = 100;          ///< τ > 0, largest Frobenius norm of all gradients together
    double sigma = 0.02;        ///< standard deviation of the initial Wa, Wb, Wc
    double eta_credit = 0.002;  ///< η_A, DNI: learning rate of the credit matrix
    std::uint64_t seed = 1;
    DelayedLearning delayed = DelayedLearning::delayed_learner;
    bool uoro_reference_order = false;    ///< UORO: gradient of the old estimate (as the public reference does)
    bool uoro_finite_difference = false;  ///< UORO: tangent by finite difference (ε = 1e-7), not D·x̃
};

/// Sizes of a network's matrices.
struct NetworkShape {
    explicit NetworkShape(const NetworkConfig& c)
        : p(static_cast<std::size_t>(c.coordinates)),
          k(static_cast<std::size_t>(c.history)),
          q(static_cast<std::size_t>(c.hidden)),
          m(k * p),
          x(padded<float>(m)),
          bias(x + q),
          columns(bias + 1)
    {
    }
    std::size_t p, k, q;
    std::size_t m;        ///< k·p, window columns
    std::size_t x;        ///< first column of Wa
    std::size_t bias;     ///< column of the bias
    std::size_t columns;  ///< of W and s, without the padding at the end
};

/// Weights in the papers' layout and in double, for tests, inspection and injection.
struct NetworkWeights {
    Eigen::MatrixXd Wa;  ///< q × q
    Eigen::MatrixXd Wb;  ///< q × (m+1), bias first, then the window, oldest sample first
    Eigen::MatrixXd Wc;  ///< p × q
    Eigen::MatrixXd A;   ///< DNI: (q+p+1) × q; others: empty
};

template <class T>
struct Weights {
    explicit Weights(const NetworkShape& n) : W(n.q, n.columns), Wc(n.p, n.q) {}
    PaddedMatrix<T> W;   ///< q × columns
    PaddedMatrix<T> Wc;  ///< p × q
};

/// A trajectory of the hidden state: where the network is after its newest input.
template <class T>
struct Track {
    explicit Track(const NetworkShape& n)
        : s(padded<T>(n.columns), T(0)), z(padded<T>(n.q), T(0)), x(padded<T>(n.q), T(0)), phi(padded<T>(n.q), T(0))
    {
    }
    AlignedVector<T> s;    ///< [window; 0; x before; 1]: the input of the newest step
    AlignedVector<T> z;    ///< q, pre-activation
    AlignedVector<T> x;    ///< q, state after the newest step
    AlignedVector<T> phi;  ///< q, φ'
};

/// Vectors to take the updated weights' dot products with, in the same pass: the next steps' inputs.
template <class T>
struct NextInputs {
    const T* forecaster = nullptr;  ///< stride entries
    T* forecaster_z = nullptr;      ///< q, receives W·forecaster
    const T* learner = nullptr;     ///< stride entries or nullptr
    T* learner_z = nullptr;
};

}  // namespace foretide::rnn
