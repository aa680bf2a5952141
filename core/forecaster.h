// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <vector>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::core {

/// What is known of a series before its first sample.
struct SeriesLayout {
    int markers = 0;     ///< N ≥ 1
    double rate_hz = 0;  ///< working rate of the uniform series [Hz], > 0

    int coordinates() const noexcept { return 3 * markers; }  ///< p
};

/// Mean and standard deviation of each coordinate [mm], as known at the present sample; read-only view.
/// ALGORITHMS.md §1: running until 30 s, then frozen. sd_mm is never below a positive floor.
struct Standardisation {
    std::span<const double> mean_mm;  ///< p
    std::span<const double> sd_mm;    ///< p, > 0
    bool frozen = false;              ///< false: warm-up, still changing
};

/// One sample of the uniform series that the conditioner makes of the frames.
/// Coordinates are marker-major: m1.x m1.y m1.z m2.x … (p values, all finite).
struct ConditionedSample {
    std::int64_t index = 0;  ///< 0, 1, 2 … on the uniform grid, no gaps
    TimePoint time{};        ///< exposure time the positions stand for
    std::span<const double> positions_mm;
    bool restarted = false;  ///< the grid is broken before it: samples before it are no history of those from it on
};

/// A causal forecaster of marker positions for a fixed set of horizons at once.
///
/// Live by construction: it is only ever given samples as they arrive, in order. A step is
///
///     observe(sample)  →  forecast(out)  →  publish  →  learn()        (order=forecast-first, the engine's), or
///     observe(sample)  →  learn()  →  forecast(out)                    (order=learn-first).
///
/// Each of the two is called at most once a sample; leaving learn() out (no time left) is allowed at any step
/// and only makes the forecasts staler. The forecast for sample n + h made at n depends on samples ≤ n only.
///
/// Shapes: `out` holds H × p values [mm], horizon-major, in the order of horizons().
/// Threads: one thread at a time. Allocation: in the constructor and load_state() only.
/// Errors: constructors and load_state() throw; the steps do not fail: before the history is long enough a
/// forecast is the last position and forecast() says so.
class Forecaster {
public:
    Forecaster() = default;
    Forecaster(const Forecaster&) = delete;
    Forecaster& operator=(const Forecaster&) = delete;
    virtual ~Forecaster() = default;

    virtual const SeriesLayout& layout() const noexcept = 0;

    /// Horizons in samples, each ≥ 1, in the order of the forecasts.
    virtual std::span<const int> horizons() const noexcept = 0;

    /// Takes the newest sample. RT-safe.
    virtual void observe(const ConditionedSample& sample, const Standardisation& standardisation) noexcept
        FORETIDE_NONBLOCKING = 0;

    /// Writes the forecasts [mm] made at the newest sample. RT-safe.
    /// False: warm-up, at least one horizon repeats the last position for want of history.
    [[nodiscard]] virtual bool forecast(std::span<double> out_mm) noexcept FORETIDE_NONBLOCKING = 0;

    /// The same in two parts, for a beam that waits for few of the horizons: first those with the indices `first`
    /// (into horizons()), then, before anything else, all others. Together they are forecast(), bit for bit; each
    /// says so where one of its horizons repeats the last position. By default the first part makes all. RT-safe.
    [[nodiscard]] virtual bool forecast_first(std::span<const std::size_t> /*first*/, std::span<double> out_mm) noexcept
        FORETIDE_NONBLOCKING
    {
        return forecast(out_mm);
    }
    [[nodiscard]] virtual bool forecast_rest(std::span<double> /*out_mm*/) noexcept FORETIDE_NONBLOCKING
    {
        return true;
    }

    /// Learns from the targets that the newest sample has revealed. RT-safe.
    virtual void learn() noexcept FORETIDE_NONBLOCKING = 0;

    /// How often a part of it had run away (forecasts not finite, or absurd) and was started anew. RT-safe.
    virtual std::int64_t resets() const noexcept FORETIDE_NONBLOCKING { return 0; }

    /// Writes everything learned and remembered, so that a forecaster built with the same parameters goes on
    /// bit for bit after load_state(). Not RT-safe.
    virtual void save_state(std::ostream& out) const = 0;

    /// Throws std::runtime_error where the bytes are damaged or belong to other parameters; the forecaster is
    /// then unusable until a successful load. Not RT-safe.
    virtual void load_state(std::istream& in) = 0;
};

}  // namespace foretide::core
