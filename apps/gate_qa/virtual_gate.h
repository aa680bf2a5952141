// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <string>

#include "apps/gate_qa/phantom.h"
#include "validation/gate_qa/latency_test.h"

namespace foretide::apps {

/// The gate under test and the linac behind it, in virtual time.
struct VirtualGateOptions {
    std::string algorithm = "foretide";
    double t_on_s = 0.5, t_off_s = 0.5;          ///< what the gate is told of the linac
    double linac_on_s = 0.5, linac_off_s = 0.5;  ///< from exposure to beam, as it is
    double linac_jitter_s = 0;                   ///< standard deviation of each, normal
    double confidence = 0;
    std::function<void(double share)> progress{};
};

/// Shows the phantom to the engine's own step (StepEngine), its beam released, and a linac of known delays to its
/// commands. The motion is the true coordinate as the camera measured it. Throws std::invalid_argument (options).
validation::GatedMotion run_virtual_gate(const PhantomProgramme& phantom, const VirtualGateOptions& options);

}  // namespace foretide::apps
