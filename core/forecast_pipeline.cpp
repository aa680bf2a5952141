// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/forecast_pipeline.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/forecast_trajectory.h"

namespace foretide::core {

ForecastPipeline::Voice ForecastPipeline::make_voice(std::unique_ptr<Forecaster> forecaster) const
{
    const SeriesLayout layout = conditioner_.layout();
    if (forecaster == nullptr || forecaster->layout().markers != layout.markers)
        throw std::invalid_argument("the forecaster was made for another number of markers than the conditioner");
    Voice voice;
    voice.intervals = std::make_unique<ForecastIntervals>(layout, forecaster->horizons());
    voice.mm.assign(forecaster->horizons().size() * static_cast<std::size_t>(layout.coordinates()), 0.0);
    voice.forecaster = std::move(forecaster);
    return voice;
}

ForecastPipeline::ForecastPipeline(const ConditionerConfig& conditioner, const StandardiserConfig& standardiser,
                                   std::unique_ptr<Forecaster> forecaster, StepOrder order,
                                   std::unique_ptr<Forecaster> fallback, std::span<const int> urgent_horizons)
    : conditioner_(conditioner),
      standardiser_(conditioner_.layout(), standardiser),
      main_(make_voice(std::move(forecaster))),
      order_(order),
      measured_mm_(static_cast<std::size_t>(conditioner_.layout().coordinates()), kNaN)
{
    const std::span<const int> horizons = main_.forecaster->horizons();
    if (fallback != nullptr) {
        if (!std::ranges::equal(fallback->horizons(), horizons))
            throw std::invalid_argument("the fallback must forecast the same horizons as the main forecaster");
        fallback_ = make_voice(std::move(fallback));
    }
    for (std::size_t h = 0; h < horizons.size(); ++h)
        if (urgent_horizons.empty() || std::ranges::find(urgent_horizons, horizons[h]) != urgent_horizons.end())
            urgent_.push_back(h);
    const auto p = static_cast<std::size_t>(conditioner_.layout().coordinates());
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

void ForecastPipeline::begin(int i) noexcept
{
    newest_ = i;
    finished_ = false;
    standardiser_.update(conditioner_.sample(i).positions_mm);
    take_measured(i);
    if (has_fallback()) speak(fallback_);
}

void ForecastPipeline::finish() noexcept
{
    speak(main_);
    finished_ = true;
}

void ForecastPipeline::complete() noexcept
{
    if (has_fallback()) speak_out(fallback_);
    if (!finished_) speak(main_);
    speak_out(main_);
}

void ForecastPipeline::speak(Voice& voice) noexcept
{
    voice.forecaster->observe(conditioner_.sample(newest_), standardiser_.view());
    if (order_ == StepOrder::learn_first) voice.forecaster->learn();
    voice.ready = voice.forecaster->forecast_first(urgent_, voice.mm);
}

/// What is left to be said once the beam command is sent.
void ForecastPipeline::speak_out(Voice& voice) noexcept
{
    const bool rest_ready = voice.forecaster->forecast_rest(voice.mm);
    voice.ready = voice.ready && rest_ready;
    if (has(conditioner_.flags(newest_), SampleFlag::discontinuity)) voice.intervals->break_series();
    voice.intervals->step(measured_mm_, voice.mm, voice.ready);
}

void ForecastPipeline::take_measured(int i) noexcept
{
    const std::span<const double> positions_mm = conditioner_.sample(i).positions_mm;
    const std::span<const SampleFlag> markers = conditioner_.marker_flags(i);
    for (std::size_t c = 0; c < measured_mm_.size(); ++c)
        measured_mm_[c] = has(markers[c / 3], kFilledIn) ? kNaN : positions_mm[c];
}

void ForecastPipeline::learn(bool main, bool fallback) noexcept
{
    if (order_ == StepOrder::forecast_first) {
        if (main) main_.forecaster->learn();
        if (fallback && has_fallback()) fallback_.forecaster->learn();
    }
    predict_bridge(conditioner_.sample(newest_));
}

/// What the conditioner would put into the next samples, should their frames not come.
void ForecastPipeline::predict_bridge(const ConditionedSample& sample) noexcept
{
    if (!main_.ready) return;
    const std::size_t p = sample.positions_mm.size();
    for (std::size_t h = 0; h < ascending_.size(); ++h)
        std::copy_n(main_.mm.data() + source_[h] * p, p, ascending_mm_.data() + h * p);
    const ForecastTrajectory trajectory{ascending_, sample.positions_mm, ascending_mm_};
    for (std::size_t k = 0; k * p < bridge_mm_.size(); ++k)
        trajectory.at(static_cast<double>(k + 1), {bridge_mm_.data() + k * p, p});
    static_cast<void>(conditioner_.set_bridge(bridge_mm_));  // refused where not finite: positions are then held
}

}  // namespace foretide::core
