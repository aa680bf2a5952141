// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/forecaster.h"
#include "core/gate/breath_monitor.h"
#include "core/gate/gate_rule.h"
#include "core/gate/gate_window.h"
#include "core/gate/hold_levels.h"
#include "core/gate/internal_point.h"
#include "core/intervals/gate_bounds.h"
#include "core/marker_frame.h"

namespace foretide::core {

/// What the gate looks at. Times count from the first sample, latencies from exposure.
struct GateMonitorConfig {
    /// "m<k>.x|y|z", "pc1": principal axis of the first learn_axis_until_s, or an internal_axis() of `point`
    std::string axis = "m1.z";
    std::optional<GateWindow> window;  ///< as typed; none: learned
    double auto_share = 0.4;           ///< automatic_exhale_window() of [auto_from_s, auto_to_s)
    double auto_from_s = 30, auto_to_s = 60;
    int learn_holds = 0;  ///< > 0: learned from so many breath holds instead (HoldLevels), learn_half_width_mm around
    double learn_half_width_mm = 2.5;
    double learn_axis_until_s = 30;
    double t_on_s = 0.5, t_off_s = 0.5;  ///< latency of beam-on and beam-off
    double confidence = 0;               ///< of the range that must lie inside; 0: point forecasts
    GateRule rule{};
    BreathMonitorConfig breath{};
    InternalPoint* point = nullptr;  ///< for an internal axis; outlives the monitor
};

/// Follows the gate coordinate: projects measured and forecast positions on the axis, interpolates the forecasts to
/// T_on and T_off (linear between the two horizons around each), and states calibrated bounds (GateBounds), wider by
/// the uncertainty of the internal point where the coordinate is one. Follows the breathing of it (BreathMonitor).
///
/// A principal axis or a window that are to be learned need samples first: they are kept while due, and learn()
/// computes them. It allocates and takes a while, so another thread than that of step() may call it, when
/// learning_due() is true; until apply_learned() the coordinate or the window is not known.
///
/// Shapes: p = 3N, H horizons. Threads: one at a time, but for learn(). Allocation: constructor and learn(). Errors:
/// the constructor throws std::invalid_argument.
class GateMonitor {
public:
    /// `delay_s`: what to add to the latencies because samples lie behind the newest exposure
    /// (SignalConditioner::delay). `horizons` must hold gate_horizons().
    GateMonitor(const GateMonitorConfig& config, const SeriesLayout& layout, std::span<const int> horizons,
                double delay_s);

    /// The horizons [samples] that the gate needs.
    static std::vector<int> gate_horizons(const GateMonitorConfig& config, double rate_hz, double delay_s);

    /// A sample with its forecasts (H × p); measured_mm: p, NaN where filled in; ready: not the last position for want
    /// of history; broken: the series does not go on from the sample before. RT-safe.
    const GateReading& step(const ConditionedSample& sample, std::span<const double> measured_mm,
                            std::span<const double> forecasts_mm, bool ready, bool broken) noexcept
        FORETIDE_NONBLOCKING;

    const std::optional<GateWindow>& window() const noexcept { return window_; }
    /// An operator's window; ends the learning of one. RT-safe.
    void set_window(const GateWindow& window) noexcept FORETIDE_NONBLOCKING;
    /// Moves the window by the drift of the baseline; false: either is not known. RT-safe.
    bool rebase() noexcept FORETIDE_NONBLOCKING;
    /// What the rule says of the newest reading. RT-safe.
    GateJudgement judge() const noexcept FORETIDE_NONBLOCKING { return core::judge(config_.rule, window_, reading_); }

    /// Enough was seen for the axis, then for the window. RT-safe.
    bool learning_due() const noexcept FORETIDE_NONBLOCKING { return due_; }

    struct Learned {
        std::optional<GateAxis> axis;
        std::optional<GateWindow> window;
    };
    /// From the samples kept; while it is due they do not change. Throws std::runtime_error: the markers do not move.
    Learned learn() const;
    /// Takes over what was learned. RT-safe: swaps, so that nothing is freed here.
    void apply_learned(Learned& learned) noexcept FORETIDE_NONBLOCKING;
    /// What is to be learned could not be: tried again after as many more seconds. RT-safe.
    void retry_learning() noexcept FORETIDE_NONBLOCKING;

    /// Direction and mean of the coordinate; empty while not known.
    const GateAxis& axis() const noexcept { return axis_; }

private:
    /// One latency between two horizons.
    struct Latency {
        bool now = false;                   // 0: the measured coordinate itself
        std::size_t before = 0, after = 0;  // of the bounds' horizons
        double share = 0;                   // of `after`
    };

    Latency latency(double seconds) const;
    void keep(const ConditionedSample& sample) noexcept;
    bool axis_known() const noexcept { return internal_axis_ >= 0 || !axis_.direction.empty(); }
    void locate(std::span<const double> positions_mm, std::span<const double> measured_mm,
                std::span<const double> forecasts_mm, bool ready) noexcept;
    void read_range(const Latency& at, double& lower_mm, double& upper_mm) const noexcept;
    double between(std::span<const double> by_horizon, const Latency& at) const noexcept;

    GateMonitorConfig config_;
    SeriesLayout layout_;
    double delay_s_;
    std::vector<int> bound_horizons_;  // ascending, as few as are needed
    std::vector<std::size_t> from_;    // where they stand among the H
    GateBounds bounds_;
    Latency on_, off_;
    GateAxis axis_;
    std::optional<GateWindow> window_;
    int internal_axis_;                             // 0 … 2; −1: none
    std::vector<double> forecast_mm_;               // of the coordinate, by bound horizon
    std::vector<double> wider_mm_;                  // uncertainty of the internal point, by bound horizon
    std::vector<std::size_t> trajectory_from_;      // phase gate: the trajectory's horizons among the H, ascending
    std::vector<double> ahead_s_, trajectory_mm_;   // after the newest sample; coordinate
    double measured_mm_ = kNaN;                     // the coordinate; NaN where a marker was filled in
    std::vector<double> point_mm_, half_width_mm_;  // (1 + H) × 3
    BreathMonitor breath_;
    std::optional<HoldLevels> levels_;
    GateReading reading_;

    // Learning.
    std::vector<double> kept_mm_, kept_s_;  // rows × p; times
    std::size_t kept_ = 0;                  // rows
    double first_s_ = kNaN, extra_s_ = 0;
    bool due_ = false;
};

}  // namespace foretide::core
