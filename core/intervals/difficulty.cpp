// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/difficulty.h"

#include <algorithm>
#include <cmath>

#include "core/intervals/quantile_loss.h"
#include "core/marker_frame.h"
#include "core/state_io.h"

namespace foretide::core {

namespace {

constexpr std::string_view kMagic = "difficulty";
constexpr std::uint32_t kVersion = 1;
constexpr double kLag_s = 0.2;
constexpr double kRecent_s = 2;
constexpr double kSmallestError_mm = 1e-3;
constexpr double kSmallestFactor = 0.25;

struct Weights {
    double speed, recent_error;  // a, b
};
constexpr std::array<Weights, Difficulty::kModels> kWeights{{{0, 0}, {0.25, 0}, {0, 0.3}, {0.25, 0.3}}};

/// 1 where the ratio is not known.
double ratio_within(double ratio, double low, double high) noexcept
{
    return std::isfinite(ratio) ? std::clamp(ratio, low, high) : 1.0;
}

}  // namespace

Difficulty::Difficulty(std::size_t horizons, std::size_t coordinates, double rate_hz, double memory_s)
    : coordinates_(coordinates),
      keep_(std::exp(-1 / (rate_hz * memory_s))),
      keep_recent_(std::exp(-1 / (rate_hz * kRecent_s))),
      lag_(static_cast<std::size_t>(std::max(1L, std::lround(kLag_s * rate_hz)))),
      past_mm_(lag_ * horizons * coordinates, kNaN),
      speed_ratio_(horizons, 1.0),
      speed_(horizons),
      error_(horizons * coordinates),
      recent_error_(horizons * coordinates)
{
}

void Difficulty::observe(std::span<const double> forecasts_mm) noexcept
{
    double* past = past_mm_.data() + slot_ * forecasts_mm.size();
    for (std::size_t h = 0; h < speed_.size(); ++h) {
        double moved = 0;
        for (std::size_t i = h * coordinates_; i < (h + 1) * coordinates_; ++i)
            moved += std::min(std::abs(forecasts_mm[i] - past[i]), kLargestError_mm);
        if (std::isfinite(moved)) speed_[h].add(moved, keep_);
        speed_ratio_[h] = ratio_within(moved / speed_[h].value(), 0, 3);
    }
    std::ranges::copy(forecasts_mm, past);
    slot_ = (slot_ + 1) % lag_;
}

void Difficulty::forget_forecasts() noexcept { std::ranges::fill(past_mm_, kNaN); }

void Difficulty::learn(std::size_t series, double absolute_error_mm) noexcept
{
    error_[series].add(absolute_error_mm, keep_);
    recent_error_[series].add(absolute_error_mm, keep_recent_);
}

Difficulty::Factors Difficulty::factors(std::size_t series) const noexcept
{
    const double recent = ratio_within(recent_error_[series].value() / mean_error_mm(series), 0.2, 4);
    const double speed = speed_ratio_[series / coordinates_];
    Factors out{};
    for (std::size_t m = 0; m < kModels; ++m) {
        const double g = 1 + kWeights[m].speed * (speed - 1) + kWeights[m].recent_error * (recent - 1);
        out[m] = static_cast<float>(std::max(kSmallestFactor, g));
    }
    return out;
}

double Difficulty::mean_error_mm(std::size_t series) const noexcept
{
    const RunningMean& mean = error_[series];
    return mean.weight > 0 ? std::max(kSmallestError_mm, mean.value()) : kNaN;
}

void Difficulty::save_state(std::ostream& out) const
{
    write_header(out, kMagic, kVersion);
    write_pod(out, static_cast<std::uint64_t>(slot_));
    write_array(out, past_mm_);
    write_array(out, speed_ratio_);
    write_array(out, speed_);
    write_array(out, error_);
    write_array(out, recent_error_);
}

void Difficulty::load_state(std::istream& in)
{
    read_header(in, kMagic, kVersion);
    slot_ = read_pod<std::uint64_t>(in) % lag_;
    read_array(in, past_mm_);
    read_array(in, speed_ratio_);
    read_array(in, speed_);
    read_array(in, error_);
    read_array(in, recent_error_);
}

}  // namespace foretide::core
