// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <vector>

#include "core/intervals/bound_estimator.h"
#include "core/intervals/local_errors.h"

namespace foretide::core {

/// Largest confidence a gate can ask for.
inline constexpr double kLargestGateConfidence = 0.98;

/// One-sided bounds of the gate coordinate (an axis, a tumour position), each calibrated for itself: at confidence c
/// the coordinate lies at or above lower, and at or below upper, with 1 − (1 − c)/2 each.
///
/// Two margins a side are averaged with weights ∝ (running quantile loss)^−16: that of BoundEstimator, and the quantile
/// of the errors of moments like this one (LocalErrors), which leans on the former by 5/(5 + t), t its known seconds,
/// and whose level follows the misses of the average. Where little is known the former decides.
///
/// Shapes: H, in the order of the horizons. Threads: one at a time. RT-safe steps; allocation: constructor only.
class GateBounds {
public:
    /// Horizons in samples, each ≥ 1; 0 < confidence ≤ kLargestGateConfidence. Throws std::invalid_argument.
    GateBounds(double rate_hz, std::span<const int> horizons, double confidence);

    /// A sample has come and forecasts were made on it. coordinate_mm: NaN where not measured. forecasts_mm: of the
    /// coordinate, H, NaN where there is none. RT-safe.
    void step(double coordinate_mm, std::span<const double> forecasts_mm) noexcept FORETIDE_NONBLOCKING;

    /// The sample to come does not continue the series. RT-safe.
    void break_series() noexcept FORETIDE_NONBLOCKING;

    /// H [mm], of the newest step; NaN: not known yet, the gate must hold.
    std::span<const double> lower_mm() const noexcept { return lower_.bound_mm; }
    std::span<const double> upper_mm() const noexcept { return upper_.bound_mm; }

    void save_state(std::ostream& out) const;
    /// Throws StateError, as BoundEstimator.
    void load_state(std::istream& in);

private:
    /// What was stated at a moment and waits for its target [mm].
    struct Pending {
        double forecast_mm, estimated_mm, local_mm, margin_mm;
    };
    struct Losses {
        double estimated_mm = 0, local_mm = 0;
    };
    struct Side {
        Side(double sign, double rate_hz, std::span<const int> horizons, double level);

        double sign;  ///< of the error that the bound is to hold against
        BoundEstimator estimator;
        std::vector<double> miss_rate;  ///< H, of the local quantile
        std::vector<Losses> losses;     ///< H
        std::vector<Pending> pending;   ///< Σ h
        std::vector<double> bound_mm;   ///< H
    };

    template <class Visit>
    void for_each_side(Visit&& visit)
    {
        visit(lower_);
        visit(upper_);
    }
    void learn(Side& side, std::size_t h, double coordinate_mm) const noexcept;
    void state(Side& side, std::size_t h, double forecast_mm) noexcept;
    std::size_t pending_at(std::size_t h) const noexcept;

    double interval_s_;
    double target_;  ///< share of misses allowed on a side
    std::vector<int> horizons_;
    std::vector<std::size_t> first_pending_;  ///< H
    std::int64_t step_ = 0;
    std::vector<LocalErrors> local_;  ///< H
    Side lower_, upper_;
};

}  // namespace foretide::core
