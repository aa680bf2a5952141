// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>

#include "rnn/rules/random_signs.h"
#include "rnn/rules/rule.h"

namespace foretide::rnn {

/// UORO (Tallec & Ollivier, arXiv 1702.05043): unbiased rank-one estimate x̃·θ̃ᵀ of RTRL's influence.
///
///   x̃' = D·x̃  (or its finite difference),   g = vec((ν∘φ')·sᵀ),   ν random signs
///   ρ0 = sqrt(‖θ̃‖ / (‖x̃'‖ + ε)) + ε,        ρ1 = sqrt(‖g‖ / (‖ν‖ + ε)) + ε
///   x̃ ← ρ0·x̃' + ρ1·ν,                       θ̃ ← θ̃/ρ0 + g/ρ1,        ∂L/∂W = (δᵀx̃)·θ̃
///
/// The gradient is taken after the renewal (corrected order), or before it, as the public reference does
/// (ALGORITHMS.md §3a). θ̃ has the shape of W; its part for Wc is zero and not kept. Cost O(q(q+m)): one sweep.
template <class T>
class UoroRule {
public:
    static constexpr const char* kName = "uoro";

    struct Influence {
        PaddedMatrix<T> theta;     ///< θ̃, the shape of W
        AlignedVector<T> tangent;  ///< x̃, q
        AlignedVector<T> norm2;    ///< q, ‖θ̃_i‖²
    };

    UoroRule(const NetworkConfig& c, const NetworkShape& n, const kernels::KernelTable<T>& table)
        : table_(table),
          shape_(n),
          reference_order_(c.uoro_reference_order),
          finite_difference_(c.uoro_finite_difference),
          signs_(c.seed ^ 0x756F726FULL),
          nu_(padded<T>(n.q)),
          forward_(padded<T>(n.q)),
          gain_(padded<T>(n.q)),
          decay_(padded<T>(n.q)),
          step_(padded<T>(n.q))
    {
    }

    Influence make_influence(bool) const
    {
        return {PaddedMatrix<T>(shape_.q, shape_.columns), AlignedVector<T>(padded<T>(shape_.q), T(0)),
                AlignedVector<T>(padded<T>(shape_.q), T(0))};
    }
    bool learns_before_advance() const noexcept { return reference_order_; }
    static constexpr bool forecasts_from_old_state() noexcept { return false; }
    RandomSigns& signs() noexcept { return signs_; }

    void advance(Weights<T>& w, const Track<T>& track, Influence& influence) noexcept
    {
        renew_tangent(w, track, influence);
        table_.row_pass(advance_pass(kernels::PassKind::advance, w, track, influence, {}));
    }

    T learn(Weights<T>& w, const Track<T>&, Influence& influence, const ErrorSignal<T>& error,
            const NextInputs<T>& next) noexcept
    {
        const T factor = dot(error.delta, influence.tangent.data(), shape_.q);
        const T scale = set_step(error, factor, theta_norm2(influence));
        auto pass = make_pass(kernels::PassKind::apply, w.W, next);
        pass.J = influence.theta.data();
        pass.g = step_.data();
        table_.row_pass(pass);
        return scale;
    }

    T advance_and_learn(Weights<T>& w, const Track<T>& track, Influence& influence, const ErrorSignal<T>& error,
                        const NextInputs<T>& next) noexcept
    {
        if (reference_order_) {
            const T factor = dot(error.delta, influence.tangent.data(), shape_.q);
            const T scale = set_step(error, factor, theta_norm2(influence));
            renew_tangent(w, track, influence);
            auto pass = advance_pass(kernels::PassKind::apply_advance, w, track, influence, next);
            pass.g = step_.data();
            table_.row_pass(pass);
            return scale;
        }
        const T bound = renew_tangent(w, track, influence);  // of ‖θ̃‖ after the renewal
        const T factor = dot(error.delta, influence.tangent.data(), shape_.q);
        constexpr T rounding_margin = T(1.001);
        if (factor * factor * bound * bound * rounding_margin + error.readout_gradient_norm2 <=
            error.clip * error.clip) {
            set_step(error, factor, T(0));
            auto pass = advance_pass(kernels::PassKind::advance_apply, w, track, influence, next);
            pass.g = step_.data();
            table_.row_pass(pass);
            return T(1);
        }
        table_.row_pass(advance_pass(kernels::PassKind::advance, w, track, influence, {}));
        return learn(w, track, influence, error, next);
    }

    template <class Archive>
    static void archive(Archive& ar, Influence& influence)
    {
        ar.array(influence.theta.all());
        ar.array(std::span<T>(influence.tangent));
        ar.array(std::span<T>(influence.norm2));
    }
    template <class Archive>
    void archive(Archive& ar)
    {
        signs_.archive(ar);
    }

private:
    T theta_norm2(const Influence& influence) const noexcept
    {
        T norm2 = T(0);
        for (std::size_t i = 0; i < shape_.q; ++i) norm2 += influence.norm2[i];
        return norm2;
    }

    /// Draws ν, renews x̃ and the coefficients of θ̃'s renewal; returns ‖θ̃‖/ρ0 + ‖g‖/ρ1 ≥ ‖θ̃‖ after it.
    T renew_tangent(const Weights<T>& w, const Track<T>& track, Influence& influence) noexcept
    {
        constexpr T epsilon = T(1e-7);
        const std::size_t q = shape_.q;
        signs_.fill(std::span<T>(nu_.data(), q));
        T* tangent = influence.tangent.data();
        table_.gemv(w.W.data() + shape_.x, q, w.W.stride(), padded<T>(q), tangent,
                    forward_.data());  // tangent: 0 past q
        for (std::size_t i = 0; i < q; ++i)
            forward_[i] = finite_difference_ ? (std::tanh(track.z[i] + epsilon * forward_[i]) - track.x[i]) / epsilon
                                             : track.phi[i] * forward_[i];
        const T theta_norm = std::sqrt(theta_norm2(influence));
        const T forward_norm = std::sqrt(squared_norm(forward_.data(), q));
        T direct2 = T(0);  // ‖ν∘φ'‖²
        for (std::size_t i = 0; i < q; ++i) direct2 += nu_[i] * track.phi[i] * nu_[i] * track.phi[i];
        const T g_norm = std::sqrt(direct2) * std::sqrt(squared_norm(track.s.data(), track.s.size()));
        const T rho0 = std::sqrt(theta_norm / (forward_norm + epsilon)) + epsilon;
        const T rho1 = std::sqrt(g_norm / (std::sqrt(static_cast<T>(q)) + epsilon)) + epsilon;
        for (std::size_t i = 0; i < q; ++i) {
            tangent[i] = rho0 * forward_[i] + rho1 * nu_[i];
            gain_[i] = nu_[i] * track.phi[i] / rho1;
            decay_[i] = T(1) / rho0;
        }
        return theta_norm / rho0 + g_norm / rho1;
    }

    kernels::RowPass<T> advance_pass(kernels::PassKind kind, Weights<T>& w, const Track<T>& track, Influence& influence,
                                     const NextInputs<T>& next) noexcept
    {
        auto pass = make_pass(kind, w.W, next);
        pass.J = influence.theta.data();
        pass.s = track.s.data();
        pass.a = gain_.data();
        pass.b = decay_.data();
        pass.norm2 = influence.norm2.data();
        return pass;
    }

    /// Step of W along θ̃, the same for every row: −η·scale·factor.
    T set_step(const ErrorSignal<T>& error, T factor, T theta_norm2) noexcept
    {
        const T scale = clip_scale(factor * factor * theta_norm2 + error.readout_gradient_norm2, error.clip);
        std::fill(step_.begin(), step_.end(), step_along(factor, error.eta, scale));
        return scale;
    }

    const kernels::KernelTable<T>& table_;
    NetworkShape shape_;
    bool reference_order_, finite_difference_;
    RandomSigns signs_;
    AlignedVector<T> nu_, forward_, gain_, decay_, step_;  // q
};

}  // namespace foretide::rnn
