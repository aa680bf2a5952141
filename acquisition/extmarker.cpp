// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/extmarker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "acquisition/read_error.h"
#include "acquisition/reader_options.h"
#include "acquisition/recording_builder.h"
#include "acquisition/text_table.h"

namespace foretide::acquisition {

namespace {

constexpr std::int64_t kFrameRate_hz = 60;
constexpr std::int64_t kMaxFrameNumber = std::int64_t{1} << 31U;  // 1.1 years
constexpr double kClockTolerance_ms = 60.0;
constexpr double kBrokenTimeFactor = 500.0;
constexpr std::size_t kColumns = 5;
constexpr std::size_t kSessionDigits = 12;

struct Row {
    std::int64_t frame = 0;
    std::size_t line = 0;
    core::MarkerSample marker;
    bool repaired = false;
    bool all_zero = false;
};

std::string_view base_name(std::string_view path)
{
    const auto slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Second part of the file name, "LAC" in 201205101519-LAC-…; empty where the name does not follow the custom.
std::string site(std::string_view file_name)
{
    if (extmarker_session(file_name).empty()) {
        return {};
    }
    const std::string_view rest = base_name(file_name).substr(kSessionDigits + 1);
    return std::string(rest.substr(0, rest.find_first_of("-.")));
}

void read_header(LineReader& reader, std::vector<std::string_view>& cells)
{
    constexpr std::array<std::string_view, kColumns> kNames{"Frame", "Timestamp", "x", "y", "z"};
    const std::string hint = "an ExtMarker file starts with \"Frame\";\"Timestamp\";\"x\";\"y\";\"z\"";
    std::string_view line;
    if (!reader.next_filled(line)) {
        reader.fail_file("the file is empty", hint);
    }
    split_cells(line, ';', cells);
    if (!std::equal(cells.begin(), cells.end(), kNames.begin(), kNames.end(), equal_ignoring_case)) {
        reader.fail("the header is " + show_cell(line), hint);
    }
}

Row read_row(const LineReader& reader, const std::vector<std::string_view>& cells, NoteLog& notes)
{
    constexpr DecimalMark kMark = DecimalMark::point_or_comma;
    if (cells.size() != kColumns) {
        reader.fail("the row has " + std::to_string(cells.size()) + " columns, not 5",
                    "complete or remove the row (a file cut off while it was written ends like this)");
    }
    Row row;
    row.line = reader.line();
    const auto frame = parse_integer(cells[0], kMark);
    if (!frame || *frame < 0 || *frame > kMaxFrameNumber) {
        reader.fail("the Frame " + show_cell(cells[0]) + " is no frame number", "correct or remove the row");
    }
    row.frame = *frame;
    const auto timestamp_ms = parse_number(cells[1], kMark);
    if (!timestamp_ms) {
        reader.fail("the Timestamp " + show_cell(cells[1]) + " is no number of milliseconds",
                    "correct or remove the row");
    }
    read_position(reader, {cells[2], cells[3], cells[4]}, kMark, row.marker, notes);

    const double clock_ms = static_cast<double>(row.frame) * 1000.0 / static_cast<double>(kFrameRate_hz);
    if (std::abs(*timestamp_ms - clock_ms) > kClockTolerance_ms) {
        row.repaired = true;
        const bool divided = std::abs(*timestamp_ms * kBrokenTimeFactor - clock_ms) <= kClockTolerance_ms;
        notes.count(reader.file(), reader.line(),
                    divided ? "Timestamp is the true time divided by 500: time taken from Frame, marked as interpolated"
                            : "Timestamp does not fit Frame: time taken from Frame, marked as interpolated");
    }
    row.all_zero = row.frame == 0 && *timestamp_ms == 0.0 && row.marker.position_mm == std::array<double, 3>{};
    return row;
}

std::vector<Row> read_rows(const ExtMarkerFile& file, NoteLog& notes)
{
    LineReader reader(file.text, file.name);
    std::vector<std::string_view> cells;
    read_header(reader, cells);
    std::vector<Row> rows;
    std::string_view line;
    std::size_t zero_rows = 0;  // all-zero rows after the last kept one
    while (reader.next_filled(line)) {
        split_cells(line, ';', cells);
        const Row row = read_row(reader, cells, notes);
        if (!rows.empty() && row.all_zero) {
            ++zero_rows;
            notes.count(file.name, reader.line(), "trailing row of zeros dropped");
            continue;
        }
        if (zero_rows > 0) {
            reader.fail("a row follows a row of zeros", "remove the row of zeros above it, or split the recordings");
        }
        if (!rows.empty() && row.frame == rows.back().frame) {
            notes.count(file.name, reader.line(), "row dropped: it repeats the Frame of the row before");
            continue;
        }
        if (!rows.empty() && row.frame < rows.back().frame) {
            reader.fail(
                "Frame goes back from " + std::to_string(rows.back().frame) + " to " + std::to_string(row.frame),
                "split the file where the second recording starts");
        }
        if (rows.size() == kMaxFrames) {
            reader.fail("the recording has more than " + std::to_string(kMaxFrames) + " frames",
                        "split it into shorter recordings");
        }
        rows.push_back(row);
    }
    if (rows.empty()) {
        reader.fail_file("there is no row in it, only a header", "check that the export is complete");
    }
    note_abrupt_end(reader, notes);
    return rows;
}

/// Files in marker order; throws where they are not one session.
std::vector<ExtMarkerFile> ordered(std::span<const ExtMarkerFile> given)
{
    if (given.empty()) {
        throw ReadError("ExtMarker session", 0, "no file was given", "give one file a marker");
    }
    std::vector<ExtMarkerFile> files(given.begin(), given.end());
    std::sort(files.begin(), files.end(), [](const ExtMarkerFile& a, const ExtMarkerFile& b) {
        return std::make_tuple(base_name(a.name), std::string_view(a.name)) <
               std::make_tuple(base_name(b.name), std::string_view(b.name));
    });
    if (files.size() > static_cast<std::size_t>(core::kMaxMarkers)) {
        throw ReadError(files.front().name, 0,
                        "there are " + std::to_string(files.size()) + " files, more than the " +
                            std::to_string(core::kMaxMarkers) + " markers a frame carries",
                        "give the files of one session, one a marker");
    }
    for (std::size_t i = 1; i < files.size(); ++i) {
        const std::string first = extmarker_session(files[0].name);
        const std::string other = extmarker_session(files[i].name);
        if (first != other) {
            throw ReadError(files[i].name, 0,
                            "it belongs to session " + (other.empty() ? "(none by its name)" : other) + ", " +
                                files[0].name + " to session " + (first.empty() ? "(none by its name)" : first),
                            "give the files of one session only");
        }
        if (files[i].name == files[i - 1].name || (!other.empty() && site(files[i].name) == site(files[i - 1].name))) {
            throw ReadError(files[i].name, 0, "its marker is there already, as " + files[i - 1].name,
                            "give one file a marker");
        }
    }
    return files;
}

core::TimePoint frame_time(std::int64_t frames_since_start)
{
    constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
    return core::TimePoint{core::Duration{(frames_since_start * kNanosPerSecond + kFrameRate_hz / 2) / kFrameRate_hz}};
}

}  // namespace

std::string extmarker_session(std::string_view file_name)
{
    const std::string_view name = base_name(file_name);
    if (name.size() <= kSessionDigits || name[kSessionDigits] != '-' ||
        name.substr(0, kSessionDigits).find_first_not_of("0123456789") != std::string_view::npos) {
        return {};
    }
    return std::string(name.substr(0, kSessionDigits));
}

core::Recording parse_extmarker(std::span<const ExtMarkerFile> given)
{
    const std::vector<ExtMarkerFile> files = ordered(given);
    std::vector<std::string> names;
    names.reserve(files.size());
    for (const ExtMarkerFile& file : files) {
        names.push_back(file.name);
    }
    RecordingBuilder builder("extmarker", names, static_cast<int>(files.size()));
    std::vector<std::vector<Row>> tracks;
    std::size_t longest = 0;
    for (std::size_t m = 0; m < files.size(); ++m) {
        const std::string where = site(files[m].name);
        builder.notes().add(names[m], 0, "marker " + std::to_string(m + 1) + (where.empty() ? "" : ": site " + where));
        tracks.push_back(read_rows(files[m], builder.notes()));
        longest = std::max(longest, tracks.back().size());
    }
    builder.reserve(longest);

    std::vector<std::size_t> at(tracks.size(), 0);
    std::int64_t first_frame = -1;
    while (true) {
        std::int64_t number = std::numeric_limits<std::int64_t>::max();
        std::size_t earliest = 0;
        for (std::size_t m = 0; m < tracks.size(); ++m) {
            if (at[m] < tracks[m].size() && tracks[m][at[m]].frame < number) {
                number = tracks[m][at[m]].frame;
                earliest = m;
            }
        }
        if (number == std::numeric_limits<std::int64_t>::max()) {
            break;
        }
        first_frame = first_frame < 0 ? number : first_frame;
        core::MarkerFrame& frame = builder.append(names[earliest], tracks[earliest][at[earliest]].line,
                                                  frame_time(number - first_frame), static_cast<std::uint64_t>(number));
        for (std::size_t m = 0; m < tracks.size(); ++m) {
            if (at[m] == tracks[m].size() || tracks[m][at[m]].frame != number) {
                const std::size_t line = tracks[m][std::min(at[m], tracks[m].size() - 1)].line;
                builder.notes().count(names[m], line, "Frame of the other files not in this one: marker missing there");
                continue;
            }
            const Row& row = tracks[m][at[m]++];
            frame.markers[m] = row.marker;
            if (row.repaired) {
                frame.flags |= core::FrameFlag::time_repaired | core::FrameFlag::interpolated;
            }
        }
    }
    return builder.finish();
}

}  // namespace foretide::acquisition
