// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#include "core/rt/nonblocking.h"

namespace foretide::core {

enum class BeamCommand : std::uint8_t { hold, on };

/// Why the beam is held (none: it is not). Codes stand in recordings and on the wire: new ones go to the end.
enum class HoldReason : std::uint8_t {
    none,
    no_gate,           ///< no gate is set
    not_armed,         ///< nobody has released the beam
    operator_hold,     ///< an operator pressed HOLD
    warming_up,        ///< statistics or forecasters are not ready
    no_source,         ///< not connected, or silent
    stale,             ///< the newest sample is too old
    invalid_sample,    ///< a marker was filled in for too long, frozen, or the series was broken
    forecast_late,     ///< fallback or missed deadline, and policy says hold
    outside,           ///< forecast outside the window
    uncertain,         ///< interval not wholly inside the window, or not known
    dwell,             ///< good again, but not long enough yet
    station_lost,      ///< the station that armed has not answered
    link_down,         ///< the controller does not answer
    stopping,          ///< the engine ends
    phase_unreliable,  ///< phase gate: breathing too irregular for a phase
    settling,          ///< breath hold: inside the window, but not steady for long enough
    hold_over,         ///< breath hold: lasted as long as it may
    minimum_off,       ///< the beam has not been off for as long as it must
    model_invalid,     ///< the correspondence model does not hold
};
inline constexpr int kHoldReasons = 20;
/// One word for files and telemetry ("operator_hold"), and a sentence for people.
const char* to_string(HoldReason reason) noexcept;
const char* in_words(HoldReason reason) noexcept;

/// How far the gate is from giving the beam.
enum class GateState : std::uint8_t {
    off,         ///< no gate, not released by an operator, or ending
    warming_up,  ///< the forecast is not ready yet
    holding,     ///< held by an operator, or something is in doubt or was a moment ago
    ready,       ///< nothing is wrong: only the motion keeps the beam off
    on,
};
/// Every state follows from what is commanded and why.
GateState gate_state(BeamCommand beam, HoldReason reason) noexcept FORETIDE_NONBLOCKING;
/// "off", "warming_up", "holding", "ready", "on".
const char* to_string(GateState state) noexcept;

}  // namespace foretide::core
