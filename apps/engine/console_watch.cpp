// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/console_watch.h"

#include <array>
#include <cstdio>
#include <ostream>

namespace foretide::apps {

ConsoleWatch::ConsoleWatch(EngineControl& engine, std::ostream& out)
    : engine_(engine), out_(out), began_(core::Clock::now()), thread_([this] {
          constexpr auto rhythm = std::chrono::milliseconds(100);
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, rhythm, [this] { return end_; })) look();
          look();
      })
{
}

ConsoleWatch::~ConsoleWatch()
{
    {
        const std::scoped_lock lock(mutex_);
        end_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void ConsoleWatch::line(const std::string& text)
{
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%8.1f s  ", core::to_seconds(core::Clock::now() - began_));
    out_ << seconds.data() << text << std::endl;
}

void ConsoleWatch::look()
{
    if (std::string message = engine_.source_message(); message != message_) {
        message_ = std::move(message);
        line(message_);
    }
    for (std::size_t a = 0; a < raised_.size(); ++a) {
        const auto alarm = static_cast<core::Alarm>(a);
        const core::AlarmStatus status = engine_.alarms().status(alarm);
        const core::AlarmInfo& info = alarm_info(alarm);
        if (status.raised != raised_[a])
            line(std::string("ALARM (") + to_string(info.priority) + ") " + info.name + ": " + info.text);
        if ((active_[a] || status.raised != raised_[a]) && !status.active) line(std::string("over: ") + info.name);
        raised_[a] = status.raised;
        active_[a] = status.active;
    }
}

}  // namespace foretide::apps
