// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/hold_reason.h"

#include <array>
#include <cstddef>

namespace foretide::core {

namespace {

using enum GateState;

struct Words {
    const char* name;
    const char* sentence;
    GateState state;
};

constexpr std::array<Words, kHoldReasons> kReasons{{
    {"none", "the beam is not held", on},
    {"no_gate", "no gate is set", off},
    {"not_armed", "the beam has not been released", off},
    {"operator_hold", "held by an operator", holding},
    {"warming_up", "warming up: the forecast is not ready", warming_up},
    {"no_source", "no marker data", holding},
    {"stale", "the newest sample is too old", holding},
    {"invalid_sample", "the marker signal cannot be trusted", holding},
    {"forecast_late", "the forecast was late", holding},
    {"outside", "the forecast is outside the window", ready},
    {"uncertain", "the forecast is not certain enough", ready},
    {"dwell", "waiting for steady data after a hold", holding},
    {"station_lost", "the operator's station does not answer", holding},
    {"link_down", "the gating controller does not answer", holding},
    {"stopping", "the engine is ending", off},
    {"phase_unreliable", "the breathing is too irregular for a phase", holding},
    {"settling", "breath hold: waiting until it is steady", ready},
    {"hold_over", "breath hold: as long as it may last; waiting for the next", ready},
    {"minimum_off", "the beam has to stay off a little longer", ready},
    {"model_invalid", "the correspondence of markers and tumour no longer holds", holding},
}};

constexpr std::array kStates{"off", "warming_up", "holding", "ready", "on"};

}  // namespace

const char* to_string(HoldReason reason) noexcept { return kReasons[static_cast<std::size_t>(reason)].name; }
const char* in_words(HoldReason reason) noexcept { return kReasons[static_cast<std::size_t>(reason)].sentence; }
const char* to_string(GateState state) noexcept { return kStates[static_cast<std::size_t>(state)]; }

GateState gate_state(BeamCommand beam, HoldReason reason) noexcept
{
    return beam == BeamCommand::on ? on : kReasons[static_cast<std::size_t>(reason)].state;
}

}  // namespace foretide::core
