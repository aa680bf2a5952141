// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>

#include "core/rt/nonblocking.h"

namespace foretide::rnn {

/// Predicts a series of p numbers h samples ahead, learning online: the mathematics of one algorithm at one
/// horizon, whatever the protocol that reveals its targets.
///
/// The unit of the numbers is the caller's (standardised coordinates, or mm for the regression on raw positions).
/// A step is observe(y(n)), then predict() and one of
///
///     learn()            live: y(n) is the target of the prediction made h samples ago (before or after predict())
///     learn_revealed(t)  published: t = y(n + h) is handed over at once (after predict())
///
/// and an object is driven by one of the two for its whole life. Leaving learn() out at a step is allowed.
///
/// Threads: one at a time. Allocation: constructors and load_state() only, unless the algorithm says otherwise
/// (AlgorithmInfo::real_time). Errors: constructors and load_state() throw; the steps do not fail.
class HorizonPredictor {
public:
    HorizonPredictor() = default;
    HorizonPredictor(const HorizonPredictor&) = delete;
    HorizonPredictor& operator=(const HorizonPredictor&) = delete;
    virtual ~HorizonPredictor() = default;

    virtual int coordinates() const noexcept = 0;  ///< p
    virtual int horizon() const noexcept = 0;      ///< h ≥ 1 [samples]

    /// Takes y(n), p finite numbers. RT-safe.
    virtual void observe(std::span<const double> y) noexcept FORETIDE_NONBLOCKING = 0;

    /// Writes ŷ(n + h), p numbers. False, and y(n) written, while history or training is missing. RT-safe.
    /// At most once a sample.
    [[nodiscard]] virtual bool predict(std::span<double> y_hat) noexcept FORETIDE_NONBLOCKING = 0;

    /// Live protocol: learns from the target y(n). RT-safe. At most once a sample.
    virtual void learn() noexcept FORETIDE_NONBLOCKING = 0;

    /// Published protocol (ALGORITHMS.md §3): learns from y(n + h) as if it were known. For reproducing the papers.
    virtual void learn_revealed(std::span<const double> target) noexcept = 0;

    /// How often it had run away and was started anew by learn(). RT-safe.
    virtual std::int64_t resets() const noexcept FORETIDE_NONBLOCKING { return 0; }

    virtual void save_state(std::ostream& out) const = 0;
    virtual void load_state(std::istream& in) = 0;
};

}  // namespace foretide::rnn
