// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/records.h"

namespace foretide::core {

namespace {

struct Words {
    const char* name;
    const char* sentence;
};

constexpr std::array<Words, kHoldReasons> kReasons{{
    {"none", "the beam is not held"},
    {"no_gate", "no gate is set"},
    {"not_armed", "the beam has not been released"},
    {"operator_hold", "held by an operator"},
    {"warming_up", "warming up: the forecast is not ready"},
    {"no_source", "no marker data"},
    {"stale", "the newest sample is too old"},
    {"invalid_sample", "the marker signal cannot be trusted"},
    {"forecast_late", "the forecast was late"},
    {"outside", "the forecast is outside the window"},
    {"uncertain", "the forecast is not certain enough"},
    {"dwell", "waiting for steady data after a hold"},
    {"station_lost", "the operator's station does not answer"},
    {"link_down", "the gating controller does not answer"},
    {"stopping", "the engine is ending"},
}};

constexpr std::array<const char*, 3> kAlarmChanges{"raised", "cleared", "acknowledged"};

constexpr std::array<const char*, kCommandKinds> kCommands{"hold",
                                                           "arm",
                                                           "release",
                                                           "set_gate",
                                                           "freeze_learning",
                                                           "resume_learning",
                                                           "reset_forecaster",
                                                           "mark_event",
                                                           "start_recording",
                                                           "stop_recording",
                                                           "acknowledge_alarm"};

}  // namespace

const char* to_string(HoldReason reason) noexcept { return kReasons[static_cast<std::size_t>(reason)].name; }
const char* in_words(HoldReason reason) noexcept { return kReasons[static_cast<std::size_t>(reason)].sentence; }
const char* to_string(CommandKind kind) noexcept { return kCommands[static_cast<std::size_t>(kind)]; }
const char* to_string(AlarmRecord::Change change) noexcept { return kAlarmChanges[static_cast<std::size_t>(change)]; }

}  // namespace foretide::core
