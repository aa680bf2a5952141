// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/rt/thread.h"

#include <cerrno>
#include <cstdint>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <system_error>

namespace foretide::core {

namespace {

RtResult refused(const std::string& what, int error, const std::string& advice)
{
    return {false, what + ": " + std::system_category().message(error) + (advice.empty() ? "" : "; " + advice)};
}

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSpareStack = 64UL * 1024;  // left untouched at the stack's end

/// One frame of about half a page per call: the compiler must keep each.
[[gnu::noinline]] void touch_down_to(std::uintptr_t end)
{
    volatile unsigned char block[kPage / 2];
    for (std::size_t i = 0; i < sizeof block; i += 64) {
        block[i] = 0;
    }
    if (reinterpret_cast<std::uintptr_t>(&block[0]) > end) {
        touch_down_to(end);
    }
    block[0] = 1;  // after the call: no tail call, so the frames stack up
}

/// Bytes between the present frame and the end of the calling thread's stack; 0 where the system does not tell.
std::size_t stack_left()
{
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return 0;
    }
    void* lowest = nullptr;
    std::size_t size = 0;
    const int error = pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const auto end = reinterpret_cast<std::uintptr_t>(lowest);
    return error == 0 && here > end ? here - end : 0;
}

}  // namespace

RtResult lock_memory()
{
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        return refused("memory not locked", errno,
                       "raise the limit of locked memory (ulimit -l unlimited, or LimitMEMLOCK=infinity of the "
                       "service) or grant CAP_IPC_LOCK");
    }
#if defined(__GLIBC__)
    // Give nothing back to the system: what was locked once stays mapped.
    if (mallopt(M_TRIM_THRESHOLD, -1) != 1 || mallopt(M_MMAP_MAX, 0) != 1) {
        return {false, "memory locked, but the allocator may still give memory back to the system"};
    }
#endif
    return {true, "memory locked"};
}

RtResult prefault_stack(std::size_t bytes)
{
    const std::size_t left = stack_left();
    if (left < kSpareStack || bytes > left - kSpareStack) {
        return {false, "stack not touched: " + std::to_string(bytes) + " bytes wanted, " + std::to_string(left) +
                           " left of which " + std::to_string(kSpareStack) +
                           " are kept; start the thread with a larger stack (ulimit -s)"};
    }
    touch_down_to(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - bytes);
    return {true, std::to_string(bytes) + " bytes of stack touched"};
}

RtResult set_fifo_priority()
{
    const int priority = (sched_get_priority_min(SCHED_FIFO) + sched_get_priority_max(SCHED_FIFO)) / 2;
    const sched_param parameters{.sched_priority = priority};
    if (const int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters); error != 0) {
        return refused("no real-time priority", error,
                       "allow it with ulimit -r " + std::to_string(priority) +
                           " (LimitRTPRIO= of the service, "
                           "rtprio in limits.conf) or grant CAP_SYS_NICE");
    }
    return {true, "SCHED_FIFO priority " + std::to_string(priority)};
}

RtResult pin_to_cpu(int cpu)
{
    if (cpu < 0 || cpu >= CPU_SETSIZE) {
        return {false, "cannot pin to CPU " + std::to_string(cpu) + ": no such number"};
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    if (const int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set); error != 0) {
        return refused("cannot pin to CPU " + std::to_string(cpu), error,
                       "choose a CPU that exists and that this process may use (taskset -p)");
    }
    return {true, "pinned to CPU " + std::to_string(cpu)};
}

RtResult set_thread_name(const std::string& name)
{
    if (const int error = pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()); error != 0) {
        return refused("thread not named '" + name + "'", error, "");
    }
    return {true, "thread named '" + name.substr(0, 15) + "'"};
}

}  // namespace foretide::core
