// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <random>

#include "rnn/rules/rule.h"

namespace foretide::rnn {

/// DNI (Jaderberg et al. 2017; Marschall et al., JMLR 21(135); accurate update of arXiv 2403.01607): the credit
/// c ≈ ∂(present and future loss)/∂x is a learned linear function of the state.
///
///   x̄ of the step before, x̄⁺ = [x⁺; y_target; 1]
///   f = x̄ᵀA − δᵀ − (x̄⁺ᵀA)·D
///   A ← A − η_A·(x̄·f − x̄⁺·(f·Dᵀ)),   c = x̄ᵀA,   ∂L/∂W = (c∘φ')·sᵀ
///
/// A is (q+p+1) × q. Only products of matrices with vectors: cost O(q(q+m)).
template <class T>
class DniRule {
public:
    static constexpr const char* kName = "dni";

    /// Of the track only its present step is needed; a record keeps the Wa that its D was made of.
    struct Influence {
        PaddedMatrix<T> Wa;  ///< q × q, empty unless for records
    };

    DniRule(const NetworkConfig& c, const NetworkShape& n, const kernels::KernelTable<T>& table)
        : table_(table),
          shape_(n),
          eta_(static_cast<T>(c.eta_credit)),
          A_(n.q + n.p + 1, n.q),
          bar_(bar_size()),
          bar_next_(bar_size()),
          to_bar_(bar_size()),
          to_next_(bar_size()),
          credit_before_(padded<T>(n.q)),
          credit_next_(padded<T>(n.q)),
          weighted_(padded<T>(n.q)),
          future_(padded<T>(n.q)),
          residual_(padded<T>(n.q)),
          back_(padded<T>(n.q)),
          step_(padded<T>(n.q))
    {
        std::mt19937_64 engine(c.seed ^ 0x646E69ULL);
        std::normal_distribution<double> normal(0.0, std::sqrt(1.0 / static_cast<double>(n.q)));
        set_credit([&](std::size_t, std::size_t) { return normal(engine); });
    }

    Influence make_influence(bool for_records) const
    {
        return {for_records ? PaddedMatrix<T>(shape_.q, shape_.q) : PaddedMatrix<T>()};
    }
    static constexpr bool learns_before_advance() noexcept { return false; }
    static constexpr bool forecasts_from_old_state() noexcept { return false; }

    /// A(i,j), the newest step's change included.
    T credit(std::size_t i, std::size_t j) const noexcept
    {
        return A_(i, j) + to_bar_[i] * residual_[j] + to_next_[i] * back_[j];
    }
    /// Replaces A, as before the first step: set(i,j) gives the entries.
    template <class F>
    void set_credit(F&& set)
    {
        for (std::size_t i = 0; i < A_.rows(); ++i)
            for (std::size_t j = 0; j < A_.cols(); ++j) A_(i, j) = static_cast<T>(set(i, j));
        restart();
    }
    /// As before the first step: x̄ = [0 … 0; 1]. A's change by the newest step is dropped.
    void restart() noexcept
    {
        for (auto* v : {&bar_, &to_bar_, &to_next_, &residual_, &back_}) std::fill(v->begin(), v->end(), T(0));
        bar_[shape_.q + shape_.p] = T(1);
        table_.gemv_transposed(A_.data(), A_.rows(), A_.stride(), shape_.q, bar_.data(), credit_before_.data());
    }

    /// f of the newest step, q numbers: what the update of A drives to zero.
    const AlignedVector<T>& residual() const noexcept { return residual_; }
    void advance(Weights<T>& w, const Track<T>&, Influence& influence) noexcept
    {
        for (std::size_t i = 0; i < influence.Wa.rows(); ++i)
            std::copy_n(w.W.row(i) + shape_.x, shape_.q, influence.Wa.row(i));
    }

    T learn(Weights<T>& w, const Track<T>& track, const Influence& influence, const ErrorSignal<T>& error,
            const NextInputs<T>& next) noexcept
    {
        return learn_with(influence.Wa.data(), influence.Wa.stride(), w, track, error, next);
    }

    T advance_and_learn(Weights<T>& w, const Track<T>& track, Influence&, const ErrorSignal<T>& error,
                        const NextInputs<T>& next) noexcept
    {
        return learn_with(w.W.data() + shape_.x, w.W.stride(), w, track, error, next);
    }

    template <class Archive>
    static void archive(Archive& ar, Influence& influence)
    {
        ar.array(influence.Wa.all());
    }
    template <class Archive>
    void archive(Archive& ar)
    {
        ar.array(A_.all());
        for (auto* v : {&bar_, &credit_before_, &to_bar_, &to_next_, &residual_, &back_}) ar.array(std::span<T>(*v));
    }

private:
    std::size_t bar_size() const noexcept { return padded<T>(shape_.q + shape_.p + 1); }

    T learn_with(const T* Wa, std::size_t Wa_stride, Weights<T>& w, const Track<T>& track, const ErrorSignal<T>& error,
                 const NextInputs<T>& next) noexcept
    {
        const std::size_t q = shape_.q, p = shape_.p;
        std::copy_n(track.x.data(), q, bar_next_.data());
        std::copy_n(error.target, p, bar_next_.data() + q);
        bar_next_[q + p] = T(1);

        // The last step's change of A is made here, in the sweep that needs A anyway.
        kernels::RankTwoPass<T> pass_A;
        pass_A.M = A_.data();
        pass_A.rows = A_.rows();
        pass_A.stride = A_.stride();
        pass_A.cols = A_.stride();  // padding included: zeros stay zeros
        pass_A.c = to_bar_.data();
        pass_A.f = residual_.data();
        pass_A.d = to_next_.data();
        pass_A.g = back_.data();
        pass_A.v = bar_next_.data();
        pass_A.out = credit_next_.data();
        table_.rank_two_pass(pass_A);
        for (std::size_t i = 0; i < q; ++i) weighted_[i] = credit_next_[i] * track.phi[i];
        // Columns up to the padding: what lies behind Wa (bias, zeros) only touches entries that nobody reads.
        const std::size_t cols = padded<T>(q);
        table_.gemv_transposed(Wa, q, Wa_stride, cols, weighted_.data(), future_.data());
        for (std::size_t i = 0; i < q; ++i) residual_[i] = credit_before_[i] - error.delta[i] - future_[i];

        table_.gemv(Wa, q, Wa_stride, cols, residual_.data(), back_.data());

        // x̄ᵀA of the changed A follows from the old product and the rank-two change, and so does x̄⁺ᵀA.
        const T bar2 = squared_norm(bar_.data(), A_.rows());
        const T next2 = squared_norm(bar_next_.data(), A_.rows());
        const T cross = dot(bar_.data(), bar_next_.data(), A_.rows());
        T norm2 = T(0);  // of the gradient of W
        for (std::size_t i = 0; i < q; ++i) {
            back_[i] *= track.phi[i];
            const T credit = credit_before_[i] - eta_ * (bar2 * residual_[i] - cross * back_[i]);
            step_[i] = credit * track.phi[i];
            norm2 += step_[i] * step_[i];
        }
        norm2 = norm2 * squared_norm(track.s.data(), track.s.size()) + error.readout_gradient_norm2;
        const T scale = clip_scale(norm2, error.clip);
        for (std::size_t i = 0; i < q; ++i) step_[i] = step_along(step_[i], error.eta, scale);
        auto pass = make_pass(kernels::PassKind::outer, w.W, next);
        pass.s = track.s.data();
        pass.g = step_.data();
        table_.row_pass(pass);

        for (std::size_t i = 0; i < q; ++i)
            credit_before_[i] = credit_next_[i] - eta_ * (cross * residual_[i] - next2 * back_[i]);
        for (std::size_t r = 0; r < A_.rows(); ++r) {
            to_bar_[r] = -eta_ * bar_[r];
            to_next_[r] = eta_ * bar_next_[r];
        }
        std::swap(bar_, bar_next_);
        return scale;
    }

    const kernels::KernelTable<T>& table_;
    NetworkShape shape_;
    T eta_;
    PaddedMatrix<T> A_;                             // (q+p+1) × q
    AlignedVector<T> bar_, bar_next_;               // q+p+1
    AlignedVector<T> to_bar_, to_next_;             // q+p+1: A's pending change is to_bar·f + to_next·(f·Dᵀ)
    AlignedVector<T> credit_before_, credit_next_;  // q: x̄ᵀA, x̄⁺ᵀA
    AlignedVector<T> weighted_, future_, residual_, back_;  // q: (x̄⁺ᵀA)∘φ', (x̄⁺ᵀA)·D, f, f·Dᵀ
    AlignedVector<T> step_;                                 // q
};

}  // namespace foretide::rnn
