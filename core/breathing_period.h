// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <vector>

namespace foretide::core {

/// Local breathing period of a coordinate, after the fact.
///
/// Every second of the series a middle and an amplitude are taken from the 10 % and 90 % quantiles over ± 10 s,
/// interpolated linearly in between, so that drift and changes of depth do no harm. A breath starts where the
/// coordinate, having been below the middle by 15 % of the amplitude, rises above it by as much. The local period
/// is the median of the (up to) five breaths whose middles are nearest in time.
///
/// Throws std::runtime_error where times are not increasing or lengths differ. NaN samples are left out.
class BreathingPeriod {
public:
    BreathingPeriod(std::span<const double> time_s, std::span<const double> coordinate_mm);

    /// Period around a time [s]. Fewer than one whole breath in the series: kTypical_s.
    double at(double time_s) const;

    std::span<const double> starts_s() const noexcept { return starts_s_; }  ///< of breaths

    static constexpr double kTypical_s = 4.0;

private:
    std::vector<double> starts_s_;
};

}  // namespace foretide::core
