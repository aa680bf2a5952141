// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace foretide::apps {

enum class RealtimePolicy {
    automatic,  ///< ask for everything, go on with what is granted
    require,    ///< refuse to start without memory lock, stack and priority
    off,
};

/// What the system granted to the calling thread, one sentence a request.
struct RealtimeGrant {
    bool priority = false;  ///< SCHED_FIFO
    bool memory_locked = false;
    std::vector<std::string> messages;
};

/// Prepares the calling thread for real time: memory lock, stack touched, SCHED_FIFO, and the CPU where one is given.
/// Throws std::runtime_error where `require` is not met: what was refused, and what to do. Not RT-safe.
RealtimeGrant prepare_realtime(RealtimePolicy policy, std::optional<int> cpu);

}  // namespace foretide::apps
