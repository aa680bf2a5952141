// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "rnn/rules/rule.h"

namespace foretide::rnn {

/// RTRL (Williams & Zipser 1989): the whole influence of the weights on the state.
///
///   J ← D·J + I,   I(i, (i,j)) = φ'_i·s_j,   ∂L/∂W(i,j) = δᵀ·J(:, (i,j))
///
/// J is q × q(m+q+1), kept in column panels that fit the first-level cache (kernels::RtrlProduct).
/// Haykin's form (Neural Networks and Learning Machines, ch. 15): ŷ = Wc·x of the old state, gradient of the old J.
/// Cost O(q³(q+m)).
template <class T, bool Haykin>
class RtrlRule {
public:
    static constexpr const char* kName = Haykin ? "rtrl_haykin" : "rtrl";

    struct Influence {
        AlignedVector<T> J;
    };

    RtrlRule(const NetworkConfig&, const NetworkShape& n, const kernels::KernelTable<T>& table)
        : table_(table),
          shape_(n),
          D_(padded<T>(n.q * n.q)),
          gradient_(n.q, n.columns),
          scratch_(n.q * table.rtrl_panel_columns),
          step_(padded<T>(n.q))
    {
    }

    Influence make_influence(bool) const
    {
        return {AlignedVector<T>(kernels::rtrl_influence_size(table_, shape_.q, gradient_.stride()), T(0))};
    }
    static constexpr bool learns_before_advance() noexcept { return Haykin; }
    static constexpr bool forecasts_from_old_state() noexcept { return Haykin; }

    void advance(Weights<T>& w, const Track<T>& track, Influence& influence) noexcept
    {
        table_.rtrl_product(product(w, track, influence));
    }

    T learn(Weights<T>& w, const Track<T>& track, Influence& influence, const ErrorSignal<T>& error,
            const NextInputs<T>& next) noexcept
    {
        auto job = product(w, track, influence);
        job.advance = false;
        job.delta = error.delta;
        job.gradient = gradient_.data();
        table_.rtrl_product(job);
        return apply(w, error, next);
    }

    T advance_and_learn(Weights<T>& w, const Track<T>& track, Influence& influence, const ErrorSignal<T>& error,
                        const NextInputs<T>& next) noexcept
    {
        auto job = product(w, track, influence);
        job.delta = error.delta;
        job.gradient = gradient_.data();
        job.gradient_of_old = Haykin;
        table_.rtrl_product(job);
        return apply(w, error, next);
    }

    /// ∂x_r/∂W(i,j), j in the order of W's columns.
    T influence_at(const Influence& influence, std::size_t r, std::size_t i, std::size_t j) const noexcept
    {
        const std::size_t column = i * gradient_.stride() + j;
        const std::size_t width = table_.rtrl_panel_columns;
        return influence.J[(column / width) * width * shape_.q + r * width + column % width];
    }

    template <class Archive>
    static void archive(Archive& ar, Influence& influence)
    {
        ar.array(std::span<T>(influence.J));
    }
    template <class Archive>
    void archive(Archive&)
    {
    }

private:
    kernels::RtrlProduct<T> product(const Weights<T>& w, const Track<T>& track, Influence& influence) noexcept
    {
        for (std::size_t i = 0; i < shape_.q; ++i)
            for (std::size_t j = 0; j < shape_.q; ++j) D_[i * shape_.q + j] = track.phi[i] * w.W(i, shape_.x + j);
        kernels::RtrlProduct<T> job;
        job.units = shape_.q;
        job.stride = gradient_.stride();
        job.J = influence.J.data();
        job.D = D_.data();
        job.phi = track.phi.data();
        job.s = track.s.data();
        job.scratch = scratch_.data();
        return job;
    }

    T apply(Weights<T>& w, const ErrorSignal<T>& error, const NextInputs<T>& next) noexcept
    {
        const T norm2 = squared_norm(gradient_.data(), gradient_.all().size()) + error.readout_gradient_norm2;
        const T scale = clip_scale(norm2, error.clip);
        for (T& g : step_) g = -error.eta * scale;
        auto pass = make_pass(kernels::PassKind::apply, w.W, next);
        pass.J = gradient_.data();
        pass.g = step_.data();
        table_.row_pass(pass);
        return scale;
    }

    const kernels::KernelTable<T>& table_;
    NetworkShape shape_;
    AlignedVector<T> D_;        // q × q
    PaddedMatrix<T> gradient_;  // q × (m+q+1)
    AlignedVector<T> scratch_;  // one panel
    AlignedVector<T> step_;     // q
};

}  // namespace foretide::rnn
