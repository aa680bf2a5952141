// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The executable itself, as scripts see it.

#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/apps/session_text.h"
#include "tests/support/build_kind.h"

namespace foretide::apps {
namespace {

TEST(Process, EndsWithTheExitCodesOfTheContract)
{
    const acquisition::TemporaryFolder folder;
    EXPECT_EQ(run_process({"--version"}).code, 0);
    EXPECT_EQ(run_process({"--help"}).code, 0);
    EXPECT_EQ(run_process({"algorithms"}).code, 0);
    EXPECT_EQ(run_process({"replay", "--input", (folder.path() / "absent.csv").string()}).code, 1);
    EXPECT_EQ(run_process({"replay"}).code, 2);
    EXPECT_EQ(run_process({}).code, 2);
}

TEST(Process, TellsItsErrorsOnStandardError)
{
    const Outcome outcome = run_process({"replay", "--input", "no such file"});
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with("foretide: no such file: ")) << outcome.err;
}

TEST(Process, PrintsNothingButJson)
{
    const acquisition::TemporaryFolder folder;
    const auto input = folder.write("session.csv", session_csv(700, 1));
    const Outcome outcome = run_process({"replay", "--input", input.string(), "--algorithm", "all", "--horizon", "1.0",
                                         "--out", (folder.path() / "out").string(), "--json", "-"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto json = nlohmann::json::parse(outcome.out);
    EXPECT_GE(json["runs"].size(), 8U);
}

TEST(Process, TellsThatNobodyTakesItsOutput)
{
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "SKIPPED: this system has no /dev/full";
    const acquisition::TemporaryFolder folder;
    const auto input = folder.write("session.csv", session_csv(100, 1));
    for (const std::string json : {"-", ""}) {
        std::vector<std::string> arguments{"replay", "--input", input.string(), "--algorithm", "last"};
        if (!json.empty()) arguments.insert(arguments.end(), {"--json", json});
        const Outcome outcome = run_process(arguments, "/dev/full");
        EXPECT_EQ(outcome.code, 1);
        EXPECT_FALSE(outcome.err.empty());
    }
}

TEST(Process, CarriesASimulatedSessionToAReport)
{
    const acquisition::TemporaryFolder folder;
    const auto session = folder.path() / "session.csv", out = folder.path() / "out";
    ASSERT_EQ(
        run_process({"sim", "patient", "--patient", "irregular", "--duration", "90", "--out", session.string()}).code,
        0);
    const Outcome outcome = run_process({"replay", "--input", session.string(), "--gate", "auto:0.4@30-60",
                                         "--gate-axis", "pc1", "--out", out.string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    for (const char* file : {"report.html", "metrics.json", "predictions.csv"})
        EXPECT_TRUE(std::filesystem::exists(out / file)) << file;
    EXPECT_NE(outcome.out.find("Gate on pc1"), std::string::npos) << outcome.out;
}

// Five minutes of breathing, one algorithm, one horizon: no time to fetch a coffee.
class FiveMinutes : public testing::TestWithParam<std::string> {};

TEST_P(FiveMinutes, TakeLessThanTwoSeconds)
{
    FORETIDE_SKIP_WITHOUT_FAIR_TIMES();
    const acquisition::TemporaryFolder folder;
    const auto session = folder.path() / "session.csv";
    ASSERT_EQ(run_process({"sim", "patient", "--duration", "300", "--out", session.string()}).code, 0);
    double best_s = 1e9;
    for (int attempt = 0; attempt < 3 && best_s >= 2; ++attempt) {  // the best counts: machines are shared
        const auto begin = std::chrono::steady_clock::now();
        const Outcome outcome = run_process({"replay", "--input", session.string(), "--algorithm", GetParam(),
                                             "--horizon", "0.5", "--out", (folder.path() / "out").string()});
        best_s = std::min(best_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        ASSERT_EQ(outcome.code, 0) << outcome.err;
    }
    EXPECT_LT(best_s, 2);
}

INSTANTIATE_TEST_SUITE_P(, FiveMinutes,
                         testing::Values("foretide", "rls", "snap1", "rtrl", "uoro", "dni", "fixed", "lms", "ols",
                                         "last"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace foretide::apps
