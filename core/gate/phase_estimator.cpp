// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/phase_estimator.h"

#include <algorithm>
#include <cmath>

namespace foretide::core {

namespace {

constexpr double kCycle_percent = 100;
constexpr double kOverdue_percent = 115;
constexpr double kMemory_s = 60;
constexpr double kErrorsNeeded_s = 20;
constexpr double kLongestBreath_s = 13;

}  // namespace

PhaseEstimator::Ahead::Ahead(double rate_hz, double latency)
    : latency_s(latency), told(static_cast<std::size_t>(std::ceil((latency + kLongestBreath_s) * rate_hz)))
{
}

void PhaseEstimator::Ahead::learn(double from_s, double to_s) noexcept
{
    for (Told& t : told) {
        if (!(t.target_s < to_s)) continue;
        if (t.target_s >= from_s) {
            const double percent = kCycle_percent * (t.target_s - from_s) / (to_s - from_s);
            const double error = std::remainder(percent - t.percent, kCycle_percent);
            lower.add(0, error);
            upper.add(0, error);
        }
        t = {};
    }
}

PhaseEstimator::PhaseEstimator(double rate_hz, double t_on_s, double t_off_s, double confidence)
    : confidence_(confidence),
      growth_(std::exp(1 / (kMemory_s * rate_hz))),
      // What evenly weighed errors of so long a stretch weigh, forgotten as they are.
      needed_(kMemory_s * rate_hz * (1 - std::exp(-kErrorsNeeded_s / kMemory_s))),
      on_(rate_hz, t_on_s),
      off_(rate_hz, t_off_s)
{
}

void PhaseEstimator::break_series() noexcept
{
    last_peak_s_ = kNaN;
    for (Ahead* ahead : {&on_, &off_}) std::ranges::fill(ahead->told, Ahead::Told{});
}

const PhaseEstimator::Phases& PhaseEstimator::step(double now_s, const BreathingCycle& cycle,
                                                   std::span<const double> ahead_s,
                                                   std::span<const double> forecast_mm) noexcept
{
    phases_ = {};
    double on = kNaN, off = kNaN;
    if (cycle.regular()) {
        const double period_s = cycle.period_s();
        find_peaks(now_s, cycle, ahead_s, forecast_mm);
        phases_.now_percent = phase_at(now_s, period_s);
        on = phase_at(now_s + on_.latency_s, period_s);
        off = phase_at(now_s + off_.latency_s, period_s);
    }
    const double peak_s = cycle.last_peak_s();
    if (peak_s > last_peak_s_)
        for (Ahead* ahead : {&on_, &off_}) ahead->learn(last_peak_s_, peak_s);
    last_peak_s_ = peak_s;
    phases_.on = range(on_, now_s, on);
    phases_.off = range(off_, now_s, off);
    return phases_;
}

void PhaseEstimator::find_peaks(double now_s, const BreathingCycle& cycle, std::span<const double> ahead_s,
                                std::span<const double> forecast_mm) noexcept
{
    peaks_ = 0;
    peaks_s_[peaks_++] = cycle.last_peak_s();
    BreathDetector detector = cycle.detector();
    for (std::size_t k = 0; k < ahead_s.size() && peaks_ < kPeaks; ++k)
        if (detector.step(now_s + ahead_s[k], forecast_mm[k]) && cycle.is_peak(detector.last()))
            peaks_s_[peaks_++] = detector.last().time_s;
}

double PhaseEstimator::phase_at(double time_s, double period_s) const noexcept
{
    std::size_t after = 0;
    while (after < peaks_ && peaks_s_[after] <= time_s) ++after;
    if (after == 0) return kNaN;
    const double begun_s = peaks_s_[after - 1];
    const double length_s = after < peaks_ ? peaks_s_[after] - begun_s : period_s;
    const double percent = kCycle_percent * (time_s - begun_s) / length_s;
    if (percent > kOverdue_percent) return kNaN;
    return percent < kCycle_percent ? percent : percent - kCycle_percent;
}

PhaseEstimator::Range PhaseEstimator::range(Ahead& ahead, double now_s, double phase_percent) noexcept
{
    if (confidence_ == 0) return {phase_percent, phase_percent};
    ahead.told[ahead.at] = {now_s + ahead.latency_s, phase_percent};
    ahead.at = (ahead.at + 1) % ahead.told.size();
    ahead.lower.age(growth_);
    ahead.upper.age(growth_);
    if (std::isnan(phase_percent) || ahead.lower.weight(0) < needed_) return {};
    const double miss = 0.5 * (1 - confidence_);
    return {phase_percent + ahead.lower.quantile(0, miss), phase_percent + ahead.upper.quantile(0, 1 - miss)};
}

}  // namespace foretide::core
