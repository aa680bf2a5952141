// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/played_source.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace foretide::acquisition {

using core::Clock;
using core::Duration;

PlayedSource::PlayedSource(std::function<bool(core::MarkerFrame&)> next, int markers, double rate_hz, double speed,
                           std::string description)
    : next_(std::move(next)),
      markers_(markers),
      rate_hz_(rate_hz),
      speed_(speed),
      description_(std::move(description)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (wake_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
    if (!(speed > 0) || !std::isfinite(speed)) {
        close(wake_);
        throw std::invalid_argument("the speed must be above 0");
    }
    counts_.connections = 1;
}

PlayedSource::~PlayedSource() { close(wake_); }

void PlayedSource::interrupt() noexcept
{
    const std::uint64_t one = 1;
    // A full counter is as good as a written one: next() wakes up.
    [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
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
    for (auto now = Clock::now(); now < std::min(due, until); now = Clock::now()) {
        const Duration wait = std::min(due, until) - now;
        const timespec timeout{static_cast<time_t>(wait.count() / 1'000'000'000),
                               static_cast<long>(wait.count() % 1'000'000'000)};
        pollfd event{wake_, POLLIN, 0};
        if (ppoll(&event, 1, &timeout, nullptr) > 0) {
            std::uint64_t rung = 0;
            [[maybe_unused]] const auto got = read(wake_, &rung, sizeof rung);
            return SourceResult::nothing;
        }
    }
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
