// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/latency_budget.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

TEST(LatencyBudget, APresetGivesBothLatenciesWithTheirSource)
{
    const LatencyBudget b = latency_budget("truebeam", std::nullopt);
    EXPECT_DOUBLE_EQ(b.on_s, 0.28);
    EXPECT_DOUBLE_EQ(b.off_s, 0.131);
    EXPECT_FALSE(b.too_long());
    const LatencyBudget slow = latency_budget("elekta-response", std::nullopt);
    EXPECT_DOUBLE_EQ(slow.on_s, 1.49);
    EXPECT_TRUE(slow.too_long());
    EXPECT_NE(describe(slow).find("TG-76"), std::string::npos);
    EXPECT_NE(describe(slow).find("acm2.13768"), std::string::npos);
    for (const LatencyPreset& preset : latency_presets()) {
        EXPECT_EQ(find_latency_preset(preset.name), &preset);
        EXPECT_GT(preset.on_s, 0) << preset.name;
        EXPECT_NE(std::string(preset.source), "") << preset.name;
    }
}

TEST(LatencyBudget, SumsTypedPartsAndShowsThem)
{
    const LatencyBudget b = latency_budget("", LatencyParts{14, 2, 1, 250, 100});
    EXPECT_NEAR(b.on_s, 0.267, 1e-12);
    EXPECT_NEAR(b.off_s, 0.117, 1e-12);
    EXPECT_NE(describe(b).find("tracker 14.0 + software 2.0 + link 1.0 + linac 250.0 on, 100.0 off"), std::string::npos)
        << describe(b);
    EXPECT_EQ(describe(b).find("WARNING"), std::string::npos);
}

TEST(LatencyBudget, AddsThePartsBeforeALinacsInterfaceButNotTwice)
{
    LatencyParts parts;
    parts.tracker_ms = 20;
    const LatencyBudget b = latency_budget("iba-interface", parts);
    EXPECT_NEAR(b.on_s, 0.22, 1e-12);
    EXPECT_NEAR(b.off_s, 0.12, 1e-12);
    EXPECT_THROW(latency_budget("truebeam", parts), std::invalid_argument);
    parts.linac_on_ms = 5;
    EXPECT_THROW(latency_budget("iba-interface", parts), std::invalid_argument);
    EXPECT_THROW(latency_budget("linac9000", std::nullopt), std::invalid_argument);
    EXPECT_THROW(latency_budget("", LatencyParts{-1}), std::invalid_argument);
}

}  // namespace
}  // namespace foretide::core
