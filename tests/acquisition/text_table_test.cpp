// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/text_table.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/read_error.h"

namespace foretide::acquisition {
namespace {

TEST(ParseNumber, TakesWholeFiniteNumbersOnly)
{
    struct Case {
        const char* cell;
        DecimalMark mark;
        std::optional<double> value;
    };
    constexpr auto kPoint = DecimalMark::point;
    constexpr auto kComma = DecimalMark::point_or_comma;
    const std::vector<Case> cases{
        {"0", kPoint, 0.0},
        {"-1.25", kPoint, -1.25},
        {"+3", kPoint, 3.0},
        {"  7.5\t", kPoint, 7.5},
        {"\"7.5\"", kPoint, 7.5},
        {"1e+05", kPoint, 100000.0},
        {"3E-2", kPoint, 0.03},
        {".5", kPoint, 0.5},
        {"-490,7", kComma, -490.7},
        {"614,666666666667", kComma, 614.666666666667},
        {"1e+05", kComma, 100000.0},
        {"1.5", kComma, 1.5},
        {"5e-324", kPoint, 5e-324},
        {"1,5", kPoint, std::nullopt},
        {"1.000,5", kComma, std::nullopt},
        {"1,000,5", kComma, std::nullopt},
        {"", kPoint, std::nullopt},
        {"+", kPoint, std::nullopt},
        {"+-1", kPoint, std::nullopt},
        {"1.5x", kPoint, std::nullopt},
        {"1 2", kPoint, std::nullopt},
        {"0x10", kPoint, std::nullopt},
        {"nan", kPoint, std::nullopt},
        {"inf", kPoint, std::nullopt},
        {"-Infinity", kPoint, std::nullopt},
        {"1e999", kPoint, std::nullopt},
        {"--1", kPoint, std::nullopt},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(parse_number(c.cell, c.mark), c.value) << c.cell;
    }
    EXPECT_EQ(parse_number(std::string(5000, '1')), std::nullopt);
}

TEST(ParseInteger, TakesWholeNumbersInAnyNotation)
{
    EXPECT_EQ(parse_integer("18440"), 18440);
    EXPECT_EQ(parse_integer("1e+05"), 100000);
    EXPECT_EQ(parse_integer("-2"), -2);
    EXPECT_EQ(parse_integer("7.0"), 7);
    EXPECT_EQ(parse_integer("7.5"), std::nullopt);
    EXPECT_EQ(parse_integer("1e300"), std::nullopt);
    EXPECT_EQ(parse_integer(""), std::nullopt);
}

TEST(ParseSeconds, IsExactToTheNanosecond)
{
    struct Case {
        const char* cell;
        std::optional<std::int64_t> nanos;
    };
    const std::vector<Case> cases{
        {"0", 0},
        {"0.1", 100'000'000},
        {"-0.000000001", -1},
        {"1778067471.318767388", 1'778'067'471'318'767'388},
        {"0.0000000014", 1},
        {"0.0000000015", 2},
        {"0.9999999999", 1'000'000'000},
        {"1.", 1'000'000'000},
        {".5", 500'000'000},
        {"+2", 2'000'000'000},
        {"1e-3", 1'000'000},
        {"4000000001", std::nullopt},
        {"99999999999999999999999999", std::nullopt},
        {"1e30", std::nullopt},
        {"-", std::nullopt},
        {".", std::nullopt},
        {"1.5s", std::nullopt},
        {"nan", std::nullopt},
        {"inf", std::nullopt},
        {"", std::nullopt},
    };
    for (const Case& c : cases) {
        const auto value = parse_seconds(c.cell);
        ASSERT_EQ(value.has_value(), c.nanos.has_value()) << c.cell;
        if (value) {
            EXPECT_EQ(value->count(), *c.nanos) << c.cell;
        }
    }
    EXPECT_EQ(parse_seconds("0,25", DecimalMark::point_or_comma), core::Duration{250'000'000});
    EXPECT_EQ(parse_seconds("0,25", DecimalMark::point), std::nullopt);
}

TEST(SplitCells, FreesCellsOfBlanksAndQuotes)
{
    std::vector<std::string_view> cells;
    split_cells("\"Frame\"; 1 ;;\"a;b\";\"\"", ';', cells);
    EXPECT_EQ(cells, (std::vector<std::string_view>{"Frame", "1", "", "a;b", ""}));
    split_cells("", ',', cells);
    EXPECT_EQ(cells, std::vector<std::string_view>{""});
    split_cells("a,\"never closed,b", ',', cells);
    EXPECT_EQ(cells, (std::vector<std::string_view>{"a", "\"never closed,b"}));
}

TEST(LineReader, TakesAllLineEnds)
{
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        std::string_view line;
        std::vector<std::string> lines;
        std::vector<std::size_t> numbers;
        const std::string text = "\xEF\xBB\xBF" + ("one" + end) + end + "  two \t" + end;
        LineReader kept(text, "f");
        while (kept.next_filled(line)) {
            lines.emplace_back(line);
            numbers.push_back(kept.line());
        }
        EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
        EXPECT_EQ(numbers, (std::vector<std::size_t>{1, 3}));
        EXPECT_FALSE(kept.ends_abruptly());
        EXPECT_EQ(kept.line_bound(), 3U);
    }
}

TEST(LineReader, SeesAMissingLineEnd)
{
    LineReader reader("one\ntwo", "f");
    EXPECT_TRUE(reader.ends_abruptly());
    EXPECT_EQ(reader.line_bound(), 2U);
}

TEST(LineReader, NamesThePlaceOfAnError)
{
    LineReader reader("one\ntwo\n", "folder/f.csv");
    std::string_view line;
    ASSERT_TRUE(reader.next(line) && reader.next(line));
    try {
        reader.fail("it is wrong", "put it right");
    } catch (const ReadError& error) {
        EXPECT_STREQ(error.what(), "folder/f.csv:2: it is wrong; put it right");
        EXPECT_EQ(error.line(), 2U);
    }
    EXPECT_THROW(reader.fail_file("it is wrong", "put it right"), ReadError);
}

TEST(ShowCell, KeepsMessagesReadable)
{
    EXPECT_EQ(show_cell("abc"), "\"abc\"");
    EXPECT_EQ(show_cell("a\x1B[31m"), "\"a?[31m\"");
    EXPECT_EQ(show_cell(std::string(100, 'x')), "\"" + std::string(40, 'x') + "…\"");
}

}  // namespace
}  // namespace foretide::acquisition
