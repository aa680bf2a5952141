// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "validation/replay_result.h"

namespace foretide::validation {

/// Replay results as JSON (`foretide replay --json`, metrics.json).
///
/// One result: the object itself, {"input", "algorithm", "protocol", "rate_hz", "params", "seed", "results": […], …}
/// with one entry of "results" a horizon. Several results: {"runs": [object, …]} in the given order.
///
/// - "input" is a string, or an array where a recording has several files. Parameters that are numbers are JSON
///   numbers, the others strings.
/// - What is not known or not finite is null; "gating" is there only where a gate was asked for.
/// - With several seeds (`runs` > 1, written as "seeds") the values named in `mean_over_runs` are means and
///   `<key>_ci95` stands beside each that has a half-width. A dot in such a key names a nested value
///   ("gating.accuracy").
/// - "step_us" and "forecast_us" are of the whole run and the same in each entry.
///
/// Pure functions. Throw std::runtime_error for no results or inconsistent ones.
nlohmann::ordered_json replay_json(std::span<const ReplayResult> results);

/// One entry of "results".
nlohmann::ordered_json horizon_json(const ReplayResult& result, const HorizonResult& horizon);

/// A parameter's text as a JSON number where it is one, else as a string.
nlohmann::ordered_json parameter_json(const std::string& text);

/// Sets the value a dotted key names ("gating.accuracy"), null where it is not finite; objects on the way are made
/// where they are missing.
void set_nested(nlohmann::ordered_json& json, const std::string& key, double value);

/// Writes `json` indented, with a line end; bytes that are not UTF-8 (file names may hold any) become U+FFFD.
/// Throws std::runtime_error where the stream fails.
void write_json(std::ostream& out, const nlohmann::ordered_json& json);

}  // namespace foretide::validation
