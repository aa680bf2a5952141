// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

#include "acquisition/random_stream.h"
#include "acquisition/simulated_breathing.h"
#include "core/marker_frame.h"
#include "core/recording.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

/// A simulation that cannot be made as asked; the message says what is wrong and what is accepted.
class SimulationError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline constexpr double kMinSimulatedRate_hz = 1.0;
inline constexpr double kMaxSimulatedRate_hz = 60.0;
inline constexpr core::Duration kMaxSimulatedDuration = std::chrono::hours{6};  ///< of a recording in memory

struct SimulationOptions {
    double rate_hz = 10.0;                              ///< frames per second, 1 to 60
    core::Duration duration = std::chrono::minutes{2};  ///< of simulate_patient(): > 0, at most 6 h
    std::uint64_t seed = 1;                             ///< any; the same seed gives the same numbers
    int steps_per_mm = 100;       ///< quantisation, 1 to 1000: 100 is 0.01 mm (NDI trackers), 10 is 0.1 mm
    bool ideal_camera = false;    ///< no noise, quantisation, time jitter or lost markers: the true motion
    bool mark_irregular = false;  ///< set FrameFlag::not_periodic during coughs and talking, as ground truth
};

/// Names of the simulated patients: regular, drifting, variable, irregular, breath-hold.
std::span<const std::string_view> simulated_patient_names() noexcept;

/// What a simulated patient shows, in one line for help texts. Throws SimulationError for an unknown name.
std::string_view simulated_patient_description(std::string_view name);

/// A simulated patient under a simulated marker camera, frame by frame and without end.
///
/// Three markers (upper abdomen, xiphoid, upper sternum), positions in mm in the simulated tracker's frame: x to
/// the patient's left, y cranial, z anterior and towards the camera. The model and its sources are in
/// data/simulated_patients.md. Exposures are exactly regular, at frame/rate; the camera adds Gaussian noise
/// (0.05 mm in x and y, 0.10 mm in z), quantisation, and jitter of the time stamp only (1.5 ms, never beyond
/// 4 ms; the first stamp is exact and is zero). Lost markers (patient "irregular") are NaN, Visibility::missing.
///
/// For a seed, the motion at an instant depends neither on the rate nor on how long the simulation runs, and the
/// numbers agree between platforms (to one quantum where mathematical libraries round differently).
///
/// Threads: one at a time. Allocation: none. Errors: the constructor throws SimulationError for an unknown name
/// (the message lists the names) or an option out of range; options.duration is not looked at.
class SimulatedPatient {
public:
    SimulatedPatient(std::string_view name, const SimulationOptions& options);

    int markers() const noexcept { return kSimulatedMarkers; }
    double rate_hz() const noexcept { return options_.rate_hz; }

    /// The next frame; `acquired` and `arrived` count from the start of the session, sequence from 0. RT-safe.
    core::MarkerFrame next() noexcept FORETIDE_NONBLOCKING;

private:
    bool occluded(int marker, core::Duration exposure) noexcept;

    SimulationOptions options_;
    double occlusion_every_s_;
    SimulatedBreathing breathing_;
    RandomStream camera_stream_;
    RandomStream occlusion_stream_;
    std::uint64_t sequence_ = 0;
    double occlusion_start_s_ = 0;
    double occlusion_end_s_ = 0;
    int occluded_marker_ = -1;
};

/// The first `options.duration` of SimulatedPatient as a recording: the frames exposed before it is over, at
/// least one. Throws SimulationError as SimulatedPatient does and for a duration out of range.
core::Recording simulate_patient(std::string_view name, const SimulationOptions& options);

}  // namespace foretide::acquisition
