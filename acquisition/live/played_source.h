// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "acquisition/live/marker_source.h"
#include "acquisition/live/wake_event.h"
#include "acquisition/simulated_patient.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// Plays frames at the pace of their times, `speed` times as fast: a recording or a simulated patient in place of a
/// camera.
///
/// The first frame comes at once. Exposure times keep the distances of the recording whatever the speed, so that the
/// series is the same at any; only arrivals are closer. A frame whose moment has passed comes at once: none is left
/// out. Times that go backwards are played as they are, without waiting.
class PlayedSource final : public MarkerSource {
public:
    /// next: fills in the next frame (times from any zero) and returns false at the end; it must not allocate.
    PlayedSource(std::function<bool(core::MarkerFrame&)> next, int markers, double rate_hz, double speed,
                 std::string description);

    SourceResult next(core::MarkerFrame& frame, core::TimePoint until) noexcept override;
    void interrupt() noexcept override { wake_.signal(); }

    SourceState state() const noexcept override { return state_; }
    const SourceCounts& counts() const noexcept override { return counts_; }
    std::uint64_t message_number() const noexcept override { return state_ == SourceState::ended ? 1 : 0; }
    std::string message() const override;
    double rate_hz() const noexcept override { return rate_hz_; }
    int markers() const noexcept override { return markers_; }
    bool anonymous() const noexcept override { return false; }
    std::string description() const override { return description_; }

private:
    std::function<bool(core::MarkerFrame&)> next_;
    int markers_;
    double rate_hz_, speed_;
    std::string description_;
    WakeEvent wake_;
    SourceState state_ = SourceState::streaming;
    SourceCounts counts_;
    bool pending_ = false, begun_ = false;
    core::MarkerFrame frame_;            // the next one
    core::TimePoint first_{}, began_{};  // of the recording; of playing
};

/// Throws std::invalid_argument for a recording without frames or a speed that is not positive.
std::unique_ptr<MarkerSource> play_recording(core::Recording recording, double rate_hz, double speed,
                                             const std::string& description);
/// Without end. Throws SimulationError.
std::unique_ptr<MarkerSource> play_patient(const std::string& name, const SimulationOptions& options, double speed);

}  // namespace foretide::acquisition
