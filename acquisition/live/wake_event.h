// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

/// Lets a thread sleep until a time, until a descriptor can be read, or until another thread or a signal handler wakes
/// it; a signal() that comes while nobody waits ends the next wait.
///
/// Threads: wait() one at a time, signal() any. Allocation: none. RT-safe but for the wait. Errors: the constructor
/// throws std::system_error where the system has no descriptor left.
class WakeEvent {
public:
    WakeEvent();
    WakeEvent(const WakeEvent&) = delete;
    WakeEvent& operator=(const WakeEvent&) = delete;
    ~WakeEvent();

    void signal() noexcept;
    /// Takes a signal back, for who waits for descriptor() among others. True where there was one.
    bool clear() noexcept FORETIDE_NONBLOCKING;
    /// Can be read while signalled.
    int descriptor() const noexcept { return event_; }

    /// True where it was signalled. `until` may be TimePoint::max().
    bool wait(core::TimePoint until) noexcept FORETIDE_NONBLOCKING;
    /// As above, and ends when `descriptor` can be read, was closed or failed (`readable`). −1: none.
    bool wait(core::TimePoint until, int descriptor, bool& readable) noexcept FORETIDE_NONBLOCKING;

private:
    int event_;
};

}  // namespace foretide::acquisition
