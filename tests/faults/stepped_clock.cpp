// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Loaded before the C library (LD_PRELOAD): the time of day is off by what the file FORETIDE_CLOCK_STEP holds [ns, one
// 64-bit integer], at any moment. All other clocks are left alone.

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

const std::atomic<std::int64_t>* shared_step() noexcept
{
    const char* file = std::getenv("FORETIDE_CLOCK_STEP");
    const int descriptor = file != nullptr ? ::open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0) return nullptr;
    void* page = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    return page == MAP_FAILED ? nullptr : static_cast<const std::atomic<std::int64_t>*>(page);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, struct timespec* time) noexcept
{
    constexpr std::int64_t second = 1'000'000'000;
    static const std::atomic<std::int64_t>* const step = shared_step();
    if (::syscall(SYS_clock_gettime, clock, time) != 0) return -1;
    if (clock != CLOCK_REALTIME || step == nullptr) return 0;
    const std::int64_t ns = time->tv_sec * second + time->tv_nsec + step->load();
    time->tv_sec = ns / second;
    time->tv_nsec = ns % second;
    return 0;
}
