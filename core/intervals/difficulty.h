// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <iosfwd>
#include <span>
#include <vector>

#include "core/rt/nonblocking.h"

namespace foretide::core {

/// How much harder than usual the moment is: factors that errors are divided by before their quantiles are taken, so
/// that what is left is closer to being exchangeable.
///
///     g_m = max(¼, 1 + a_m·(V − 1) + b_m·(R − 1))
///
/// V (a horizon): Σ_c |ŷ_c(n+h|n) − ŷ_c(n+h−k|n−k)| over its running mean, k = 0.2 s: how fast the target will move,
/// for where motion is fast an error of timing becomes one of position. R (a series): mean |error| of the last 2 s over
/// that of the memory. V in [0, 3], R in [0.2, 4], each 1 until known. Models m: neither, either, both (kModels).
///
/// Series: horizon-major, h·p + c. Threads: one at a time. RT-safe steps; allocation: constructor only.
class Difficulty {
public:
    static constexpr std::size_t kModels = 4;
    using Factors = std::array<float, kModels>;

    /// Precondition: rate and memory positive.
    Difficulty(std::size_t horizons, std::size_t coordinates, double rate_hz, double memory_s);

    /// Takes the forecasts made now (H × p; NaN where there is none). RT-safe.
    void observe(std::span<const double> forecasts_mm) noexcept FORETIDE_NONBLOCKING;

    /// The forecasts to come do not continue those so far. RT-safe.
    void forget_forecasts() noexcept FORETIDE_NONBLOCKING;

    /// Takes an error that has become known. RT-safe.
    void learn(std::size_t series, double absolute_error_mm) noexcept FORETIDE_NONBLOCKING;

    /// Factors of the present moment. RT-safe.
    Factors factors(std::size_t series) const noexcept FORETIDE_NONBLOCKING;

    /// Mean |error| over the memory [mm], never below 1 µm; NaN before the first. RT-safe.
    double mean_error_mm(std::size_t series) const noexcept FORETIDE_NONBLOCKING;

    void save_state(std::ostream& out) const;
    /// Throws StateError.
    void load_state(std::istream& in);

private:
    struct RunningMean {
        double sum = 0, weight = 0;
        void add(double value, double keep) noexcept
        {
            sum = keep * sum + value;
            weight = keep * weight + 1;
        }
        double value() const noexcept { return sum / weight; }  ///< NaN for nothing
    };

    std::size_t coordinates_;
    double keep_, keep_recent_;
    std::size_t lag_;                                ///< k [samples]
    std::size_t slot_ = 0;                           ///< of the oldest row of past_
    std::vector<double> past_mm_;                    ///< k × H × p
    std::vector<double> speed_ratio_;                ///< H: V
    std::vector<RunningMean> speed_;                 ///< H
    std::vector<RunningMean> error_, recent_error_;  ///< H × p
};

}  // namespace foretide::core
