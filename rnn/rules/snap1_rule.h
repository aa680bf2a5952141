// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "rnn/rules/rule.h"

namespace foretide::rnn {

/// SnAp-1 (Menick et al., arXiv 2006.07232): RTRL's influence cut down to the unit that a weight feeds.
///
///   J̃ ← φ'·sᵀ + (φ' ∘ diag(Wa)) ∘ J̃  (row by row)        ∂L/∂W = δ ∘ J̃  (row i scaled by δ_i)
///
/// J̃ is q × columns, the shape of W. Cost O(q(q+m)): one sweep over W and J̃.
template <class T>
class Snap1Rule {
public:
    static constexpr const char* kName = "snap1";

    struct Influence {
        PaddedMatrix<T> J;
        AlignedVector<T> norm2;  ///< q, ‖J̃_i‖²
    };

    Snap1Rule(const NetworkConfig&, const NetworkShape& n, const kernels::KernelTable<T>& table)
        : table_(table), shape_(n), decay_(padded<T>(n.q)), step_(padded<T>(n.q))
    {
    }

    Influence make_influence(bool) const
    {
        return {PaddedMatrix<T>(shape_.q, shape_.columns), AlignedVector<T>(padded<T>(shape_.q), T(0))};
    }
    static constexpr bool learns_before_advance() noexcept { return false; }
    static constexpr bool forecasts_from_old_state() noexcept { return false; }

    void advance(Weights<T>& w, const Track<T>& track, Influence& influence) noexcept
    {
        table_.row_pass(advance_pass(kernels::PassKind::advance, w, track, influence, {}));
    }

    T learn(Weights<T>& w, const Track<T>&, Influence& influence, const ErrorSignal<T>& error,
            const NextInputs<T>& next) noexcept
    {
        T norm2 = error.readout_gradient_norm2;
        for (std::size_t i = 0; i < shape_.q; ++i) norm2 += error.delta[i] * error.delta[i] * influence.norm2[i];
        const T scale = clip_scale(norm2, error.clip);
        set_step(error, scale);
        auto pass = make_pass(kernels::PassKind::apply, w.W, next);
        pass.J = influence.J.data();
        pass.g = step_.data();
        table_.row_pass(pass);
        return scale;
    }

    T advance_and_learn(Weights<T>& w, const Track<T>& track, Influence& influence, const ErrorSignal<T>& error,
                        const NextInputs<T>& next) noexcept
    {
        if (gradient_bound2(w, track, influence, error) <= error.clip * error.clip) {
            set_step(error, T(1));
            auto pass = advance_pass(kernels::PassKind::advance_apply, w, track, influence, next);
            pass.g = step_.data();
            table_.row_pass(pass);
            return T(1);
        }
        advance(w, track, influence);
        return learn(w, track, influence, error, next);
    }

    template <class Archive>
    static void archive(Archive& ar, Influence& influence)
    {
        ar.array(influence.J.all());
        ar.array(std::span<T>(influence.norm2));
    }
    template <class Archive>
    void archive(Archive&)
    {
    }

private:
    /// Upper bound of the whole gradient's squared norm after the advance, without a sweep:
    /// ‖J̃⁺_i‖ ≤ φ'_i·(‖s‖ + |Wa_ii|·‖J̃_i‖).
    T gradient_bound2(const Weights<T>& w, const Track<T>& track, const Influence& influence,
                      const ErrorSignal<T>& error) const noexcept
    {
        const T s_norm = std::sqrt(squared_norm(track.s.data(), track.s.size()));
        T bound2 = error.readout_gradient_norm2;
        for (std::size_t i = 0; i < shape_.q; ++i) {
            const T row = error.delta[i] * track.phi[i] *
                          (s_norm + std::abs(w.W(i, shape_.x + i)) * std::sqrt(influence.norm2[i]));
            bound2 += row * row;
        }
        constexpr T rounding_margin = T(1.001);
        return bound2 * rounding_margin;
    }

    kernels::RowPass<T> advance_pass(kernels::PassKind kind, Weights<T>& w, const Track<T>& track, Influence& influence,
                                     const NextInputs<T>& next) noexcept
    {
        for (std::size_t i = 0; i < shape_.q; ++i) decay_[i] = track.phi[i] * w.W(i, shape_.x + i);
        auto pass = make_pass(kind, w.W, next);
        pass.J = influence.J.data();
        pass.s = track.s.data();
        pass.a = track.phi.data();
        pass.b = decay_.data();
        pass.norm2 = influence.norm2.data();
        return pass;
    }

    void set_step(const ErrorSignal<T>& error, T scale) noexcept
    {
        for (std::size_t i = 0; i < shape_.q; ++i) step_[i] = step_along(error.delta[i], error.eta, scale);
    }

    const kernels::KernelTable<T>& table_;
    NetworkShape shape_;
    AlignedVector<T> decay_, step_;  // q
};

}  // namespace foretide::rnn
