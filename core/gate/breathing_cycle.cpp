// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/breathing_cycle.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/gate/small_median.h"

namespace foretide::core {

namespace {

constexpr std::array<const char*, 3> kInhale{"auto", "up", "down"};
constexpr std::int64_t kBreathsForSide = 5;
constexpr double kSmallestSkew = 0.03;
constexpr std::size_t kBreathsNeeded = 3;
constexpr std::size_t kBreaths = 5;
constexpr double kIrregular = 0.3;
constexpr double kShortestPeriod_s = 1.5, kLongestPeriod_s = 12;

}  // namespace

const char* to_string(Inhale inhale) noexcept { return kInhale[static_cast<std::size_t>(inhale)]; }

Inhale parse_inhale(const char* name)
{
    for (std::size_t k = 0; k < kInhale.size(); ++k)
        if (std::string_view(name) == kInhale[k]) return static_cast<Inhale>(k);
    throw std::invalid_argument("inhale '" + std::string(name) + "': use auto, up or down");
}

void BreathingCycle::step(double time_s, double mm) noexcept
{
    if (!std::isfinite(mm)) return;
    sum_mm_ += mm;
    ++samples_;
    if (!detector_.step(time_s, mm)) return;
    const BreathDetector::Extremum& found = detector_.last();
    (found.high ? highs_ : lows_).add(found);
    if (!found.high) return;
    if (inhale_ == Inhale::automatic) judge_side();
    sum_mm_ = 0;
    samples_ = 0;
}

/// A whole breath lies between this high and the one before.
void BreathingCycle::judge_side() noexcept
{
    if (highs_.count < 2 || lows_.count < 1 || samples_ == 0) return;
    const double top_mm = 0.5 * (highs_.back(0).mm + highs_.back(1).mm), bottom_mm = lows_.back(0).mm;
    const double height_mm = top_mm - bottom_mm;
    if (!(height_mm > 0)) return;
    skew_sum_ += (sum_mm_ / static_cast<double>(samples_) - 0.5 * (top_mm + bottom_mm)) / height_mm;
    ++skews_;
    const double skew = skew_sum_ / static_cast<double>(skews_);
    if (skews_ >= kBreathsForSide && std::abs(skew) > kSmallestSkew) inhale_ = skew < 0 ? Inhale::up : Inhale::down;
}

void BreathingCycle::break_series() noexcept
{
    detector_.reset();
    highs_ = lows_ = Ring();
    sum_mm_ = 0;
    samples_ = 0;
}

double BreathingCycle::last_peak_s() const noexcept
{
    return inhale_ == Inhale::automatic || peaks().count == 0 ? kNaN : peaks().back(0).time_s;
}

/// Newest first.
std::size_t BreathingCycle::periods(std::array<double, kKept>& out) const noexcept
{
    if (inhale_ == Inhale::automatic) return 0;
    const Ring& p = peaks();
    std::size_t n = 0;
    for (; n + 1 < p.size() && n < kBreaths; ++n) out[n] = p.back(n).time_s - p.back(n + 1).time_s;
    return n;
}

double BreathingCycle::period_s() const noexcept
{
    std::array<double, kKept> all{};
    const std::size_t n = periods(all);
    return n < kBreathsNeeded ? kNaN : small_median(all, n);
}

bool BreathingCycle::regular() const noexcept
{
    std::array<double, kKept> all{};
    const std::size_t n = periods(all);
    if (n < kBreathsNeeded) return false;
    const double median = small_median(all, n);
    if (!(median >= kShortestPeriod_s && median <= kLongestPeriod_s)) return false;
    return std::all_of(all.begin(), all.begin() + kBreathsNeeded,
                       [median](double s) { return std::abs(s - median) <= kIrregular * median; });
}

double BreathingCycle::exhale_mm() const noexcept
{
    const Ring& t = troughs();
    if (inhale_ == Inhale::automatic || t.size() < kBreathsNeeded) return kNaN;
    std::array<double, kBreaths> levels{};
    const std::size_t n = std::min(t.size(), kBreaths);
    for (std::size_t k = 0; k < n; ++k) levels[k] = t.back(k).mm;
    return small_median(levels, n);
}

}  // namespace foretide::core
