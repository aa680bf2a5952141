// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <vector>

#include "core/intervals/difficulty.h"
#include "core/intervals/score_histograms.h"

namespace foretide::core {

/// Which errors e = y − ŷ a bound is to hold against, by its score s(e).
enum class BoundSide {
    both,   ///< s = |e|: the target lies in [ŷ − margin, ŷ + margin]
    lower,  ///< s = −e: at or above ŷ − margin
    upper,  ///< s = e: at or below ŷ + margin
};

struct BoundConfig {
    BoundSide side = BoundSide::both;
    double level = 0.9;    ///< share of targets the bound is to hold for, 0.5 … 0.99
    double memory_s = 30;  ///< time constant with which scores are forgotten
};

/// Calibrated margins around forecasts, by horizon and coordinate: online adaptive conformal prediction.
///
/// For each difficulty model m the scores of the errors known so far are divided by the model's factor g_m of the
/// moment the forecast was made; their quantile at the level 1 − α, times the factor of now, is the model's margin. The
/// margins of the models are averaged with weights ∝ (running quantile loss)^−16, as experts are (cf. Zaffran et al.,
/// arXiv 2202.07282). α follows the misses, by horizon: α ← α + γ·Δt·(α* − share of coordinates missed), α* = 1 −
/// level, kept in [α*/10, 3α*] (Gibbs & Candès, arXiv 2106.00170). With little known (t seconds of scores) the quantile
/// leans on that of all coordinates together, in units of each one's mean error, by 10/(10 + t), and margins are wider
/// by 1/t.
///
/// Causal: an error of horizon h is known h samples late. A forecast or position that is not finite takes no part.
/// Shapes: H × p, horizon-major. Threads: one at a time. RT-safe steps; allocation: constructor only.
class BoundEstimator {
public:
    /// Horizons in samples, each ≥ 1. Throws std::invalid_argument.
    BoundEstimator(std::size_t coordinates, double rate_hz, std::span<const int> horizons, const BoundConfig& config);

    /// A sample has come and forecasts were made on it: learns from the errors it reveals, then states margins.
    /// positions_mm: p, NaN where not measured. forecasts_mm: H × p, NaN where there is none. RT-safe.
    void step(std::span<const double> positions_mm, std::span<const double> forecasts_mm) noexcept FORETIDE_NONBLOCKING;

    /// The series does not go on where it was: forecasts made so far are never judged. RT-safe.
    void break_series() noexcept FORETIDE_NONBLOCKING;

    /// H × p [mm], of the newest step; NaN: not known yet. Those of a one-sided bound can be negative.
    std::span<const double> margins_mm() const noexcept { return margins_mm_; }

    /// Present α of a horizon.
    double miss_rate(std::size_t horizon) const noexcept { return alpha_[horizon]; }

    void save_state(std::ostream& out) const;
    /// Throws StateError where the bytes are damaged or belong to other parameters; the object is then unusable until a
    /// successful load.
    void load_state(std::istream& in);

private:
    static constexpr std::size_t kModels = Difficulty::kModels;

    /// A forecast waiting for its target.
    struct Pending {
        double forecast_mm, margin_mm;  ///< NaN: none
        Difficulty::Factors factors;
        std::array<float, kModels> margins_mm;  ///< of each model
    };

    /// A score in units of its forecast's difficulty, and its bin in own_.
    struct Scaled {
        double score = 0;
        std::size_t bin = 0;
    };

    double score_of(double error_mm) const noexcept;
    std::size_t pending_at(std::size_t h) const noexcept;
    void look_up(std::size_t h, std::span<const double> positions_mm) noexcept;
    void learn(std::size_t h, std::span<const double> positions_mm) noexcept;
    void learn(std::size_t h, std::size_t c, const Pending& made) noexcept;
    void state(std::size_t h, std::span<const double> forecasts_mm) noexcept;
    double combine(std::size_t series, Pending& made) noexcept;

    BoundConfig config_;
    std::size_t p_;
    double interval_s_;
    double growth_;
    std::vector<int> horizons_;
    std::vector<std::size_t> first_pending_;  ///< H, where a horizon's ring of h × p begins
    std::int64_t step_ = 0;
    Difficulty difficulty_;
    ScoreHistograms own_;                    ///< H × p × M
    ScoreHistograms together_;               ///< H × M, scores in units of the series' mean error
    std::vector<double> together_quantile_;  ///< M, of the horizon at hand
    std::vector<float> losses_mm_;           ///< H × p × M, running
    std::vector<double> alpha_;              ///< H
    std::vector<Pending> pending_;           ///< Σ h × p
    std::vector<double> errors_mm_;          ///< p, of the horizon at hand; NaN: none
    std::vector<Scaled> scaled_;             ///< p × M, of the horizon at hand
    std::vector<double> margins_mm_;         ///< H × p
};

}  // namespace foretide::core
