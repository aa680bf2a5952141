// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/forecaster.h"
#include "core/intervals/forecast_intervals.h"
#include "core/signal_conditioner.h"
#include "core/standardiser.h"

namespace foretide::core {

/// Which of the two comes first within a step (ALGORITHMS.md §3).
enum class StepOrder {
    forecast_first,  ///< the engine's: least latency, forecasts one sample staler
    learn_first,
};

/// The live path from a frame to its forecasts: condition → standardise → forecast with intervals → (publish) → learn,
/// the same objects in the same order in the engine and in a replay.
///
///     for (int i = 0, n = pipeline.ingest(frame); i < n; ++i) {
///         pipeline.forecast(i);      // forecasts_mm() holds the forecasts of sample i; publish them
///         pipeline.learn();
///     }
///
/// Gaps are bridged by the forecaster's own trajectory. Threads: one at a time. Allocation: constructor only; the
/// steps are as RT-safe as the forecaster is. Errors: the constructor throws; the steps do not fail.
class ForecastPipeline {
public:
    ForecastPipeline(const ConditionerConfig& conditioner, const StandardiserConfig& standardiser,
                     std::unique_ptr<Forecaster> forecaster, StepOrder order = StepOrder::forecast_first);

    /// Takes a frame; returns how many samples it completes. Call forecast() for each, in order. RT-safe.
    int ingest(const MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING { return conditioner_.ingest(frame); }

    /// Forecasts from the i-th sample of the last ingest(). RT-safe.
    void forecast(int i) noexcept FORETIDE_NONBLOCKING;

    /// Learns what the sample revealed, once its forecasts are published (learn_first: done already). RT-safe.
    void learn() noexcept FORETIDE_NONBLOCKING;

    /// In place of learn() where there is no time for it: the next gap is bridged by the forecasts all the same.
    /// RT-safe.
    void skip_learning() noexcept FORETIDE_NONBLOCKING;

    /// H × p [mm], horizon-major.
    std::span<const double> forecasts_mm() const noexcept { return forecasts_mm_; }

    /// Bounds of the 90 % intervals of the same, H × p [mm]; NaN where not known yet.
    std::span<const double> lower_mm() const noexcept { return intervals_.lower_mm(); }
    std::span<const double> upper_mm() const noexcept { return intervals_.upper_mm(); }

    /// Positions of the sample forecast last, p [mm], NaN where they were filled in.
    std::span<const double> measured_mm() const noexcept { return measured_mm_; }

    /// Every horizon of the newest forecasts is a forecast, not the last position for want of history.
    bool ready() const noexcept { return ready_; }

    /// The standardisation has not frozen yet, or a horizon repeats the last position for want of history.
    bool warming_up() const noexcept { return !ready_ || !standardiser_.frozen(); }

    const SignalConditioner& conditioner() const noexcept { return conditioner_; }
    const Standardiser& standardiser() const noexcept { return standardiser_; }
    Forecaster& forecaster() noexcept { return *forecaster_; }
    const Forecaster& forecaster() const noexcept { return *forecaster_; }

private:
    void take_measured(int i) noexcept FORETIDE_NONBLOCKING;
    void predict_bridge(const ConditionedSample& sample) noexcept FORETIDE_NONBLOCKING;

    SignalConditioner conditioner_;
    Standardiser standardiser_;
    std::unique_ptr<Forecaster> forecaster_;
    StepOrder order_;
    bool ready_ = false;
    int newest_ = 0;                    // of the last ingest(): the sample forecast last
    std::vector<double> forecasts_mm_;  // H × p
    ForecastIntervals intervals_;
    std::vector<double> measured_mm_;   // p
    std::vector<double> ascending_mm_;  // H × p, horizons in ascending order
    std::vector<int> ascending_;        // H, horizons in ascending order, each once
    std::vector<std::size_t> source_;   // H, where ascending_[i] stands among the forecaster's horizons
    std::vector<double> bridge_mm_;     // samples × p: what the next samples should be
};

}  // namespace foretide::core
