// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/gate_options.h"

#include <stdexcept>

#include "apps/commands.h"
#include "core/gate/gate_window_request.h"
#include "core/gate/latency_budget.h"
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
    command.add_option("--gate-kind", kind, "amplitude, phase or breath-hold; all but the first need latencies")
        ->capture_default_str();
    command
        .add_option("--gate-margin", margins_mm, "Hysteresis: opens only so far inside both bounds [mm]; one or two")
        ->delimiter(',')
        ->expected(1, 2);
    command.add_option("--gate-phase", phase_percent, "FROM,TO percent of the cycle from peak inhale (30,70)")
        ->delimiter(',')
        ->expected(2);
    command.add_option("--inhale", inhale, "Which way the coordinate goes: auto, up or down")->capture_default_str();
    command.add_option("--hold-settle", breath_hold.settle_s, "Breath hold: steady for so long first [s]")
        ->capture_default_str();
    command.add_option("--hold-longest", breath_hold.longest_s, "Breath hold: at most [s]; 0: no limit")
        ->capture_default_str();
    command.add_option("--min-on", min_on_s, "Shortest beam on [s]; a forecast outside ends it all the same")
        ->check(CLI::Range(0.0, 10.0));
    command.add_option("--min-off", min_off_s, "Shortest beam off [s]")->check(CLI::Range(0.0, 60.0));
    command.add_option("--linac", linac, "Latencies as published: " + core::latency_preset_names());
    command.add_option("--t-on", t_on_s, "Latency from command to beam on [s]; each horizon's own if not given");
    command.add_option("--t-off", t_off_s, "Latency from command to beam off [s]");
}

std::optional<validation::GateRequest> GateOptions::request() const
{
    if (window.empty()) {
        if (t_on_s || t_off_s || confidence != 0 || !linac.empty() || kind != "amplitude" || !margins_mm.empty() ||
            !phase_percent.empty() || min_on_s > 0 || min_off_s > 0)
            throw UsageError(
                "--t-on, --t-off, --linac, --min-on, --min-off and the options --gate-… belong to a gate: give --gate");
        return std::nullopt;
    }
    validation::GateRequest r{window, axis, t_on_s, t_off_s, confidence};
    try {
        r.rule.kind = core::parse_gate_kind(kind);
        if (!margins_mm.empty()) {
            r.rule.margin_lower_mm = margins_mm.front();
            r.rule.margin_upper_mm = margins_mm.back();
        }
        if (!phase_percent.empty()) r.rule.phase = {phase_percent[0], phase_percent[1]};
        core::check_gate_rule(r.rule, core::parse_window_request(window).typed);
        r.breath.inhale = core::parse_inhale(inhale.c_str());
        if (!linac.empty()) {
            if (t_on_s || t_off_s) throw UsageError("give --linac, or --t-on and --t-off");
            const core::LatencyBudget budget = core::latency_budget(linac, std::nullopt);
            r.t_on_s = budget.on_s;
            r.t_off_s = budget.off_s;
        }
    } catch (const std::invalid_argument& error) {
        throw UsageError(error.what());
    }
    r.breath.hold = breath_hold;
    r.min_on_s = min_on_s;
    r.min_off_s = min_off_s;
    return r;
}

}  // namespace foretide::apps
