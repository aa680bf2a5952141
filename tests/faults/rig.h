// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tests/faults/process.h"
#include "tests/faults/station.h"

namespace foretide::tests {

enum class Source { ndi, igtl };

/// Settings of the engine under test that the judgement needs.
inline constexpr double kRate_hz = 30;
inline constexpr core::Duration kDwell = std::chrono::milliseconds(500);
inline constexpr core::Duration kMaxAge = std::chrono::milliseconds(250);
inline constexpr core::Duration kPeriod = std::chrono::nanoseconds(33'333'333);

/// A simulator, an engine that records, sends beam commands and serves telemetry, and the station that watches it: real
/// processes on loopback. The gate's window is so wide that the beam is on whenever nothing is in doubt.
///
/// Threads: one. Errors: std::runtime_error where a part does not start.
class Rig {
public:
    /// The session is written to `folder`/disk, which is there already.
    Rig(Source source, std::filesystem::path folder);

    /// `fault`: as on the command line, empty for none; `port` 0: a free one. Returns the port.
    std::uint16_t start_simulator(const std::string& fault, std::uint16_t port = 0);
    /// `port`: where the engine looks for its source.
    void start_engine(std::uint16_t port, const Process::Environment& environment = {});
    /// Arms, releases, and waits for the beam to come on. False: it does not.
    bool release_beam();

    /// Ends engine and simulator as an operator would (a simulator or engine that has ended is left alone).
    void stop();

    /// Time of the first frame of the simulation, by the simulator's own stamps; after stop().
    core::TimePoint first_frame() const;
    /// The same, roughly, before that.
    core::TimePoint first_frame_about() const;

    Station& station() noexcept { return station_; }
    Source source() const noexcept { return source_; }
    Process& simulator() { return *simulator_; }
    Process& engine() { return *engine_; }
    std::uint16_t telemetry_port() const noexcept { return telemetry_port_; }
    const std::filesystem::path& folder() const noexcept { return folder_; }
    const std::filesystem::path& session() const noexcept { return session_; }
    int engine_code() const noexcept { return engine_code_; }  ///< exit code; after stop()
    nlohmann::json summary() const;                            ///< of the engine; after stop()

private:
    std::string configuration(std::uint16_t port) const;

    Source source_;
    std::filesystem::path folder_, session_;
    Station station_;
    std::optional<Process> simulator_, engine_;
    std::uint16_t telemetry_port_ = 0;
    core::TimePoint simulator_started_{};
    int engine_code_ = -1;
};

}  // namespace foretide::tests
