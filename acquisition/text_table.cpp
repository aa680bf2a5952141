// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/text_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "acquisition/read_error.h"
#include "acquisition/reader_options.h"

namespace foretide::acquisition {

namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::size_t kLongestNumber = 400;

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return text.substr(text.size());
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Plain decimal seconds → nanoseconds in integers. Nothing where the text is no plain decimal or too large.
std::optional<core::Duration> exact_seconds(std::string_view cell, DecimalMark mark)
{
    constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
    const bool negative = cell.front() == '-';
    std::size_t i = cell.front() == '-' || cell.front() == '+' ? 1 : 0;
    const std::size_t whole_begin = i;
    std::int64_t whole = 0;
    for (; i < cell.size() && is_digit(cell[i]); ++i) {
        whole = whole * 10 + (cell[i] - '0');
        if (static_cast<double>(whole) > kMaxTime_s) {
            return std::nullopt;
        }
    }
    bool digits = i > whole_begin;
    std::int64_t nanos = 0;
    if (i < cell.size() && (cell[i] == '.' || (cell[i] == ',' && mark == DecimalMark::point_or_comma))) {
        std::int64_t weight = kNanosPerSecond / 10;
        bool rounding_digit = true;
        for (++i; i < cell.size() && is_digit(cell[i]); ++i) {
            digits = true;
            if (weight > 0) {
                nanos += weight * (cell[i] - '0');
                weight /= 10;
            } else if (std::exchange(rounding_digit, false) && cell[i] >= '5') {
                ++nanos;
            }
        }
    }
    if (!digits || i != cell.size()) {
        return std::nullopt;
    }
    const std::int64_t total = whole * kNanosPerSecond + nanos;
    return core::Duration{negative ? -total : total};
}

}  // namespace

LineReader::LineReader(std::string_view text, std::string file) : rest_(text), file_(std::move(file))
{
    if (rest_.starts_with("\xFF\xFE") || rest_.starts_with("\xFE\xFF")) {
        fail_file("the text is UTF-16", "save it as plain text (ASCII or UTF-8)");
    }
    if (rest_.starts_with(kUtf8Mark)) {
        rest_.remove_prefix(kUtf8Mark.size());
    }
    if (rest_.find('\n') == std::string_view::npos && rest_.find('\r') != std::string_view::npos) {
        separator_ = '\r';
    }
    const auto ends = static_cast<std::size_t>(std::count(rest_.begin(), rest_.end(), separator_));
    ends_abruptly_ = !rest_.empty() && rest_.back() != separator_;
    line_bound_ = ends + (ends_abruptly_ ? 1 : 0);
}

bool LineReader::next(std::string_view& line)
{
    if (rest_.empty()) {
        return false;
    }
    ++line_;
    const auto end = rest_.find(separator_);
    line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.find('\0') != std::string_view::npos) {
        fail("this is no text: it holds NUL bytes", "give a text file of a supported format");
    }
    if (line.size() > kMaxLineBytes) {
        fail("the line is longer than " + std::to_string(kMaxLineBytes) + " bytes",
             "check that this is a recording and not damaged");
    }
    line = trimmed(line);
    return true;
}

bool LineReader::next_filled(std::string_view& line)
{
    while (next(line)) {
        if (!line.empty()) {
            return true;
        }
    }
    return false;
}

void LineReader::fail(std::string problem, std::string hint) const
{
    throw ReadError(file_, line_, std::move(problem), std::move(hint));
}

void LineReader::fail_file(std::string problem, std::string hint) const
{
    throw ReadError(file_, 0, std::move(problem), std::move(hint));
}

std::string_view bare_cell(std::string_view cell)
{
    cell = trimmed(cell);
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
        cell = trimmed(cell.substr(1, cell.size() - 2));
    }
    return cell;
}

void split_cells(std::string_view line, char delimiter, std::vector<std::string_view>& cells)
{
    cells.clear();
    bool in_quotes = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') {
            in_quotes = !in_quotes;
        } else if (line[i] == delimiter && !in_quotes) {
            cells.push_back(bare_cell(line.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    cells.push_back(bare_cell(line.substr(begin)));
}

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix)
{
    return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool is_unmeasured(std::string_view cell) { return cell.empty() || equal_ignoring_case(cell, "nan"); }

std::optional<double> parse_number(std::string_view cell, DecimalMark mark)
{
    cell = bare_cell(cell);
    if (cell.starts_with('+')) {
        cell.remove_prefix(1);
        if (cell.starts_with('-')) {
            return std::nullopt;
        }
    }
    if (cell.empty() || cell.size() > kLongestNumber) {
        return std::nullopt;
    }
    std::array<char, kLongestNumber> buffer{};
    const auto comma = mark == DecimalMark::point_or_comma ? cell.find(',') : std::string_view::npos;
    const char* begin = cell.data();
    if (comma != std::string_view::npos) {
        if (cell.find('.') != std::string_view::npos) {
            return std::nullopt;
        }
        std::copy(cell.begin(), cell.end(), buffer.begin());
        buffer[comma] = '.';
        begin = buffer.data();
    }
    double value = 0;
    const auto [end, error] = std::from_chars(begin, begin + cell.size(), value);
    if (error != std::errc{} || end != begin + cell.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> parse_integer(std::string_view cell, DecimalMark mark)
{
    constexpr double kLargestExact = 9007199254740992.0;  // 2^53
    const auto value = parse_number(cell, mark);
    if (!value || std::abs(*value) > kLargestExact || std::trunc(*value) != *value) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*value);
}

std::optional<core::Duration> parse_seconds(std::string_view cell, DecimalMark mark)
{
    cell = bare_cell(cell);
    if (cell.empty()) {
        return std::nullopt;
    }
    if (const auto exact = exact_seconds(cell, mark)) {
        return exact;
    }
    const auto value = parse_number(cell, mark);
    if (!value || std::abs(*value) > kMaxTime_s) {
        return std::nullopt;
    }
    return core::from_seconds(*value);
}

std::string show_cell(std::string_view cell)
{
    constexpr std::size_t kShown = 40;
    std::string text = "\"";
    for (const char c : cell.substr(0, kShown)) {
        text += c >= ' ' && c <= '~' ? c : '?';
    }
    return text + (cell.size() > kShown ? "…\"" : "\"");
}

}  // namespace foretide::acquisition
