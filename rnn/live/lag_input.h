// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rnn/live/motion_history.h"

namespace foretide::rnn {

/// The motion as an input vector: with the scores s(n) of the first principal coordinates,
///
///     u(n) = [s(n − l₁) − s(n); …; s(n − l_L) − s(n); s(n)]
///
/// components·(L + 1) numbers. RT-safe after construction.
class LagInput {
public:
    /// Lags strictly increasing, ≥ 1 [samples]; may be none. Throws std::invalid_argument, naming the owner.
    LagInput(const std::string& owner, int components, std::vector<int> lags)
        : components_(static_cast<std::size_t>(components)), lags_(std::move(lags))
    {
        if (components < 1) throw std::invalid_argument(owner + ": needs at least one principal coordinate");
        if ((!lags_.empty() && lags_.front() < 1) ||
            std::adjacent_find(lags_.begin(), lags_.end(), std::greater_equal<>()) != lags_.end())
            throw std::invalid_argument(owner + ": lags must be at least 1 sample and strictly increasing");
    }

    std::size_t size() const noexcept { return components_ * (lags_.size() + 1); }
    /// Samples before n that u(n) reaches back to.
    int reach() const noexcept { return lags_.empty() ? 0 : lags_.back(); }

    /// Writes u(n), size() numbers. Precondition: history.has(n, reach()).
    template <class T>
    void write(const MotionHistory& history, std::int64_t n, T* u) const noexcept
    {
        const double* now = history.scores(n);
        for (const int lag : lags_) {
            const double* then = history.scores(n - lag);
            for (std::size_t c = 0; c < components_; ++c) *u++ = static_cast<T>(then[c] - now[c]);
        }
        for (std::size_t c = 0; c < components_; ++c) *u++ = static_cast<T>(now[c]);
    }

private:
    std::size_t components_;
    std::vector<int> lags_;
};

}  // namespace foretide::rnn
