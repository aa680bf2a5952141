// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/gate_bounds.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "core/intervals/quantile_loss.h"
#include "core/marker_frame.h"
#include "core/state_io.h"

namespace foretide::core {

namespace {

constexpr std::string_view kMagic = "gate bounds";
constexpr std::uint32_t kVersion = 1;
constexpr double kLeanOnEstimator_s = 5;

double checked_level(double confidence)
{
    if (!(confidence > 0 && confidence <= kLargestGateConfidence))
        throw std::invalid_argument("the gate's confidence must be above 0 and at most " +
                                    std::to_string(kLargestGateConfidence) + ", not " + std::to_string(confidence));
    return 1 - (1 - confidence) / 2;
}

}  // namespace

GateBounds::Side::Side(double error_sign, double rate_hz, std::span<const int> horizons, double level)
    : sign(error_sign),
      estimator(1, rate_hz, horizons, {error_sign > 0 ? BoundSide::upper : BoundSide::lower, level}),
      miss_rate(horizons.size(), 1 - level),
      losses(horizons.size()),
      pending(static_cast<std::size_t>(std::accumulate(horizons.begin(), horizons.end(), 0))),
      bound_mm(horizons.size(), kNaN)
{
}

GateBounds::GateBounds(double rate_hz, std::span<const int> horizons, double confidence)
    : interval_s_(1 / rate_hz),
      target_(1 - checked_level(confidence)),
      horizons_(horizons.begin(), horizons.end()),
      lower_(-1, rate_hz, horizons, 1 - target_),
      upper_(1, rate_hz, horizons, 1 - target_)
{
    std::size_t rows = 0;
    for (const int h : horizons_) {
        first_pending_.push_back(rows);
        rows += static_cast<std::size_t>(h);
        local_.emplace_back(rate_hz, h);
    }
    break_series();
}

void GateBounds::break_series() noexcept
{
    for_each_side([](Side& side) {
        side.estimator.break_series();
        std::ranges::fill(side.pending, Pending{kNaN, kNaN, kNaN, kNaN});
    });
    for (LocalErrors& local : local_) local.break_series();
}

std::size_t GateBounds::pending_at(std::size_t h) const noexcept
{
    return first_pending_[h] + static_cast<std::size_t>(step_ % horizons_[h]);
}

void GateBounds::step(double coordinate_mm, std::span<const double> forecasts_mm) noexcept
{
    for_each_side([&](Side& side) { side.estimator.step({&coordinate_mm, 1}, forecasts_mm); });
    for (std::size_t h = 0; h < horizons_.size(); ++h) {
        local_[h].step(coordinate_mm, forecasts_mm[h]);
        for_each_side([&](Side& side) {
            learn(side, h, coordinate_mm);
            state(side, h, forecasts_mm[h]);
        });
    }
    ++step_;
}

void GateBounds::learn(Side& side, std::size_t h, double coordinate_mm) const noexcept
{
    const Pending& made = side.pending[pending_at(h)];
    double score_mm = side.sign * (coordinate_mm - made.forecast_mm);
    if (!std::isfinite(score_mm) || std::isnan(made.margin_mm)) return;
    score_mm = std::clamp(score_mm, -kLargestError_mm, kLargestError_mm);
    side.miss_rate[h] = adapted_miss_rate(side.miss_rate[h], target_, score_mm > made.margin_mm ? 1 : 0, interval_s_);
    const double keep = 1 - interval_s_ / kLossMemory_s;
    Losses& losses = side.losses[h];
    losses.estimated_mm = keep * losses.estimated_mm + quantile_loss_mm(score_mm, made.estimated_mm, target_);
    losses.local_mm = keep * losses.local_mm + quantile_loss_mm(score_mm, made.local_mm, target_);
}

void GateBounds::state(Side& side, std::size_t h, double forecast_mm) noexcept
{
    Pending& made = side.pending[pending_at(h)];
    made.forecast_mm = forecast_mm;
    made.estimated_mm = made.local_mm = made.margin_mm = side.estimator.margins_mm()[h];
    const double known_s = local_[h].known_s();
    if (!std::isnan(made.margin_mm) && known_s > 0) {
        const double level = side.sign > 0 ? 1 - side.miss_rate[h] : side.miss_rate[h];
        const double lean = kLeanOnEstimator_s / (kLeanOnEstimator_s + known_s);
        made.local_mm = lean * made.estimated_mm + (1 - lean) * side.sign * local_[h].quantile(level);
        const Losses& losses = side.losses[h];
        const double least_mm = std::min(losses.estimated_mm, losses.local_mm);
        const double estimated = loss_weight(losses.estimated_mm, least_mm);
        const double local = loss_weight(losses.local_mm, least_mm);
        made.margin_mm = (estimated * made.estimated_mm + local * made.local_mm) / (estimated + local);
    }
    side.bound_mm[h] = forecast_mm + side.sign * made.margin_mm;
}

void GateBounds::save_state(std::ostream& out) const
{
    write_header(out, kMagic, kVersion);
    write_pod(out, step_);
    for (const LocalErrors& local : local_) local.save_state(out);
    for (const Side* side : {&lower_, &upper_}) {
        side->estimator.save_state(out);
        write_array(out, side->miss_rate);
        write_array(out, side->losses);
        write_array(out, side->pending);
        write_array(out, side->bound_mm);
    }
}

void GateBounds::load_state(std::istream& in)
{
    read_header(in, kMagic, kVersion);
    read_pod(in, step_);
    if (step_ < 0) throw StateError("state: the gate bounds' step is negative: the data are damaged");
    for (LocalErrors& local : local_) local.load_state(in);
    for_each_side([&in](Side& side) {
        side.estimator.load_state(in);
        read_array(in, side.miss_rate);
        read_array(in, side.losses);
        read_array(in, side.pending);
        read_array(in, side.bound_mm);
    });
}

}  // namespace foretide::core
