// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/marker_frame.h"
#include "validation/study/study_options.h"

namespace foretide::validation {

/// A piece of a scalar series for drawing [s, mm].
struct StudyTrace {
    std::vector<double> time_s, position_mm;
};

/// What is known of a sequence without any forecaster.
struct StudySequence {
    std::string name, content_hash;
    double rate_hz = 0, duration_s = 0;
    double leaked_nrmse = core::kNaN;  ///< of repeating the last leaked target (study_units.h)
    std::string coordinate;            ///< that is drawn: "pc1"
    StudyTrace measured;
};

/// One algorithm on one sequence under one protocol at one horizon. Indices are those of the options and sequences.
struct StudyCell {
    std::size_t protocol = 0, algorithm = 0, sequence = 0, horizon = 0;
    rnn::Parameters parameters;                          ///< all, defaults included
    std::vector<std::map<std::string, double>> by_seed;  ///< measures by dotted name ("gating.accuracy"); one entry
                                                         ///< where the seed changes nothing, none where it failed
    StudyTrace forecast;                                 ///< first seed, of the drawn horizon only

    bool failed() const noexcept { return by_seed.empty(); }
};

/// The choice of hyper-parameters of one task (study_plan.h).
struct StudyChoice {
    std::size_t protocol = 0, algorithm = 0, sequence = 0;
    std::vector<std::size_t> horizons;
    std::size_t candidates = 1, failed = 0;
    rnn::Parameters chosen;     ///< without defaults
    double nrmse = core::kNaN;  ///< of the chosen one on the part for choosing; NaN where there was one candidate
};

/// Work that could not be done, in words.
struct StudyFailure {
    std::size_t protocol = 0, algorithm = 0, sequence = 0;
    std::vector<std::size_t> horizons;
    std::string what;
};

/// What the steps of one algorithm took on this machine, over all its test runs [µs].
struct StudyTimes {
    std::size_t protocol = 0, algorithm = 0;
    bool together = false;                         ///< a step forecasts all horizons
    double median_us = 0, p99_us = 0, max_us = 0;  ///< whole step: median of the runs' medians, largest p99 and step
    double work_s = 0;                             ///< of choosing and testing, all processes together
};

/// Everything a study found. Only `times`, `wall_s` and what follows it depend on the machine and its load.
struct StudyResult {
    StudyOptions options;
    std::string version;
    std::vector<StudySequence> sequences;
    std::vector<StudyCell> cells;  ///< by protocol, algorithm, sequence, horizon
    std::vector<StudyChoice> choices;
    std::vector<StudyFailure> failures;

    std::vector<StudyTimes> times;
    double wall_s = 0;  ///< of this run
    int jobs = 1;
    std::size_t units = 0, resumed_units = 0;
};

/// A mean with the half-width of its 95 % interval over seeds (NaN for one seed).
struct StudyMean {
    double mean = core::kNaN, half_width = core::kNaN;
    std::size_t cells = 0;  ///< that had the measure
};

/// Mean of a measure over those cells that `counts` picks: for each seed over the cells, then over the seeds. An
/// algorithm without chance has the same value with every seed. Cells without the measure, or where it is not finite,
/// are left out.
StudyMean study_mean(const StudyResult& result, const std::string& key,
                     const std::function<bool(const StudyCell&)>& counts);

/// Mean of the difference of a measure between two algorithms under one protocol, seed by seed, over the sequences and
/// horizons that both have it at.
StudyMean study_difference(const StudyResult& result, const std::string& key, std::size_t protocol,
                           std::size_t algorithm, std::size_t against);

/// {"gating": {"accuracy": 0.9}} → "gating.accuracy": 0.9; what is not a number is left out.
void add_numbers(const nlohmann::ordered_json& json, const std::string& prefix, std::map<std::string, double>& numbers);

}  // namespace foretide::validation
