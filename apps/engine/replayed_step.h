// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <memory>
#include <span>

#include "core/session/records.h"

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

    /// Takes the next frame. `recorded`: the samples that it completed, for what they say of the inputs beside the
    /// frame: the scheduler's decisions, what was in doubt, holds between frames. The samples made again, in order;
    /// valid until the next call.
    virtual std::span<const core::SampleRecord> frame(const core::FrameRecord& frame,
                                                      std::span<const core::SampleRecord> recorded) = 0;
};

/// A step as it stood before the first frame of a session. Throws std::runtime_error with the reason where this build
/// cannot repeat that session.
using ReplayedStepFactory = std::function<std::unique_ptr<ReplayedStep>(const core::SessionHeader&)>;

}  // namespace foretide::apps
