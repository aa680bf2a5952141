// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <string>

#include "apps/engine/replayed_step.h"
#include "apps/engine/step_engine.h"

namespace foretide::apps {

/// What a session must say of its step engine beside its configuration, as SessionHeader::algorithm (JSON).
std::string step_engine_record(const StepEngineConfig& config);

/// Forecasts are the same bit for bit only within one build on one kind of processor: what both are.
std::string build_identity();

/// The step engine of a session as it stood before the first frame, in virtual time. Throws std::runtime_error where
/// this build cannot repeat it: another build, or a configuration it does not understand.
std::unique_ptr<ReplayedStep> make_replayed_engine(const core::SessionHeader& header);

}  // namespace foretide::apps
