// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/rt/latest_value.h"
#include "core/rt/slot_ring.h"
#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

using Numbers = std::vector<int>;

TEST(SlotRing, HandsOverInOrderAndCountsWhatDoesNotFit)
{
    SlotRing<int> ring(3, 0);
    EXPECT_EQ(ring.front(), nullptr);
    for (int k = 1; k <= 5; ++k)
        if (int* slot = ring.begin_push()) {
            *slot = k;
            ring.end_push();
        }
    EXPECT_EQ(ring.dropped(), 2U);
    for (int k = 1; k <= 3; ++k) {
        ASSERT_NE(ring.front(), nullptr);
        EXPECT_EQ(*ring.front(), k);
        ring.pop();
    }
    EXPECT_EQ(ring.front(), nullptr);
}

TEST(SlotRing, LosesNothingBetweenThreadsBesidesWhatItCounts)
{
    SlotRing<Numbers> ring(16, Numbers(100));
    constexpr int kCount = 20000;
    std::thread producer([&] {
        for (int k = 1; k <= kCount; ++k) {
            if (Numbers* slot = ring.begin_push()) {
                std::fill(slot->begin(), slot->end(), k);
                ring.end_push();
            }
        }
    });
    int last = 0, received = 0;
    const auto drain = [&] {
        while (const Numbers* slot = ring.front()) {
            ASSERT_GT((*slot)[0], last);
            ASSERT_EQ(std::count(slot->begin(), slot->end(), (*slot)[0]), 100);
            last = (*slot)[0];
            ++received;
            ring.pop();
        }
    };
    while (received + static_cast<int>(ring.dropped()) < kCount) drain();
    producer.join();
    drain();
    EXPECT_EQ(received + static_cast<int>(ring.dropped()), kCount);
}

TEST(LatestValue, GivesTheNewestOnce)
{
    LatestValue<int> latest(0);
    EXPECT_FALSE(latest.fetch());
    for (int k = 1; k <= 5; ++k) {
        latest.back() = k;
        latest.publish();
    }
    EXPECT_TRUE(latest.fetch());
    EXPECT_EQ(latest.front(), 5);
    EXPECT_FALSE(latest.fetch());
    EXPECT_EQ(latest.front(), 5);
}

TEST(LatestValue, IsNeverTornBetweenThreads)
{
    LatestValue<Numbers> latest{Numbers(100, 0)};
    constexpr int kCount = 20000;
    std::thread writer([&] {
        for (int k = 1; k <= kCount; ++k) {
            std::fill(latest.back().begin(), latest.back().end(), k);
            latest.publish();
        }
    });
    int last = 0;
    while (last < kCount) {
        if (!latest.fetch()) continue;
        const Numbers& v = latest.front();
        ASSERT_GT(v[0], last);
        ASSERT_EQ(std::count(v.begin(), v.end(), v[0]), 100);
        last = v[0];
    }
    writer.join();
}

TEST(Handover, AllocatesNothing)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    SlotRing<Numbers> ring(4, Numbers(10));
    LatestValue<Numbers> latest{Numbers(10)};
    tests::RtGuard guard;
    for (int k = 0; k < 20; ++k) {
        if (Numbers* slot = ring.begin_push()) {
            (*slot)[0] = k;
            ring.end_push();
        }
        if (k % 3 == 0 && ring.front() != nullptr) ring.pop();
        latest.back()[0] = k;
        latest.publish();
        static_cast<void>(latest.fetch());
    }
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
}

}  // namespace
}  // namespace foretide::core
