// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/bound_estimator.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "core/intervals/quantile_loss.h"
#include "core/marker_frame.h"
#include "core/state_io.h"

namespace foretide::core {

namespace {

constexpr std::string_view kMagic = "bounds";
constexpr std::uint32_t kVersion = 1;
constexpr double kLeanOnOthers_s = 10;
constexpr double kWiden_s = 1;
constexpr double kLeastKnown_s = 5;

const BoundConfig& checked(const BoundConfig& config, std::size_t coordinates, double rate_hz,
                           std::span<const int> horizons)
{
    if (coordinates == 0 || !(rate_hz > 0) || horizons.empty() || std::ranges::min(horizons) < 1)
        throw std::invalid_argument("bounds: need a coordinate, a positive rate and horizons of at least one sample");
    if (!(config.level >= 0.5 && config.level <= 0.99) || !(config.memory_s > 0))
        throw std::invalid_argument("bounds: the level must lie in 0.5 ... 0.99 and the memory be positive, not " +
                                    std::to_string(config.level) + " and " + std::to_string(config.memory_s) + " s");
    return config;
}

}  // namespace

BoundEstimator::BoundEstimator(std::size_t coordinates, double rate_hz, std::span<const int> horizons,
                               const BoundConfig& config)
    : config_(checked(config, coordinates, rate_hz, horizons)),
      p_(coordinates),
      interval_s_(1 / rate_hz),
      growth_(std::exp(interval_s_ / config.memory_s)),
      horizons_(horizons.begin(), horizons.end()),
      difficulty_(horizons.size(), coordinates, rate_hz, config.memory_s),
      own_(horizons.size() * coordinates * kModels, config.side != BoundSide::both),
      together_(horizons.size() * kModels, config.side != BoundSide::both),
      together_quantile_(kModels, kNaN),
      losses_mm_(horizons.size() * coordinates * kModels, 0.0F),
      alpha_(horizons.size(), 1 - config.level),
      errors_mm_(coordinates, kNaN),
      scaled_(coordinates * kModels),
      margins_mm_(horizons.size() * coordinates, kNaN)
{
    std::size_t rows = 0;
    for (const int h : horizons_) {
        first_pending_.push_back(rows * p_);
        rows += static_cast<std::size_t>(h);
    }
    pending_.resize(rows * p_);
    break_series();
}

void BoundEstimator::break_series() noexcept
{
    for (Pending& made : pending_) made.forecast_mm = made.margin_mm = kNaN;
    difficulty_.forget_forecasts();
}

void BoundEstimator::step(std::span<const double> positions_mm, std::span<const double> forecasts_mm) noexcept
{
    own_.age(growth_);
    together_.age(growth_);
    for (std::size_t h = 0; h < horizons_.size(); ++h) learn(h, positions_mm);
    difficulty_.observe(forecasts_mm);
    for (std::size_t h = 0; h < horizons_.size(); ++h) state(h, forecasts_mm);
    ++step_;
}

double BoundEstimator::score_of(double error_mm) const noexcept
{
    switch (config_.side) {
    case BoundSide::lower:
        return -error_mm;
    case BoundSide::upper:
        return error_mm;
    case BoundSide::both:
        break;
    }
    return std::abs(error_mm);
}

/// Where the forecasts made h samples ago wait, and those of now will.
std::size_t BoundEstimator::pending_at(std::size_t h) const noexcept
{
    return first_pending_[h] + static_cast<std::size_t>(step_ % horizons_[h]) * p_;
}

/// What a horizon's forecasts for now were off, and where these scores will be counted: looked up for all coordinates
/// before the first is counted, so that their memory is fetched at the same time.
void BoundEstimator::look_up(std::size_t h, std::span<const double> positions_mm) noexcept
{
    const Pending* made = &pending_[pending_at(h)];
    for (std::size_t c = 0; c < p_; ++c) {
        const double error_mm = positions_mm[c] - made[c].forecast_mm;
        errors_mm_[c] = std::isfinite(error_mm) ? std::clamp(error_mm, -kLargestError_mm, kLargestError_mm) : kNaN;
        if (std::isnan(errors_mm_[c])) continue;
        for (std::size_t m = 0; m < kModels; ++m) {
            Scaled& scaled = scaled_[c * kModels + m];
            scaled.score = score_of(errors_mm_[c]) / static_cast<double>(made[c].factors[m]);
            if (!std::isfinite(scaled.score)) continue;
            scaled.bin = own_.bin_of(scaled.score);
            own_.prefetch((h * p_ + c) * kModels + m, scaled.bin);
        }
    }
}

void BoundEstimator::learn(std::size_t h, std::span<const double> positions_mm) noexcept
{
    look_up(h, positions_mm);
    const Pending* made = &pending_[pending_at(h)];
    double missed = 0, stated = 0;
    for (std::size_t c = 0; c < p_; ++c) {
        if (std::isnan(errors_mm_[c])) continue;
        if (!std::isnan(made[c].margin_mm)) {
            stated += 1;
            missed += score_of(errors_mm_[c]) > made[c].margin_mm ? 1 : 0;
        }
        learn(h, c, made[c]);
    }
    if (stated == 0) return;
    alpha_[h] = adapted_miss_rate(alpha_[h], 1 - config_.level, missed / stated, interval_s_);
}

void BoundEstimator::learn(std::size_t h, std::size_t c, const Pending& made) noexcept
{
    const std::size_t series = h * p_ + c;
    const double score = score_of(errors_mm_[c]), mean_mm = difficulty_.mean_error_mm(series);
    const auto keep = static_cast<float>(1 - interval_s_ / kLossMemory_s);
    for (std::size_t m = 0; m < kModels; ++m) {
        const Scaled& scaled = scaled_[c * kModels + m];
        if (std::isfinite(scaled.score)) own_.add_to_bin(series * kModels + m, scaled.bin, 1);
        together_.add(h * kModels + m, scaled.score / mean_mm, 1 / static_cast<double>(p_));
        if (std::isnan(made.margin_mm)) continue;
        const double loss_mm = quantile_loss_mm(score, static_cast<double>(made.margins_mm[m]), 1 - config_.level);
        float& running_mm = losses_mm_[series * kModels + m];
        running_mm = keep * running_mm + static_cast<float>(loss_mm);
    }
    difficulty_.learn(series, std::abs(errors_mm_[c]));
}

void BoundEstimator::state(std::size_t h, std::span<const double> forecasts_mm) noexcept
{
    for (std::size_t m = 0; m < kModels; ++m)
        together_quantile_[m] = together_.quantile(h * kModels + m, 1 - alpha_[h]);
    const std::size_t at = pending_at(h);
    for (std::size_t c = 0; c < p_; ++c) {
        const std::size_t series = h * p_ + c;
        Pending& made = pending_[at + c];
        made.forecast_mm = forecasts_mm[series];
        made.factors = difficulty_.factors(series);
        made.margin_mm = std::isfinite(made.forecast_mm) ? combine(series, made) : kNaN;
        margins_mm_[series] = made.margin_mm;
    }
}

/// The margin of a series from those of the models; NaN while too little is known.
double BoundEstimator::combine(std::size_t series, Pending& made) noexcept
{
    const double known_s = own_.weight(series * kModels) * interval_s_;
    if (!(known_s >= kLeastKnown_s)) return kNaN;
    const double lean = kLeanOnOthers_s / (kLeanOnOthers_s + known_s), widen = kWiden_s / known_s;
    const double level = 1 - alpha_[series / p_], mean_mm = difficulty_.mean_error_mm(series);
    const float* losses_mm = &losses_mm_[series * kModels];
    const auto least_mm = static_cast<double>(*std::min_element(losses_mm, losses_mm + kModels));
    double sum_mm = 0, weights = 0;
    for (std::size_t m = 0; m < kModels; ++m) {
        const double own = own_.quantile(series * kModels + m, level);
        const double quantile = (1 - lean) * own + lean * together_quantile_[m] * mean_mm;
        const double margin_mm = static_cast<double>(made.factors[m]) * (quantile + widen * std::abs(quantile));
        const double weight = loss_weight(static_cast<double>(losses_mm[m]), least_mm);
        made.margins_mm[m] = static_cast<float>(margin_mm);
        sum_mm += weight * margin_mm;
        weights += weight;
    }
    return sum_mm / weights;
}

void BoundEstimator::save_state(std::ostream& out) const
{
    write_header(out, kMagic, kVersion);
    write_pod(out, config_.side);
    write_pod(out, config_.level);
    write_array(out, horizons_);
    write_pod(out, step_);
    difficulty_.save_state(out);
    own_.save_state(out);
    together_.save_state(out);
    write_array(out, losses_mm_);
    write_array(out, alpha_);
    write_array(out, pending_);
    write_array(out, margins_mm_);
}

void BoundEstimator::load_state(std::istream& in)
{
    read_header(in, kMagic, kVersion);
    const auto side = read_pod<BoundSide>(in);
    const auto level = read_pod<double>(in);
    std::vector<int> horizons(horizons_.size());
    read_array(in, horizons);
    if (side != config_.side || level != config_.level || horizons != horizons_)
        throw StateError("state: the bounds were saved with another side, level or other horizons");
    read_pod(in, step_);
    if (step_ < 0) throw StateError("state: the bounds' step is negative: the data are damaged");
    difficulty_.load_state(in);
    own_.load_state(in);
    together_.load_state(in);
    read_array(in, losses_mm_);
    read_array(in, alpha_);
    read_array(in, pending_);
    read_array(in, margins_mm_);
}

}  // namespace foretide::core
