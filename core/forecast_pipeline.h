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
/// forecast() may be split for a beam that waits: begin(i) makes the fallback's forecasts (a cheap forecaster for the
/// steps in which the main one would be late), finish() the main forecaster's, both for the urgent horizons only;
/// complete() makes the others and all intervals. finish() may be left out where it would be late: the sample's
/// forecasts are then the fallback's, and complete() lets the main forecaster see the sample. The fallback has no
/// influence on the main forecasts.
///
/// Gaps are bridged by the main forecaster's own trajectory. Threads: one at a time. Allocation: constructor only; the
/// steps are as RT-safe as the forecasters are. Errors: the constructor throws; the steps do not fail.
class ForecastPipeline {
public:
    /// `urgent_horizons` [samples], of the forecaster's; none: all of them.
    ForecastPipeline(const ConditionerConfig& conditioner, const StandardiserConfig& standardiser,
                     std::unique_ptr<Forecaster> forecaster, StepOrder order = StepOrder::forecast_first,
                     std::unique_ptr<Forecaster> fallback = nullptr, std::span<const int> urgent_horizons = {});

    /// Takes a frame; returns how many samples it completes. Call forecast() for each, in order. RT-safe.
    int ingest(const MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING { return conditioner_.ingest(frame); }

    /// Forecasts from the i-th sample of the last ingest(). RT-safe.
    void forecast(int i) noexcept FORETIDE_NONBLOCKING
    {
        begin(i);
        finish();
        complete();
    }
    /// Its parts. RT-safe.
    void begin(int i) noexcept FORETIDE_NONBLOCKING;
    void finish() noexcept FORETIDE_NONBLOCKING;
    void complete() noexcept FORETIDE_NONBLOCKING;

    /// Learns what the sample revealed, once its forecasts are published (learn_first: done already); leaving out
    /// either forecaster is allowed. RT-safe.
    void learn(bool main = true, bool fallback = true) noexcept FORETIDE_NONBLOCKING;

    bool has_fallback() const noexcept { return fallback_.forecaster != nullptr; }

    /// H × p [mm], horizon-major. Of the main forecaster; where finish() was not called, of the fallback. Before
    /// complete() only those of the urgent horizons are of this sample.
    std::span<const double> forecasts_mm() const noexcept { return told().mm; }

    /// Bounds of the 90 % intervals of the same, H × p [mm]; NaN where not known yet.
    std::span<const double> lower_mm() const noexcept { return told().intervals->lower_mm(); }
    std::span<const double> upper_mm() const noexcept { return told().intervals->upper_mm(); }

    /// Positions of the sample forecast last, p [mm], NaN where they were filled in.
    std::span<const double> measured_mm() const noexcept { return measured_mm_; }

    /// Where the markers should be at the next sample, p [mm]; empty while not known.
    std::span<const double> expected_mm() const noexcept
    {
        return main_.ready ? std::span(bridge_mm_).first(measured_mm_.size()) : std::span<const double>{};
    }

    /// Every horizon of the newest forecasts (before complete(): every urgent one) is a forecast, not the last position
    /// for want of history.
    bool ready() const noexcept { return told().ready; }

    /// The standardisation has not frozen yet, or a horizon repeats the last position for want of history.
    bool warming_up() const noexcept { return !ready() || !standardiser_.frozen(); }

    const SignalConditioner& conditioner() const noexcept { return conditioner_; }
    const Standardiser& standardiser() const noexcept { return standardiser_; }
    Forecaster& forecaster() noexcept { return *main_.forecaster; }
    const Forecaster& forecaster() const noexcept { return *main_.forecaster; }

private:
    /// A forecaster with what it said about the newest sample.
    struct Voice {
        std::unique_ptr<Forecaster> forecaster;
        std::unique_ptr<ForecastIntervals> intervals;
        std::vector<double> mm;  // H × p
        bool ready = false;
    };

    const Voice& told() const noexcept { return finished_ || !has_fallback() ? main_ : fallback_; }
    Voice make_voice(std::unique_ptr<Forecaster> forecaster) const;
    void speak(Voice& voice) noexcept FORETIDE_NONBLOCKING;
    void speak_out(Voice& voice) noexcept FORETIDE_NONBLOCKING;
    void take_measured(int i) noexcept FORETIDE_NONBLOCKING;
    void predict_bridge(const ConditionedSample& sample) noexcept FORETIDE_NONBLOCKING;

    SignalConditioner conditioner_;
    Standardiser standardiser_;
    Voice main_, fallback_;
    StepOrder order_;
    std::vector<std::size_t> urgent_;  // indices of the forecasters' horizons, ascending
    bool finished_ = true;
    int newest_ = 0;                    // of the last ingest(): the sample forecast last
    std::vector<double> measured_mm_;   // p
    std::vector<double> ascending_mm_;  // H × p, horizons in ascending order
    std::vector<int> ascending_;        // H, horizons in ascending order, each once
    std::vector<std::size_t> source_;   // H, where ascending_[i] stands among the forecaster's horizons
    std::vector<double> bridge_mm_;     // samples × p: what the next samples should be
};

}  // namespace foretide::core
