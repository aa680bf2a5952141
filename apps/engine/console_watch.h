// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <condition_variable>
#include <iosfwd>
#include <mutex>
#include <string>
#include <thread>

#include "apps/engine/engine_control.h"

namespace foretide::apps {

/// Tells on a stream, line by line, what a running engine has to say: the source's messages, alarms that come and go.
///
/// Threads: one of its own from construction to destruction; of the EngineControl it uses only alarms() and
/// source_message(), which any thread may. Allocation: yes. Errors: none.
class ConsoleWatch {
public:
    /// Both outlive it.
    ConsoleWatch(EngineControl& engine, std::ostream& out);
    ConsoleWatch(const ConsoleWatch&) = delete;
    ConsoleWatch& operator=(const ConsoleWatch&) = delete;
    ~ConsoleWatch();

private:
    void look();
    void line(const std::string& text);

    EngineControl& engine_;
    std::ostream& out_;
    core::TimePoint began_;
    std::string message_;
    std::array<std::uint32_t, core::kAlarms> raised_{};
    std::array<bool, core::kAlarms> active_{};
    std::mutex mutex_;
    std::condition_variable wake_;
    bool end_ = false;
    std::thread thread_;  // last: everything it uses is there
};

}  // namespace foretide::apps
