// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>

#include "rnn/horizon_predictor.h"
#include "rnn/sample_history.h"

namespace foretide::rnn {

/// ŷ(n + h) = y(n): what a system without prediction does. RT-safe throughout; nothing is learned.
class LastValue final : public HorizonPredictor {
public:
    LastValue(int coordinates, int horizon) : p_(coordinates), horizon_(horizon), history_(coordinates, 1) {}

    int coordinates() const noexcept override { return p_; }
    int horizon() const noexcept override { return horizon_; }
    void observe(std::span<const double> y) noexcept FORETIDE_NONBLOCKING override { history_.push(y); }
    bool predict(std::span<double> y_hat) noexcept FORETIDE_NONBLOCKING override
    {
        std::copy_n(history_.newest(), p_, y_hat.data());
        return true;
    }
    void learn() noexcept FORETIDE_NONBLOCKING override {}
    void learn_revealed(std::span<const double>) noexcept override {}
    void save_state(std::ostream& out) const override { history_.save_state(out); }
    void load_state(std::istream& in) override { history_.load_state(in); }

private:
    int p_, horizon_;
    SampleHistory<double> history_;
};

}  // namespace foretide::rnn
