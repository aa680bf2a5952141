// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <vector>

#include "apps/engine/engine_control.h"
#include "apps/engine/snapshot.h"

/// The texts of the telemetry; TELEMETRY.md says what is in them. Not a number is null; at most kIgtlMaxString bytes.
/// Threads: the telemetry's. Allocation: yes.
namespace foretide::apps {

/// The time of day of a moment of the engine's clock, as the session header fixes it: setting the system's clock does
/// not change it.
core::Duration time_of_day(const EngineDescription& description, core::TimePoint time) noexcept;

/// What does not change: session, layout, horizons, alarms there are. Where the configuration does not fit, it is left
/// out and `configuration_omitted` is true.
std::string session_json(const EngineDescription& description);

/// Gate, beam, reason, latencies, health, counts, alarms.
std::string state_json(const EngineDescription& description, const EngineSnapshot& snapshot, EngineControl& engine);

/// The forecasts with their bands, of some markers each; none where there is no forecast, or more than 400 horizons.
std::vector<std::string> forecast_json(const EngineDescription& description, const EngineSnapshot& snapshot);

}  // namespace foretide::apps
