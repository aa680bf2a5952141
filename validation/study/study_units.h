// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

#include "validation/study/sequences.h"
#include "validation/study/study_options.h"
#include "validation/study/study_plan.h"

namespace foretide::validation {

/// The units of work of a study. Each is a pure function of what it is given, but for the times it took; the results
/// are JSON, ready for the journal, and {"error": words} where the algorithm fails on this sequence.
/// Thread-safe. Throw std::bad_alloc only.

/// One candidate of a task, all its seeds, on the part for choosing: {"nrmse": mean over seeds and horizons, …}.
nlohmann::ordered_json selection_unit(const StudyOptions& options, const Sequence& sequence, const StudyTask& task,
                                      const rnn::Parameters& candidate);

/// One seed of a task on the whole sequence: {"parameters": …, "horizons": [horizon_json() without times …],
/// "step_us", "forecast_us", …}, for the first seed and the drawn horizon with the "trace" of the drawn stretch.
nlohmann::ordered_json test_unit(const StudyOptions& options, const Sequence& sequence, const StudyTask& task,
                                 const rnn::Parameters& chosen, int seed_index);

/// What the figures of a sequence are seen against: {"leaked_nrmse": nRMSE of repeating the target of the sample
/// before, which the published protocol has revealed: y(t + h) := y(t + h − 1); "trace": the measured motion in the
/// drawn stretch}.
nlohmann::ordered_json reference_unit(const StudyOptions& options, const Sequence& sequence);

}  // namespace foretide::validation
