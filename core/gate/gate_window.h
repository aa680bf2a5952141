// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <string>
#include <vector>

namespace foretide::core {

/// Range of the gate coordinate in which the beam may be on [mm], bounds included.
struct GateWindow {
    double lower_mm = 0;
    double upper_mm = 0;

    /// False for NaN.
    constexpr bool contains(double coordinate_mm) const noexcept
    {
        return coordinate_mm >= lower_mm && coordinate_mm <= upper_mm;
    }
};

/// A coordinate that is linear in the positions: direction · (y − mean) [mm], y marker-major of p = 3N values.
struct GateAxis {
    std::vector<double> mean_mm;    ///< p
    std::vector<double> direction;  ///< p, of length 1

    /// Precondition: p values. NaN where a position that counts is NaN. RT-safe.
    double project(std::span<const double> positions_mm) const noexcept;
};

/// Principal axis of all coordinates together: eigenvector of the largest eigenvalue of their covariance.
/// Sign: the component of largest magnitude (the first of equals) is positive. Samples holding a NaN are left out.
/// positions_mm: row-major, p values a sample. Throws std::runtime_error for fewer than two usable samples, values
/// that are infinite, or positions that do not move.
GateAxis principal_axis(std::span<const double> positions_mm, int markers);

/// One coordinate of one marker, as it is: marker 1 … N, axis 'x', 'y' or 'z' ("m1.z"). Throws std::runtime_error.
GateAxis coordinate_axis(int markers, int marker, char axis);

/// "m<k>.x|y|z": coordinate_axis(); "pc1": principal_axis() of the positions. Throws std::runtime_error with what
/// is wrong and what is allowed.
GateAxis gate_axis(const std::string& name, std::span<const double> positions_mm, int markers);

/// Quantile 0 ≤ q ≤ 1 by linear interpolation between order statistics (position q · (n − 1)); NaN are left out.
/// Throws std::runtime_error where nothing is left or q is out of range.
double quantile(std::span<const double> values, double q);

/// Window on the end-exhale side (ALGORITHMS.md §4): the side on which the coordinate dwells. With quantiles q(·)
/// of the coordinate and share = 0.4: q(.4) − q(.02) < q(.98) − q(.6) ⇒ [q(.02) − ¼(q(.4) − q(.02)), q(.4)], else
/// mirrored. Throws std::runtime_error for a share outside 0.02 … 0.5 or for no values.
GateWindow automatic_exhale_window(std::span<const double> coordinate_mm, double share = 0.4);

/// The same over from_s ≤ time < to_s ("auto:0.4@30-60").
GateWindow automatic_exhale_window(std::span<const double> time_s, std::span<const double> coordinate_mm, double share,
                                   double from_s, double to_s);

}  // namespace foretide::core
