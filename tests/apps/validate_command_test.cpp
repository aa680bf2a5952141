// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/apps/session_text.h"

namespace foretide::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// Two sessions of one marker at 10 Hz, 30 and 26 s long; the test is from 16 s on.
class ValidateCommand : public testing::Test {
protected:
    ValidateCommand()
    {
        fs::create_directories(folder_.path() / "data" / "10Hz");
        folder_.write("data/10Hz/seq1.csv", session_csv(300, 1));
        folder_.write("data/10Hz/seq2.csv",
                      session_csv(260, 1, [](int k, int c) { return 1.3 * breathing_mm(k + 5, c); }));
    }

    Words words(const Words& more, const std::string& out = "out") const
    {
        Words arguments{"validate", "--data", (folder_.path() / "data").string(), "--train-end", "8", "--eval-start",
                        "16",       "--out",  (folder_.path() / out).string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    Outcome validate(const Words& more, const std::string& out = "out") const { return run(words(more, out)); }
    std::string file(const std::string& name) const { return read_file(folder_.path() / name); }

    acquisition::TemporaryFolder folder_;
};

const Words kSmall{"--algorithms", "last,lms,snap1:shl=6:hidden=8", "--horizons", "0.2,0.5", "--grid", "quick"};

Words operator+(Words a, const Words& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(ValidateCommand, WritesTablesAndReport)
{
    const Outcome outcome = validate(kSmall + Words{"--runs", "2", "--json", (folder_.path() / "more.json").string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(holds(outcome.out, "snap1:shl=6:hidden=8")) << outcome.out;
    EXPECT_TRUE(holds(outcome.out, "report.html"));
    const Json tables = Json::parse(file("out/tables.json"));
    EXPECT_EQ(file("more.json"), file("out/tables.json"));
    EXPECT_EQ(tables.at("settings").at("rate_hz"), 10);
    ASSERT_EQ(tables.at("means").size(), 3U);
    ASSERT_EQ(tables.at("results").size(), 3U * 2 * 2);
    EXPECT_EQ(tables.at("results").at(11).at("params").at("hidden"), 8);
    EXPECT_TRUE(tables.at("results").at(11).at("nrmse_ci95").is_number());
    EXPECT_TRUE(tables.at("failures").empty());
    EXPECT_EQ(lines_of(file("out/tables.csv")).size(), 1U + 12 + 6 + 6 + 3);
    EXPECT_TRUE(holds(file("out/report.html"), "Not a medical device"));
    const Json run = Json::parse(file("out/run.json"));
    EXPECT_GT(run.at("wall_s"), 0);
    EXPECT_EQ(run.at("units_resumed"), 0);
    EXPECT_FALSE(holds(file("out/tables.json"), "wall_s")) << "times belong to run.json";
    EXPECT_FALSE(holds(file("out/tables.json"), "step_us"));
}

TEST_F(ValidateCommand, PrintsNothingButJson)
{
    const Outcome outcome = validate(kSmall + Words{"--json", "-"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Json::parse(outcome.out).at("results").size(), 12U);
    EXPECT_EQ(outcome.out, file("out/tables.json"));
}

TEST_F(ValidateCommand, FindsTheSameWithItsOwnCommand)
{
    ASSERT_EQ(validate(kSmall + Words{"--jobs", "1", "--gate", "auto:0.4@8-16", "--gate-axis", "pc1"}).code, 0);
    const std::string before = file("out/tables.json"), csv = file("out/tables.csv");
    const std::string command = Json::parse(file("out/run.json")).at("command");
    Words again;
    for (std::size_t begin = 0; begin < command.size();) {
        const std::size_t end = std::min(command.find(' ', begin), command.size());
        again.push_back(command.substr(begin, end - begin));
        begin = end + 1;
    }
    ASSERT_EQ(again.front(), "foretide");
    again.erase(again.begin());
    fs::remove_all(folder_.path() / "out");
    const Outcome outcome = run(again + Words{"--jobs", "2"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(file("out/tables.json"), before);
    EXPECT_EQ(file("out/tables.csv"), csv);
    EXPECT_TRUE(holds(before, "\"gating\""));
}

TEST_F(ValidateCommand, TakesRangesOfHorizons)
{
    const Outcome outcome =
        validate({"--algorithms", "last", "--horizons", "1.0,0.1:0.3:0.1", "--grid", "none", "--json", "-"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Json::parse(outcome.out).at("settings").at("horizons_s"), Json::parse("[0.1, 0.2, 0.3, 1.0]"));
}

TEST_F(ValidateCommand, EndsWithOneWhereAPartFails)
{
    folder_.write("data/10Hz/seq3.csv", session_csv(140, 1));  // ends before the test
    const Outcome outcome = validate(kSmall);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_TRUE(holds(outcome.err, "last failed on seq3 (live protocol): nothing to score")) << outcome.err;
    const Json tables = Json::parse(file("out/tables.json"));
    EXPECT_EQ(tables.at("results").size(), 12U);
    EXPECT_EQ(tables.at("failures").size(), 6U);
    EXPECT_TRUE(holds(file("out/report.html"), "parts failed"));
}

TEST_F(ValidateCommand, EndsWithTwoWhereItIsUsedWrongly)
{
    const auto refused = [&](const Words& more, const std::string& why) {
        const Outcome outcome = validate(more);
        EXPECT_EQ(outcome.code, 2) << why;
        EXPECT_TRUE(holds(outcome.err, why)) << why << " is not in: " << outcome.err;
    };
    const Words last{"--algorithms", "last"};
    refused({"--algorithms", "oracle"}, "unknown algorithm 'oracle'");
    refused({"--algorithms", "snap1:hiden=8"}, "no parameter 'hiden'");
    refused({"--algorithms", "snap1:hidden"}, "write key=value");
    refused({"--algorithms", "rls", "--protocol", "published"}, "rls knows the live protocol only");
    refused({"--algorithms", "last,last"}, "given twice");
    refused(last + Words{"--horizons", "0.04"}, "it must be 1 to 1000 samples");
    refused(last + Words{"--horizons", "0.1:2.1"}, "FROM:TO:STEP");
    refused(last + Words{"--horizons", "0.5,x"}, "'x' is not a number");
    refused(last + Words{"--protocol", "dead"}, "--protocol");
    refused(last + Words{"--grid", "huge"}, "--grid");
    refused(last + Words{"--runs", "0"}, "--runs");
    refused(last + Words{"--sequences", "seq9"}, "there are: seq1 seq2");
    refused(last + Words{"--t-on", "0.5"}, "give --gate");
    refused(last + Words{"--gate", "auto:0.4@8-16", "--t-on", "0.5"}, "--t-off");
    refused(last + Words{"--eval-start", "8"}, "eval-start");
    EXPECT_EQ(run({"validate", "--data", "."}).code, 2) << "without --out";
    ASSERT_EQ(validate(kSmall, "done").code, 0);
    const Outcome other = validate(kSmall + Words{"--resume", "--seed", "2"}, "done");
    EXPECT_EQ(other.code, 2);
    EXPECT_TRUE(holds(other.err, "settings.seed was 1, now it is 2")) << other.err;
}

TEST_F(ValidateCommand, SaysWhereDataAreMissing)
{
    const Outcome outcome = validate({"--rate", "30"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_TRUE(holds(outcome.err, "30Hz is not a folder")) << outcome.err;
}

TEST_F(ValidateCommand, TellsOfADamagedJournal)
{
    ASSERT_EQ(validate(kSmall).code, 0);
    const fs::path journal = folder_.path() / "out" / "work.journal";
    std::string text = read_file(journal);
    text[text.size() / 2] ^= 1;
    folder_.write("out/work.journal", text);
    const Outcome outcome = validate(kSmall + Words{"--resume"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_TRUE(holds(outcome.err, "work.journal:")) << outcome.err;
    EXPECT_TRUE(holds(outcome.err, "is damaged")) << outcome.err;
}

TEST_F(ValidateCommand, GoesOnAfterItWasKilled)
{
    // Long enough to be met on the way.
    folder_.write("data/10Hz/seq1.csv", session_csv(400, 2));
    const Words small{"--algorithms", "uoro",   "--protocol", "published", "--horizons", "0.1:0.5:0.1", "--grid",
                      "paper",        "--runs", "3",          "--jobs",    "2",          "--sequences", "seq1"};
    const fs::path journal = folder_.path() / "killed" / "work.journal";
    const pid_t child = start_process(words(small, "killed"));
    using namespace std::chrono_literals;
    const auto patience = std::chrono::steady_clock::now() + 60s;
    while ((!fs::exists(journal) || fs::file_size(journal) < 5'000) && std::chrono::steady_clock::now() < patience)
        std::this_thread::sleep_for(1ms);
    ASSERT_EQ(end_process(child, SIGKILL), 128 + SIGKILL) << "it was done before it could be killed";
    ASSERT_FALSE(fs::exists(folder_.path() / "killed" / "tables.json"));

    ASSERT_EQ(run_process(words(small + Words{"--resume"}, "killed")).code, 0);
    ASSERT_EQ(run_process(words(small, "whole")).code, 0);
    const Json resumed = Json::parse(file("killed/run.json"));
    EXPECT_GT(resumed.at("units_resumed"), 0);
    EXPECT_LT(resumed.at("units_resumed"), resumed.at("units"));
    EXPECT_EQ(file("killed/tables.json"), file("whole/tables.json"));
    EXPECT_EQ(file("killed/tables.csv"), file("whole/tables.csv"));
}

}  // namespace
}  // namespace foretide::apps
