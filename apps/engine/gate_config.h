// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <string>

#include <toml++/toml.h>

#include "core/gate/breath_hold.h"
#include "core/gate/breathing_cycle.h"
#include "core/gate/gate_rule.h"
#include "core/gate/gate_window_request.h"
#include "core/gate/latency_budget.h"

namespace foretide::apps {

/// The section [gate] of a configuration.
struct GateSettings {
    core::WindowRequest window;
    std::string axis = "m1.z";
    double confidence = 0.8;
    double t_on_s = 0.5, t_off_s = 0.5;  ///< as the preset or the parts say where one is given
    std::string preset;                  ///< core::latency_presets(); empty: none
    std::optional<core::LatencyParts> latency;
    core::GateRule rule;
    core::Inhale inhale = core::Inhale::automatic;
    core::BreathHoldConfig breath_hold;
    double min_on_s = 0, min_off_s = 0;
    double drift_alarm_mm = 2;  ///< of the baseline; 0: no alarm
    double dwell_s = 2;
    double max_age_ms = 250;  ///< of the newest sample's exposure; older: hold
    bool hold_on_fallback = false;

    core::LatencyBudget budget() const;
};

/// Reads [gate]; none where there is no such section. Throws ConfigError (toml_section.h) with file, line, key and what
/// is allowed.
std::optional<GateSettings> read_gate(const toml::table& root, const std::string& file);

/// The section that read_gate() reads back.
toml::table gate_to_toml(const GateSettings& gate);

}  // namespace foretide::apps
