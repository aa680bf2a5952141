// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/gate_qa/phantom.h"
#include "apps/gate_qa/tolerances.h"
#include "validation/gate_qa/hold_tests.h"

namespace foretide::apps {

/// One measured run: what the phantom did and what the beam did.
struct GateQaRun {
    GateTestKind kind = GateTestKind::latency;
    std::string name;
    validation::GatedMotion motion;
};

struct GateQaSettings {
    core::GateWindow window{};
    validation::WindowSide side = validation::WindowSide::low;
    double expected_on_s = 0, expected_off_s = 0;  ///< 0: a system that makes up for its delays
    GateTolerances tolerances{};
    std::string subject{};  ///< what was tested, in words
};

/// A measured value against its limit.
struct GateQaCheck {
    std::string what, measured, limit;
    bool pass = false;
};

struct GateQaResult {
    std::vector<GateQaRun> runs;
    std::optional<validation::LatencyResult> latency;
    std::vector<validation::StaticResult> still;
    std::vector<validation::DriftResult> drift;
    std::vector<std::string> problems;  ///< runs that could not be evaluated: they fail
    std::vector<GateQaCheck> checks;
    bool pass = false;
};

/// Evaluates the runs; what cannot be evaluated is a problem and fails, and so does a delay that is known no better
/// than its tolerance. Throws std::invalid_argument: no runs.
GateQaResult judge_gate(std::vector<GateQaRun> runs, const GateQaSettings& settings);

nlohmann::ordered_json gate_qa_json(const GateQaResult& result, const GateQaSettings& settings);
void print_gate_qa(std::ostream& out, const GateQaResult& result);
/// One HTML page: pass or fail, the checks, the line of duration over period, each run with its beam. Throws
/// std::runtime_error where writing fails.
void write_gate_qa_report(std::ostream& out, const GateQaResult& result, const GateQaSettings& settings);

}  // namespace foretide::apps
