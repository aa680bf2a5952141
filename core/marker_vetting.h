// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"
#include "core/sample_flags.h"

namespace foretide::core {

/// Thresholds of MarkerVetting. They stay clear of breathing, coughs, laughing and talking: the fastest marker of
/// the real recordings moves at 111 mm/s (30 Hz) and 87 mm/s (10 Hz).
struct VettingConfig {
    double max_coordinate_mm = 1e5;  ///< larger |coordinates| are no measurements

    // A jump is an outlier when it is longer than all three allow.
    double outlier_speed_mm_s = 200;  ///< × time since the marker was last seen
    double outlier_scale = 8;         ///< × median of its recent steps from frame to frame
    double outlier_min_jump_mm = 3;   ///< fast sources: a jump this short is never an outlier
    int step_confirmations = 3;       ///< so many consecutive frames that agree make an outlier a real step

    // Two markers are exchanged back when both are this far from where they should be …
    double swap_min_jump_mm = 10;
    double swap_speed_mm_s = 100;  ///< … and farther than this × frame period (slow sources),
    double swap_max_ratio = 0.25;  ///< and the exchange brings the total distance down to this share.

    // Exactly equal positions from frame to frame.
    Duration frozen_limit = std::chrono::milliseconds(1000);      ///< one marker, while another moves
    Duration all_frozen_limit = std::chrono::milliseconds(2000);  ///< all markers seen
    int frozen_min_repeats = 5;     ///< slow sources: quantised data may repeat a few times
    double frozen_others_mm = 0.5;  ///< "another moves": by this much since the first repeat
};

/// One marker of a frame, judged.
struct VettedMarker {
    std::array<double, 3> position_mm{};  ///< as the source gave it; meaningful only where measured
    bool measured = false;                ///< false: fill it in
    SampleFlag flags = SampleFlag::none;  ///< why not measured, or what is odd about it
};

/// Judges the markers of one frame against the frames before: not seen, not a number, jumped, exchanged with
/// another marker, frozen. Measured values are passed on bit for bit.
///
/// Outliers are judged against the last accepted position and, where given, the caller's prediction: close to
/// either is good. Exchanges are looked for pairwise, also where one marker of the pair is not seen; rotations of
/// three are not recognised (they appear as outliers, then as accepted steps).
///
/// Units: mm. Threads: one at a time. Allocation: constructor only. Errors: the constructor throws
/// std::runtime_error, the rest does not fail.
class MarkerVetting {
public:
    /// markers: 1 … kMaxMarkers; frame_rate_hz: of the source.
    MarkerVetting(int markers, double frame_rate_hz, const VettingConfig& config);

    /// Judges a frame whose acquisition time is after that of the frame before.
    /// predicted_mm: expected positions (3N finite values) or empty. RT-safe.
    void vet(const MarkerFrame& frame, std::span<const double> predicted_mm) noexcept FORETIDE_NONBLOCKING;

    /// Markers of the frame judged last. RT-safe.
    std::span<const VettedMarker> markers() const noexcept FORETIDE_NONBLOCKING { return vetted_; }

    /// Forgets the past: the next frame is judged by itself. For a clock that was set back. RT-safe.
    void restart() noexcept FORETIDE_NONBLOCKING;

private:
    static constexpr std::size_t kSteps = 64;  // recent steps kept a marker
    using Vec3 = std::array<double, 3>;

    struct Track {
        bool known = false;                  // `good` and `seen` are set
        Vec3 good{};                         // last accepted position
        TimePoint seen{};                    // last time the marker was seen, accepted or not
        Vec3 candidate{};                    // last refused position
        int candidates = 0;                  // consecutive refused positions that agree
        std::array<double, kSteps> steps{};  // lengths of recent accepted steps [mm], ring
        std::size_t step_count = 0;
        bool step_follows = false;  // the frame before held an accepted position
        int repeats = 0;            // exactly equal positions so far
        TimePoint first_equal{};
    };

    void take(const MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING;
    void undo_swaps() noexcept FORETIDE_NONBLOCKING;
    void judge_jump(std::size_t m, TimePoint time) noexcept FORETIDE_NONBLOCKING;
    void watch_repeats(TimePoint time) noexcept FORETIDE_NONBLOCKING;
    double allowed_jump_mm(const Track& track, TimePoint time) noexcept FORETIDE_NONBLOCKING;
    double distance_to_expected(std::size_t position, std::size_t marker) const noexcept FORETIDE_NONBLOCKING;

    VettingConfig config_;
    double frame_period_s_;
    std::vector<VettedMarker> vetted_;
    std::vector<Track> tracks_;
    std::vector<Vec3> expected_;  // by marker, of the present frame
    std::vector<Vec3> previous_;  // by marker, positions of the frame before, NaN where not seen
    std::vector<bool> previous_seen_;
    std::vector<Vec3> at_first_repeat_;  // N × N: where all markers were when marker i first repeated
    std::array<double, kSteps> scratch_{};
};

}  // namespace foretide::core
