// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

struct AssignmentConfig {
    int markers = 0;               ///< N, 1 … kMaxMarkers
    double max_distance_mm = 30;   ///< a candidate farther from where a marker should be is another one
    double max_speed_mm_s = 200;   ///< … farther by this × time since the marker was last seen
    int settle_frames = 10;        ///< so many frames on end with N candidates begin the series
    double least_spacing_mm = 10;  ///< of the markers while it begins
};

/// Gives anonymous points (a camera's stray markers) the identity of markers, and keeps it from frame to frame.
///
/// The series begins when `settle_frames` frames on end hold exactly N visible candidates that stay apart: they are
/// numbered by falling y, then x, then z of the first of these frames. From then on each frame's candidates are
/// assigned to the markers with the least sum of squared distances between candidate and expected position (the
/// caller's, else the last one seen plus half the last velocity) over all one-to-one assignments, candidates that are
/// too far from every marker aside (Kuhn 1955, Jonker & Volgenant 1987: exact, O(N²·candidates)). What is left over is
/// counted: a reflection, an instrument. Candidates that the source suspects to be phantoms are used only where a
/// marker has no other.
///
/// Threads: one at a time. Allocation: constructor only. Errors: the constructor throws std::invalid_argument.
class MarkerAssignment {
public:
    explicit MarkerAssignment(const AssignmentConfig& config);

    /// `anonymous` → the same frame with N markers in their order, those without a candidate missing. Before the series
    /// has begun all are missing. expected_mm: 3N values or empty. RT-safe.
    void assign(const MarkerFrame& anonymous, std::span<const double> expected_mm, MarkerFrame& identified) noexcept
        FORETIDE_NONBLOCKING;

    bool settled() const noexcept FORETIDE_NONBLOCKING { return settled_ >= config_.settle_frames; }
    /// Candidates that belonged to no marker. RT-safe.
    std::int64_t left_over() const noexcept FORETIDE_NONBLOCKING { return left_over_; }

    /// Forgets the markers: the series begins anew. RT-safe.
    void restart() noexcept FORETIDE_NONBLOCKING;

private:
    using Vec3 = std::array<double, 3>;
    struct Track {
        Vec3 position{}, velocity_mm_s{};
        TimePoint seen{};
    };

    void gather(const MarkerFrame& frame) noexcept;
    bool settle(const MarkerFrame& frame) noexcept;
    void expect(const MarkerFrame& frame, std::span<const double> expected_mm) noexcept;
    void match() noexcept;

    AssignmentConfig config_;
    std::vector<Track> tracks_;     // N
    std::vector<Vec3> expected_;    // N
    std::vector<double> reach_mm_;  // N: how far from there a candidate may be
    std::vector<int> candidates_;   // of the frame: indices into its markers
    std::vector<Vec3> candidate_mm_;
    std::vector<double> penalty_mm2_;
    std::vector<double> cost_;           // N × (candidates + N): the last N are "no candidate"
    std::vector<int> column_of_;         // N
    std::vector<double> u_, v_, least_;  // duals and slack of the search
    std::vector<int> row_of_, way_;
    std::vector<bool> used_;
    int settled_ = 0;
    std::int64_t left_over_ = 0;
};

}  // namespace foretide::core
