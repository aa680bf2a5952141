// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <csignal>

namespace foretide::apps {

/// While alive, SIGINT and SIGTERM call `stop(object)` in place of ending the process: it may only do what a signal
/// handler may. One at a time in a process.
class StopOnSignal {
public:
    using Stop = void (*)(void* object) noexcept;

    StopOnSignal(Stop stop, void* object);
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;
    ~StopOnSignal();

private:
    struct sigaction interrupt_ {
    }, terminate_{};  // as they were
};

}  // namespace foretide::apps
