// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/gate_options.h"

#include "apps/commands.h"

namespace foretide::apps {

void GateOptions::add_to(CLI::App& command)
{
    command.add_option("--gate", window, "Score a gate: lower,upper in mm, or auto:0.4@30-60 (end-exhale window)");
    command.add_option("--gate-axis", axis, "m<k>.x|y|z, or pc1 for the principal axis")->capture_default_str();
    command.add_option("--gate-confidence", confidence, "0: the gate judges point forecasts")->capture_default_str();
    command.add_option("--t-on", t_on_s, "Latency from command to beam on [s]; each horizon's own if not given");
    command.add_option("--t-off", t_off_s, "Latency from command to beam off [s]");
}

std::optional<validation::GateRequest> GateOptions::request() const
{
    if (confidence != 0)
        throw UsageError(
            "--gate-confidence needs prediction intervals, which no algorithm of this version states yet; "
            "use 0 (point forecasts)");
    if (!window.empty()) return validation::GateRequest{window, axis, t_on_s, t_off_s};
    if (t_on_s || t_off_s) throw UsageError("--t-on and --t-off belong to a gate: give --gate");
    return std::nullopt;
}

}  // namespace foretide::apps
