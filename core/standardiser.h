// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <vector>

#include "core/forecaster.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::core {

struct StandardiserConfig {
    Duration duration = std::chrono::seconds(30);  ///< statistics run over this much of the series, then freeze
    /// Smallest standard deviation handed out [mm]: below the sensors' quantisation (0.1 mm), so it only acts on
    /// coordinates that do not move at all, and keeps their standardised values finite.
    double sd_floor_mm = 0.05;
};

/// Number of samples after which statistics freeze: round(duration × rate), at least 1.
std::int64_t warm_up_samples(Duration duration, double rate_hz) noexcept;

/// Causal mean and population standard deviation of each coordinate (ALGORITHMS.md §1).
///
/// Every sample of the uniform series counts, bridged ones included, until warm_up_samples() were seen; from
/// that sample on the figures stand still. Welford's recurrence, so that values far from zero lose nothing.
///
/// Shapes: p = 3N coordinates [mm]. Threads: one at a time. Allocation: constructor and load() only.
/// Errors: constructor, set_from_block(), load() throw std::runtime_error.
class Standardiser {
public:
    explicit Standardiser(const SeriesLayout& layout, const StandardiserConfig& config = {});

    /// Takes one sample of p finite values; does nothing once frozen. RT-safe.
    void update(std::span<const double> positions_mm) noexcept FORETIDE_NONBLOCKING;

    /// Sets and freezes the figures from a block given in advance (published protocol): row-major, a multiple of
    /// p finite values. Two passes. Not RT-safe.
    void set_from_block(std::span<const double> positions_mm);

    /// Valid as long as this object; its figures change with update(). RT-safe.
    Standardisation view() const noexcept FORETIDE_NONBLOCKING { return {mean_, sd_, frozen_}; }

    bool frozen() const noexcept FORETIDE_NONBLOCKING { return frozen_; }
    std::int64_t samples_seen() const noexcept FORETIDE_NONBLOCKING { return seen_; }

    void save(std::ostream& out) const;

    /// Strong guarantee: on an error this object is unchanged.
    void load(std::istream& in);

private:
    void refresh_sd() noexcept FORETIDE_NONBLOCKING;

    std::int64_t freeze_after_;
    double sd_floor_mm_;
    std::int64_t seen_ = 0;
    bool frozen_ = false;
    std::vector<double> mean_;  // p
    std::vector<double> m2_;    // p, sum of squared deviations from the running mean
    std::vector<double> sd_;    // p
};

}  // namespace foretide::core
