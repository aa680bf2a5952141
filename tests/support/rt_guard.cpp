// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/support/rt_guard.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <numeric>
#include <pthread.h>
#include <string_view>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FORETIDE_RT_GUARD_ACTIVE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define FORETIDE_RT_GUARD_ACTIVE 0
#endif
#endif
#if !defined(FORETIDE_RT_GUARD_ACTIVE)
#if defined(__GLIBC__)
#define FORETIDE_RT_GUARD_ACTIVE 1
#else
#define FORETIDE_RT_GUARD_ACTIVE 0
#endif
#endif

namespace foretide::tests {

namespace {
thread_local RtGuard* innermost = nullptr;
}  // namespace

RtGuard::RtGuard() noexcept : outer_(innermost), armed_(true) { innermost = this; }

void RtGuard::disarm() noexcept
{
    if (armed_) {
        armed_ = false;
        innermost = outer_;
    }
}

bool RtGuard::supported() noexcept { return FORETIDE_RT_GUARD_ACTIVE != 0; }

void RtGuard::note(Entry entry) noexcept
{
    if (innermost != nullptr) {
        ++innermost->counts_[static_cast<std::size_t>(entry)];
    }
}

int RtGuard::total() const noexcept { return std::accumulate(counts_.begin(), counts_.end(), 0); }

std::string RtGuard::describe()
{
    disarm();
    constexpr std::array<std::string_view, kEntries> names{"malloc",         "calloc",   "realloc", "aligned_alloc",
                                                           "posix_memalign", "memalign", "free",    "mutex_lock"};
    std::string text;
    for (std::size_t i = 0; i < kEntries; ++i) {
        if (counts_[i] > 0) {
            text += (text.empty() ? "" : ", ") + std::string(names[i]) + " " + std::to_string(counts_[i]);
        }
    }
    return text.empty() ? "no calls" : text;
}

}  // namespace foretide::tests

#if FORETIDE_RT_GUARD_ACTIVE

using foretide::tests::RtGuard;

extern "C" {

// The C library's own allocator under its second names.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* pointer, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* pointer);

void* malloc(std::size_t size) noexcept
{
    RtGuard::note(RtGuard::Entry::malloc);
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept
{
    RtGuard::note(RtGuard::Entry::calloc);
    return __libc_calloc(count, size);
}

void* realloc(void* pointer, std::size_t size) noexcept
{
    RtGuard::note(RtGuard::Entry::realloc);
    return __libc_realloc(pointer, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    RtGuard::note(RtGuard::Entry::aligned_alloc);
    return __libc_memalign(alignment, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept
{
    RtGuard::note(RtGuard::Entry::memalign);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** pointer, std::size_t alignment, std::size_t size) noexcept
{
    RtGuard::note(RtGuard::Entry::posix_memalign);
    if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
        return EINVAL;
    }
    void* const got = __libc_memalign(alignment, size);
    if (got == nullptr) {
        return ENOMEM;
    }
    *pointer = got;
    return 0;
}

void free(void* pointer) noexcept
{
    if (pointer != nullptr) {
        RtGuard::note(RtGuard::Entry::free);
    }
    __libc_free(pointer);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept
{
    using Lock = int (*)(pthread_mutex_t*);
    // Looked up at the first lock; two threads may both do so and find the same.
    static std::atomic<Lock> next{nullptr};
    Lock lock = next.load(std::memory_order_relaxed);
    if (lock == nullptr) {
        lock = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
        if (lock == nullptr) {
            std::abort();
        }
        next.store(lock, std::memory_order_relaxed);
    }
    RtGuard::note(RtGuard::Entry::mutex_lock);
    return lock(mutex);
}

}  // extern "C"

#endif
