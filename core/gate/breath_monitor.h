// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <span>

#include "core/gate/breath_hold.h"
#include "core/gate/breathing_cycle.h"
#include "core/gate/phase_estimator.h"

namespace foretide::core {

struct BreathMonitorConfig {
    Inhale inhale = Inhale::automatic;
    BreathHoldConfig hold{};
};

/// Follows the breathing of the gate coordinate: phase, baseline and its drift since the window was set, breath holds.
///
/// Threads: one at a time. RT-safe steps; allocation: constructor only. Errors: the constructor throws
/// std::invalid_argument.
class BreathMonitor {
public:
    /// with_phase: a trajectory is given with every step. Latencies count from the newest sample.
    BreathMonitor(const BreathMonitorConfig& config, double rate_hz, double t_on_s, double t_off_s, double confidence,
                  bool with_phase);

    /// A sample: coordinate (NaN: not known), the window in force, the coordinate's forecasts at ascending times ahead;
    /// broken: the series does not go on from the sample before.
    const BreathReading& step(double time_s, double coordinate_mm, const std::optional<GateWindow>& window,
                              std::span<const double> ahead_s, std::span<const double> forecast_mm,
                              bool broken) noexcept FORETIDE_NONBLOCKING;

    /// The window was set now: drift counts from the present baseline, or from the first one known.
    void window_set() noexcept FORETIDE_NONBLOCKING;

    Inhale inhale() const noexcept { return cycle_.inhale(); }

private:
    BreathingCycle cycle_;
    std::optional<PhaseEstimator> phase_;
    BreathHold hold_;
    double reference_mm_ = kNaN;
    BreathReading reading_;
};

}  // namespace foretide::core
