// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>

#include "validation/study/study_result.h"

namespace foretide::validation {

/// The tables of a study as JSON (tables.json, `foretide validate --json`):
///
///     {"settings": study_settings() …,
///      "means":       [{"protocol", "algorithm", "cells", "nrmse", "nrmse_ci95", …, "gating": {…},
///                       "difference": {"against", "cells", "nrmse", "nrmse_ci95"}}, …],
///      "by_horizon":  [the same with "horizon_s": means over the sequences],
///      "by_sequence": [the same with "sequence": means over the horizons],
///      "results":     [{"protocol", "algorithm", "sequence", "horizon_s", "params", "seeds", "nrmse", …}, …],
///      "choices":     [what was chosen for each algorithm, sequence and horizon, and among how many],
///      "leaked_target": {"nrmse": mean, "by_sequence": …},   (study_units.h)
///      "published":   [published_figures()], "failures": […], "notice": …}
///
/// Values are means over seeds; `<name>_ci95`, the half-width of the 95 % interval, stands beside each where there are
/// several. "cells" is the number of sequences × horizons behind a mean: fewer than the rest where some failed. What is
/// not known is null or absent. Nothing here depends on times: the same study gives the same bytes. Pure.
nlohmann::ordered_json tables_json(const StudyResult& result, const nlohmann::ordered_json& settings);

/// tables.csv: a row for each entry of "results", "by_horizon" (sequence `mean`), "by_sequence" (horizon `mean`) and
/// "means" (both). Throws std::runtime_error where the stream fails.
void write_tables_csv(std::ostream& out, const nlohmann::ordered_json& tables);

/// run.json: what depends on the machine: command, wall time, jobs, units of work, step times.
nlohmann::ordered_json run_json(const StudyResult& result, const std::string& command);

}  // namespace foretide::validation
