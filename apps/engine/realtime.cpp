// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/realtime.h"

#include <stdexcept>

#include "core/rt/thread.h"

namespace foretide::apps {

RealtimeGrant prepare_realtime(RealtimePolicy policy, std::optional<int> cpu)
{
    RealtimeGrant grant;
    if (policy == RealtimePolicy::off) return grant;
    const auto ask = [&](const core::RtResult& result) {
        if (!result.ok && policy == RealtimePolicy::require)
            throw std::runtime_error("real time is required but not granted: " + result.message);
        grant.messages.push_back(result.message);
        return result.ok;
    };
    grant.memory_locked = ask(core::lock_memory());
    ask(core::prefault_stack());
    grant.priority = ask(core::set_fifo_priority());
    if (cpu) ask(core::pin_to_cpu(*cpu));
    return grant;
}

}  // namespace foretide::apps
