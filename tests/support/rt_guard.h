// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace foretide::tests {

/// While alive, counts the calling thread's calls of the C allocator and of pthread_mutex_lock (what std::mutex
/// uses). `new` and `delete` go through the allocator and are counted there. Calls still do what they should.
///
/// Linking foretide_rt_guard replaces these functions in the whole executable, shared libraries included. Other
/// threads are not counted. Guards nest: an inner one keeps its counts from the outer.
///
///     RtGuard guard;
///     for (…) sut.step();
///     guard.disarm();
///     EXPECT_EQ(guard.total(), 0) << guard.describe();
///
/// Not supported under the address and thread sanitizers, which have an allocator of their own: there tests must
/// skip (FORETIDE_SKIP_WITHOUT_RT_GUARD), never pass.
class RtGuard {
public:
    enum class Entry { malloc, calloc, realloc, aligned_alloc, posix_memalign, memalign, free, mutex_lock };
    static constexpr std::size_t kEntries = 8;

    RtGuard() noexcept;
    RtGuard(const RtGuard&) = delete;
    RtGuard& operator=(const RtGuard&) = delete;
    ~RtGuard() { disarm(); }

    static bool supported() noexcept;

    /// Stops counting; may be called again.
    void disarm() noexcept;

    int count(Entry entry) const noexcept { return counts_[static_cast<std::size_t>(entry)]; }
    int total() const noexcept;

    /// "malloc 2, free 1", or "no calls". Disarms first: text takes memory.
    std::string describe();

    /// For the replaced functions only.
    static void note(Entry entry) noexcept;

private:
    std::array<int, kEntries> counts_{};
    RtGuard* outer_ = nullptr;
    bool armed_ = false;
};

}  // namespace foretide::tests

/// First line of a test that needs the guard.
#define FORETIDE_SKIP_WITHOUT_RT_GUARD()          \
    if (!::foretide::tests::RtGuard::supported()) \
    GTEST_SKIP() << "SKIPPED: allocations cannot be counted under this sanitizer; run a build without it"
