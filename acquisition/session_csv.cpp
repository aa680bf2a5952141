// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/session_csv.h"

#include <array>
#include <vector>

#include "acquisition/recording_builder.h"
#include "acquisition/text_table.h"

namespace foretide::acquisition {

namespace {

constexpr const char* kHeaderHint = "the header of a session CSV is time_s,m1_x_mm,m1_y_mm,m1_z_mm,m2_x_mm,…";

/// Number of markers that the header announces.
std::size_t read_header(const LineReader& reader, const std::vector<std::string_view>& cells)
{
    constexpr std::array<char, 3> kAxes{'x', 'y', 'z'};
    if (cells.front() != "time_s") {
        reader.fail("the first column is " + show_cell(cells.front()) + ", not time_s", kHeaderHint);
    }
    for (std::size_t column = 1; column < cells.size(); ++column) {
        const std::string expected = "m" + std::to_string((column - 1) / 3 + 1) + "_" + kAxes[(column - 1) % 3] + "_mm";
        if (cells[column] != expected) {
            reader.fail(
                "column " + std::to_string(column + 1) + " is " + show_cell(cells[column]) + ", not " + expected,
                kHeaderHint);
        }
    }
    if (cells.size() < 4 || (cells.size() - 1) % 3 != 0) {
        reader.fail("the header has " + std::to_string(cells.size()) + " columns: x, y and z of a marker are missing",
                    kHeaderHint);
    }
    return (cells.size() - 1) / 3;
}

}  // namespace

core::Recording parse_session_csv(std::string_view text, const std::string& file)
{
    LineReader reader(text, file);
    std::string_view line;
    if (!reader.next_filled(line)) {
        reader.fail_file("the file is empty", kHeaderHint);
    }
    const char delimiter = line.find(';') == std::string_view::npos ? ',' : ';';
    const DecimalMark mark = delimiter == ';' ? DecimalMark::point_or_comma : DecimalMark::point;
    std::vector<std::string_view> cells;
    split_cells(line, delimiter, cells);
    const std::size_t markers = read_header(reader, cells);
    check_marker_count(reader, markers, "take out the columns of markers that are not needed");

    RecordingBuilder builder("csv", {file}, static_cast<int>(markers));
    builder.reserve(reader.line_bound());
    std::uint64_t sequence = 0;
    while (reader.next_filled(line)) {
        split_cells(line, delimiter, cells);
        if (cells.size() != 1 + 3 * markers) {
            reader.fail("the row has " + std::to_string(cells.size()) + " columns, the header " +
                            std::to_string(1 + 3 * markers),
                        "complete or remove the row (a file cut off while it was written ends like this)");
        }
        const auto time = parse_seconds(cells[0], mark);
        if (!time) {
            reader.fail("the time " + show_cell(cells[0]) + " is no finite number of seconds",
                        "correct or remove the row");
        }
        core::MarkerFrame& frame = builder.append(file, reader.line(), core::TimePoint{*time}, sequence++);
        for (std::size_t m = 0; m < markers; ++m) {
            read_position(reader, {cells[1 + 3 * m], cells[2 + 3 * m], cells[3 + 3 * m]}, mark, frame.markers[m],
                          builder.notes());
        }
    }
    note_abrupt_end(reader, builder.notes());
    return builder.finish();
}

}  // namespace foretide::acquisition
