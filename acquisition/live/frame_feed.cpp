// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/frame_feed.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace foretide::acquisition {

FrameFeed::FrameFeed(core::Recording recording, bool over_and_over, std::optional<double> rate_hz)
    : recording_(std::move(recording)), over_and_over_(over_and_over), markers_(recording_.markers)
{
    if (recording_.frames.empty())
        throw std::invalid_argument("the recording holds no frame; there is nothing to show");
    for (const std::string& file : recording_.files) description_ += (description_.empty() ? "" : ", ") + file;
    rate_hz_ = core::estimate_rate_hz(recording_);
    if (!std::isfinite(rate_hz_)) rate_hz_ = std::isfinite(recording_.nominal_rate_hz) ? recording_.nominal_rate_hz : 1;
    if (rate_hz) {
        if (!(*rate_hz > 0 && std::isfinite(*rate_hz)))
            throw std::invalid_argument("a recording cannot be played at a rate that is not above 0 Hz");
        rate_hz_ = *rate_hz;
        double n = 0;
        for (core::MarkerFrame& frame : recording_.frames)
            frame.acquired = core::TimePoint{core::from_seconds(n++ / rate_hz_)};
    }
    const core::Duration zero = recording_.frames.front().acquired.time_since_epoch();
    for (core::MarkerFrame& frame : recording_.frames) frame.acquired -= zero;
}

FrameFeed::FrameFeed(std::string patient, const SimulationOptions& options)
    : description_("patient " + patient + ", seed " + std::to_string(options.seed)), rate_hz_(options.rate_hz)
{
    patient_ = std::make_unique<SimulatedPatient>(patient, options);
    markers_ = patient_->markers();
}

bool FrameFeed::next(core::MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING
{
    if (patient_) {
        frame = patient_->next();
        shown_ = core::TimePoint{core::from_seconds(static_cast<double>(sequence_) / rate_hz_)};
    } else if (next_of_recording(frame)) {
        shown_ = std::max(frame.acquired, shown_);
    } else {
        return false;
    }
    frame.arrived = shown_;
    frame.sequence = sequence_++;
    return true;
}

bool FrameFeed::next_of_recording(core::MarkerFrame& frame) noexcept
{
    if (at_ == recording_.frames.size()) {
        if (!over_and_over_) return false;
        offset_ = shown_.time_since_epoch() + core::from_seconds(1.0 / rate_hz_);
        at_ = 0;
    }
    frame = recording_.frames[at_++];
    frame.acquired += offset_;
    return true;
}

}  // namespace foretide::acquisition
