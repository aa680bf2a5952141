// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The command line as a whole: exit codes, help, version, the list of algorithms.

#include "tests/apps/command_line.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rnn/algorithms.h"
#include "validation/text.h"

namespace foretide::apps {
namespace {

using Words = std::vector<std::string>;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct UsageCase {
    const char* name;
    Words arguments;
    std::string says;  ///< on standard error
};

void PrintTo(const UsageCase& which, std::ostream* out) { *out << which.name; }

class WrongUsage : public testing::TestWithParam<UsageCase> {};

TEST_P(WrongUsage, EndsWithTwoAndSaysWhy)
{
    const Outcome outcome = run(GetParam().arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(holds(outcome.err, GetParam().says)) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    , WrongUsage,
    testing::Values(
        UsageCase{"nothing", {}, "subcommand"}, UsageCase{"unknownCommand", {"forecast"}, "subcommand"},
        UsageCase{"unknownOption", {"replay", "--input", "a.csv", "--hurry"}, "--hurry"},
        UsageCase{"noInput", {"replay"}, "--input"}, UsageCase{"inputWithoutValue", {"replay", "--input"}, "--input"},
        UsageCase{"protocol", {"replay", "--input", "a.csv", "--protocol", "dead"}, "protocol"},
        UsageCase{"horizonNotANumber", {"replay", "--input", "a.csv", "--horizon", "soon"}, "horizon"},
        UsageCase{"noRuns", {"replay", "--input", "a.csv", "--runs", "0"}, "runs"},
        UsageCase{"negativeSeed", {"replay", "--input", "a.csv", "--seed", "-1"}, "seed"},
        UsageCase{"format", {"replay", "--input", "a.csv", "--format", "xls"}, "xls"},
        UsageCase{"confidence", {"replay", "--input", "a.csv", "--gate-confidence", "0.8"}, "--gate"},
        UsageCase{
            "confidenceOfAll", {"replay", "--input", "a.csv", "--gate", "0,1", "--gate-confidence", "1"}, "confidence"},
        UsageCase{"simWithoutCommand", {"sim"}, "subcommand"}, UsageCase{"simWithoutOut", {"sim", "patient"}, "--out"},
        UsageCase{"patient", {"sim", "patient", "--patient", "nobody", "--out", "-"}, "breath-hold"},
        UsageCase{"simSeed", {"sim", "patient", "--seed", "-3", "--out", "-"}, "seed"},
        UsageCase{"simRate", {"sim", "patient", "--rate", "1000", "--out", "-"}, "60 Hz"},
        UsageCase{"simDuration", {"sim", "patient", "--duration", "-1", "--out", "-"}, "duration"},
        UsageCase{"noDuration", {"sim", "patient", "--duration", "0", "--out", "-"}, "duration"},
        UsageCase{"benchFilter", {"bench", "--filter", "("}, "regular expression"},
        UsageCase{"benchOfNothing", {"bench", "--filter", "nothing"}, "nothing"},
        UsageCase{"benchSteps", {"bench", "--steps", "1"}, "steps"},
        UsageCase{"listRate", {"algorithms", "--rate", "0"}, "rate"},
        UsageCase{"listProtocol", {"algorithms", "--protocol", "x"}, "protocol"}),
    [](const auto& test) { return std::string(test.param.name); });

class Help : public testing::TestWithParam<Words> {};

TEST_P(Help, ShowsAnExample)
{
    for (const char* flag : {"--help", "-h"}) {
        Words arguments = GetParam();
        arguments.emplace_back(flag);
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 0);
        EXPECT_EQ(outcome.err, "");
        EXPECT_TRUE(holds(outcome.out, "Usage: foretide")) << outcome.out;
        const std::size_t example = outcome.out.find("Example");
        ASSERT_NE(example, std::string::npos) << outcome.out;
        std::string command = "  foretide";
        for (const std::string& word : GetParam()) command += " " + word;
        EXPECT_NE(outcome.out.find(command, example), std::string::npos) << outcome.out;
    }
}

INSTANTIATE_TEST_SUITE_P(, Help,
                         testing::Values(Words{}, Words{"replay"}, Words{"algorithms"}, Words{"sim"},
                                         Words{"sim", "patient"}, Words{"bench"}));

TEST(CommandLine, SaysThatItIsNoMedicalDevice)
{
    EXPECT_TRUE(holds(run({"--help"}).out, std::string(validation::kNotAMedicalDevice)));
}

TEST(CommandLine, TellsItsVersion)
{
    const Outcome outcome = run({"--version"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(outcome.out.starts_with("0.")) << outcome.out;
    EXPECT_EQ(lines_of(outcome.out).size(), 1U);
}

TEST(CommandLine, ListsTheAlgorithms)
{
    const Outcome outcome = run({"algorithms"});
    EXPECT_EQ(outcome.code, 0);
    for (const char* name : {"last", "ols", "lms", "svr", "fixed", "rtrl", "uoro", "snap1", "dni", "rls", "foretide"})
        EXPECT_TRUE(holds(outcome.out, "\n" + std::string(name) + " - ")) << name;
    for (const rnn::AlgorithmInfo& info : rnn::algorithms(rnn::Protocol::live, 10)) {
        EXPECT_TRUE(holds(outcome.out, "\n" + info.name + " - " + info.summary)) << info.name;
        EXPECT_EQ(holds(outcome.out, info.summary + " [not in this build"), !info.available) << info.name;
        for (const rnn::ParameterInfo& p : info.parameters) {
            const std::string name = p.name == "uoro-order" ? "order" : p.name;
            EXPECT_TRUE(holds(outcome.out, "    " + name + "=" + p.default_value)) << info.name << " " << name;
        }
    }
}

TEST(CommandLine, ListsTheDefaultsOfARateAndAProtocol)
{
    EXPECT_TRUE(holds(run({"algorithms", "--rate", "30"}).out, "shl=108"));
    EXPECT_FALSE(holds(run({"algorithms", "--rate", "10"}).out, "shl=108"));
    EXPECT_TRUE(holds(run({"algorithms", "--protocol", "published"}).out, "eta=0.01"));
    EXPECT_FALSE(holds(run({"algorithms", "--protocol", "published"}).out, "forecast-first"));
}

}  // namespace
}  // namespace foretide::apps
