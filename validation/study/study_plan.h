// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "validation/study/sequences.h"
#include "validation/study/study_options.h"

namespace foretide::validation {

/// One algorithm on one sequence under one protocol, at one horizon, or at all of them together where the algorithm
/// forecasts them together. Its hyper-parameters are chosen once. Indices are those of the options and of the
/// sequences.
struct StudyTask {
    std::size_t protocol = 0, algorithm = 0, sequence = 0;
    std::vector<std::size_t> horizons;
    std::vector<rnn::Parameters> candidates;  ///< one: nothing to choose
    int seeds = 1, select_seeds = 1;          ///< of the test and for choosing; 1 where the seed changes nothing

    std::string key;  ///< names its work in the journal
};

/// All tasks, by protocol, algorithm, sequence and horizon in the order of the options.
/// Throws std::invalid_argument: nothing to do, an algorithm that no protocol of the options has (or this build has
/// not), a parameter that is not allowed, horizons or gate that do not suit the rate.
std::vector<StudyTask> plan_study(const StudyOptions& options, std::span<const Sequence> sequences);

/// About how long a replay takes [s]: for the order of work and the time left, not for reports.
double estimated_seconds(const StudyOptions& options, const StudyTask& task, const rnn::Parameters& parameters,
                         const core::Recording& recording, int seeds);

/// Index of the horizon that a gate with latencies of its own is scored with: the nearest to T_on in samples.
std::size_t gate_horizon(const StudyOptions& options, double rate_hz);

/// Index of the horizon whose forecasts are drawn: the nearest to half a second.
std::size_t trace_horizon(const StudyOptions& options);

}  // namespace foretide::validation
