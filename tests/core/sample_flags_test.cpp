// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/sample_flags.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

TEST(SampleFlag, EveryFlagHasANameOfItsOwn)
{
    std::set<std::string_view> names{"none", "several"};
    for (int i = 0; i < kSampleFlagCount; ++i) {
        const auto flag = static_cast<SampleFlag>(1U << static_cast<unsigned>(i));
        EXPECT_TRUE(names.insert(to_string(flag)).second) << to_string(flag);
    }
    EXPECT_EQ(to_string(SampleFlag::none), "none");
    EXPECT_EQ(to_string(SampleFlag::gap), "gap");
    EXPECT_EQ(to_string(SampleFlag::warm_up), "warm_up");
    EXPECT_EQ(to_string(SampleFlag::not_periodic), "not_periodic");
    EXPECT_EQ(to_string(SampleFlag::gap | SampleFlag::held), "several");
    EXPECT_EQ(to_string(static_cast<SampleFlag>(1U << static_cast<unsigned>(kSampleFlagCount))), "several");
}

TEST(SampleFlag, FlagsFormASet)
{
    SampleFlag set = SampleFlag::none;
    set |= SampleFlag::gap;
    set = set | SampleFlag::held;
    EXPECT_TRUE(has(set, SampleFlag::gap));
    EXPECT_TRUE(has(set, kFilledIn));
    EXPECT_FALSE(has(set, SampleFlag::invalid));
    EXPECT_FALSE(has(SampleFlag::none, set));
}

TEST(SampleFlagCounts, CountsSamplesByFlag)
{
    SampleFlagCounts sut;
    sut.add(SampleFlag::none);
    sut.add(SampleFlag::gap | SampleFlag::held);
    sut.add(SampleFlag::gap);
    EXPECT_EQ(sut[SampleFlag::gap], 2);
    EXPECT_EQ(sut[SampleFlag::held], 1);
    EXPECT_EQ(sut[SampleFlag::frozen], 0);
    EXPECT_EQ(sut[SampleFlag::gap | SampleFlag::held], 0);
    int flags = 0;
    std::int64_t total = 0;
    sut.for_each([&](SampleFlag flag, std::int64_t count) {
        EXPECT_EQ(sut[flag], count);
        ++flags;
        total += count;
    });
    EXPECT_EQ(flags, kSampleFlagCount);
    EXPECT_EQ(total, 3);
}

}  // namespace
}  // namespace foretide::core
