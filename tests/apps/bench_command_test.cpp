// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"

namespace foretide::apps {
namespace {

TEST(BenchCommand, WritesItsRatiosAsJson)
{
    const Outcome outcome = run({"bench", "--filter", "dni", "--steps", "200", "--json", "-"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto json = nlohmann::json::parse(outcome.out);
    ASSERT_EQ(json["cases"].size(), 2U);
    for (const auto& c : json["cases"]) {
        EXPECT_TRUE(c["name"].get<std::string>().starts_with("dni/"));
        EXPECT_GT(c["ratio"].get<double>(), 0);
        EXPECT_EQ(c["ratio_limit"], 2.0);
        EXPECT_GT(c["yardstick_us"].get<double>(), 0);
        EXPECT_TRUE(c["within_limits"].is_boolean());
        for (const char* times : {"step_us", "forecast_us"})
            for (const char* key : {"median", "p99", "p999", "max"}) EXPECT_GT(c[times][key].get<double>(), 0) << key;
        EXPECT_FALSE(c["bounds"].empty());
    }
}

TEST(BenchCommand, PrintsATableAndWritesAFile)
{
    const acquisition::TemporaryFolder folder;
    const auto file = folder.path() / "sub" / "bench.json";
    const Outcome outcome = run({"bench", "--filter", "snap1/10Hz", "--steps", "100", "--json", file.string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("snap1/10Hz/shl60/hidden180"), std::string::npos);
    EXPECT_NE(outcome.out.find("read and write W and J once"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(read_file(file))["cases"].size(), 1U);
}

TEST(BenchCommand, FailsOverALimitOnlyWhenAsked)
{
    const acquisition::TemporaryFolder folder;
    const auto file = folder.path() / "bench.json";
    const Outcome checked = run({"bench", "--filter", "dni", "--steps", "100", "--check", "--json", file.string()});
    const auto cases = nlohmann::json::parse(read_file(file))["cases"];
    const bool all_within =
        std::all_of(cases.begin(), cases.end(), [](const auto& c) { return c["within_limits"].template get<bool>(); });
    EXPECT_EQ(checked.code, all_within ? 0 : 1);
    EXPECT_EQ(checked.err.find("is over its limit") != std::string::npos, !all_within) << checked.err;
    EXPECT_EQ(checked.out.find("OVER ITS LIMIT") != std::string::npos, !all_within) << checked.out;
}

}  // namespace
}  // namespace foretide::apps
