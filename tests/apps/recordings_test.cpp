// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// `foretide replay` on files of every format: whole, damaged, absent.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/apps/session_text.h"
#include "tests/support/shared_data.h"

namespace foretide::apps {
namespace {

using acquisition::TemporaryFolder;
namespace fs = std::filesystem;

Outcome replay_last(const fs::path& file, const std::string& format)
{
    return run({"replay", "--input", file.string(), "--format", format, "--algorithm", "last", "--horizon", "0.5",
                "--train-end", "5", "--eval-start", "10", "--json", "-"});
}

class Format : public testing::TestWithParam<FormatSample> {
protected:
    /// 1-based line that holds the byte `at`.
    static std::size_t line_of(const std::string& text, std::size_t at)
    {
        return 1 +
               static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    }

    void expect_error_in_line(const std::string& text, std::size_t line)
    {
        const fs::path file = folder_.write(GetParam().name, text);
        for (const char* format : {GetParam().format, "auto"}) {
            const Outcome outcome = replay_last(file, format);
            EXPECT_EQ(outcome.code, 1) << format;
            EXPECT_EQ(outcome.out, "");
            EXPECT_NE(outcome.err.find(file.string() + ":" + std::to_string(line) + ": "), std::string::npos)
                << outcome.err;
            EXPECT_NE(outcome.err.find("; "), std::string::npos) << "does not say what to do: " << outcome.err;
            EXPECT_EQ(lines_of(outcome.err).size(), 1U);
        }
    }

    TemporaryFolder folder_;
};

TEST_P(Format, IsReadByNameAndByContent)
{
    const fs::path file = folder_.write(GetParam().name, GetParam().text);
    for (const char* format : {GetParam().format, "auto"}) {
        const Outcome outcome = replay_last(file, format);
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        const auto json = nlohmann::json::parse(outcome.out);
        EXPECT_EQ(json["input"], file.string());
        EXPECT_EQ(json["rate_hz"], 10.0);
        EXPECT_EQ(json["samples"], 250);
        EXPECT_EQ(json["results"][0]["n"], 150);
        EXPECT_GT(json["results"][0]["rmse_mm"], 0.5);
        EXPECT_LT(json["results"][0]["rmse_mm"], 8);
    }
}

TEST_P(Format, CutOffInARowIsRefused)
{
    const std::string& text = GetParam().text;
    // In the middle of the last row but some, behind its first separator.
    const std::size_t row = text.rfind('\n', text.size() - 200) + 1;
    const std::size_t cut = text.find_first_of(",;", row) + 1;
    expect_error_in_line(text.substr(0, cut), line_of(text, row));
}

TEST_P(Format, WithLettersForANumberIsRefused)
{
    std::string text = GetParam().text;
    const std::size_t row = text.find('\n', text.size() / 2) + 1;
    const std::string mark = std::string(GetParam().format) == "ndi" ? ",0,0,0," : "";
    const std::size_t cell = mark.empty() ? row : text.find(mark, row) + mark.size();
    text.replace(cell, 1, "what");
    expect_error_in_line(text, line_of(text, row));
}

TEST_P(Format, WithAForeignHeaderIsRefused)
{
    const fs::path file = folder_.write(GetParam().name, "when,where\n1,2\n");
    for (const char* format : {GetParam().format, "auto"}) {
        const Outcome outcome = replay_last(file, format);
        EXPECT_EQ(outcome.code, 1);
        EXPECT_NE(outcome.err.find(file.string()), std::string::npos) << outcome.err;
    }
}

INSTANTIATE_TEST_SUITE_P(, Format, testing::ValuesIn(format_samples()),
                         [](const auto& test) { return std::string(test.param.format); });

TEST(Recordings, MustBeThere)
{
    const TemporaryFolder folder;
    const std::string absent = (folder.path() / "absent.csv").string();
    const Outcome outcome = run({"replay", "--input", absent});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(absent + ": there is no such file"), std::string::npos) << outcome.err;
}

TEST(Recordings, MustBeOfTheFormatSaid)
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("session.csv", session_csv(100, 1));
    for (const char* format : {"extmarker", "vxp", "dat", "ndi", "session"}) {
        const Outcome outcome = replay_last(file, format);
        EXPECT_EQ(outcome.code, 1) << format;
        EXPECT_NE(outcome.err.find(file.string()), std::string::npos) << outcome.err;
    }
}

TEST(Recordings, OfAForeignKindAreRefused)
{
    const TemporaryFolder folder;
    using namespace std::string_literals;
    for (const std::string& text :
         {""s, "\n\n"s, "\x89PNG\r\n\x1A\n\0\0"s, "SQLite format 3\0garbage"s, "{\"a\": 1}\n"s}) {
        const fs::path file = folder.write("thing", text);
        const Outcome outcome = replay_last(file, "auto");
        EXPECT_EQ(outcome.code, 1) << text;
        EXPECT_NE(outcome.err.find(file.string()), std::string::npos) << outcome.err;
    }
}

TEST(Recordings, AreNotMixed)
{
    const TemporaryFolder folder;
    const auto a = folder.write("a.csv", session_csv(100, 1)), b = folder.write("b.csv", session_csv(100, 1));
    const Outcome outcome = run({"replay", "--input", a.string(), b.string(), "--algorithm", "last"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find(b.string()), std::string::npos) << outcome.err;
}

// ---- the real recordings

class ExtMarkerSession : public testing::Test {
protected:
    static std::vector<std::string> files()
    {
        std::vector<std::string> all;
        for (const char* site : {"UCC", "LAC", "UAC"})  // the order given plays no part
            all.push_back(
                tests::shared_path("data/extmarker/raw/201205181211-" + std::string(site) + "-1-N-320-6.csv"));
        return all;
    }
};

TEST_F(ExtMarkerSession, IsReplayedFromItsThreeFiles)
{
    FORETIDE_SKIP_WITHOUT(files().front());
    std::vector<std::string> arguments{"replay", "--input"};
    for (const std::string& file : files()) arguments.push_back(file);
    for (const char* word : {"--algorithm", "last", "--horizon", "0.5", "--json", "-"}) arguments.emplace_back(word);
    const Outcome outcome = run(arguments);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto json = nlohmann::json::parse(outcome.out);
    ASSERT_EQ(json["input"].size(), 3U);
    EXPECT_NE(json["input"][0].get<std::string>().find("LAC"), std::string::npos);
    EXPECT_EQ(json["markers"], 3);
    EXPECT_NEAR(json["rate_hz"].get<double>(), 10, 0.5);
    EXPECT_GT(json["results"][0]["n"], 2000);
    // Last value, 0.5 s: the published series of this session has the same within the difference of the rates.
    EXPECT_NEAR(json["results"][0]["nrmse"].get<double>(), 0.56, 0.03);
}

TEST_F(ExtMarkerSession, IsNotReplayedTogetherWithAnother)
{
    FORETIDE_SKIP_WITHOUT(files().front());
    const fs::path folder = tests::shared_path("data/extmarker/raw");
    const Outcome outcome = run({"replay", "--input", folder.string(), "--algorithm", "last"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("201205181211"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("201205101519"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace foretide::apps
