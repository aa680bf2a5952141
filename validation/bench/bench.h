// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "validation/replay_result.h"

namespace foretide::validation::bench {

/// What one case is held against: time a step may take as a multiple of a yardstick measured in the same run.
struct Comparison {
    std::string yardstick;    ///< "read and write W and J once (2.6 MB)"
    double yardstick_us = 0;  ///< median
    double ratio = 0;         ///< median step / median yardstick
    double limit = 0;         ///< largest ratio allowed
};

/// A bound on a time, fixed in µs by the sampling interval.
struct Bound {
    std::string what;  ///< "step p99"
    double value_us = 0, limit_us = 0;
};

struct CaseResult {
    std::string name;
    StepTimes step, forecast;
    std::vector<Comparison> comparisons;
    std::vector<Bound> bounds;
    bool within_limits() const;
};

struct BenchOptions {
    std::string filter = ".*";  ///< regular expression searched for in the case's name
    int steps = 3000;           ///< timed steps a case, ≥ 100
    std::function<void(double share)> progress;
};

/// Times whole steps and forecasts: of the hot-path cases, alternating with their yardsticks so that a drift of the
/// processor's speed hits both, and of the default forecaster against the budget of a step at 30 Hz. One thread. Throws
/// std::invalid_argument: a bad expression, or no case fits.
std::vector<CaseResult> run_bench(const BenchOptions& options);

nlohmann::ordered_json bench_json(const std::vector<CaseResult>& results);
void print_bench(std::ostream& out, const std::vector<CaseResult>& results);

}  // namespace foretide::validation::bench
