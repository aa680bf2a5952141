// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/rpm_dat.h"

#include <vector>

#include "acquisition/recording_builder.h"
#include "acquisition/rpm_rows.h"
#include "acquisition/text_table.h"

namespace foretide::acquisition {

namespace {

constexpr double kCentimetre_mm = 10.0;
constexpr std::size_t kUnknownHeaderLines = 5;
constexpr const char* kHeaderHint = "a .dat file starts with CRC…, VERSION = 1.4 or 1.7, and eight more header lines";

/// Place of each column in a row.
struct Columns {
    std::size_t count, signal, phase, timestamp, valid, video, ttl_in, beam_on;
};
constexpr Columns kVersion14{7, 0, 1, 2, 3, 4, 5, 6};
constexpr Columns kVersion17{9, 0, 3, 4, 5, 6, 7, 8};

std::string_view header_line(LineReader& reader)
{
    std::string_view line;
    if (!reader.next(line)) {
        reader.fail_file(reader.line() == 0 ? "the file is empty" : "the file ends within its header", kHeaderHint);
    }
    return line;
}

Columns read_version(LineReader& reader)
{
    const std::string_view line = header_line(reader);
    const auto equals = line.find('=');
    if (!starts_with_ignoring_case(line, "VERSION") || equals == std::string_view::npos) {
        reader.fail("the second line is " + show_cell(line) + ", not VERSION = …", kHeaderHint);
    }
    std::string_view version = line.substr(equals + 1);
    version = bare_cell(version.substr(0, version.find(',')));
    if (version == "1.4") {
        return kVersion14;
    }
    if (version == "1.7") {
        return kVersion17;
    }
    reader.fail("the version is " + show_cell(version), "only versions 1.4 and 1.7 of the format are known");
}

void check_pair(LineReader& reader, const std::string& what, std::vector<std::string_view>& cells)
{
    const std::string_view line = header_line(reader);
    split_cells(line, ',', cells);
    const bool comma_at_end = cells.size() == 3 && cells.back().empty();
    if ((cells.size() != 2 && !comma_at_end) || !parse_number(cells[0]) || !parse_number(cells[1])) {
        reader.fail("the " + what + " is " + show_cell(line) + ", not two numbers", kHeaderHint);
    }
}

Columns read_header(LineReader& reader, std::vector<std::string_view>& cells)
{
    const std::string_view first = header_line(reader);
    if (!starts_with_ignoring_case(first, "CRC")) {
        reader.fail("the file starts with " + show_cell(first) + ", not with CRC", kHeaderHint);
    }
    const Columns columns = read_version(reader);
    check_pair(reader, "reference position", cells);
    const std::string_view gating = header_line(reader);
    if (gating.find("#TRUE#") == std::string_view::npos && gating.find("#FALSE#") == std::string_view::npos) {
        reader.fail("the gating type is " + show_cell(gating) + ", neither #TRUE# nor #FALSE#", kHeaderHint);
    }
    check_pair(reader, "gating window", cells);
    for (std::size_t i = 0; i < kUnknownHeaderLines; ++i) {
        header_line(reader);
    }
    return columns;
}

RpmRow read_row(const LineReader& reader, const Columns& columns, const std::vector<std::string_view>& cells)
{
    const bool comma_at_end = cells.size() == columns.count + 1 && cells.back().empty();
    if (cells.size() != columns.count && !comma_at_end) {
        reader.fail("the row has " + std::to_string(cells.size()) + " columns, not " + std::to_string(columns.count),
                    "complete or remove the row (a file cut off while it was written ends like this)");
    }
    RpmRow row;
    row.amplitude = rpm_amplitude(reader, cells[columns.signal]);
    check_rpm_phase(reader, cells[columns.phase]);
    row.timestamp_ms = rpm_timestamp_ms(reader, cells[columns.timestamp]);
    row.valid = rpm_integer(reader, cells[columns.valid], "valid flag");
    rpm_integer(reader, cells[columns.video], "video index");
    rpm_integer(reader, cells[columns.ttl_in], "TTL input");
    if (rpm_integer(reader, cells[columns.beam_on], "beam-on flag") != 0) {
        row.flags |= core::FrameFlag::beam_on;
    }
    return row;
}

}  // namespace

core::Recording parse_rpm_dat(std::string_view text, const std::string& file, const ReaderOptions& options)
{
    LineReader reader(text, file);
    RecordingBuilder builder("dat", {file}, 1);
    std::vector<std::string_view> cells;
    const Columns columns = read_header(reader, cells);
    builder.notes().add(file, 1, "CRC in the header, not verified");
    builder.notes().add(file, 0,
                        options.rpm_scale_mm ? "the scale of the signal was set by option"
                                             : "the format states no unit: the signal is taken as centimetres");
    const double scale_mm = options.rpm_scale_mm.value_or(kCentimetre_mm);

    std::vector<RpmRow> rows;
    std::string_view line;
    while (reader.next_filled(line)) {
        split_cells(line, ',', cells);
        const RpmRow row = read_row(reader, columns, cells);
        check_position(reader, row.amplitude * scale_mm);
        append_rpm_row(reader, row, rows);
    }
    note_abrupt_end(reader, builder.notes());
    fill_rpm_recording(rows, scale_mm, options.vxp_valid, builder, file);
    return builder.finish();
}

}  // namespace foretide::acquisition
