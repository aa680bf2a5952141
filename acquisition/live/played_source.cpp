// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/played_source.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace foretide::acquisition {

using core::Clock;
using core::Duration;

PlayedSource::PlayedSource(std::function<bool(core::MarkerFrame&)> next, int markers, double rate_hz, double speed,
                           std::string description)
    : next_(std::move(next)), markers_(markers), rate_hz_(rate_hz), speed_(speed), description_(std::move(description))
{
    if (!(speed > 0) || !std::isfinite(speed)) throw std::invalid_argument("the speed must be above 0");
    counts_.connections = 1;
}

SourceResult PlayedSource::next(core::MarkerFrame& frame, core::TimePoint until) noexcept
{
    if (state_ == SourceState::ended) return SourceResult::ended;
    if (!pending_) {
        if (!next_(frame_)) {
            state_ = SourceState::ended;
            return SourceResult::ended;
        }
        pending_ = true;
        if (!begun_) {
            begun_ = true;
            first_ = frame_.acquired;
            began_ = Clock::now();
        }
    }
    const Duration since = frame_.acquired == core::kUnknownTime ? Duration::zero() : frame_.acquired - first_;
    const auto due = began_ + Duration{std::llround(static_cast<double>(since.count()) / speed_)};
    if (Clock::now() < due && wake_.wait(std::min(due, until))) return SourceResult::nothing;
    if (Clock::now() < due) return SourceResult::nothing;
    pending_ = false;
    frame = frame_;
    if (frame.acquired != core::kUnknownTime) frame.acquired = began_ + since;
    frame.arrived = Clock::now();
    ++counts_.frames;
    return SourceResult::frame;
}

std::string PlayedSource::message() const
{
    return state_ == SourceState::ended ? description_ + ": played to its end" : description_ + ": playing";
}

std::unique_ptr<MarkerSource> play_recording(core::Recording recording, double rate_hz, double speed,
                                             const std::string& description)
{
    if (recording.frames.empty()) throw std::invalid_argument(description + ": holds no frames");
    const int markers = recording.markers;
    auto frames = std::make_shared<std::vector<core::MarkerFrame>>(std::move(recording.frames));
    auto generator = [frames, k = std::size_t{0}](core::MarkerFrame& frame) mutable {
        if (k == frames->size()) return false;
        frame = (*frames)[k++];
        return true;
    };
    return std::make_unique<PlayedSource>(std::move(generator), markers, rate_hz, speed, description);
}

std::unique_ptr<MarkerSource> play_patient(const std::string& name, const SimulationOptions& options, double speed)
{
    const auto patient = std::make_shared<SimulatedPatient>(name, options);
    auto generator = [patient](core::MarkerFrame& frame) {
        frame = patient->next();
        return true;
    };
    return std::make_unique<PlayedSource>(std::move(generator), patient->markers(), options.rate_hz, speed,
                                          "simulated patient " + name);
}

}  // namespace foretide::acquisition
