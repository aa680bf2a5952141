// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/gate_config.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "apps/engine/toml_section.h"
#include "core/gate/internal_point.h"
#include "core/intervals/gate_bounds.h"
#include "core/marker_frame.h"

namespace foretide::apps {

namespace {

/// Keys of the typed parts of a latency [ms].
constexpr std::array<std::pair<const char*, double core::LatencyParts::*>, 5> kParts{{
    {"tracker_ms", &core::LatencyParts::tracker_ms},
    {"software_ms", &core::LatencyParts::software_ms},
    {"link_ms", &core::LatencyParts::link_ms},
    {"linac_on_ms", &core::LatencyParts::linac_on_ms},
    {"linac_off_ms", &core::LatencyParts::linac_off_ms},
}};

/// t_on_s and t_off_s, or a preset of the linac, or the parts.
void read_latencies(TomlSection& s, const toml::table& gate, GateSettings& g)
{
    s.number("t_on_s", g.t_on_s, 0, 10, "s");
    s.number("t_off_s", g.t_off_s, 0, 10, "s");
    s.text("preset", g.preset);
    core::LatencyParts parts;
    bool any = false;
    for (const auto& [key, part] : kParts) {
        double ms = 0;
        s.number(key, ms, 0, 10'000, "ms");
        parts.*part = ms;
        any = any || gate.contains(key);
    }
    if (any) g.latency = parts;
    if (g.preset.empty() && !any) return;
    for (const char* key : {"t_on_s", "t_off_s"})
        if (gate.contains(key)) s.fail(key, "is what preset or the parts in ms say already: give one or the other");
    try {
        const core::LatencyBudget budget = g.budget();
        g.t_on_s = budget.on_s;
        g.t_off_s = budget.off_s;
    } catch (const std::invalid_argument& error) {
        s.fail(g.preset.empty() ? kParts[0].first : "preset", error.what());
    }
}

void read_rule(TomlSection& s, GateSettings& g)
{
    std::string kind = core::to_string(g.rule.kind), inhale = core::to_string(g.inhale);
    s.choice("kind", kind, {"amplitude", "phase", "breath-hold"});
    g.rule.kind = core::parse_gate_kind(kind);
    s.number("margin_lower_mm", g.rule.margin_lower_mm, 0, 100, "mm");
    s.number("margin_upper_mm", g.rule.margin_upper_mm, 0, 100, "mm");
    s.number("phase_from_percent", g.rule.phase.from_percent, 0, 100, "percent from peak inhale");
    s.number("phase_to_percent", g.rule.phase.to_percent, 0, 100, "percent from peak inhale");
    s.choice("inhale", inhale, {"auto", "up", "down"});
    g.inhale = core::parse_inhale(inhale.c_str());
    s.number("hold_settle_s", g.breath_hold.settle_s, 0, 60, "s");
    s.number("hold_longest_s", g.breath_hold.longest_s, 0, 600, "s (0: no limit)");
    s.number("hold_slow_mm_s", g.breath_hold.slow_mm_s, 0.1, 100, "mm/s");
    s.number("min_on_s", g.min_on_s, 0, 10, "s");
    s.number("min_off_s", g.min_off_s, 0, 60, "s");
    s.number("drift_alarm_mm", g.drift_alarm_mm, 0, 100, "mm (0: no alarm)");
    try {
        core::check_gate_rule(g.rule, g.window.typed);
    } catch (const std::invalid_argument& error) {
        s.fail("kind", error.what());
    }
}

}  // namespace

core::LatencyBudget GateSettings::budget() const
{
    if (preset.empty() && !latency) {
        core::LatencyBudget typed;
        typed.on_s = t_on_s;
        typed.off_s = t_off_s;
        return typed;
    }
    return core::latency_budget(preset, latency);
}

std::optional<GateSettings> read_gate(const toml::table& root, const std::string& file)
{
    if (root.get("gate") == nullptr) return std::nullopt;
    GateSettings g;
    TomlSection s(root, "gate", file);
    std::string window = core::to_string(g.window);
    s.text("window", window);
    try {
        g.window = core::parse_window_request(window);
    } catch (const std::invalid_argument& error) {
        s.fail("window", error.what());
    }
    s.text("axis", g.axis);
    s.number("confidence", g.confidence, 0, core::kLargestGateConfidence, "(0: point forecasts)");
    read_latencies(s, *root.get("gate")->as_table(), g);
    read_rule(s, g);
    s.number("dwell_s", g.dwell_s, 0, 60, "s");
    s.number("max_age_ms", g.max_age_ms, 1, 5000, "ms");
    s.boolean("hold_on_fallback", g.hold_on_fallback);
    if (core::internal_axis(g.axis) >= 0)
        s.fail("axis", "needs a correspondence model, which the engine cannot load yet: use m<k>.x|y|z or pc1");
    if (g.axis != "pc1") {
        try {
            core::gate_axis(g.axis, {}, core::kMaxMarkers);
        } catch (const std::runtime_error& error) {
            s.fail("axis", error.what());
        }
    }
    s.finish();
    return g;
}

toml::table gate_to_toml(const GateSettings& g)
{
    toml::table out{{"window", core::to_string(g.window)},
                    {"axis", g.axis},
                    {"confidence", g.confidence},
                    {"kind", core::to_string(g.rule.kind)},
                    {"margin_lower_mm", g.rule.margin_lower_mm},
                    {"margin_upper_mm", g.rule.margin_upper_mm},
                    {"phase_from_percent", g.rule.phase.from_percent},
                    {"phase_to_percent", g.rule.phase.to_percent},
                    {"inhale", core::to_string(g.inhale)},
                    {"hold_settle_s", g.breath_hold.settle_s},
                    {"hold_longest_s", g.breath_hold.longest_s},
                    {"hold_slow_mm_s", g.breath_hold.slow_mm_s},
                    {"min_on_s", g.min_on_s},
                    {"min_off_s", g.min_off_s},
                    {"drift_alarm_mm", g.drift_alarm_mm},
                    {"dwell_s", g.dwell_s},
                    {"max_age_ms", g.max_age_ms},
                    {"hold_on_fallback", g.hold_on_fallback}};
    if (!g.preset.empty()) out.insert("preset", g.preset);
    if (g.latency)
        for (const auto& [key, part] : kParts) out.insert(key, (*g.latency).*part);
    if (g.preset.empty() && !g.latency) {
        out.insert("t_on_s", g.t_on_s);
        out.insert("t_off_s", g.t_off_s);
    }
    return out;
}

}  // namespace foretide::apps
