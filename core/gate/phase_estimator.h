// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/gate/breathing_cycle.h"
#include "core/intervals/score_histograms.h"

namespace foretide::core {

/// Phase of the breathing now and at two moments to come, in percent of the cycle from peak inhale to peak inhale.
///
/// Peaks of inhale are those of the breaths so far and those that a copy of the detector finds in the forecast
/// trajectory; between two of them the phase grows evenly in time. Past the last one known it grows with the median
/// period, and is not known any more 15 % after the next peak was due. Not known either while the breathing is not
/// regular (BreathingCycle::regular()).
///
/// At a confidence c each phase to come is a range, by the quantiles (1 − c)/2 and (1 + c)/2 of its errors so far,
/// forgotten with 60 s; NaN with less than 20 s of errors. The errors of a breath are known once the peak at its end
/// is.
///
/// Shapes: trajectory of any length, ascending times after now. Threads: one at a time. RT-safe steps; allocation:
/// constructor only.
class PhaseEstimator {
public:
    struct Range {
        double lower_percent = kNaN, upper_percent = kNaN;
    };
    struct Phases {
        double now_percent = kNaN;
        Range on, off;
    };

    /// Latencies from the newest sample on [s]. confidence 0: ranges are points.
    PhaseEstimator(double rate_hz, double t_on_s, double t_off_s, double confidence);

    const Phases& step(double now_s, const BreathingCycle& cycle, std::span<const double> ahead_s,
                       std::span<const double> forecast_mm) noexcept FORETIDE_NONBLOCKING;
    /// Phases told before are not judged by what follows.
    void break_series() noexcept FORETIDE_NONBLOCKING;

private:
    struct Ahead {
        Ahead(double rate_hz, double latency_s);

        /// The newest breath went from peak to peak: its errors.
        void learn(double from_s, double to_s) noexcept;

        struct Told {
            double target_s = kNaN, percent = kNaN;
        };
        double latency_s;
        std::vector<Told> told;  ///< a ring; NaN: none, or judged
        std::size_t at = 0;
        ScoreHistograms lower{1, true}, upper{1, true};  ///< of the same errors: each keeps its quantile's cursor
    };
    void find_peaks(double now_s, const BreathingCycle& cycle, std::span<const double> ahead_s,
                    std::span<const double> forecast_mm) noexcept;
    double phase_at(double time_s, double period_s) const noexcept;
    Range range(Ahead& ahead, double now_s, double phase_percent) noexcept;

    static constexpr std::size_t kPeaks = 8;
    double confidence_, growth_, needed_;
    double last_peak_s_ = kNaN;
    Ahead on_, off_;
    std::array<double, kPeaks> peaks_s_{};
    std::size_t peaks_ = 0;
    Phases phases_;
};

}  // namespace foretide::core
