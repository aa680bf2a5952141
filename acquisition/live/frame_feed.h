// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "acquisition/simulated_patient.h"
#include "core/marker_frame.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// What a simulated source shows: the frames of a recording, once or over and over, or a simulated patient without end.
///
/// Threads: one at a time. Allocation: constructors only. Errors: constructors throw std::invalid_argument for a
/// recording without frames or a rate that is not positive, SimulationError for an impossible patient.
class FrameFeed {
public:
    /// `rate_hz`: play the frames at this rate, whatever their stamps.
    FrameFeed(core::Recording recording, bool over_and_over, std::optional<double> rate_hz = std::nullopt);
    FrameFeed(std::string patient, const SimulationOptions& options);

    /// The next frame, false at the recording's end. `acquired` is its stamp and `arrived` the time at which it is to
    /// be shown, both from the first frame on; `arrived` never goes back, even where the stamps of a recording do, and
    /// is exactly regular for a patient, whose stamps vary. A recording that begins anew goes on one interval after its
    /// last frame. RT-safe.
    bool next(core::MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING;

    int markers() const noexcept { return markers_; }
    double rate_hz() const noexcept { return rate_hz_; }
    /// "patient irregular, seed 1", "session.csv".
    const std::string& description() const noexcept { return description_; }

private:
    bool next_of_recording(core::MarkerFrame& frame) noexcept;

    core::Recording recording_;
    std::unique_ptr<SimulatedPatient> patient_;
    std::string description_;
    bool over_and_over_ = false;
    std::size_t at_ = 0;
    std::uint64_t sequence_ = 0;
    core::Duration offset_{0};  // of this round
    core::TimePoint shown_{};
    int markers_ = 0;
    double rate_hz_ = 0;
};

}  // namespace foretide::acquisition
