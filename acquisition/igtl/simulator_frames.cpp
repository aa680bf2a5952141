// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/simulator_frames.h"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace foretide::acquisition {

SimulatorFrames::SimulatorFrames(core::Recording recording, double rate_hz, bool repeat)
    : recording_(std::move(recording)), at_rate_(!std::isnan(rate_hz)), repeat_(repeat)
{
    const double rate = at_rate_ ? rate_hz : core::estimate_rate_hz(recording_);
    if (recording_.frames.empty() || !(rate > 0) || std::isinf(rate))
        throw std::invalid_argument("the recording has no rate: it needs two frames at different times, or --rate");
    interval_ = core::from_seconds(1 / rate);
}

SimulatorFrames::SimulatorFrames(std::string_view patient, double rate_hz, std::uint64_t seed)
{
    SimulationOptions options;
    options.rate_hz = rate_hz;
    options.seed = seed;
    patient_ = std::make_unique<SimulatedPatient>(patient, options);
    interval_ = core::from_seconds(1 / rate_hz);
}

int SimulatorFrames::markers() const noexcept { return patient_ ? patient_->markers() : recording_.markers; }

bool SimulatorFrames::next(Timed& timed) noexcept
{
    const std::int64_t count = count_++;
    const core::Duration regular = core::from_seconds(core::to_seconds(interval_) * static_cast<double>(count));
    if (patient_) {
        timed.frame = patient_->next();
        timed.due = regular;
        timed.stamp = timed.frame.acquired.time_since_epoch();
        return true;
    }
    const auto size = static_cast<std::int64_t>(recording_.frames.size());
    if (count >= size && !repeat_) return false;
    const auto& frames = recording_.frames;
    timed.frame = frames[static_cast<std::size_t>(count % size)];
    const core::TimePoint first = frames.front().acquired;
    const core::Duration round = frames.back().acquired - first + interval_;
    timed.due = at_rate_ ? regular : timed.frame.acquired - first + count / size * round;
    timed.stamp = timed.due;
    return true;
}

}  // namespace foretide::acquisition
