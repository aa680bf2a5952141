// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "core/signal_conditioner.h"
#include "tests/core/frames.h"

namespace foretide::tests {

/// A sample with its flags, copied out of the conditioner.
struct SampleCopy {
    std::int64_t index;
    std::int64_t time_ns;
    core::SampleFlag flags;
    std::vector<double> positions_mm;
    std::vector<core::SampleFlag> marker_flags;

    bool operator==(const SampleCopy&) const = default;
    double time_s() const { return 1e-9 * static_cast<double>(time_ns); }
};

inline std::vector<SampleCopy> ingest(core::SignalConditioner& sut, const core::MarkerFrame& frame)
{
    std::vector<SampleCopy> out;
    const int count = sut.ingest(frame);
    for (int i = 0; i < count; ++i) {
        const core::ConditionedSample sample = sut.sample(i);
        out.push_back({sample.index,
                       sample.time.time_since_epoch().count(),
                       sut.flags(i),
                       {sample.positions_mm.begin(), sample.positions_mm.end()},
                       {sut.marker_flags(i).begin(), sut.marker_flags(i).end()}});
    }
    return out;
}

inline std::vector<SampleCopy> ingest_all(core::SignalConditioner& sut, const std::vector<core::MarkerFrame>& frames)
{
    std::vector<SampleCopy> out;
    for (const core::MarkerFrame& frame : frames) {
        for (SampleCopy& sample : ingest(sut, frame)) {
            out.push_back(std::move(sample));
        }
    }
    return out;
}

/// Frames of breathing markers at the given times.
inline std::vector<core::MarkerFrame> frames_at(const std::vector<double>& times_s, int markers = 2, unsigned seed = 1)
{
    BreathingMarkers patient(markers, seed);
    std::vector<core::MarkerFrame> frames;
    for (const double time : times_s) {
        frames.push_back(make_frame(time, frames.size(), patient.at(time)));
    }
    return frames;
}

inline std::vector<double> regular_times(int count, double rate_hz)
{
    std::vector<double> times;
    for (int k = 0; k < count; ++k) {
        times.push_back(k / rate_hz);
    }
    return times;
}

/// Everything that goes wrong in an operating room, at once: lost, late, doubled, reordered and timeless frames,
/// markers that hide, jump, freeze, change places or turn into nonsense.
inline std::vector<core::MarkerFrame> faulty_frames(int count, double rate_hz, int markers, unsigned seed)
{
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform(0, 1);
    BreathingMarkers patient(markers, seed);
    const auto any_marker = [&] { return static_cast<std::size_t>(uniform(engine) * markers); };
    std::vector<core::MarkerFrame> frames;
    double time = 0;
    for (int k = 0; k < count; ++k) {
        time +=
            (uniform(engine) < 0.02 ? 1 + 100 * std::pow(uniform(engine), 4) : 0.7 + 0.6 * uniform(engine)) / rate_hz;
        core::MarkerFrame frame = make_frame(time, static_cast<std::uint64_t>(k), patient.at(time));
        const double fault = uniform(engine);
        if (fault < 0.05) {
            frame.markers[any_marker()].visibility = core::Visibility::missing;
        } else if (fault < 0.08) {
            frame.markers[any_marker()].position_mm[1] = uniform(engine) < 0.5 ? core::kNaN : 1e300;
        } else if (fault < 0.11) {
            frame.markers[any_marker()].position_mm[2] += 500 * uniform(engine);
        } else if (fault < 0.14) {
            std::swap(frame.markers[any_marker()], frame.markers[any_marker()]);
        } else if (fault < 0.16) {
            frame.marker_count = static_cast<std::int32_t>(any_marker());
        } else if (fault < 0.18) {
            frame.acquired -= core::from_seconds(uniform(engine));
        } else if (fault < 0.19) {
            frame.acquired = core::kUnknownTime;
        } else if (fault < 0.20 && !frames.empty()) {
            frame = frames.back();
        } else if (fault < 0.201) {
            frame.acquired += std::chrono::hours(1);
        } else if (fault < 0.22) {
            frame.flags = core::FrameFlag::interpolated | core::FrameFlag::not_periodic;
        }
        frames.push_back(frame);
    }
    return frames;
}

}  // namespace foretide::tests
