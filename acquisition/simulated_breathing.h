// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>

#include "acquisition/random_stream.h"
#include "acquisition/simulated_patient_profiles.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

/// True positions of all markers at one instant.
struct SimulatedPose {
    std::array<std::array<double, 3>, kSimulatedMarkers> position_mm{};
    bool irregular = false;  ///< in a bout of coughs or while talking
};

/// The motion of a simulated patient's skin in continuous time, free of any camera.
///
/// Breathing is a chain of segments. A segment rises from end exhale, may stay on a plateau (breath-hold), and
/// falls back, each flank a power of a cosine after Lujan et al. 1999:
///     s(t) = cos²ⁿ(π v / 2),  v from −1 to 0 over the rise and from 0 to 1 over the fall,
/// with its own n and duration on either side. Depth and times of the next segment come from autocorrelated
/// random numbers; the end-exhale level and the posture move on during the fall. A marker's axis sees
///     direction · (abdomen_share · abdomen + rib_cage_share · rib cage) · s(t − lag)
/// plus level, posture, heart beat and coughs. data/simulated_patients.md gives the model in full.
///
/// The motion depends on profile and seed only, not on the instants asked for: random numbers are drawn per
/// segment and per heart beat. One thread at a time; no allocation; constant memory; does not fail.
class SimulatedBreathing {
public:
    /// `profile` must outlive the object.
    SimulatedBreathing(const PatientProfile& profile, std::uint64_t seed) noexcept;
    SimulatedBreathing(const SimulatedBreathing&) = delete;
    SimulatedBreathing& operator=(const SimulatedBreathing&) = delete;

    /// Pose at an instant after the start of the session. Precondition: ≥ 0, never less than in the call before.
    /// RT-safe.
    SimulatedPose at(core::Duration since_start) noexcept FORETIDE_NONBLOCKING;

private:
    /// One cough: a fast inward pull of the trunk's wall and a jerk of the whole trunk.
    struct Cough {
        double start_s = 0;
        double length_s = 0;
        double pull_mm = 0;               ///< at the abdomen, > 0 inwards
        std::array<double, 3> jerk_mm{};  ///< same for all markers
    };
    static constexpr int kMaxCoughs = 4;

    /// One breath, breath-hold or bout of coughs.
    struct Segment {
        double start_s = 0;
        double rise_s = 0;
        double plateau_s = 0;
        double fall_s = 0;
        double rise_power = 1;
        double fall_power = 1;
        double abdomen_mm = 0;
        double rib_cage_mm = 0;
        double overshoot = 0;  ///< of the plateau's level at its begin, as a fraction of the depth
        double droop = 0;      ///< of the plateau's level over its length, as a fraction of the depth, > 0 rising
        int phrases = 0;       ///< of the speech carried by the fall; 0 = silent
        int coughs = 0;
        bool irregular = false;
        std::array<Cough, kMaxCoughs> cough{};
        std::array<std::array<double, 3>, 2> level_mm{};  ///< end-exhale offset of all markers: before, after

        double end_s() const noexcept { return start_s + rise_s + plateau_s + fall_s; }
        double depth_at(double t_s) const noexcept;            ///< s(t) [1]
        double level_at(double t_s, int axis) const noexcept;  ///< [mm]
        double cough_pull_at(double t_s) const noexcept;       ///< [mm]
        double cough_jerk_at(double t_s, int axis) const noexcept;
    };

    /// Autocorrelated deviations, each of unit variance unless it carries a unit.
    struct Variation {
        double depth = 0;
        double depth_slow = 0;
        double inhale = 0;
        double exhale = 0;
        double time_slow = 0;
        double mix = 0;  ///< abdominal against rib-cage breathing
        double baseline_mm = 0;
        std::array<double, 3> posture_mm{};
    };

    void vary() noexcept;
    Segment next_segment(double start_s) noexcept;
    void quiet_breath(Segment& segment) noexcept;
    void speech_breath(Segment& segment) noexcept;
    void cough_bout(Segment& segment) noexcept;
    void breath_hold(Segment& segment) noexcept;
    void shift_posture() noexcept;
    void finish(Segment& segment) const noexcept;
    void beat_until(double t_s) noexcept;

    const PatientProfile& profile_;
    RandomStream breath_stream_;
    RandomStream heart_stream_;
    Variation variation_;
    Segment previous_;
    Segment current_;
    double next_event_s_ = 0;     ///< coughs_and_speech: earliest start of the next bout
    double speech_until_s_ = -1;  ///< coughs_and_speech: end of the stretch of talking
    bool talked_last_ = false;
    std::int64_t bouts_ = 0;
    int breaths_to_hold_ = 0;   ///< breath_holds
    int recovery_breaths_ = 0;  ///< breath_holds: deeper breaths still to come after a hold
    double beat_start_s_ = 0;
    double beat_length_s_ = 0;
    double beat_variation_ = 0;
};

}  // namespace foretide::acquisition
