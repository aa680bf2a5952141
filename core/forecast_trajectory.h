// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <span>

#include "core/rt/nonblocking.h"

namespace foretide::core {

/// The forecasts made at one sample as a trajectory in time: linear between the present position (0 samples ahead)
/// and the horizons, constant past the last one.
struct ForecastTrajectory {
    std::span<const int> horizons;         ///< H, strictly increasing, ≥ 1 [samples]
    std::span<const double> position_mm;   ///< p, at the present sample
    std::span<const double> forecasts_mm;  ///< H × p, horizon-major

    /// Position `ahead` ≥ 0 samples after the present one (fractions allowed), p values. RT-safe.
    void at(double ahead, std::span<double> out_mm) const noexcept FORETIDE_NONBLOCKING
    {
        const std::size_t p = position_mm.size();
        std::size_t next = 0;
        while (next < horizons.size() && static_cast<double>(horizons[next]) < ahead) ++next;
        const double* after = forecasts_mm.data() + (next < horizons.size() ? next : horizons.size() - 1) * p;
        const double* before = next == 0 ? position_mm.data() : forecasts_mm.data() + (next - 1) * p;
        const double from = next == 0 ? 0.0 : static_cast<double>(horizons[next - 1]);
        const double share =
            next < horizons.size() ? (ahead - from) / (static_cast<double>(horizons[next]) - from) : 1.0;
        for (std::size_t c = 0; c < p; ++c) out_mm[c] = before[c] + share * (after[c] - before[c]);
    }
};

}  // namespace foretide::core
