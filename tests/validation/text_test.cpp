// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/text.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace foretide::validation {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Text, ShortestReadsBackAsTheSameDouble)
{
    for (const double value : {0.1, 1.0 / 3, 0.1 * 3, 123456.789, 5e-324, -1.7976931348623157e308}) {
        EXPECT_EQ(std::strtod(shortest(value).c_str(), nullptr), value) << shortest(value);
    }
    EXPECT_EQ(shortest(0.5), "0.5");
    EXPECT_EQ(shortest(kNan), "");
    EXPECT_EQ(shortest(-kInfinity), "");
}

TEST(Text, FixedKeepsItsDecimalsAndHasNoNegativeZero)
{
    EXPECT_EQ(fixed(1.005, 1), "1.0");
    EXPECT_EQ(fixed(-2.25, 1), "-2.2");
    EXPECT_EQ(fixed(-0.0001, 2), "0.00");
    EXPECT_EQ(fixed(1e308, 0).size(), 309U);
    EXPECT_EQ(fixed(kNan, 3), "–");
    EXPECT_EQ(fixed(kInfinity, 3), "∞");
}

TEST(Text, SignificantSpansDecades)
{
    EXPECT_EQ(significant(0.0123456, 3), "0.0123");
    EXPECT_EQ(significant(12.3456, 3), "12.3");
    EXPECT_EQ(significant(123456, 3), "123456");
    EXPECT_EQ(significant(0, 3), "0");
}

TEST(Text, HorizonLabelHasAtLeastOneDecimal)
{
    EXPECT_EQ(horizon_label(0.5), "0.5");
    EXPECT_EQ(horizon_label(2), "2.0");
    EXPECT_EQ(horizon_label(10), "10.0");
    EXPECT_EQ(horizon_label(0.125), "0.125");
    EXPECT_EQ(horizon_label(0.1 * 3), "0.3");
    EXPECT_THROW(horizon_label(kNan), std::runtime_error);
}

TEST(Text, CoordinatesAreMarkerMajor)
{
    EXPECT_EQ(coordinate_label(0), "m1.x");
    EXPECT_EQ(coordinate_label(5), "m2.z");
    EXPECT_EQ(coordinate_column(31), "m11_y");
}

TEST(Text, EscapesHtml)
{
    EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>\n"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;\n");
    EXPECT_EQ(escape_html(std::string_view("a\0b\x1b[31m", 8)), "ab[31m");
    EXPECT_EQ(escape_html("Müller µm"), "Müller µm");
}

TEST(Text, JsonInAScriptCannotCloseIt)
{
    EXPECT_EQ(escape_script_json(R"({"a":"</script><!-- & "})"), R"({"a":"\u003c/script\u003e\u003c!-- \u0026 "})");
}

}  // namespace
}  // namespace foretide::validation
