// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>

#include "core/alarm_board.h"

namespace foretide::apps {

/// Alarms for things that happen at an instant: each stays on for a while after the last time.
///
/// Threads: one at a time. RT-safe.
class AlarmTimers {
public:
    explicit AlarmTimers(core::AlarmBoard& board, core::Duration stay = std::chrono::seconds(5))
        : board_(board), stay_(stay)
    {
        last_.fill(core::kUnknownTime);
    }

    void happened(core::Alarm alarm, core::TimePoint now) noexcept
    {
        last_[static_cast<std::size_t>(alarm)] = now;
        board_.raise(alarm, now);
    }
    /// Clears what has not happened for a while.
    void tick(core::TimePoint now) noexcept
    {
        for (std::size_t a = 0; a < last_.size(); ++a)
            if (last_[a] != core::kUnknownTime && now - last_[a] >= stay_) {
                board_.clear(static_cast<core::Alarm>(a), now);
                last_[a] = core::kUnknownTime;
            }
    }

private:
    core::AlarmBoard& board_;
    core::Duration stay_;
    std::array<core::TimePoint, core::kAlarms> last_{};
};

}  // namespace foretide::apps
