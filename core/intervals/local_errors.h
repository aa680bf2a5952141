// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <vector>

#include "core/intervals/score_histograms.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

/// Errors of one coordinate's forecasts at one horizon, weighed by how much their moment was like the present one:
///
///     w_i = (b + exp(−½·d_i²/β²))·e^(−age/T),   d² = (ŷ − ŷ_i)²/s_ŷ² + (v − v_i)²/s_v²
///
/// with the forecast ŷ, its velocity v = (ŷ(n+h|n) − ŷ(n+h−k|n−k))/k, k = 0.2 s, their running deviations s, b = 0.005,
/// β = ½, T = 60 s; errors older than 2T are dropped. Breathing comes back to the same phases, and its errors differ
/// by phase: small at end-exhale, large on the way.
///
/// Causal: an error is known h samples after its forecast. Threads: one at a time. RT-safe steps, a few ns an error;
/// allocation: constructor only.
class LocalErrors {
public:
    /// Horizon in samples. Precondition: rate positive, horizon ≥ 1.
    LocalErrors(double rate_hz, int horizon);

    /// The coordinate now [mm], NaN where not measured: reveals the error of the forecast made h samples ago.
    /// The forecast made now [mm]; NaN where there is none. RT-safe.
    void step(double coordinate_mm, double forecast_mm) noexcept FORETIDE_NONBLOCKING;

    /// The series does not go on where it was. RT-safe.
    void break_series() noexcept FORETIDE_NONBLOCKING { unbroken_from_ = step_; }

    /// Quantile of the signed errors y − ŷ [mm] weighed for the present moment; NaN for none. RT-safe.
    double quantile(double level) noexcept FORETIDE_NONBLOCKING { return weighed_.quantile(0, level); }

    /// How long a stretch of evenly weighed errors tells as much, (Σw)²/Σw²·Δt. RT-safe.
    double known_s() const noexcept { return known_s_; }

    void save_state(std::ostream& out) const;
    /// Throws StateError.
    void load_state(std::istream& in);

private:
    struct Moment {
        float forecast_mm, velocity_mm_s;
        std::int32_t bin;  ///< of the error; kUnknown
    };
    static constexpr std::int32_t kUnknown = -1;

    Moment& at(std::int64_t step) noexcept { return moments_[static_cast<std::size_t>(step) % moments_.size()]; }
    Moment moment_now(double forecast_mm) noexcept;
    void weigh(const Moment& now) noexcept;

    double rate_hz_;
    std::int64_t horizon_, lag_;
    std::int64_t step_ = 0, unbroken_from_ = 0;
    double keep_;
    double weight_ = 0, mean_mm_ = 0, square_mm2_ = 0, square_velocity_ = 0;  ///< running sums of ŷ, ŷ², v²
    double known_s_ = 0;
    std::vector<Moment> moments_;  ///< ring by step
    std::vector<float> recency_;   ///< by age, e^(−age/T)
    ScoreHistograms weighed_;
};

}  // namespace foretide::core
