// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/engine/replayed_step.h"
#include "core/session/session_reader.h"

namespace foretide::apps {

/// What became of repeating a session.
struct ReplayCheck {
    bool compared = false;     ///< false: it could not be repeated; `remark` says why
    std::int64_t samples = 0;  ///< that were compared
    std::string difference;    ///< the first; empty: none
    std::string remark;        ///< where it ended before the record did, and why
};

/// First difference of what a step computes: index, frame, time, flags, warm-up, positions, forecasts and bounds, what
/// the gate read, its window, beam and reason, bit for bit (any NaN equals any other). Latencies are the clock's and
/// not compared. Empty: none.
std::string first_difference(const core::SampleRecord& recorded, const core::SampleRecord& repeated);

/// Repeats a session from its beginning up to its end or its first gap.
ReplayCheck verify_replay(core::SessionReader& session, ReplayedStep& step);

struct VerifyResult {
    std::vector<std::string> problems;  ///< anything here: the session is not what it should be
    std::vector<std::string> remarks;
    ReplayCheck replay;

    bool good() const { return problems.empty(); }
};

/// Integrity of the file, completeness and order of the record, and its repetition. Without a factory the last is left
/// out, and said so.
VerifyResult verify_session(core::SessionReader& session, const ReplayedStepFactory& factory);

nlohmann::ordered_json verify_json(const VerifyResult& result);

}  // namespace foretide::apps
