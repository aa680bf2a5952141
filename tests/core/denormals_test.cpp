// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/rt/denormals.h"

#include <limits>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

/// The smallest normal number halved, computed at run time.
double half_of_smallest()
{
    volatile double smallest = std::numeric_limits<double>::min();
    volatile double half = smallest * 0.5;
    return half;
}

bool denormal_counts_as_zero()
{
    volatile double denormal = std::numeric_limits<double>::denorm_min();
    volatile double scaled = denormal * 1e300;
    return scaled == 0;
}

TEST(ScopedFlushDenormals, FlushesWhileAliveAndRestoresAfterwards)
{
    if (!ScopedFlushDenormals::supported()) {
        GTEST_SKIP() << "SKIPPED: this processor has no such mode";
    }
    EXPECT_GT(half_of_smallest(), 0);
    {
        const ScopedFlushDenormals sut;
        EXPECT_EQ(half_of_smallest(), 0);
        EXPECT_TRUE(denormal_counts_as_zero());
        {
            const ScopedFlushDenormals inner;
        }
        EXPECT_EQ(half_of_smallest(), 0);
    }
    EXPECT_GT(half_of_smallest(), 0);
    EXPECT_FALSE(denormal_counts_as_zero());
}

}  // namespace
}  // namespace foretide::core
