// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <string>

#include "core/gate/gate_reading.h"
#include "core/gate/gate_window.h"
#include "core/rt/nonblocking.h"
#include "core/session/hold_reason.h"

namespace foretide::core {

enum class GateKind : std::uint8_t { amplitude, phase, breath_hold };
inline constexpr int kGateKinds = 3;
/// "amplitude", "phase", "breath-hold".
const char* to_string(GateKind kind) noexcept;
/// Throws std::invalid_argument with what is allowed.
GateKind parse_gate_kind(const std::string& name);

/// Share of the cycle in which the beam may be on, [from, to) percent from peak inhale; from > to goes through it.
struct PhaseWindow {
    double from_percent = 30, to_percent = 70;

    /// Whole range inside; upper counts on from lower (BreathReading). False for NaN.
    bool contains(double lower_percent, double upper_percent) const noexcept FORETIDE_NONBLOCKING;
};

/// By what the beam may come on and stay on.
struct GateRule {
    GateKind kind = GateKind::amplitude;
    /// Hysteresis: the beam comes on only this far inside the window's bounds, and goes off at the bounds themselves.
    double margin_lower_mm = 0, margin_upper_mm = 0;
    PhaseWindow phase{};
};

/// Throws std::invalid_argument: margins that are negative or leave nothing of a typed window, an empty phase window.
void check_gate_rule(const GateRule& rule, const std::optional<GateWindow>& typed);

/// What a rule says of a reading, for a beam that is off and for one that is on.
struct GateJudgement {
    HoldReason open = HoldReason::no_gate;  ///< none: it may come on
    HoldReason keep = HoldReason::no_gate;  ///< none: it may stay on
    /// keep says where the range at T_off lies, which is known; not that something else is wrong now.
    bool by_forecast = false;
    /// … and it is too wide, with its middle inside.
    bool only_uncertain() const noexcept { return by_forecast && keep == HoldReason::uncertain; }
};

/// The rule applied: depends on its arguments only, so that a recorded reading gives the recorded judgement.
///
/// Amplitude: the whole range at T_on lies inside the window less the margins; to stay on, that at T_off inside the
/// window. Phase: the same with ranges of the phase, without margins; a phase that is not reliable holds
/// (phase_unreliable). Breath hold: amplitude, and the hold is steady; to stay on, it must not have lasted too long nor
/// the coordinate have left the window. RT-safe.
GateJudgement judge(const GateRule& rule, const std::optional<GateWindow>& window, const GateReading& reading) noexcept
    FORETIDE_NONBLOCKING;

}  // namespace foretide::core
