// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/support/rt_guard.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::tests {
namespace {

/// Keeps the compiler from leaving out, or exchanging, calls whose result it thinks unused.
template <class T>
T* opaque(T* pointer)
{
    asm volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

class RtGuardTest : public testing::Test {
protected:
    void SetUp() override { FORETIDE_SKIP_WITHOUT_RT_GUARD(); }

    /// Calls `action` in a guard: exactly the given entry must trip, once.
    template <class F>
    static void expect_trips(RtGuard::Entry entry, F&& action)
    {
        RtGuard guard;
        action();
        guard.disarm();
        EXPECT_EQ(guard.count(entry), 1) << guard.describe();
        EXPECT_EQ(guard.total(), 1) << guard.describe();
    }
};

TEST_F(RtGuardTest, TripsForEachEntryPoint)
{
    void* p = nullptr;
    expect_trips(RtGuard::Entry::malloc, [&] { p = opaque(std::malloc(10)); });
    expect_trips(RtGuard::Entry::realloc, [&] { p = opaque(std::realloc(p, 5000)); });
    expect_trips(RtGuard::Entry::free, [&] { std::free(opaque(p)); });
    expect_trips(RtGuard::Entry::calloc, [&] { p = opaque(std::calloc(3, 7)); });
    EXPECT_EQ(static_cast<unsigned char*>(p)[20], 0);
    std::free(p);
    expect_trips(RtGuard::Entry::aligned_alloc, [&] { p = opaque(std::aligned_alloc(64, 128)); });
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 64, 0U);
    std::free(p);
    expect_trips(RtGuard::Entry::memalign, [&] { p = opaque(::memalign(256, 10)); });
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 256, 0U);
    std::free(p);
    int error = -1;
    expect_trips(RtGuard::Entry::posix_memalign, [&] { error = ::posix_memalign(&p, 4096, 10); });
    EXPECT_EQ(error, 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 4096, 0U);
    std::free(opaque(p));
    std::mutex mutex;
    expect_trips(RtGuard::Entry::mutex_lock, [&] { mutex.lock(); });
    mutex.unlock();
}

struct alignas(64) Aligned {
    char data[64];
};

TEST_F(RtGuardTest, SeesNewAndDelete)
{
    int* plain = nullptr;
    expect_trips(RtGuard::Entry::malloc, [&] { plain = opaque(new int(3)); });
    expect_trips(RtGuard::Entry::free, [&] { delete opaque(plain); });
    Aligned* aligned = nullptr;
    expect_trips(RtGuard::Entry::aligned_alloc, [&] { aligned = opaque(new Aligned); });
    delete aligned;
    RtGuard guard;
    {
        const std::vector<double> block(100, 1.0);
        opaque(block.data());
    }
    guard.disarm();
    EXPECT_EQ(guard.total(), 2) << guard.describe();
}

TEST_F(RtGuardTest, SeesSharedLibraries)
{
    std::string text = "short";
    RtGuard guard;
    text.append(1000, 'x');  // compiled into the C++ library
    guard.disarm();
    EXPECT_GT(guard.total(), 0);
}

TEST_F(RtGuardTest, CountsOnlyWhileArmed)
{
    RtGuard guard;
    guard.disarm();
    std::free(opaque(std::malloc(1)));
    EXPECT_EQ(guard.total(), 0);
    EXPECT_EQ(guard.describe(), "no calls");
}

TEST_F(RtGuardTest, CountsOnlyItsOwnThread)
{
    std::thread other;
    std::atomic<bool> go{false}, done{false};
    other = std::thread([&] {
        while (!go) {
            std::this_thread::yield();
        }
        std::free(opaque(std::malloc(1)));
        done = true;
    });
    RtGuard guard;
    go = true;
    while (!done) {
        std::this_thread::yield();
    }
    guard.disarm();
    other.join();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
}

TEST_F(RtGuardTest, InnerGuardsKeepTheirCounts)
{
    RtGuard outer;
    std::free(opaque(std::malloc(1)));
    RtGuard inner;
    std::free(opaque(std::malloc(1)));
    std::free(opaque(std::malloc(1)));
    inner.disarm();
    std::free(opaque(std::malloc(1)));
    outer.disarm();
    EXPECT_EQ(inner.total(), 4);
    EXPECT_EQ(outer.total(), 4);
    EXPECT_EQ(outer.describe(), "malloc 2, free 2");
}

TEST_F(RtGuardTest, ReplacedFunctionsStillReportErrors)
{
    void* p = nullptr;
    EXPECT_EQ(::posix_memalign(&p, 24, 8), EINVAL);
    EXPECT_EQ(::posix_memalign(&p, 2, 8), EINVAL);
    volatile std::size_t huge = ~std::size_t{0} / 2;
    EXPECT_EQ(::posix_memalign(&p, 64, huge), ENOMEM);
    EXPECT_EQ(std::malloc(huge), nullptr);
}

}  // namespace
}  // namespace foretide::tests
