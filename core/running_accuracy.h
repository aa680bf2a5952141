// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/forecaster.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

/// How good the forecasts were, as the session goes on: root mean square 3-D error over the markers, by horizon, of the
/// forecasts and of the position held (no prediction), ALGORITHMS.md §4. Positions that were not measured are left out.
///
/// Shapes: p = 3N, H horizons, horizon-major. Threads: one at a time. Allocation: constructor only. Errors: none.
class RunningAccuracy {
public:
    struct Figures {
        std::int64_t n = 0;  ///< markers × samples
        double rmse_mm = 0, last_rmse_mm = 0;
        double recent_rmse_mm = 0;  ///< of about the last 20 s
    };

    /// horizons in samples, each ≥ 1.
    RunningAccuracy(const SeriesLayout& layout, std::span<const int> horizons);

    /// measured_mm: p, NaN where filled in; positions_mm: p, as forecast from; forecasts_mm: H × p; count: the
    /// forecasts are to be judged (not warm-up). RT-safe.
    void step(std::span<const double> measured_mm, std::span<const double> positions_mm,
              std::span<const double> forecasts_mm, bool count) noexcept FORETIDE_NONBLOCKING;

    /// The sample to come does not continue the series. RT-safe.
    void break_series() noexcept FORETIDE_NONBLOCKING;

    Figures figures(std::size_t horizon) const noexcept FORETIDE_NONBLOCKING;

private:
    struct Horizon {
        int samples = 1;
        std::size_t first = 0;  // of its rings in `pending_mm_`, in p values
        std::int64_t n = 0;
        double sum_mm2 = 0, last_sum_mm2 = 0, recent_mm2 = 0, recent_n = 0;
    };

    std::size_t p_;
    double fade_;
    std::vector<Horizon> horizons_;
    std::vector<double> pending_mm_;    // of each horizon: samples × p, forecasts that are due
    std::vector<double> positions_mm_;  // longest horizon × p
    std::int64_t step_ = 0, valid_from_ = 0;
    std::size_t longest_ = 1;
};

}  // namespace foretide::core
