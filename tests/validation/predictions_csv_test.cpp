// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/predictions_csv.h"

#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/validation/synthetic_replay.h"

namespace foretide::validation {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows written(const ReplayResult& result)
{
    std::stringstream text;
    write_predictions_csv(text, result);
    Rows rows;
    for (std::string line; std::getline(text, line);) {
        rows.emplace_back();
        std::string cell;
        std::istringstream cells(line);
        while (std::getline(cells, cell, ',')) rows.back().push_back(cell);
    }
    return rows;
}

TEST(PredictionsCsv, HeaderNamesHorizonsAndCoordinates)
{
    auto result = synthetic_replay({.markers = 1, .horizons_s = {0.5, 2}});
    const std::vector<std::string> expected{
        "time_s",       "h0.5_target_time_s", "h0.5_m1_x_mm", "h0.5_m1_y_mm", "h0.5_m1_z_mm", "h2.0_target_time_s",
        "h2.0_m1_x_mm", "h2.0_m1_y_mm",       "h2.0_m1_z_mm", "warm_up"};
    EXPECT_EQ(written(result).front(), expected);
}

TEST(PredictionsCsv, BoundsFollowThePositions)
{
    const auto result = synthetic_replay({.markers = 1, .horizons_s = {0.5}, .with_intervals = true});
    const Rows rows = written(result);
    const std::vector<std::string> expected{"time_s",          "h0.5_target_time_s", "h0.5_m1_x_mm",
                                            "h0.5_m1_y_mm",    "h0.5_m1_z_mm",       "h0.5_m1_x_lo_mm",
                                            "h0.5_m1_x_hi_mm", "h0.5_m1_y_lo_mm",    "h0.5_m1_y_hi_mm",
                                            "h0.5_m1_z_lo_mm", "h0.5_m1_z_hi_mm",    "warm_up"};
    EXPECT_EQ(rows.front(), expected);
    const HorizonResult& h = result.horizons[0];
    for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_EQ(rows[1 + 49][5 + 2 * c], "") << "not known yet";
        EXPECT_EQ(std::stod(rows[1 + 70][5 + 2 * c]), h.lower_mm[3 * 70 + c]);
        EXPECT_EQ(std::stod(rows[1 + 70][6 + 2 * c]), h.upper_mm[3 * 70 + c]);
    }
    EXPECT_EQ(rows[1 + 70].size(), expected.size());
}

TEST(PredictionsCsv, ReadsBackBitForBit)
{
    const auto result = synthetic_replay();
    const Rows rows = written(result);
    const HorizonResult& second = result.horizons[1];
    ASSERT_EQ(rows.size(), result.horizons[0].made_time_s.size() + 1);
    for (std::size_t k = 0; k < second.made_time_s.size(); ++k) {
        const auto& row = rows[k + 1];
        ASSERT_EQ(row.size(), 1U + 2 * 7 + 1);
        ASSERT_EQ(std::stod(row[0]), second.made_time_s[k]);
        ASSERT_EQ(std::stod(row[8]), second.target_time_s[k]);
        for (std::size_t c = 0; c < 6; ++c) ASSERT_EQ(std::stod(row[9 + c]), second.forecast_mm[6 * k + c]);
        ASSERT_EQ(row.back(), k < 300 ? "1" : "0");
    }
}

TEST(PredictionsCsv, CellsAreEmptyWhereThereIsNoForecast)
{
    const auto result = synthetic_replay({.markers = 1});  // the last 5 moments have no forecast to 1.0 s
    const auto row = written(result).back();
    ASSERT_EQ(row.size(), 10U);
    EXPECT_NE(row[1], "");
    for (std::size_t cell = 5; cell < 9; ++cell) EXPECT_EQ(row[cell], "") << cell;
    EXPECT_EQ(row[9], "0");
}

TEST(PredictionsCsv, MomentsOfAllHorizonsAreMerged)
{
    auto result = synthetic_replay({.markers = 1});
    HorizonResult& first = result.horizons[0];  // now without a forecast at the very first moment
    first.made_time_s.erase(first.made_time_s.begin());
    first.target_time_s.erase(first.target_time_s.begin());
    first.warm_up.erase(first.warm_up.begin());
    first.forecast_mm.erase(first.forecast_mm.begin(), first.forecast_mm.begin() + 3);
    const Rows rows = written(result);
    EXPECT_EQ(rows[1][0], "0");
    EXPECT_EQ(rows[1][1], "");
    EXPECT_EQ(rows[1][5], "1");
    EXPECT_EQ(rows[2][1], "0.6");
}

TEST(PredictionsCsv, ValuesThatAreNotFiniteAreEmpty)
{
    auto result = synthetic_replay({.markers = 1});
    result.horizons[0].forecast_mm[1] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(written(result)[1][3], "");
}

TEST(PredictionsCsv, ReportsAStreamThatFails)
{
    std::ostringstream out;
    out.setstate(std::ios::badbit);
    EXPECT_THROW(write_predictions_csv(out, synthetic_replay()), std::runtime_error);
}

}  // namespace
}  // namespace foretide::validation
