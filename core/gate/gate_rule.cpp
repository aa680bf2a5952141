// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gate_rule.h"

#include <array>
#include <cmath>
#include <stdexcept>

namespace foretide::core {

namespace {

constexpr std::array<const char*, kGateKinds> kKinds{"amplitude", "phase", "breath-hold"};
constexpr std::array<const char*, kBreathHoldStages> kStages{"breathing", "settling", "steady", "over"};
constexpr double kCycle_percent = 100;

double wrapped(double percent) noexcept
{
    const double rest = std::fmod(percent, kCycle_percent);
    return rest < 0 ? rest + kCycle_percent : rest;
}

/// contains(lower, upper) of something ordered.
template <class Contains>
HoldReason verdict(double lower, double upper, Contains&& contains) noexcept
{
    if (std::isnan(lower) || std::isnan(upper)) return HoldReason::uncertain;
    if (contains(lower, upper)) return HoldReason::none;
    const double middle = 0.5 * (lower + upper);
    return contains(middle, middle) ? HoldReason::uncertain : HoldReason::outside;
}

GateJudgement judge_amplitude(const GateRule& rule, const GateWindow& window, const GateReading& r) noexcept
{
    const auto inside = [](const GateWindow& w) {
        return [w](double lower, double upper) { return w.contains(lower) && w.contains(upper); };
    };
    const GateWindow inner{window.lower_mm + rule.margin_lower_mm, window.upper_mm - rule.margin_upper_mm};
    GateJudgement out;
    out.open = verdict(r.on_lower_mm, r.on_upper_mm, inside(inner));
    out.keep = verdict(r.off_lower_mm, r.off_upper_mm, inside(window));
    out.by_forecast = !std::isnan(r.off_lower_mm) && !std::isnan(r.off_upper_mm);
    return out;
}

GateJudgement judge_phase(const GateRule& rule, const BreathReading& r) noexcept
{
    const auto of = [&](double lower, double upper) {
        return std::isnan(lower) || std::isnan(upper)
                   ? HoldReason::phase_unreliable
                   : verdict(lower, upper, [&](double a, double b) { return rule.phase.contains(a, b); });
    };
    GateJudgement out;
    out.open = of(r.phase_on_lower_percent, r.phase_on_upper_percent);
    out.keep = of(r.phase_off_lower_percent, r.phase_off_upper_percent);
    out.by_forecast = out.keep != HoldReason::phase_unreliable;
    return out;
}

GateJudgement judge_breath_hold(GateJudgement out, BreathHoldStage hold) noexcept
{
    using enum BreathHoldStage;
    const auto hold_both = [&](HoldReason reason) {
        out.open = out.keep = reason;
        out.by_forecast = false;
    };
    if (hold == over)
        hold_both(HoldReason::hold_over);
    else if (hold == breathing)
        hold_both(HoldReason::outside);
    else if (hold == settling && out.open == HoldReason::none)
        out.open = HoldReason::settling;
    return out;
}

}  // namespace

const char* to_string(GateKind kind) noexcept { return kKinds[static_cast<std::size_t>(kind)]; }
const char* to_string(BreathHoldStage stage) noexcept { return kStages[static_cast<std::size_t>(stage)]; }

GateKind parse_gate_kind(const std::string& name)
{
    for (std::size_t k = 0; k < kKinds.size(); ++k)
        if (name == kKinds[k]) return static_cast<GateKind>(k);
    throw std::invalid_argument("gate kind '" + name + "': use amplitude, phase or breath-hold");
}

bool PhaseWindow::contains(double lower_percent, double upper_percent) const noexcept
{
    const double width = wrapped(to_percent - from_percent);
    return wrapped(lower_percent - from_percent) + (upper_percent - lower_percent) < width;
}

void check_gate_rule(const GateRule& rule, const std::optional<GateWindow>& typed)
{
    if (!(rule.margin_lower_mm >= 0) || !(rule.margin_upper_mm >= 0) ||
        !std::isfinite(rule.margin_lower_mm + rule.margin_upper_mm))
        throw std::invalid_argument("the gate's margins must be 0 mm or more");
    if (typed && !(rule.margin_lower_mm + rule.margin_upper_mm < typed->upper_mm - typed->lower_mm))
        throw std::invalid_argument("the gate's margins leave nothing of its window");
    const auto percent = [](double p) { return p >= 0 && p <= kCycle_percent; };
    if (!percent(rule.phase.from_percent) || !percent(rule.phase.to_percent) ||
        !(wrapped(rule.phase.to_percent - rule.phase.from_percent) > 0))
        throw std::invalid_argument(
            "the phase window needs two different bounds from 0 to 100 percent, like 30 and 70");
}

GateJudgement judge(const GateRule& rule, const std::optional<GateWindow>& window, const GateReading& reading) noexcept
{
    if (std::isnan(reading.coordinate_mm)) return {};
    if (!reading.model_valid) return {HoldReason::model_invalid, HoldReason::model_invalid};
    if (rule.kind == GateKind::phase) return judge_phase(rule, reading.breath);
    if (!window) return {};
    const GateJudgement out = judge_amplitude(rule, *window, reading);
    return rule.kind == GateKind::breath_hold ? judge_breath_hold(out, reading.breath.hold) : out;
}

}  // namespace foretide::core
