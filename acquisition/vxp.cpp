// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/vxp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "acquisition/recording_builder.h"
#include "acquisition/rpm_rows.h"
#include "acquisition/text_table.h"

namespace foretide::acquisition {

namespace {

constexpr double kCentimetre_mm = 10.0;
constexpr std::size_t kMaxHeaderLines = 64;
constexpr double kStudyTimeTolerance_s = 1.0;

enum Column : std::size_t { amplitude, phase, timestamp, validflag, ttlin, mark, ttlout, column_count };
constexpr std::array<std::string_view, column_count> kColumnNames{"amplitude", "phase", "timestamp", "validflag",
                                                                  "ttlin",     "mark",  "ttlout"};

struct Header {
    std::array<std::optional<std::size_t>, column_count> index;  ///< place of each known column in a row
    std::size_t columns = 0;                                     ///< in Data_layout
    std::size_t needed = 0;                                      ///< cells a row must have at least
    std::optional<double> scale_mm;
    std::optional<double> rate_hz;
    std::optional<double> study_time_s;
    bool has_layout = false;
    bool has_version = false;
};

void read_layout(const LineReader& reader, std::string_view value, Header& header, NoteLog& notes)
{
    std::vector<std::string_view> names;
    split_cells(value, ',', names);
    if (header.has_layout) {
        reader.fail("there is a second Data_layout", "leave only the one that fits the rows");
    }
    header.has_layout = true;
    header.columns = names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto known = std::find_if(kColumnNames.begin(), kColumnNames.end(),
                                        [&](std::string_view name) { return equal_ignoring_case(name, names[i]); });
        if (known == kColumnNames.end()) {
            notes.count(reader.file(), reader.line(), "Data_layout names a column that is not known; it is not read");
            continue;
        }
        const auto column = static_cast<std::size_t>(known - kColumnNames.begin());
        if (header.index[column]) {
            reader.fail("Data_layout names " + std::string(*known) + " twice", "correct the header");
        }
        header.index[column] = i;
        if (column != mark && column != ttlout) {
            header.needed = std::max(header.needed, i + 1);
        }
    }
    for (const Column column : {amplitude, timestamp}) {
        if (!header.index[column]) {
            reader.fail("Data_layout names no " + std::string(kColumnNames[column]) + " column",
                        "export the motion with the columns amplitude,phase,timestamp,validflag,ttlin,mark,ttlout");
        }
    }
}

void read_key(const LineReader& reader, std::string_view key, std::string_view value, Header& header, NoteLog& notes)
{
    const auto positive = [&]() -> std::optional<double> {
        const auto number = parse_number(value);
        return number && *number > 0 ? number : std::nullopt;
    };
    if (equal_ignoring_case(key, "Version")) {
        if (value != "1.5" && value != "1.6") {
            reader.fail("the version is " + show_cell(value), "only versions 1.5 and 1.6 of the format are known");
        }
        header.has_version = true;
    } else if (equal_ignoring_case(key, "Data_layout")) {
        read_layout(reader, value, header, notes);
    } else if (equal_ignoring_case(key, "Scale_factor")) {
        header.scale_mm = positive();
        if (!header.scale_mm) {
            reader.fail("the Scale_factor " + show_cell(value) + " is no positive number",
                        "10.0 stands for centimetres");
        }
    } else if (equal_ignoring_case(key, "Samples_per_second")) {
        header.rate_hz = positive();
        if (!header.rate_hz) {
            notes.add(reader.file(), reader.line(), "Samples_per_second is no positive number; not used");
        }
    } else if (equal_ignoring_case(key, "Total_study_time")) {
        header.study_time_s = positive();
    } else if (equal_ignoring_case(key, "CRC")) {
        notes.add(reader.file(), reader.line(), "CRC " + show_cell(value) + " in the header, not verified");
    }
}

Header read_header(LineReader& reader, NoteLog& notes)
{
    const std::string hint = "a .vxp file has a [Header] with Version and Data_layout, then [Data]";
    std::string_view line;
    if (!reader.next_filled(line)) {
        reader.fail_file("the file is empty", hint);
    }
    if (!equal_ignoring_case(line, "[Header]")) {
        reader.fail("the file starts with " + show_cell(line) + ", not with [Header]", hint);
    }
    Header header;
    for (std::size_t i = 0; i < kMaxHeaderLines; ++i) {
        if (!reader.next_filled(line)) {
            reader.fail_file("the file ends within its header", hint);
        }
        if (equal_ignoring_case(line, "[Data]")) {
            if (!header.has_version || !header.has_layout) {
                reader.fail(header.has_version ? "the header has no Data_layout" : "the header has no Version", hint);
            }
            return header;
        }
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            reader.fail("the header line " + show_cell(line) + " is not of the form key=value", hint);
        }
        read_key(reader, bare_cell(line.substr(0, equals)), bare_cell(line.substr(equals + 1)), header, notes);
    }
    reader.fail("there is no [Data] within the first " + std::to_string(kMaxHeaderLines) + " header lines", hint);
}

/// Reads the rows one after the other; remembers the scanner trigger.
class RowReader {
public:
    RowReader(const Header& header, BeamPolarity polarity, NoteLog& notes)
        : header_(header), polarity_(polarity), notes_(notes)
    {
    }

    RpmRow read(const LineReader& reader, const std::vector<std::string_view>& cells)
    {
        const bool comma_at_end = cells.size() == header_.columns + 1 && cells.back().empty();
        if (cells.size() < header_.needed || (cells.size() > header_.columns && !comma_at_end)) {
            reader.fail("the row has " + std::to_string(cells.size()) + " columns, Data_layout " +
                            std::to_string(header_.columns),
                        "complete or remove the row (a file cut off while it was written ends like this)");
        }
        const auto cell = [&](Column column) {
            const auto index = header_.index[column];
            return index && *index < cells.size() ? cells[*index] : std::string_view{};
        };
        RpmRow row;
        row.amplitude = rpm_amplitude(reader, cell(amplitude));
        row.timestamp_ms = rpm_timestamp_ms(reader, cell(timestamp));
        check_rpm_phase(reader, cell(phase));
        if (header_.index[validflag]) {
            row.valid = rpm_integer(reader, cell(validflag), "validflag");
        }
        if (!cell(ttlin).empty()) {
            const bool level = rpm_integer(reader, cell(ttlin), "ttlin") != 0;
            if (polarity_ != BeamPolarity::unknown && level == (polarity_ == BeamPolarity::high)) {
                row.flags |= core::FrameFlag::beam_on;
            }
        }
        if (!cell(ttlout).empty()) {
            const bool level = rpm_integer(reader, cell(ttlout), "ttlout") != 0;
            if (level && !scanner_triggered_) {
                row.flags |= core::FrameFlag::event;
            }
            scanner_triggered_ = level;
        }
        if (cell(mark) == "Z" || cell(mark) == "P") {
            notes_.count(reader.file(), reader.line(), "extremum of the breath marked by the recorder (Z or P)");
        } else if (!cell(mark).empty()) {
            row.flags |= core::FrameFlag::event;
            notes_.count(reader.file(), reader.line(), "mark other than Z and P: kept as an event");
        }
        return row;
    }

private:
    const Header& header_;
    BeamPolarity polarity_;
    NoteLog& notes_;
    bool scanner_triggered_ = false;
};

double scale_of(const Header& header, const ReaderOptions& options, NoteLog& notes, const std::string& file)
{
    if (options.rpm_scale_mm) {
        notes.add(file, 0, "the scale of the amplitude was set by option");
        return *options.rpm_scale_mm;
    }
    if (!header.scale_mm) {
        notes.add(file, 0, "the header has no Scale_factor: the amplitude is taken as centimetres");
    }
    return header.scale_mm.value_or(kCentimetre_mm);
}

}  // namespace

core::Recording parse_vxp(std::string_view text, const std::string& file, const ReaderOptions& options)
{
    LineReader reader(text, file);
    RecordingBuilder builder("vxp", {file}, 1);
    const Header header = read_header(reader, builder.notes());
    const double scale_mm = scale_of(header, options, builder.notes(), file);
    if (!header.index[validflag]) {
        builder.notes().add(file, 0, "there is no validflag column: every row counts as valid");
    }
    if (header.index[ttlin] && options.ttl_in_beam_on == BeamPolarity::unknown) {
        builder.notes().add(file, 0, "ttlin is not read as beam on or off: its polarity was not given");
    }

    std::vector<RpmRow> rows;
    std::vector<std::string_view> cells;
    std::string_view line;
    RowReader row_reader(header, options.ttl_in_beam_on, builder.notes());
    while (reader.next_filled(line)) {
        split_cells(line, ',', cells);
        const RpmRow row = row_reader.read(reader, cells);
        check_position(reader, row.amplitude * scale_mm);
        append_rpm_row(reader, row, rows);
    }
    note_abrupt_end(reader, builder.notes());
    fill_rpm_recording(rows, scale_mm, options.vxp_valid, builder, file);
    builder.set_nominal_rate_hz(header.rate_hz.value_or(core::kNaN));
    if (header.study_time_s && !rows.empty()) {
        const double rows_s = (rows.back().timestamp_ms - rows.front().timestamp_ms) * 1e-3;
        if (*header.study_time_s > rows_s + kStudyTimeTolerance_s) {
            builder.notes().add(file, rows.back().line,
                                "the header promises a longer recording (Total_study_time): it may have been cut off");
        }
    }
    return builder.finish();
}

}  // namespace foretide::acquisition
