// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <span>

#include "validation/replay_result.h"

namespace foretide::apps {

/// Replay results for reading on a terminal: one row an algorithm and horizon with accuracy and step times, then the
/// gating measures where a gate was asked for, then what the reader and the conditioner did.
/// Throws std::runtime_error for no results.
void print_results(std::ostream& out, std::span<const validation::ReplayResult> results);

}  // namespace foretide::apps
