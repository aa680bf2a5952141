// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <string>
#include <vector>

#include "validation/replay_result.h"

namespace foretide::validation {

/// Checks that a result can be written: ≥ 1 marker and horizon, arrays of matching lengths, forecasts in
/// the order they were made. Throws std::runtime_error naming the algorithm, the horizon and the array.
void require_consistent(const ReplayResult& result);

/// Checks what a comparison needs: at least one result, each consistent, all on the same measured series.
/// Throws std::runtime_error.
void require_comparable(std::span<const ReplayResult> results);

/// One label a result, all different: the algorithm's name; where a name occurs twice, the parameters that
/// differ, or a number, in brackets ("uoro (shl=36)").
std::vector<std::string> algorithm_labels(std::span<const ReplayResult> results);

/// The inputs in one line, separated by ", ".
std::string joined_inputs(const ReplayResult& result);

}  // namespace foretide::validation
