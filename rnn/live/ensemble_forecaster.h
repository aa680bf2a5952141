// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/forecaster.h"
#include "rnn/live/expert.h"

namespace foretide::rnn {

struct EnsembleConfig {
    int components = 5;                ///< principal coordinates the history offers its experts
    int memory_samples = 6000;         ///< positions kept
    int basis_samples = 300;           ///< the principal axes are those of so many first samples (30 s)
    int catch_up_samples = 8;          ///< past samples a new or reset set of experts goes through in one step
    double loss_memory_samples = 200;  ///< time constant of the running squared errors
    double sharpness = 2;              ///< weight of an expert: (running squared error)^−sharpness
};

/// An online combination of experts for all horizons at once, live by construction.
///
///     ŷ(n+h) = y(n) + Σ_m w_m,h·d_m,h(n),    w_m,h ∝ (ε + E_m,h)^−γ
///
/// E_m,h is the running mean of the squared error of expert m at horizon h, known h samples late. An expert that
/// states something not finite is reset, left out at that step, and counted in resets(); where none is left the
/// forecast is the last position, and forecast() says so.
///
/// An expert without the history it needs (at the start, and after the series was broken) is left out, too.
///
/// Until the principal axes are known (basis_samples) forecasts repeat the last position; then the experts go through
/// the samples so far, catch_up_samples a step, which takes basis_samples/(catch_up_samples − 1) steps.
/// Threads: one at a time. RT-safe steps; allocation: constructor only.
class EnsembleForecaster final : public core::Forecaster {
public:
    /// Horizons in samples, each ≥ 1. Throws std::invalid_argument.
    EnsembleForecaster(const core::SeriesLayout& layout, std::vector<int> horizons,
                       std::vector<std::unique_ptr<Expert>> experts, const EnsembleConfig& config);

    const core::SeriesLayout& layout() const noexcept override { return layout_; }
    std::span<const int> horizons() const noexcept override { return horizons_; }
    void observe(const core::ConditionedSample& sample, const core::Standardisation& standardisation) noexcept
        FORETIDE_NONBLOCKING override;
    bool forecast(std::span<double> out_mm) noexcept FORETIDE_NONBLOCKING override;
    bool forecast_first(std::span<const std::size_t> first, std::span<double> out_mm) noexcept
        FORETIDE_NONBLOCKING override;
    bool forecast_rest(std::span<double> out_mm) noexcept FORETIDE_NONBLOCKING override;
    void learn() noexcept FORETIDE_NONBLOCKING override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

    std::size_t expert_count() const noexcept { return experts_.size(); }
    /// w_m,h of the newest forecast.
    double weight(std::size_t expert, std::size_t horizon) const noexcept
    {
        return weights_[expert * horizons_.size() + horizon];
    }
    /// How often an expert was reset because it diverged.
    std::int64_t resets() const noexcept FORETIDE_NONBLOCKING override { return resets_; }

private:
    bool forecast_some(std::span<const std::size_t> which, std::span<double> out_mm) noexcept;
    void forecast_experts(std::int64_t n, std::span<const std::size_t> which) noexcept;
    void reset_unsound() noexcept;
    void score_experts(std::int64_t n) noexcept;
    bool combine(std::span<const std::size_t> which) noexcept;
    double* pending(std::int64_t n) noexcept;
    StateParameters parameters() const;
    template <class Archive>
    void archive(Archive& ar);

    core::SeriesLayout layout_;
    std::vector<int> horizons_;
    std::vector<std::unique_ptr<Expert>> experts_;
    EnsembleConfig config_;
    std::size_t p_;
    MotionHistory history_;
    std::int64_t forecast_next_ = 0;  // first sample whose expert forecasts are not made
    std::int64_t learn_next_ = 0;     // first sample not learned
    std::int64_t asked_ = -1;         // sample that forecast() was called for last
    bool caught_up_ = false;          // the experts can forecast from that sample
    std::int64_t resets_ = 0;
    std::vector<double> pending_;  // ring over h_max + 1 samples: M × H × p displacements
    std::vector<std::int64_t> pending_sample_;
    std::vector<double> losses_;       // M × H, running squared error [mm²]
    std::vector<double> weights_;      // M × H
    std::vector<double> combined_;     // H × p
    std::vector<double> position_mm_;  // p, as observed
    std::vector<std::size_t> all_;     // 0 … H − 1
    std::vector<std::size_t> rest_;    // horizons that forecast_first() left
};

}  // namespace foretide::rnn
