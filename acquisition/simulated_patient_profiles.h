// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace foretide::acquisition {

// The definitions of the simulated patients. data/simulated_patients.md explains each number and its source.
// Axes: x to the patient's left, y cranial, z anterior (head-first supine: parallel to the IEC 61217 room axes).

inline constexpr int kSimulatedMarkers = 3;

/// What happens between the quiet breaths.
enum class Behaviour : std::uint8_t {
    quiet,              ///< nothing
    coughs_and_speech,  ///< bouts of coughs and stretches of talking
    breath_holds,       ///< deep-inspiration breath-holds at intervals
};

/// Where a marker lies and how it follows abdomen, rib cage and heart.
struct MarkerGeometry {
    std::array<double, 3> rest_mm;    ///< end-exhale position at the start of the session
    std::array<double, 3> direction;  ///< of its breathing motion, unit length to 1 %
    double abdomen_share;             ///< of the abdominal excursion, [1]
    double rib_cage_share;            ///< of the rib cage's excursion, [1]
    std::array<double, 3> lag_s;      ///< behind the breath's time course, per axis; differing axes make hysteresis
    double heart_mm;                  ///< amplitude of the heart beat's fundamental
};

/// One simulated patient. Coefficients of variation (cv) are of one breath to the next: `_fast` decorrelates
/// within about three breaths, `_slow` within about a minute.
struct PatientProfile {
    std::string_view name;
    std::string_view description;
    Behaviour behaviour;
    double abdomen_mm;         ///< end exhale to end inhale
    double rib_cage_mm;        ///< end exhale to end inhale
    double inhale_s;           ///< typical time from end exhale to end inhale
    double exhale_s;           ///< typical time from end inhale to the next inhalation, rest at end exhale included
    double exhale_power;       ///< n of cos²ⁿ in exhalation, ≥ 1; the larger, the longer the rest at end exhale
    double depth_cv_fast;      ///< of the depth of breathing
    double depth_cv_slow;      ///< of the depth of breathing
    double time_cv_fast;       ///< of inhalation and exhalation times
    double time_cv_slow;       ///< of the period
    double baseline_step_mm;   ///< standard deviation of a breath's step of the end-exhale level
    double drift_mm;           ///< where the end-exhale level relaxes to, along z; 0 = no drift
    double drift_time_s;       ///< time constant of that relaxation
    double sigh_probability;   ///< of each breath
    double lag_scale;          ///< of the markers' lags
    double heart_rate_hz;      ///< mean
    double occlusion_every_s;  ///< mean time between occlusions of a marker; 0 = never
};

inline constexpr std::array<MarkerGeometry, kSimulatedMarkers> kMarkerGeometry{{
    // Upper abdomen, moving almost straight up.
    {{-8.0, -95.0, 118.0}, {0.06, 0.22, 0.97}, 1.00, 0.10, {0.06, 0.12, 0.00}, 0.06},
    // Xiphoid and costal margin, between the two.
    {{14.0, 18.0, 131.0}, {0.18, 0.35, 0.92}, 0.45, 0.50, {0.15, 0.22, 0.13}, 0.12},
    // Upper sternum, up and cranially with the rib cage.
    {{-16.0, 112.0, 122.0}, {-0.10, 0.55, 0.83}, 0.05, 0.90, {0.20, 0.18, 0.27}, 0.14},
}};

/// Largest lag of any axis, before lag_scale [s].
inline constexpr double kMaxMarkerLag_s = 0.30;

inline constexpr std::array<PatientProfile, 5> kPatientProfiles{{
    {.name = "regular",
     .description = "even, coached breathing: 4.3 s a breath, about 10 mm at the abdomen, steady baseline",
     .behaviour = Behaviour::quiet,
     .abdomen_mm = 10.0,
     .rib_cage_mm = 4.0,
     .inhale_s = 1.70,
     .exhale_s = 2.60,
     .exhale_power = 1.8,
     .depth_cv_fast = 0.06,
     .depth_cv_slow = 0.03,
     .time_cv_fast = 0.05,
     .time_cv_slow = 0.02,
     .baseline_step_mm = 0.10,
     .drift_mm = 0.0,
     .drift_time_s = 360.0,
     .sigh_probability = 0.0,
     .lag_scale = 0.6,
     .heart_rate_hz = 1.10,
     .occlusion_every_s = 0.0},
    {.name = "drifting",
     .description = "the end-exhale level sinks by about 5 mm in the first five minutes, then settles",
     .behaviour = Behaviour::quiet,
     .abdomen_mm = 9.0,
     .rib_cage_mm = 4.0,
     .inhale_s = 1.55,
     .exhale_s = 2.25,
     .exhale_power = 1.9,
     .depth_cv_fast = 0.09,
     .depth_cv_slow = 0.05,
     .time_cv_fast = 0.07,
     .time_cv_slow = 0.04,
     .baseline_step_mm = 0.15,
     .drift_mm = -9.0,
     .drift_time_s = 360.0,
     .sigh_probability = 0.0,
     .lag_scale = 0.8,
     .heart_rate_hz = 1.15,
     .occlusion_every_s = 0.0},
    {.name = "variable",
     .description = "depth and period of breathing change from breath to breath and over minutes, with sighs",
     .behaviour = Behaviour::quiet,
     .abdomen_mm = 10.0,
     .rib_cage_mm = 4.5,
     .inhale_s = 1.55,
     .exhale_s = 2.45,
     .exhale_power = 2.0,
     .depth_cv_fast = 0.22,
     .depth_cv_slow = 0.24,
     .time_cv_fast = 0.16,
     .time_cv_slow = 0.14,
     .baseline_step_mm = 0.25,
     .drift_mm = 0.0,
     .drift_time_s = 360.0,
     .sigh_probability = 0.02,
     .lag_scale = 1.0,
     .heart_rate_hz = 1.05,
     .occlusion_every_s = 0.0},
    {.name = "irregular",
     .description = "uneven breathing with coughs, stretches of talking, posture shifts and markers lost for moments",
     .behaviour = Behaviour::coughs_and_speech,
     .abdomen_mm = 9.0,
     .rib_cage_mm = 4.5,
     .inhale_s = 1.40,
     .exhale_s = 2.10,
     .exhale_power = 1.8,
     .depth_cv_fast = 0.16,
     .depth_cv_slow = 0.10,
     .time_cv_fast = 0.13,
     .time_cv_slow = 0.08,
     .baseline_step_mm = 0.25,
     .drift_mm = 0.0,
     .drift_time_s = 360.0,
     .sigh_probability = 0.01,
     .lag_scale = 1.0,
     .heart_rate_hz = 1.25,
     .occlusion_every_s = 25.0},
    {.name = "breath-hold",
     .description = "deep-inspiration breath-holds of 10 to 20 s with free breathing between them",
     .behaviour = Behaviour::breath_holds,
     .abdomen_mm = 8.0,
     .rib_cage_mm = 4.5,
     .inhale_s = 1.80,
     .exhale_s = 2.60,
     .exhale_power = 1.8,
     .depth_cv_fast = 0.09,
     .depth_cv_slow = 0.05,
     .time_cv_fast = 0.08,
     .time_cv_slow = 0.04,
     .baseline_step_mm = 0.15,
     .drift_mm = 0.0,
     .drift_time_s = 360.0,
     .sigh_probability = 0.0,
     .lag_scale = 0.8,
     .heart_rate_hz = 1.10,
     .occlusion_every_s = 0.0},
}};

}  // namespace foretide::acquisition
