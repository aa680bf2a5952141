// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/alarm_watch.h"

#include <string_view>

namespace foretide::apps {

void AlarmWatch::begin()
{
    for (int a = 0; a < core::kAlarms; ++a) {
        const core::AlarmStatus status = board_.status(static_cast<core::Alarm>(a));
        known_[static_cast<std::size_t>(a)] = {false, true, status.raised - (status.active ? 1U : 0U), {}};
    }
}

void AlarmWatch::see(const core::CommandRecord& command)
{
    if (command.kind != core::CommandKind::acknowledge_alarm || !command.accepted) return;
    for (int a = 0; a < core::kAlarms; ++a) {
        if (std::string_view(command.text.c_str()) == core::alarm_info(static_cast<core::Alarm>(a)).name)
            known_[static_cast<std::size_t>(a)].by = command.operator_name.c_str();
    }
}

void AlarmWatch::look(core::TimePoint now, const std::function<void(core::AlarmRecord)>& tell)
{
    for (int a = 0; a < core::kAlarms; ++a) {
        const auto alarm = static_cast<core::Alarm>(a);
        const core::AlarmStatus status = board_.status(alarm), again = board_.status(alarm);
        if (status.active != again.active || status.raised != again.raised) continue;  // changing: the next look
        Known& known = known_[static_cast<std::size_t>(a)];
        const core::AlarmInfo& info = core::alarm_info(alarm);
        const auto say = [&](core::AlarmRecord::Change change, core::TimePoint time) {
            const bool acknowledged = change == core::AlarmRecord::Change::acknowledged;
            tell({change, time, info.name, core::to_string(info.priority), info.text, acknowledged ? known.by : ""});
        };
        const bool raised = status.raised != known.raised;
        const core::TimePoint cleared = status.last_cleared < status.last_raised ? now : status.last_cleared;
        if (raised && known.active) say(core::AlarmRecord::Change::cleared, status.last_raised);
        if (raised) say(core::AlarmRecord::Change::raised, status.last_raised);
        if ((raised || known.active) && !status.active) say(core::AlarmRecord::Change::cleared, cleared);
        if ((raised || !known.acknowledged) && status.acknowledged) say(core::AlarmRecord::Change::acknowledged, now);
        known.active = status.active && (raised || known.active);  // it is counted last when it is raised
        known.raised = status.raised;
        known.acknowledged = status.acknowledged;
    }
}

}  // namespace foretide::apps
