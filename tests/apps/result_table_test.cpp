// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/result_table.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/command_line.h"

namespace foretide::apps {
namespace {

validation::ReplayResult made_up(const std::string& algorithm)
{
    validation::ReplayResult result;
    result.inputs = {"session.csv"};
    result.algorithm = algorithm;
    result.protocol = "live";
    result.markers = 3;
    result.rate_hz = 10;
    result.eval_end_s = 99.9;
    result.notes = {{"session.csv", 12, "time repaired"}};
    for (const double horizon_s : {0.5, 2.0}) {
        validation::HorizonResult h;
        h.horizon_s = horizon_s;
        h.metrics.n = 400;
        h.mean_over_runs = {
            {"nrmse", 0.25 * horizon_s}, {"rmse_mm", 1.5}, {"mae_mm", 1}, {"max_mm", 12.345}, {"coverage90", 0.8968}};
        h.ci95_over_runs = {{"nrmse", 0.0125}};
        result.horizons.push_back(h);
    }
    return result;
}

std::string printed(const std::vector<validation::ReplayResult>& results)
{
    std::ostringstream text;
    print_results(text, results);
    return text.str();
}

std::size_t characters(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

TEST(ResultTable, HasARowForEachAlgorithmAndHorizon)
{
    const std::string text = printed({made_up("snap1"), made_up("a-long-name")});
    EXPECT_NE(text.find("session.csv: 3 markers at 10.00 Hz, live protocol, scored from 60.0 s to 99.9 s"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("note: session.csv:12: time repaired"), std::string::npos);
    std::vector<std::string> rows;
    for (const std::string& line : lines_of(text))
        if (line.starts_with("snap1 ") || line.starts_with("a-long-name ") || line.starts_with("algorithm "))
            rows.push_back(line);
    ASSERT_EQ(rows.size(), 5U) << text;
    for (const std::string& row : rows) EXPECT_EQ(characters(row), characters(rows[0])) << row;
    EXPECT_NE(rows[1].find(" 0.5  0.125 ± 0.013 "), std::string::npos) << rows[1];
    EXPECT_NE(rows[3].find(" 2.0  0.500 ± 0.013 "), std::string::npos) << rows[3];
    EXPECT_NE(rows[1].find("–"), std::string::npos) << "what is not known";
    EXPECT_NE(rows[1].find(" 89.7 "), std::string::npos) << rows[1];
    EXPECT_EQ(text.find("Gate on"), std::string::npos);
}

TEST(ResultTable, SetsTheGateBesideNoPrediction)
{
    validation::ReplayResult result = made_up("snap1");
    validation::GateOutcome gate;
    gate.axis = "pc1";
    gate.lower_mm = -1.25;
    gate.upper_mm = 3;
    gate.forecast.accuracy = 0.9;
    gate.no_prediction.accuracy = 0.8;
    result.horizons[1].gating = gate;
    const std::string text = printed({result});
    EXPECT_NE(text.find("Gate on pc1 from -1.25 to 3.00 mm, on point forecasts"), std::string::npos) << text;
    const auto lines = lines_of(text);
    const auto gating = std::find_if(lines.begin(), lines.end(), [](const auto& l) { return l.starts_with("gating"); });
    ASSERT_LT(gating + 2, lines.end());
    EXPECT_TRUE(gating[1].starts_with("no prediction")) << gating[1];
    EXPECT_NE(gating[1].find("80.0"), std::string::npos);
    EXPECT_TRUE(gating[2].starts_with("snap1")) << gating[2];
    EXPECT_NE(gating[2].find("90.0"), std::string::npos);
}

TEST(ResultTable, SaysHowOftenTheBoundsHeld)
{
    validation::ReplayResult result = made_up("snap1");
    validation::GateOutcome gate;
    gate.confidence = 0.8;
    gate.forecast.lower_coverage = 0.912;
    gate.forecast.upper_coverage = 0.887;
    result.horizons[0].gating = gate;
    const std::string text = printed({result});
    EXPECT_NE(text.find("on where the 80 % interval lies inside"), std::string::npos) << text;
    EXPECT_NE(text.find("91.2 / 88.7"), std::string::npos) << text;
}

TEST(ResultTable, SaysWhatTheFiguresAreNot)
{
    validation::ReplayResult result = made_up("snap1");
    EXPECT_EQ(printed({result}).find("published protocol"), std::string::npos);
    result.protocol = "published";
    EXPECT_NE(printed({result}).find("shows the learner the future"), std::string::npos);
    EXPECT_EQ(printed({result}).find("Nothing was scored"), std::string::npos);
    result.horizons[0].metrics.n = 0;
    EXPECT_NE(printed({result}).find("Nothing was scored"), std::string::npos);
    EXPECT_THROW(printed({}), std::runtime_error);
}

}  // namespace
}  // namespace foretide::apps
