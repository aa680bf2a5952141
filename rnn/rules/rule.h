// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

#include "rnn/network.h"

/// The learning rules: how the gradient of W is found. Every rule is a class template Rule<T> with
///
///   struct Influence                  what the rule carries along a Track (copyable)
///   Influence make_influence(bool for_records) const
///   bool learns_before_advance()      the gradient belongs to the influence before the newest step
///   bool forecasts_from_old_state()   ŷ = Wc·x instead of Wc·x⁺
///   void advance(W, track, influence)                               influence after the track's newest step
///   T learn(W, track, influence, error, next)                       W ← W − η·scale·gradient
///   T advance_and_learn(W, track, influence, error, next)           both, in one sweep of the memory
///
/// The learning functions return the scale that clipping has put on all gradients (1: none), and take the dot
/// products `next` with the updated W on the way. Two separate calls and the one sweep give the same weights up to
/// rounding. All of it is RT-safe; constructors and make_influence allocate.
namespace foretide::rnn {

/// What the read-out says about one target.
template <class T>
struct ErrorSignal {
    const T* delta = nullptr;      ///< q, δ = −Wcᵀe
    const T* target = nullptr;     ///< p, the target itself (DNI's credit depends on it)
    T readout_gradient_norm2 = 0;  ///< ‖∂L/∂Wc‖²
    T eta = 0;                     ///< η
    T clip = 0;                    ///< τ
};

/// Scale that brings a gradient of squared norm `norm2` down to norm `clip`; 0 (no step) where it is not finite.
template <class T>
T clip_scale(T norm2, T clip) noexcept
{
    if (norm2 <= clip * clip) return T(1);
    return norm2 <= std::numeric_limits<T>::max() ? clip / std::sqrt(norm2) : T(0);
}

/// −η·scale·x, and exactly 0 for scale 0, whatever x.
template <class T>
T step_along(T x, T eta, T scale) noexcept
{
    return scale == T(0) ? T(0) : -eta * scale * x;
}

template <class T>
T squared_norm(const T* v, std::size_t n) noexcept
{
    return Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>(v, static_cast<Eigen::Index>(n)).square().sum();
}

template <class T>
T dot(const T* a, const T* b, std::size_t n) noexcept
{
    using Vector = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>>;
    return Vector(a, static_cast<Eigen::Index>(n)).dot(Vector(b, static_cast<Eigen::Index>(n)));
}

/// A pass over W with the next inputs' dot products filled in.
template <class T>
kernels::RowPass<T> make_pass(kernels::PassKind kind, PaddedMatrix<T>& W, const NextInputs<T>& next) noexcept
{
    kernels::RowPass<T> pass;
    pass.kind = kind;
    pass.rows = W.rows();
    pass.stride = W.stride();
    pass.W = W.data();
    pass.v0 = next.forecaster;
    pass.dot0 = next.forecaster_z;
    pass.v1 = next.learner;
    pass.dot1 = next.learner_z;
    return pass;
}

}  // namespace foretide::rnn
