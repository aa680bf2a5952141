// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/svg_plot.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::validation {
namespace {

/// Data area of 100 × 100 units with its corner at (0, 0).
constexpr PlotFrame kFrame{.width = 100, .height = 100, .left = 0, .right = 0, .top = 0, .bottom = 0};

SvgPlot unit_plot() { return {kFrame, {"Time [s]", 0, 10}, {"x [mm]", -1, 1}}; }

std::string path_of(const std::string& svg)
{
    const auto start = svg.find(" d=\"");
    if (start == std::string::npos) return {};
    return svg.substr(start + 4, svg.find('"', start + 4) - start - 4);
}

TEST(SvgPlot, MapsValuesToItsArea)
{
    SvgPlot sut = unit_plot();
    sut.line(std::vector{0.0, 5.0, 10.0}, std::vector{-1.0, 0.0, 1.0}, "s0");
    EXPECT_EQ(path_of(sut.svg("", "test")), "M0.0 100.0L50.0 50.0L100.0 0.0");
}

TEST(SvgPlot, BreaksALineAtUnknownValuesAndGaps)
{
    SvgPlot sut = unit_plot();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    sut.line(std::vector{0.0, 1.0, 2.0, 3.0, 7.0}, std::vector{0.0, nan, 0.0, 0.0, 0.0}, "s0", 2.0);
    EXPECT_EQ(path_of(sut.svg("", "test")), "M0.0 50.0M20.0 50.0L30.0 50.0M70.0 50.0");
}

TEST(SvgPlot, BandsGoOutOnTheUpperAndBackOnTheLowerLine)
{
    SvgPlot sut({.width = 100, .height = 100, .left = 0, .right = 0, .top = 0, .bottom = 0}, {"x", 0, 10},
                {"y", 0, 10});
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> x{0, 1, 2, 3, 4, 9, 10}, lower{1, 2, nan, 1, 1, 3, 3}, upper{3, 4, 5, 2, 2, 4, 4};
    sut.band(x, lower, upper, "s0", 2);
    const std::string svg = sut.svg("", "test");
    EXPECT_NE(svg.find("class=\"band s0\" d=\"M0.0 70.0L10.0 60.0L10.0 80.0L0.0 90.0Z"
                       "M30.0 80.0L40.0 80.0L40.0 90.0L30.0 90.0ZM90.0 60.0L100.0 60.0L100.0 70.0L90.0 70.0Z\""),
              std::string::npos)
        << svg;
}

TEST(SvgPlot, KeepsTheExtremesOfALongSeries)
{
    std::vector<double> x(100'000);
    std::iota(x.begin(), x.end(), 0.0);
    for (double& value : x) value *= 1e-4;
    std::vector<double> y(x.size(), 0.0);
    y[12'345] = 1;
    y[54'321] = -1;
    SvgPlot sut = unit_plot();
    sut.line(x, y, "s0");
    const std::string path = path_of(sut.svg("", "test"));
    EXPECT_LT(path.size(), 100U * 4 * 12);
    EXPECT_NE(path.find(" 0.0"), std::string::npos);
    EXPECT_NE(path.find(" 100.0"), std::string::npos);
}

TEST(SvgPlot, ValuesFarOutsideStayShort)
{
    SvgPlot sut = unit_plot();
    sut.line(std::vector{0.0, 1.0}, std::vector{0.0, 1e300}, "s0");
    EXPECT_LT(path_of(sut.svg("", "test")).size(), 40U);
}

TEST(SvgPlot, LogarithmicAxisHasEqualDecades)
{
    SvgPlot sut{kFrame, {"Time [µs]", 1, 100, true}, {"", 0, 1}};
    sut.bar(1, 10, 0.5, "s0", "ten");
    EXPECT_NE(sut.svg("", "test").find("x=\"0.0\" y=\"50.0\" width=\"50.0\" height=\"50.0\""), std::string::npos);
}

TEST(SvgPlot, EscapesWhatItIsGiven)
{
    SvgPlot sut{kFrame, {"<b>\"", 0, 1}, {"", 0, 1}};
    sut.dot(0.5, 0.5, "s0", "</title><script>");
    sut.vertical_rule(0.5, "mark", "<i>");
    const std::string svg = sut.svg("i\"d", "<u>");
    for (const char* raw : {"<b>", "</title><script>", "<i>", "i\"d", "<u>"}) {
        EXPECT_EQ(svg.find(raw), std::string::npos) << raw;
    }
}

TEST(SvgPlot, RefusesARangeItCannotDraw)
{
    const PlotAxis good{"y", 0, 1};
    EXPECT_THROW(SvgPlot(kFrame, {"x", 1, 1}, good), std::runtime_error);
    EXPECT_THROW(SvgPlot(kFrame, good, {"y", 0, std::numeric_limits<double>::quiet_NaN()}), std::runtime_error);
    EXPECT_THROW(SvgPlot(kFrame, {"x", 0, 10, true}, good), std::runtime_error);
}

TEST(AxisTicks, AreRoundAndInside)
{
    EXPECT_EQ(axis_ticks({"", 0, 300}, 6), (std::vector<double>{0, 50, 100, 150, 200, 250, 300}));
    const auto small = axis_ticks({"", -0.13, 0.17}, 3);
    ASSERT_EQ(small.size(), 3U);
    EXPECT_NEAR(small[0], -0.1, 1e-12);
    EXPECT_NEAR(small[2], 0.1, 1e-12);
    EXPECT_EQ(axis_ticks({"", 0.5, 20000, true}, 6), (std::vector<double>{1, 10, 100, 1000, 10000}));
    EXPECT_EQ(axis_ticks({"", 1, 20, true}, 6), (std::vector<double>{1, 2, 5, 10, 20}));
}

}  // namespace
}  // namespace foretide::validation
