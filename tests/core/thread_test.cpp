// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/rt/thread.h"

#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

/// Requests change the thread they are made on, so each has one of its own.
template <class F>
void on_own_thread(F&& action)
{
    std::thread thread(std::forward<F>(action));
    thread.join();
}

TEST(RtThread, NameIsCutToWhatTheSystemKeeps)
{
    on_own_thread([] {
        const RtResult result = set_thread_name("foretide-acquisition");
        EXPECT_TRUE(result.ok) << result.message;
        char name[32] = {};
        ASSERT_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
        EXPECT_EQ(std::string(name), "foretide-acquis");
    });
}

TEST(RtThread, PinsToACpuOrSaysWhyNot)
{
    on_own_thread([] {
        const int cpu = sched_getcpu();
        ASSERT_GE(cpu, 0);
        const RtResult result = pin_to_cpu(cpu);
        ASSERT_TRUE(result.ok) << result.message;
        EXPECT_EQ(sched_getcpu(), cpu);
        for (const int bad : {-1, 1 << 20, CPU_SETSIZE - 1}) {
            const RtResult refusal = pin_to_cpu(bad);
            EXPECT_FALSE(refusal.ok);
            EXPECT_NE(refusal.message.find(std::to_string(bad)), std::string::npos);
        }
    });
}

TEST(RtThread, PriorityIsMidRangeFifoOrRefusedWithAdvice)
{
    on_own_thread([] {
        const RtResult result = set_fifo_priority();
        int policy = 0;
        sched_param parameters{};
        ASSERT_EQ(pthread_getschedparam(pthread_self(), &policy, &parameters), 0);
        if (result.ok) {
            EXPECT_EQ(policy, SCHED_FIFO);
            EXPECT_GT(parameters.sched_priority, 40);
            EXPECT_LT(parameters.sched_priority, 60);
        } else {
            EXPECT_EQ(policy, SCHED_OTHER);
            EXPECT_NE(result.message.find("ulimit -r"), std::string::npos) << result.message;
        }
    });
}

long faults_of_this_thread()
{
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt;
}

[[gnu::noinline]] long faults_while_using_stack(std::size_t bytes)
{
    const long before = faults_of_this_thread();
    volatile unsigned char* const block = static_cast<volatile unsigned char*>(__builtin_alloca(bytes));
    for (std::size_t i = 0; i < bytes; i += 1024) {
        block[i] = 1;
    }
    return faults_of_this_thread() - before;
}

TEST(RtThread, PrefaultedStackTakesNoPageFaults)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();  // sanitizers have a stack of their own making
    constexpr std::size_t kBytes = 400UL * 1024;
    on_own_thread([] {
        const RtResult result = prefault_stack(512UL * 1024);
        ASSERT_TRUE(result.ok) << result.message;
        EXPECT_LE(faults_while_using_stack(kBytes), 1);
    });
    on_own_thread([] { EXPECT_GT(faults_while_using_stack(kBytes), 20) << "the measurement sees no page faults"; });
}

TEST(RtThread, RefusesToTouchMoreStackThanThereIs)
{
    on_own_thread([] {
        const RtResult result = prefault_stack(1UL << 40U);
        EXPECT_FALSE(result.ok);
        EXPECT_NE(result.message.find("larger stack"), std::string::npos) << result.message;
    });
}

TEST(RtThread, MemoryIsLockedOrRefusedWithAdvice)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();  // sanitizers replace mlockall() and the allocator
    // In a process of its own: locking would change the tests that follow.
    EXPECT_EXIT(
        {
            const RtResult result = lock_memory();
            const bool sensible = result.ok || result.message.find("ulimit -l") != std::string::npos;
            std::_Exit(sensible ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace foretide::core
