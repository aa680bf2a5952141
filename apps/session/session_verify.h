// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/session/session_reader.h"

namespace foretide::apps {

/// The engine's step in virtual time, with the scheduling decisions of a record: what made the record, made again.
///
/// Commands that were accepted come before the frame that completed the sample before which they were carried out.
class ReplayedStep {
public:
    ReplayedStep() = default;
    ReplayedStep(const ReplayedStep&) = delete;
    ReplayedStep& operator=(const ReplayedStep&) = delete;
    virtual ~ReplayedStep() = default;

    virtual void command(const core::CommandRecord& command) = 0;

    /// Takes the next frame. `decisions`: one for each sample that it completed. The samples, in order; valid until the
    /// next call.
    virtual std::span<const core::SampleRecord> frame(const core::FrameRecord& frame,
                                                      std::span<const core::StepDecision> decisions) = 0;
};

/// A step as it stood before the first frame of a session. Throws std::runtime_error with the reason where this build
/// cannot repeat that session.
using ReplayedStepFactory = std::function<std::unique_ptr<ReplayedStep>(const core::SessionHeader&)>;

/// What became of repeating a session.
struct ReplayCheck {
    bool compared = false;     ///< false: it could not be repeated; `remark` says why
    std::int64_t samples = 0;  ///< that were compared
    std::string difference;    ///< the first; empty: none
    std::string remark;        ///< where it ended before the record did, and why
};

/// First difference of what a step computes: index, frame, time, flags, warm-up, gate ranges, positions, forecasts and
/// bounds, bit for bit (any NaN equals any other). Beam, reason and latencies depend on the clock and are not compared.
/// Empty: none.
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
