// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/wake_event.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace foretide::acquisition {

WakeEvent::WakeEvent() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (event_ < 0)
        throw std::system_error(errno, std::system_category(), "no event descriptor; are too many files open?");
}

WakeEvent::~WakeEvent() { ::close(event_); }

void WakeEvent::signal() noexcept
{
    const std::uint64_t one = 1;
    // It can fail only where the counter is full: then somebody is being woken already.
    [[maybe_unused]] const ssize_t written = ::write(event_, &one, sizeof one);
}

bool WakeEvent::wait(core::TimePoint until) noexcept FORETIDE_NONBLOCKING
{
    bool ignored = false;
    return wait(until, -1, ignored);
}

bool WakeEvent::wait(core::TimePoint until, int descriptor, bool& readable) noexcept FORETIDE_NONBLOCKING
{
    constexpr core::Duration kLongest = std::chrono::hours(1);
    const core::TimePoint now = core::Clock::now();
    const core::Duration left = until > now + kLongest ? kLongest : std::max(until - now, core::Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec time{};
    time.tv_sec = seconds.count();
    time.tv_nsec = (left - seconds).count();
    std::array<pollfd, 2> polled{{{event_, POLLIN, 0}, {descriptor, POLLIN, 0}}};
    const int ready = ::ppoll(polled.data(), descriptor >= 0 ? 2 : 1, &time, nullptr);
    readable = ready > 0 && polled[1].revents != 0;
    return ready > 0 && polled[0].revents != 0 && clear();
}

bool WakeEvent::clear() noexcept FORETIDE_NONBLOCKING
{
    std::uint64_t count = 0;
    return ::read(event_, &count, sizeof count) == sizeof count;
}

}  // namespace foretide::acquisition
