// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <functional>
#include <string>

#include "core/alarm_board.h"
#include "core/session/records.h"

namespace foretide::apps {

/// Turns the board's levels into records of what changed, by looking at it now and then. What was raised and cleared
/// between two looks is told, too; several times of the same only once.
///
/// Threads: one. Errors: none.
class AlarmWatch {
public:
    explicit AlarmWatch(const core::AlarmBoard& board) : board_(board) {}

    /// Forgets what was told: alarms that are active now count as raised at the next look, older ones as known.
    void begin();

    /// An operator's command passed by: who acknowledged what.
    void see(const core::CommandRecord& command);

    /// Calls `tell` for each change since the last look, in the order in which it happened to each alarm.
    void look(core::TimePoint now, const std::function<void(core::AlarmRecord)>& tell);

private:
    struct Known {
        bool active = false, acknowledged = true;
        std::uint32_t raised = 0;
        std::string by;  ///< who acknowledged it last
    };

    const core::AlarmBoard& board_;
    std::array<Known, core::kAlarms> known_;
};

}  // namespace foretide::apps
