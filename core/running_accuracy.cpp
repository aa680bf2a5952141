// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/running_accuracy.h"

#include <algorithm>
#include <cmath>

#include "core/marker_frame.h"

namespace foretide::core {

namespace {

constexpr double kRecent_s = 20;  // time constant of the recent figure

/// Squared distance; NaN where a coordinate is.
double squared(const double* a, const double* b) noexcept
{
    double sum = 0;
    for (int c = 0; c < 3; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

}  // namespace

RunningAccuracy::RunningAccuracy(const SeriesLayout& layout, std::span<const int> horizons)
    : p_(static_cast<std::size_t>(layout.coordinates())), fade_(std::exp(-1 / (kRecent_s * layout.rate_hz)))
{
    std::size_t first = 0;
    for (const int h : horizons) {
        horizons_.push_back({h, first});
        first += static_cast<std::size_t>(h);
        longest_ = std::max(longest_, static_cast<std::size_t>(h));
    }
    pending_mm_.assign(first * p_, kNaN);
    positions_mm_.assign(longest_ * p_, kNaN);
}

void RunningAccuracy::step(std::span<const double> measured_mm, std::span<const double> positions_mm,
                           std::span<const double> forecasts_mm, bool count) noexcept
{
    for (std::size_t k = 0; k < horizons_.size(); ++k) {
        Horizon& h = horizons_[k];
        double* due = pending_mm_.data() + (h.first + static_cast<std::size_t>(step_ % h.samples)) * p_;
        const std::int64_t made = step_ - h.samples;
        const double* then = positions_mm_.data() +
                             static_cast<std::size_t>(made + 2 * static_cast<std::int64_t>(longest_)) % longest_ * p_;
        h.recent_mm2 *= fade_;
        h.recent_n *= fade_;
        for (std::size_t c = 0; made >= valid_from_ && c < p_; c += 3) {
            const double error = squared(due + c, measured_mm.data() + c);
            const double held = squared(then + c, measured_mm.data() + c);
            if (std::isnan(error) || std::isnan(held)) continue;
            ++h.n;
            h.sum_mm2 += error;
            h.last_sum_mm2 += held;
            h.recent_mm2 += error;
            h.recent_n += 1;
        }
        if (count)
            std::copy_n(forecasts_mm.data() + k * p_, p_, due);
        else
            std::fill_n(due, p_, kNaN);
    }
    std::copy_n(positions_mm.data(), p_, positions_mm_.data() + static_cast<std::size_t>(step_) % longest_ * p_);
    ++step_;
}

void RunningAccuracy::break_series() noexcept { valid_from_ = step_; }

RunningAccuracy::Figures RunningAccuracy::figures(std::size_t horizon) const noexcept
{
    const Horizon& h = horizons_[horizon];
    const auto rms = [](double sum, double n) { return n > 0 ? std::sqrt(sum / n) : kNaN; };
    const auto n = static_cast<double>(h.n);
    return {h.n, rms(h.sum_mm2, n), rms(h.last_sum_mm2, n), rms(h.recent_mm2, h.recent_n)};
}

}  // namespace foretide::core
