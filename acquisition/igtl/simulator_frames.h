// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "acquisition/simulated_patient.h"
#include "core/marker_frame.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// Where a simulated server takes its frames from: a recording, over and over, or a simulated patient without end.
/// Threads: one at a time. Allocation: constructors. Errors: constructors throw std::invalid_argument, SimulationError.
class SimulatorFrames {
public:
    struct Timed {
        core::Duration due{0};    ///< to be sent, from the first frame on
        core::Duration stamp{0};  ///< the tracker's time of exposure, from the first frame on
        core::MarkerFrame frame;
    };

    /// `rate_hz` NaN: at the recorded times, else at this rate. One round without `repeat`.
    SimulatorFrames(core::Recording recording, double rate_hz, bool repeat);
    SimulatorFrames(std::string_view patient, double rate_hz, std::uint64_t seed);

    int markers() const noexcept;
    /// The next frame; false: a recording that is not repeated is over.
    bool next(Timed& timed) noexcept;

private:
    std::unique_ptr<SimulatedPatient> patient_;
    core::Recording recording_;
    core::Duration interval_{0};  // between the frames, or between the last of a round and the first of the next
    bool at_rate_ = false, repeat_ = false;
    std::int64_t count_ = 0;
};

}  // namespace foretide::acquisition
