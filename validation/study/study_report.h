// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <string>

#include <nlohmann/json.hpp>

#include "validation/study/study_result.h"

namespace foretide::validation {

/// Writes a study's report as one self-contained HTML file: tables beside the published figures, error against horizon,
/// tables by sequence, traces, intervals, gating, what the published protocol hides, what was chosen, and how to run it
/// again. `tables` is tables_json() of the result, `command` the command line. Nothing is fetched; no script.
/// Throws std::runtime_error where the stream fails.
void write_study_report(std::ostream& out, const StudyResult& result, const nlohmann::ordered_json& tables,
                        const std::string& command);

}  // namespace foretide::validation
