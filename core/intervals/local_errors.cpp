// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/local_errors.h"

#include <algorithm>
#include <cmath>

#include "core/marker_frame.h"
#include "core/state_io.h"

namespace foretide::core {

namespace {

constexpr std::string_view kMagic = "local errors";
constexpr std::uint32_t kVersion = 1;
constexpr double kMemory_s = 60;    // T
constexpr double kLag_s = 0.2;      // k
constexpr float kBase = 0.005F;     // b
constexpr double kBandwidth = 0.5;  // β
constexpr double kSmallestVariance = 1e-6;

}  // namespace

LocalErrors::LocalErrors(double rate_hz, int horizon)
    : rate_hz_(rate_hz),
      horizon_(horizon),
      lag_(std::max(1L, std::lround(kLag_s * rate_hz))),
      keep_(std::exp(-1 / (kMemory_s * rate_hz))),
      moments_(static_cast<std::size_t>(std::lround(2 * kMemory_s * rate_hz)) + static_cast<std::size_t>(horizon) + 1,
               Moment{0, 0, kUnknown}),
      weighed_(1, true)
{
    for (std::size_t age = 0; age < moments_.size(); ++age)
        recency_.push_back(static_cast<float>(std::exp(-static_cast<double>(age) / (kMemory_s * rate_hz))));
}

void LocalErrors::step(double coordinate_mm, double forecast_mm) noexcept
{
    const std::int64_t made = step_ - horizon_;
    if (made >= unbroken_from_ && std::isfinite(coordinate_mm)) {
        Moment& then = at(made);
        const double error_mm = coordinate_mm - static_cast<double>(then.forecast_mm);
        if (std::isfinite(error_mm)) then.bin = static_cast<std::int32_t>(weighed_.bin_of(error_mm));
    }
    const Moment now = moment_now(forecast_mm);
    at(step_) = now;
    weigh(now);
    ++step_;
}

LocalErrors::Moment LocalErrors::moment_now(double forecast_mm) noexcept
{
    if (!std::isfinite(forecast_mm)) return {std::numeric_limits<float>::quiet_NaN(), 0, kUnknown};
    const std::int64_t before = step_ - lag_;
    double velocity = 0;
    if (before >= unbroken_from_) {
        const double moved_mm = forecast_mm - static_cast<double>(at(before).forecast_mm);
        if (std::isfinite(moved_mm)) velocity = moved_mm * rate_hz_ / static_cast<double>(lag_);
    }
    weight_ = keep_ * weight_ + 1;
    mean_mm_ = keep_ * mean_mm_ + forecast_mm;
    square_mm2_ = keep_ * square_mm2_ + forecast_mm * forecast_mm;
    square_velocity_ = keep_ * square_velocity_ + velocity * velocity;
    return {static_cast<float>(forecast_mm), static_cast<float>(velocity), kUnknown};
}

void LocalErrors::weigh(const Moment& now) noexcept
{
    weighed_.clear(0);
    known_s_ = 0;
    if (!std::isfinite(now.forecast_mm)) return;
    const double mean_mm = mean_mm_ / weight_;
    const double variance = std::max(kSmallestVariance, square_mm2_ / weight_ - mean_mm * mean_mm);
    const double velocity_variance = std::max(kSmallestVariance, square_velocity_ / weight_);
    const auto position_scale = static_cast<float>(-0.5 / (kBandwidth * kBandwidth * variance));
    const auto velocity_scale = static_cast<float>(-0.5 / (kBandwidth * kBandwidth * velocity_variance));
    double sum = 0, squares = 0;
    const std::int64_t oldest = std::max<std::int64_t>(0, step_ + 1 - static_cast<std::int64_t>(moments_.size()));
    for (std::int64_t made = step_ - horizon_; made >= oldest; --made) {
        const Moment& then = at(made);
        if (then.bin == kUnknown) continue;
        const float away = now.forecast_mm - then.forecast_mm, faster = now.velocity_mm_s - then.velocity_mm_s;
        const float alike = std::exp(position_scale * away * away + velocity_scale * faster * faster);
        const auto weight = static_cast<double>((kBase + alike) * recency_[static_cast<std::size_t>(step_ - made)]);
        weighed_.add_to_bin(0, static_cast<std::size_t>(then.bin), weight);
        sum += weight;
        squares += weight * weight;
    }
    if (squares > 0) known_s_ = sum * sum / squares / rate_hz_;
}

void LocalErrors::save_state(std::ostream& out) const
{
    write_header(out, kMagic, kVersion);
    write_pod(out, horizon_);
    write_pod(out, step_);
    write_pod(out, unbroken_from_);
    write_pod(out, weight_);
    write_pod(out, mean_mm_);
    write_pod(out, square_mm2_);
    write_pod(out, square_velocity_);
    write_pod(out, known_s_);
    write_array(out, moments_);
    weighed_.save_state(out);
}

void LocalErrors::load_state(std::istream& in)
{
    read_header(in, kMagic, kVersion);
    read_expected(in, horizon_, "the horizon");
    read_pod(in, step_);
    read_pod(in, unbroken_from_);
    read_pod(in, weight_);
    read_pod(in, mean_mm_);
    read_pod(in, square_mm2_);
    read_pod(in, square_velocity_);
    read_pod(in, known_s_);
    read_array(in, moments_);
    weighed_.load_state(in);
    const auto usable = [this](const Moment& m) {
        return m.bin == kUnknown || (m.bin >= 0 && static_cast<std::size_t>(m.bin) < weighed_.bins());
    };
    if (step_ < 0 || !std::ranges::all_of(moments_, usable)) throw StateError("state: the local errors are damaged");
}

}  // namespace foretide::core
