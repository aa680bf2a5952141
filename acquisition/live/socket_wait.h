// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#include "acquisition/live/wake_event.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

/// An open file descriptor, closed at the end. -1: none.
class Descriptor {
public:
    explicit Descriptor(int descriptor = -1) noexcept : descriptor_(descriptor) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }

    int get() const noexcept { return descriptor_; }
    bool open() const noexcept { return descriptor_ >= 0; }
    void reset(int descriptor = -1) noexcept;
    int release() noexcept;

private:
    int descriptor_;
};

enum class WaitResult : std::uint8_t {
    ready,    ///< can be read or written, or has an error to tell
    woken,    ///< the event was signalled; it is cleared
    timeout,  ///< neither until the given time
};

/// Waits for the descriptor (-1: for the event alone) to take (`writable`) or give bytes. Never waits where `until` is
/// past. RT-safe but for the wait itself.
WaitResult wait_for(int descriptor, bool writable, WakeEvent& wake, core::TimePoint until) noexcept
    FORETIDE_NONBLOCKING;

}  // namespace foretide::acquisition
