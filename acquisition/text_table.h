// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace foretide::acquisition {

/// Walks the lines of a text in memory and knows where it is, so that every error names file and line.
///
/// Line ends: LF, CRLF, or CR where the text holds no LF. A UTF-8 byte-order mark is skipped; blanks at the ends of
/// a line are cut off. Refused with ReadError: UTF-16, NUL bytes (binary files), lines over kMaxLineBytes.
/// The text must outlive the reader and the views it hands out. Threads: one. Allocation: only for errors.
class LineReader {
public:
    LineReader(std::string_view text, std::string file);

    /// Moves to the next line, blank ones included. False at the end of the text.
    bool next(std::string_view& line);
    /// Moves to the next line that is not blank. False at the end of the text.
    bool next_filled(std::string_view& line);

    const std::string& file() const noexcept { return file_; }
    std::size_t line() const noexcept { return line_; }  ///< 1-based number of the line last handed out

    /// True where the text does not end with a line end: it may have been cut off.
    bool ends_abruptly() const noexcept { return ends_abruptly_; }
    /// Upper bound of the number of lines.
    std::size_t line_bound() const noexcept { return line_bound_; }

    /// Throws ReadError at the line last handed out.
    [[noreturn]] void fail(std::string problem, std::string hint) const;
    /// Throws ReadError about the file as a whole.
    [[noreturn]] void fail_file(std::string problem, std::string hint) const;

private:
    std::string_view rest_;
    std::string file_;
    std::size_t line_ = 0;
    std::size_t line_bound_ = 0;
    char separator_ = '\n';
    bool ends_abruptly_ = false;
};

/// Splits a line into cells, freed of blanks and enclosing double quotes; a delimiter within quotes belongs to the
/// cell. The views point into `line`. Reuses the storage of `cells`.
void split_cells(std::string_view line, char delimiter, std::vector<std::string_view>& cells);

/// A cell without blanks at its ends and without enclosing double quotes.
std::string_view bare_cell(std::string_view cell);

/// True for an empty cell and for "nan" in any case: the value was not measured.
bool is_unmeasured(std::string_view cell);

bool equal_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

enum class DecimalMark : std::uint8_t { point, point_or_comma };

/// A finite number, the whole cell: "1.5", "-2", "+3", "1e+05", with point_or_comma also "1,5". Nothing for anything
/// else: text, infinities, NaN, out of range.
std::optional<double> parse_number(std::string_view cell, DecimalMark mark = DecimalMark::point);

/// A whole number; "7.0" and "1e+05" count.
std::optional<std::int64_t> parse_integer(std::string_view cell, DecimalMark mark = DecimalMark::point);

/// Seconds with |value| ≤ kMaxTime_s, exact to the nanosecond for plain decimals (further digits are rounded).
std::optional<core::Duration> parse_seconds(std::string_view cell, DecimalMark mark = DecimalMark::point);

/// A cell for use in a message: quoted, cut to a readable length, other than printable ASCII replaced by '?'.
std::string show_cell(std::string_view cell);

}  // namespace foretide::acquisition
