// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/gate_options.h"

#include "apps/commands.h"
#include "core/intervals/gate_bounds.h"

namespace foretide::apps {

void GateOptions::add_to(CLI::App& command)
{
    command.add_option("--gate", window, "Score a gate: lower,upper in mm, or auto:0.4@30-60 (end-exhale window)");
    command.add_option("--gate-axis", axis, "m<k>.x|y|z, or pc1 for the principal axis")->capture_default_str();
    command
        .add_option(
            "--gate-confidence", confidence,
            "The beam is on only where the interval of this confidence (up to 0.98) lies inside the window; 0: point "
            "forecasts")
        ->check(CLI::Range(0.0, core::kLargestGateConfidence))
        ->capture_default_str();
    command.add_option("--t-on", t_on_s, "Latency from command to beam on [s]; each horizon's own if not given");
    command.add_option("--t-off", t_off_s, "Latency from command to beam off [s]");
}

std::optional<validation::GateRequest> GateOptions::request() const
{
    if (!window.empty()) return validation::GateRequest{window, axis, t_on_s, t_off_s, confidence};
    if (t_on_s || t_off_s || confidence != 0)
        throw UsageError("--t-on, --t-off and --gate-confidence belong to a gate: give --gate");
    return std::nullopt;
}

}  // namespace foretide::apps
