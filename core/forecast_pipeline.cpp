// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/forecast_pipeline.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/forecast_trajectory.h"

namespace foretide::core {

namespace {

const Forecaster& checked(const Forecaster* forecaster, const SeriesLayout& layout)
{
    if (forecaster == nullptr || forecaster->layout().markers != layout.markers)
        throw std::invalid_argument("the forecaster was made for another number of markers than the conditioner");
    return *forecaster;
}

}  // namespace

ForecastPipeline::ForecastPipeline(const ConditionerConfig& conditioner, const StandardiserConfig& standardiser,
                                   std::unique_ptr<Forecaster> forecaster, StepOrder order)
    : conditioner_(conditioner),
      standardiser_(conditioner_.layout(), standardiser),
      forecaster_(std::move(forecaster)),
      order_(order),
      intervals_(conditioner_.layout(), checked(forecaster_.get(), conditioner_.layout()).horizons()),
      measured_mm_(static_cast<std::size_t>(conditioner_.layout().coordinates()), kNaN)
{
    const std::span<const int> horizons = forecaster_->horizons();
    const auto p = static_cast<std::size_t>(conditioner_.layout().coordinates());
    forecasts_mm_.assign(horizons.size() * p, 0.0);
    for (std::size_t h = 0; h < horizons.size(); ++h)
        if (std::find(horizons.begin(), horizons.begin() + static_cast<std::ptrdiff_t>(h), horizons[h]) ==
            horizons.begin() + static_cast<std::ptrdiff_t>(h))
            source_.push_back(h);
    std::sort(source_.begin(), source_.end(), [&](std::size_t a, std::size_t b) { return horizons[a] < horizons[b]; });
    for (const std::size_t h : source_) ascending_.push_back(horizons[h]);
    ascending_mm_.assign(ascending_.size() * p, 0.0);
    // As far ahead as positions may be filled in and still count as good.
    const double bridged_s = to_seconds(conditioner.max_bridged_gap);
    const auto samples = static_cast<std::size_t>(std::ceil(bridged_s * conditioner.rate_hz));
    bridge_mm_.assign(std::clamp<std::size_t>(samples, 1, static_cast<std::size_t>(conditioner_.capacity())) * p, 0.0);
}

void ForecastPipeline::forecast(int i) noexcept
{
    newest_ = i;
    const ConditionedSample sample = conditioner_.sample(i);
    standardiser_.update(sample.positions_mm);
    forecaster_->observe(sample, standardiser_.view());
    if (order_ == StepOrder::learn_first) forecaster_->learn();
    ready_ = forecaster_->forecast(forecasts_mm_);
    take_measured(i);
    if (has(conditioner_.flags(i), SampleFlag::discontinuity)) intervals_.break_series();
    intervals_.step(measured_mm_, forecasts_mm_, ready_);
}

void ForecastPipeline::take_measured(int i) noexcept
{
    const std::span<const double> positions_mm = conditioner_.sample(i).positions_mm;
    const std::span<const SampleFlag> markers = conditioner_.marker_flags(i);
    for (std::size_t c = 0; c < measured_mm_.size(); ++c)
        measured_mm_[c] = has(markers[c / 3], kFilledIn) ? kNaN : positions_mm[c];
}

void ForecastPipeline::learn() noexcept
{
    if (order_ == StepOrder::forecast_first) forecaster_->learn();
    skip_learning();
}

void ForecastPipeline::skip_learning() noexcept { predict_bridge(conditioner_.sample(newest_)); }

/// What the conditioner would put into the next samples, should their frames not come.
void ForecastPipeline::predict_bridge(const ConditionedSample& sample) noexcept
{
    if (!ready_) return;
    const std::size_t p = sample.positions_mm.size();
    for (std::size_t h = 0; h < ascending_.size(); ++h)
        std::copy_n(forecasts_mm_.data() + source_[h] * p, p, ascending_mm_.data() + h * p);
    const ForecastTrajectory trajectory{ascending_, sample.positions_mm, ascending_mm_};
    for (std::size_t k = 0; k * p < bridge_mm_.size(); ++k)
        trajectory.at(static_cast<double>(k + 1), {bridge_mm_.data() + k * p, p});
    static_cast<void>(conditioner_.set_bridge(bridge_mm_));  // refused where not finite: positions are then held
}

}  // namespace foretide::core
