// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <vector>

#include "core/forecaster.h"
#include "rnn/horizon_predictor.h"

namespace foretide::rnn {

/// A Forecaster made of one predictor for each horizon.
///
/// Standardised predictors are given z = (y − mean)/sd with the standardisation known at that sample, and their
/// forecasts are taken back by the same numbers; the others are given mm from the first sample.
class ForecasterBank final : public core::Forecaster {
public:
    /// One predictor a horizon, all with layout.coordinates() coordinates. Throws std::invalid_argument.
    ForecasterBank(const core::SeriesLayout& layout, std::vector<std::unique_ptr<HorizonPredictor>> predictors,
                   bool standardised);

    const core::SeriesLayout& layout() const noexcept override { return layout_; }
    std::span<const int> horizons() const noexcept override { return horizons_; }
    void observe(const core::ConditionedSample& sample, const core::Standardisation& standardisation) noexcept
        FORETIDE_NONBLOCKING override;
    bool forecast(std::span<double> out_mm) noexcept FORETIDE_NONBLOCKING override;
    void learn() noexcept FORETIDE_NONBLOCKING override;
    std::int64_t resets() const noexcept FORETIDE_NONBLOCKING override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

private:
    core::SeriesLayout layout_;
    std::vector<std::unique_ptr<HorizonPredictor>> predictors_;
    bool standardised_;
    std::vector<int> horizons_;
    std::vector<double> centre_mm_, scale_mm_;  // p: z = (y − centre)/scale at the newest sample
    std::vector<double> z_;                     // p
    bool started_ = false;
};

}  // namespace foretide::rnn
