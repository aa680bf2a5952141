// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/engine/gate_config.h"
#include "apps/engine/realtime.h"
#include "apps/engine/step_engine.h"

namespace foretide::apps {

/// Where the markers come from.
struct SourceConfig {
    /// "sim[:PATIENT]", "replay:FILE", "ndi:HOST[:PORT]", "ndi-serial:DEVICE[:BAUD]", "igtl:HOST[:PORT]"
    std::string address = "sim:regular";
    int markers = 0;         ///< 0: as many as are seen at the start
    double rate_hz = 0;      ///< 0: as the source says, or measured at the start
    double latency_ms = -1;  ///< exposure to arrival, at least; < 0: the source's own default
    double speed = 1;        ///< replay and simulated patient: times real time
    double marker_reach_mm = 30;
    std::vector<std::string> names;  ///< OpenIGTLink: the markers' names, in their order; empty: as they appear
    std::uint64_t seed = 1;          ///< simulated patient
};

struct TelemetrySettings {
    int port = 0;  ///< 0: no telemetry
    std::string listen = "127.0.0.1";
    std::string token_file;        ///< empty: only HOLD is accepted
    double station_timeout_s = 5;  ///< a released beam is held when no station answered for so long
};

struct SessionSettings {
    std::string patient, patient_identity, operator_name, site;
    std::string file;  ///< empty: not recorded
};

/// Everything `foretide serve` can be told. Every value is checked when it is read.
struct EngineConfig {
    SourceConfig source;
    rnn::AlgorithmSpec algorithm;
    std::string fallback = "rls";
    double forecast_deadline_ms = 2;   ///< last byte received → command handed to the socket
    double step_deadline_share = 0.8;  ///< of the sample period: last byte received → learning done
    double warm_up_s = 30;
    double display_until_s = 2.1;
    double max_bridged_gap_s = 1;
    std::optional<GateSettings> gate;
    std::string controller = "none";  ///< as ControllerOutputConfig::address
    TelemetrySettings telemetry;
    SessionSettings session;
    RealtimePolicy realtime = RealtimePolicy::automatic;
    int cpu = -1;           ///< the acquisition thread's; −1: any
    double duration_s = 0;  ///< 0: until told to stop
    std::optional<core::RigidTransform<core::RoomFrame, core::TrackerFrame>> room_from_tracker;

    core::Duration forecast_deadline() const { return core::from_seconds(1e-3 * forecast_deadline_ms); }
    /// For a series of known layout.
    StepEngineConfig step_engine(int markers, double source_rate_hz, bool anonymous) const;
};

/// Reads a TOML file. Throws ConfigError (toml_section.h) with file, line, key and what is allowed.
EngineConfig load_engine_config(const std::filesystem::path& file);
/// The same of a text; `name` stands for the file in errors.
EngineConfig parse_engine_config(const std::string& text, const std::string& name);

/// All settings as TOML that parse_engine_config() reads back; of secrets only the file's name.
std::string to_toml(const EngineConfig& config);

RealtimePolicy parse_realtime_policy(const std::string& name);
const char* to_string(RealtimePolicy policy) noexcept;

}  // namespace foretide::apps
