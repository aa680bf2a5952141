// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/socket_wait.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace foretide::acquisition {

void Descriptor::reset(int descriptor) noexcept
{
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = descriptor;
}

int Descriptor::release() noexcept { return std::exchange(descriptor_, -1); }

WaitResult wait_for(int descriptor, bool writable, WakeEvent& wake, core::TimePoint until) noexcept
{
    constexpr core::Duration::rep second = 1'000'000'000;
    for (;;) {
        std::array<pollfd, 2> waited{
            {{wake.descriptor(), POLLIN, 0}, {descriptor, static_cast<short>(writable ? POLLOUT : POLLIN), 0}}};
        const auto left = std::max<core::Duration::rep>((until - core::Clock::now()).count(), 0);
        const timespec timeout{left / second, left % second};
        const int ready = ::ppoll(waited.data(), descriptor < 0 ? 1 : 2, &timeout, nullptr);
        if (ready < 0 && errno == EINTR) continue;
        if (waited[0].revents != 0) {
            wake.clear();
            return WaitResult::woken;
        }
        return ready > 0 ? WaitResult::ready : WaitResult::timeout;
    }
}

}  // namespace foretide::acquisition
