// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "rnn/rules/rule.h"

namespace foretide::rnn {

/// Wa and Wb stay as they were drawn, only the read-out learns: the lower bound of the learning rules.
template <class T>
class FixedRule {
public:
    static constexpr const char* kName = "fixed";

    struct Influence {};

    FixedRule(const NetworkConfig&, const NetworkShape&, const kernels::KernelTable<T>& table) : table_(table) {}

    Influence make_influence(bool) const { return {}; }
    static constexpr bool learns_before_advance() noexcept { return false; }
    static constexpr bool forecasts_from_old_state() noexcept { return false; }

    void advance(const Weights<T>&, const Track<T>&, Influence&) noexcept {}

    T learn(Weights<T>& w, const Track<T>&, const Influence&, const ErrorSignal<T>& error,
            const NextInputs<T>& next) noexcept
    {
        if (next.forecaster != nullptr) table_.row_pass(make_pass(kernels::PassKind::dots, w.W, next));
        return clip_scale(error.readout_gradient_norm2, error.clip);
    }

    T advance_and_learn(Weights<T>& w, const Track<T>& track, Influence& influence, const ErrorSignal<T>& error,
                        const NextInputs<T>& next) noexcept
    {
        return learn(w, track, influence, error, next);
    }

    template <class Archive>
    static void archive(Archive&, Influence&)
    {
    }
    template <class Archive>
    void archive(Archive&)
    {
    }

private:
    const kernels::KernelTable<T>& table_;
};

}  // namespace foretide::rnn
