// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "apps/engine/snapshot.h"
#include "core/alarm_board.h"

namespace foretide::apps {

/// What the telemetry sees of the engine and may ask of it.
///
/// Threads: one, the telemetry's; alarms() and source_message() any. Allocation: none but for texts. Errors: none.
class EngineControl {
public:
    EngineControl() = default;
    EngineControl(const EngineControl&) = delete;
    EngineControl& operator=(const EngineControl&) = delete;
    virtual ~EngineControl() = default;

    virtual const EngineDescription& description() const noexcept = 0;

    /// The newest snapshot, or null where it is the one returned last. Valid until the next call.
    virtual const EngineSnapshot* fetch() noexcept = 0;

    /// Hands a command over, to be carried out before the next sample is forecast (a hold within milliseconds). The
    /// caller has authenticated it and numbers it. False: too many are waiting; a hold is never refused.
    virtual bool post(const core::CommandRecord& command) noexcept = 0;

    /// Commands carried out or refused since, in order, with `accepted` and `answer`.
    virtual bool take_answer(core::CommandRecord& answer) noexcept = 0;

    /// A station answered: keeps a release of that station alive. `station` as in CommandRecord.
    virtual void station_seen(const char* station) noexcept = 0;

    virtual core::AlarmBoard& alarms() noexcept = 0;

    /// A line for the session's log, where one is recorded: a command that was refused before it was posted.
    virtual void note(const std::string& text) = 0;

    /// The message of the source, and others that are not in the snapshot, for people; refreshed now and then.
    virtual std::string source_message() = 0;
};

}  // namespace foretide::apps
