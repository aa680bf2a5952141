// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/validation/synthetic_replay.h"
#include "validation/report/html_report.h"
#include "validation/report/series.h"

namespace foretide::validation {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The documented code, read by the book.
std::vector<double> decode(std::string_view text, double step)
{
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::vector<double> values;
    double running = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '.') {
            values.push_back(kNan);
            ++i;
            continue;
        }
        double bits = 0;
        double weight = 1;
        std::size_t index = 0;
        do {
            index = kAlphabet.find(text[i++]);
            bits += static_cast<double>(index % 32) * weight;
            weight *= 32;
        } while (index >= 32);
        running += std::fmod(bits, 2) == 0 ? bits / 2 : -(bits + 1) / 2;
        values.push_back(running * step);
    }
    return values;
}

TEST(EncodeSeries, IsWhatItSays)
{
    EXPECT_EQ(encode_series(std::vector{0.0, 1.0, 0.0, 16.0, kNan, 15.0}, 1), "ACBgB.B");
    EXPECT_EQ(encode_series({}, 1), "");
}

TEST(EncodeSeries, ReadsBackToHalfAStep)
{
    const std::vector<double> values{0, -0.004, 12.3456, kNan, -1234.5, 1e6, -1e6, 0.01, 1e9};
    const auto read = decode(encode_series(values, 0.01), 0.01);
    ASSERT_EQ(read.size(), values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (std::isnan(values[k])) {
            EXPECT_TRUE(std::isnan(read[k])) << k;
        } else {
            EXPECT_NEAR(read[k], values[k], 0.005 + 1e-6) << k;
        }
    }
}

TEST(EncodeSeries, ADivergedForecastIsNotKnown)
{
    const auto read = decode(encode_series(std::vector{1.0, 1e300, -HUGE_VAL, 2.0}, 0.01), 0.01);
    ASSERT_EQ(read.size(), 4U);
    EXPECT_TRUE(std::isnan(read[1]));
    EXPECT_TRUE(std::isnan(read[2]));
    EXPECT_NEAR(read[3], 2, 1e-9);
}

TEST(EmbedSeries, HoldsEveryForecastOfEveryCoordinate)
{
    const std::vector<ReplayResult> results{synthetic_replay(), synthetic_replay({.with_intervals = true})};
    const ReportContext context{results, ReportOptions{}};
    const auto embedded = embed_series(context, 10'000'000);
    EXPECT_FALSE(embedded.reduced);
    const auto json = nlohmann::json::parse(embedded.json);
    ASSERT_EQ(json["series"].size(), 4U);
    EXPECT_EQ(json["targets"].size(), 2U);   // shared by the algorithms
    ASSERT_EQ(json["measured"].size(), 7U);  // pc1 and six coordinates
    const auto& series = json["series"][3];
    EXPECT_EQ(series["algorithm"], 1);
    EXPECT_EQ(series["horizon"], 1);
    const auto times_s = decode(json["targets"][series["targets"].get<std::size_t>()].get<std::string>(), 0.001);
    const auto m2_y_mm = decode(series["values"][1 + 4].get<std::string>(), 0.01);
    ASSERT_EQ(times_s.size(), results[1].horizons[1].target_time_s.size());
    ASSERT_EQ(m2_y_mm.size(), times_s.size());
    EXPECT_NEAR(times_s[77], 8.7, 1e-9);
    EXPECT_NEAR(m2_y_mm[77], synthetic_position_mm(7.7, 4), 0.0051);
    const auto half_widths_mm = decode(series["half_widths"][1 + 4].get<std::string>(), 0.01);
    ASSERT_EQ(half_widths_mm.size(), times_s.size());
    EXPECT_TRUE(std::isnan(half_widths_mm[49]));
    EXPECT_NEAR(half_widths_mm[77], 1.9, 0.0051);
    const auto of_pc1_mm = decode(series["half_widths"][0].get<std::string>(), 0.01);
    EXPECT_TRUE(std::isnan(of_pc1_mm[300])) << "its errors are known from 31 s on";
    EXPECT_GT(of_pc1_mm[700], 0.5);
    EXPECT_EQ(json["series"][0]["half_widths"][0], "") << "no intervals";
}

TEST(EmbedSeries, IsReducedWhereItWouldBeTooLong)
{
    const std::vector<ReplayResult> results{synthetic_replay()};
    const ReportContext context{results, ReportOptions{}};
    const std::size_t whole = embed_series(context, 10'000'000).json.size();
    const auto reduced = embed_series(context, whole - 1);
    EXPECT_TRUE(reduced.reduced);
    EXPECT_EQ(nlohmann::json::parse(reduced.json)["measured"].size(), 1U);
    EXPECT_EQ(embed_series(context, 100).json, "");
}

}  // namespace
}  // namespace foretide::validation
