// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "apps/session/session_scan.h"

namespace foretide::apps {

/// `text` as JSON, or as a string where it is none.
nlohmann::ordered_json json_or_text(const std::string& text);

/// Percentiles of a latency [µs]; null while there is none.
nlohmann::ordered_json latency_json(const core::LatencyHistogram& latency);

/// "2024-03-09 14:02:11 UTC"; "not known" where it is 0.
std::string utc(double unix_s);

/// What a session holds, for `foretide session info --json`: who, what, when, counts, gaps, alarms, holds, latencies,
/// integrity. The patient's identity is not in it.
nlohmann::ordered_json session_info_json(core::SessionReader& session);

/// The same for people.
void print_session_info(std::ostream& out, const nlohmann::ordered_json& info);

}  // namespace foretide::apps
