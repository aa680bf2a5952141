// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/records.h"

namespace foretide::core {

namespace {

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
                                                           "acknowledge_alarm",
                                                           "rebase_gate"};

}  // namespace

const char* to_string(CommandKind kind) noexcept { return kCommands[static_cast<std::size_t>(kind)]; }
const char* to_string(AlarmRecord::Change change) noexcept { return kAlarmChanges[static_cast<std::size_t>(change)]; }

}  // namespace foretide::core
