// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/forecaster_bank.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/state_io.h"

namespace foretide::rnn {

ForecasterBank::ForecasterBank(const core::SeriesLayout& layout,
                               std::vector<std::unique_ptr<HorizonPredictor>> predictors, bool standardised)
    : layout_(layout), predictors_(std::move(predictors)), standardised_(standardised)
{
    if (predictors_.empty()) throw std::invalid_argument("a forecaster needs at least one horizon");
    for (const auto& predictor : predictors_) {
        if (predictor->coordinates() != layout_.coordinates())
            throw std::invalid_argument("a predictor's number of coordinates differs from the series'");
        horizons_.push_back(predictor->horizon());
    }
    const auto p = static_cast<std::size_t>(layout_.coordinates());
    centre_mm_.assign(p, 0.0);
    scale_mm_.assign(p, 1.0);
    z_.assign(p, 0.0);
}

void ForecasterBank::observe(const core::ConditionedSample& sample,
                             const core::Standardisation& standardisation) noexcept
{
    if (standardised_) {
        std::copy(standardisation.mean_mm.begin(), standardisation.mean_mm.end(), centre_mm_.begin());
        std::copy(standardisation.sd_mm.begin(), standardisation.sd_mm.end(), scale_mm_.begin());
    } else if (!started_) {
        std::copy(sample.positions_mm.begin(), sample.positions_mm.end(), centre_mm_.begin());
    }
    started_ = true;
    for (std::size_t c = 0; c < z_.size(); ++c) z_[c] = (sample.positions_mm[c] - centre_mm_[c]) / scale_mm_[c];
    for (const auto& predictor : predictors_) predictor->observe(z_);
}

bool ForecasterBank::forecast(std::span<double> out_mm) noexcept
{
    const std::size_t p = z_.size();
    bool ready = true;
    for (std::size_t h = 0; h < predictors_.size(); ++h) {
        const std::span<double> out = out_mm.subspan(h * p, p);
        ready = predictors_[h]->predict(out) && ready;
        for (std::size_t c = 0; c < p; ++c) {
            const double forecast = centre_mm_[c] + scale_mm_[c] * out[c];
            const bool finite = std::isfinite(forecast);
            out[c] = finite ? forecast : centre_mm_[c] + scale_mm_[c] * z_[c];
            ready = finite && ready;
        }
    }
    return ready;
}

void ForecasterBank::learn() noexcept
{
    for (const auto& predictor : predictors_) predictor->learn();
}

std::int64_t ForecasterBank::resets() const noexcept
{
    std::int64_t sum = 0;
    for (const auto& predictor : predictors_) sum += predictor->resets();
    return sum;
}

void ForecasterBank::save_state(std::ostream& out) const
{
    core::write_header(out, "forecaster_bank", 1);
    core::write_array(out, horizons_);
    core::write_array(out, centre_mm_);
    core::write_array(out, scale_mm_);
    core::write_array(out, z_);
    core::write_pod(out, static_cast<std::uint8_t>(started_));
    for (const auto& predictor : predictors_) predictor->save_state(out);
}

void ForecasterBank::load_state(std::istream& in)
{
    core::read_header(in, "forecaster_bank", 1);
    std::vector<int> horizons(horizons_.size());
    core::read_array(in, horizons);
    if (horizons != horizons_) throw core::StateError("state: it was saved for other horizons");
    core::read_array(in, centre_mm_);
    core::read_array(in, scale_mm_);
    core::read_array(in, z_);
    started_ = core::read_pod<std::uint8_t>(in) != 0;
    const auto finite = [](double v) { return std::isfinite(v); };
    if (!std::all_of(centre_mm_.begin(), centre_mm_.end(), finite) ||
        !std::all_of(scale_mm_.begin(), scale_mm_.end(), [](double v) { return std::isfinite(v) && v > 0; }) ||
        !std::all_of(z_.begin(), z_.end(), finite))
        throw core::StateError("state: forecaster_bank: its scale or position is damaged");
    for (const auto& predictor : predictors_) predictor->load_state(in);
}

}  // namespace foretide::rnn
