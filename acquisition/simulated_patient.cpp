// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/simulated_patient.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <string>

namespace foretide::acquisition {

namespace {

constexpr std::uint64_t kCameraStream = 3;
constexpr std::uint64_t kOcclusionStream = 4;

constexpr std::array<double, 3> kNoise_mm{0.05, 0.05, 0.10};
constexpr double kJitter_s = 1.5e-3;
constexpr double kMaxJitter_s = 4.0e-3;
static_assert(2 * kMaxJitter_s < 1.0 / kMaxSimulatedRate_hz, "time stamps must stay in order");

constexpr auto kNames = [] {
    std::array<std::string_view, kPatientProfiles.size()> names{};
    std::transform(kPatientProfiles.begin(), kPatientProfiles.end(), names.begin(),
                   [](const PatientProfile& profile) { return profile.name; });
    return names;
}();

const PatientProfile& find_profile(std::string_view name)
{
    const auto found = std::find_if(kPatientProfiles.begin(), kPatientProfiles.end(),
                                    [name](const PatientProfile& profile) { return profile.name == name; });
    if (found != kPatientProfiles.end()) return *found;
    std::string message = "no simulated patient is called '" + std::string(name) + "'; choose one of ";
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (i > 0) message += ", ";
        message += kNames[i];
    }
    throw SimulationError(message);
}

const SimulationOptions& checked(const SimulationOptions& options)
{
    if (!(options.rate_hz >= kMinSimulatedRate_hz && options.rate_hz <= kMaxSimulatedRate_hz)) {  // also NaN
        std::ostringstream message;
        message << "simulated patient: a rate of " << options.rate_hz << " Hz is not possible; give "
                << kMinSimulatedRate_hz << " to " << kMaxSimulatedRate_hz << " Hz";
        throw SimulationError(message.str());
    }
    if (options.steps_per_mm < 1 || options.steps_per_mm > 1000) {
        throw SimulationError("simulated patient: a quantisation of " + std::to_string(options.steps_per_mm) +
                              " steps per mm is not possible; give 1 to 1000");
    }
    return options;
}

}  // namespace

std::span<const std::string_view> simulated_patient_names() noexcept { return kNames; }

std::string_view simulated_patient_description(std::string_view name) { return find_profile(name).description; }

SimulatedPatient::SimulatedPatient(std::string_view name, const SimulationOptions& options)
    : options_(checked(options)),
      occlusion_every_s_(find_profile(name).occlusion_every_s),
      breathing_(find_profile(name), options.seed),
      camera_stream_(options.seed, kCameraStream),
      occlusion_stream_(options.seed, kOcclusionStream)
{
}

core::MarkerFrame SimulatedPatient::next() noexcept FORETIDE_NONBLOCKING
{
    const core::Duration exposure = core::from_seconds(static_cast<double>(sequence_) / options_.rate_hz);
    const SimulatedPose pose = breathing_.at(exposure);

    core::MarkerFrame frame;
    frame.sequence = sequence_;
    frame.marker_count = kSimulatedMarkers;
    if (options_.mark_irregular && pose.irregular) frame.flags |= core::FrameFlag::not_periodic;

    double jitter_s = 0.0;
    if (!options_.ideal_camera) {
        jitter_s = std::clamp(kJitter_s * camera_stream_.normal(), -kMaxJitter_s, kMaxJitter_s);
        if (sequence_ == 0) jitter_s = 0.0;
    }
    frame.acquired = core::TimePoint{exposure + core::from_seconds(jitter_s)};
    frame.arrived = frame.acquired;

    for (int m = 0; m < kSimulatedMarkers; ++m) {
        const auto& position_mm = pose.position_mm[static_cast<std::size_t>(m)];
        core::MarkerSample& sample = frame.markers[static_cast<std::size_t>(m)];
        if (options_.ideal_camera) {
            sample.position_mm = position_mm;
            sample.visibility = core::Visibility::visible;
            continue;
        }
        std::array<double, 3> measured_mm{};
        for (std::size_t a = 0; a < measured_mm.size(); ++a) {  // drawn for lost markers too: the stream stays in step
            const double noisy_mm = position_mm[a] + kNoise_mm[a] * camera_stream_.normal();
            measured_mm[a] = std::round(noisy_mm * options_.steps_per_mm) / options_.steps_per_mm;
        }
        if (occluded(m, exposure)) continue;
        sample.position_mm = measured_mm;
        sample.visibility = core::Visibility::visible;
    }
    ++sequence_;
    return frame;
}

bool SimulatedPatient::occluded(int marker, core::Duration exposure) noexcept
{
    if (occlusion_every_s_ <= 0.0) return false;
    const double t_s = core::to_seconds(exposure);
    while (t_s >= occlusion_end_s_) {
        occlusion_start_s_ = occlusion_end_s_ + occlusion_stream_.exponential(occlusion_every_s_);
        occlusion_end_s_ = occlusion_start_s_ + occlusion_stream_.uniform(0.1, 0.7);
        occluded_marker_ = occlusion_stream_.below(kSimulatedMarkers);
    }
    return marker == occluded_marker_ && t_s >= occlusion_start_s_;
}

core::Recording simulate_patient(std::string_view name, const SimulationOptions& options)
{
    SimulatedPatient patient(name, options);
    if (options.duration <= core::Duration::zero() || options.duration > kMaxSimulatedDuration) {
        std::ostringstream message;
        message << "simulated patient: a duration of " << core::to_seconds(options.duration)
                << " s is not possible; give more than 0 and at most " << core::to_seconds(kMaxSimulatedDuration)
                << " s";
        throw SimulationError(message.str());
    }
    // Durations and rates such as 0.1 s and 30 Hz are not exact in binary: a millionth of a frame is no frame.
    const double frames = std::ceil(core::to_seconds(options.duration) * options.rate_hz - 1e-6);
    const auto count = static_cast<std::size_t>(std::max(1.0, frames));

    core::Recording recording;
    recording.files = {"simulated:" + std::string(name) + ":seed=" + std::to_string(options.seed)};
    recording.format = "simulated";
    recording.markers = patient.markers();
    recording.nominal_rate_hz = options.rate_hz;
    recording.frames.reserve(count);
    for (std::size_t i = 0; i < count; ++i) recording.frames.push_back(patient.next());
    return recording;
}

}  // namespace foretide::acquisition
