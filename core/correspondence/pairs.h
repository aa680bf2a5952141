// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace foretide::core {

/// Markers and the internal point at one instant: a phase of a 4D-CT, or an image taken during the session.
struct CorrespondencePair {
    double time_s = 0;
    std::vector<double> markers_mm;       ///< p, marker-major
    std::vector<double> velocities_mm_s;  ///< p, or empty: not known
    std::array<double, 3> internal_mm{};  ///< in the frame of the images
};

/// All of one kind: as many markers, velocities in all or in none.
struct CorrespondencePairs {
    int markers = 0;
    std::vector<CorrespondencePair> pairs;
    std::vector<std::string> notes{};  ///< what the reader repaired

    bool with_velocities() const noexcept { return !pairs.empty() && !pairs.front().velocities_mm_s.empty(); }
};

/// Velocities of pairs that are the phases of one closed cycle of `cycle_s` (a 4D-CT): the derivative of the periodic
/// cubic spline through the positions in the order of time. Throws std::invalid_argument for fewer than four phases,
/// times that are equal, or phases that span more than the cycle.
void add_cycle_velocities(CorrespondencePairs& pairs, double cycle_s);

}  // namespace foretide::core
