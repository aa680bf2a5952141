// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/pairs_csv.h"

#include <array>
#include <cmath>
#include <vector>

#include "acquisition/read_error.h"
#include "acquisition/reader_options.h"
#include "acquisition/recording_builder.h"
#include "acquisition/text_file.h"
#include "acquisition/text_table.h"

namespace foretide::acquisition {

namespace {

constexpr const char* kHeaderHint =
    "the header is time_s,m1_x_mm,m1_y_mm,m1_z_mm,m2_x_mm,… (m1_vx_mm_s,… where velocities are known) and "
    "internal_x_mm,internal_y_mm,internal_z_mm";
constexpr std::array<char, 3> kAxes{'x', 'y', 'z'};

struct Columns {
    std::size_t markers = 0;
    bool velocities = false;

    std::size_t count() const { return 1 + 3 * markers * (velocities ? 2 : 1) + 3; }
};

std::string marker_column(std::size_t coordinate, const char* before, const char* unit)
{
    return "m" + std::to_string(coordinate / 3 + 1) + "_" + before + kAxes[coordinate % 3] + unit;
}

Columns read_header(const LineReader& reader, const std::vector<std::string_view>& cells)
{
    if (cells.front() != "time_s")
        reader.fail("the first column is " + show_cell(cells.front()) + ", not time_s", kHeaderHint);
    std::size_t at = 1;
    const auto expect = [&](const std::string& name) {
        if (at >= cells.size()) reader.fail("the column " + name + " is missing", kHeaderHint);
        if (cells[at] != name)
            reader.fail("column " + std::to_string(at + 1) + " is " + show_cell(cells[at]) + ", not " + name,
                        kHeaderHint);
        ++at;
    };
    Columns columns;
    std::size_t coordinates = 0;
    while (at < cells.size() && cells[at] == marker_column(coordinates, "", "_mm")) {
        ++coordinates;
        ++at;
    }
    if (coordinates == 0 || coordinates % 3 != 0) expect(marker_column(coordinates, "", "_mm"));
    columns.markers = coordinates / 3;
    if (at < cells.size() && cells[at] == "m1_vx_mm_s") {
        columns.velocities = true;
        for (std::size_t c = 0; c < coordinates; ++c) expect(marker_column(c, "v", "_mm_s"));
    }
    for (const char axis : kAxes) expect(std::string("internal_") + axis + "_mm");
    if (at != cells.size()) reader.fail("column " + std::to_string(at + 1) + " is one too many", kHeaderHint);
    return columns;
}

/// A cell; NaN where it is unmeasured.
double read_number(const LineReader& reader, std::string_view cell, DecimalMark mark)
{
    if (is_unmeasured(cell)) return core::kNaN;
    const auto value = parse_number(cell, mark);
    if (!value) reader.fail(show_cell(cell) + " is no number", "correct or remove the row");
    check_position(reader, *value);
    return *value;
}

}  // namespace

core::CorrespondencePairs parse_pairs_csv(std::string_view text, const std::string& file)
{
    LineReader reader(text, file);
    std::string_view line;
    if (!reader.next_filled(line)) reader.fail_file("the file is empty", kHeaderHint);
    const char delimiter = line.find(';') == std::string_view::npos ? ',' : ';';
    const DecimalMark mark = delimiter == ';' ? DecimalMark::point_or_comma : DecimalMark::point;
    std::vector<std::string_view> cells;
    split_cells(line, delimiter, cells);
    const Columns columns = read_header(reader, cells);
    check_marker_count(reader, columns.markers, "take out the columns of markers that are not needed");

    core::CorrespondencePairs out;
    out.markers = static_cast<int>(columns.markers);
    std::size_t incomplete = 0;
    while (reader.next_filled(line)) {
        split_cells(line, delimiter, cells);
        if (cells.size() != columns.count())
            reader.fail("the row has " + std::to_string(cells.size()) + " columns, the header " +
                            std::to_string(columns.count()),
                        "complete or remove the row");
        const auto time = parse_seconds(cells[0], mark);
        if (!time)
            reader.fail("the time " + show_cell(cells[0]) + " is no finite number of seconds",
                        "correct or remove the row");
        core::CorrespondencePair pair;
        pair.time_s = core::to_seconds(*time);
        bool complete = true;
        std::size_t at = 1;
        const auto next = [&] {
            const double value = read_number(reader, cells[at++], mark);
            complete = complete && std::isfinite(value);
            return value;
        };
        for (std::size_t c = 0; c < 3 * columns.markers; ++c) pair.markers_mm.push_back(next());
        if (columns.velocities)
            for (std::size_t c = 0; c < 3 * columns.markers; ++c) pair.velocities_mm_s.push_back(next());
        for (double& internal : pair.internal_mm) internal = next();
        if (!complete) {
            ++incomplete;
            continue;
        }
        if (out.pairs.size() == kMaxPairs)
            reader.fail("there are more than " + std::to_string(kMaxPairs) + " pairs", "split the file");
        out.pairs.push_back(std::move(pair));
    }
    if (incomplete > 0)
        out.notes.push_back(file + ": " + std::to_string(incomplete) + " rows with a value missing were left out");
    if (out.pairs.empty()) reader.fail_file("there is no complete pair in the file", "add rows with all values");
    return out;
}

core::CorrespondencePairs read_pairs_csv(const std::filesystem::path& file)
{
    return parse_pairs_csv(read_text_file(file), file.string());
}

}  // namespace foretide::acquisition
