// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/breath_hold.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace foretide::core {

namespace {

constexpr double kSpeedOver_s = 1;
constexpr double kEnds_s = 1;

}  // namespace

BreathHold::BreathHold(const BreathHoldConfig& config, double rate_hz)
    : config_(config), rate_hz_(rate_hz), last_mm_(std::max(3UL, static_cast<std::size_t>(kSpeedOver_s * rate_hz)))
{
    if (!(config.settle_s >= 0 && config.settle_s <= 60) || !(config.longest_s >= 0 && config.longest_s <= 600) ||
        !(config.slow_mm_s > 0))
        throw std::invalid_argument(
            "a breath hold needs a settling time of 0 to 60 s, a longest time of 0 to 600 s and a speed above 0 mm/s");
}

void BreathHold::break_series() noexcept
{
    seen_ = 0;
    forget_hold();
}

void BreathHold::forget_hold() noexcept
{
    stage_ = BreathHoldStage::breathing;
    begun_s_ = inside_since_s_ = outside_since_s_ = held_s_ = kNaN;
    counted_ = false;
}

double BreathHold::speed_mm_s() const noexcept
{
    const std::size_t n = last_mm_.size();
    if (seen_ < n) return kNaN;
    // Least squares slope over samples 0 … n − 1, oldest first.
    const double middle = 0.5 * static_cast<double>(n - 1);
    double up = 0, squares = 0;
    for (std::size_t k = 0; k < n; ++k) {
        const double at = static_cast<double>(k) - middle;
        up += at * last_mm_[(seen_ + k) % n];
        squares += at * at;
    }
    return std::abs(up / squares) * rate_hz_;
}

void BreathHold::step(double time_s, double coordinate_mm, const std::optional<GateWindow>& window) noexcept
{
    using enum BreathHoldStage;
    if (std::isnan(coordinate_mm) || !window) {
        break_series();
        return;
    }
    last_mm_[seen_++ % last_mm_.size()] = coordinate_mm;
    if (!window->contains(coordinate_mm)) {
        inside_since_s_ = kNaN;
        if (std::isnan(begun_s_)) return;
        if (std::isnan(outside_since_s_)) outside_since_s_ = time_s;
        if (time_s - outside_since_s_ >= kEnds_s)
            forget_hold();
        else if (stage_ != over)
            stage_ = breathing;
        return;
    }
    outside_since_s_ = kNaN;
    if (std::isnan(begun_s_)) begun_s_ = time_s;
    if (std::isnan(inside_since_s_)) inside_since_s_ = time_s;
    held_s_ = time_s - begun_s_;
    if (config_.longest_s > 0 && held_s_ >= config_.longest_s) {
        stage_ = over;
        return;
    }
    if (stage_ == steady) return;
    const bool is_steady = time_s - inside_since_s_ >= config_.settle_s && speed_mm_s() <= config_.slow_mm_s;
    stage_ = is_steady ? steady : settling;
    if (is_steady && !counted_) {
        counted_ = true;
        ++holds_;
    }
}

}  // namespace foretide::core
