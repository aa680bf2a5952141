// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/breath_monitor.h"

#include <cmath>

namespace foretide::core {

BreathMonitor::BreathMonitor(const BreathMonitorConfig& config, double rate_hz, double t_on_s, double t_off_s,
                             double confidence, bool with_phase)
    : cycle_(config.inhale), hold_(config.hold, rate_hz)
{
    if (with_phase) phase_.emplace(rate_hz, t_on_s, t_off_s, confidence);
}

const BreathReading& BreathMonitor::step(double time_s, double coordinate_mm, const std::optional<GateWindow>& window,
                                         std::span<const double> ahead_s, std::span<const double> forecast_mm,
                                         bool broken) noexcept
{
    reading_ = {};
    if (broken) {
        cycle_.break_series();
        hold_.break_series();
        if (phase_) phase_->break_series();
    }
    cycle_.step(time_s, coordinate_mm);
    hold_.step(time_s, coordinate_mm, window);
    if (phase_) {
        const PhaseEstimator::Phases& p = phase_->step(time_s, cycle_, ahead_s, forecast_mm);
        reading_.phase_percent = p.now_percent;
        reading_.phase_on_lower_percent = p.on.lower_percent;
        reading_.phase_on_upper_percent = p.on.upper_percent;
        reading_.phase_off_lower_percent = p.off.lower_percent;
        reading_.phase_off_upper_percent = p.off.upper_percent;
    }
    reading_.baseline_mm = cycle_.exhale_mm();
    if (window && std::isnan(reference_mm_)) reference_mm_ = reading_.baseline_mm;
    reading_.drift_mm = window ? reading_.baseline_mm - reference_mm_ : kNaN;
    reading_.hold = hold_.stage();
    reading_.held_s = hold_.held_s();
    reading_.holds = hold_.holds();
    return reading_;
}

void BreathMonitor::window_set() noexcept { reference_mm_ = reading_.baseline_mm; }

}  // namespace foretide::core
