// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi_csv.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "acquisition/recording_builder.h"
#include "acquisition/text_table.h"

namespace foretide::acquisition {

namespace {

constexpr double kNoNumber = -3e28;  // what the tracker writes for "no number" lies below
constexpr std::size_t kMaxLinesBeforeHeader = 10;
constexpr double kMaxFrameNumber = 9007199254740992.0;  // 2^53
constexpr const char* kHeaderHint = "the header of an NDI file starts with Tools,Port 1,Frame,Face,State,Q0,…";

/// Columns of one point: a tool or a single 3-D marker.
struct Point {
    std::string label;
    bool tool = false;
    std::array<std::optional<std::size_t>, 3> position;  ///< Tx, Ty, Tz
    std::optional<std::size_t> state, error;
    bool seen = false;  ///< in any row
};

struct Layout {
    std::size_t columns = 0;
    std::size_t needed = 0;  ///< cells that every row must have
    std::vector<Point> points;
    std::vector<std::size_t> frame, time;
};

Layout read_layout(const LineReader& reader, const std::vector<std::string_view>& names, NoteLog& notes)
{
    Layout layout;
    layout.columns = names.size();
    bool in_markers = false;
    std::size_t markers_of_tool = 0;
    std::string tool;
    for (std::size_t i = 1; i < names.size(); ++i) {
        const std::string_view name = names[i];
        Point* point = layout.points.empty() ? nullptr : &layout.points.back();
        const auto axis = name.size() == 2 && (name[0] == 'T' || name[0] == 't') ? std::string_view("xyz").find(name[1])
                                                                                 : std::string_view::npos;
        if (starts_with_ignoring_case(name, "Port")) {
            layout.points.emplace_back();
            layout.points.back().tool = true;
            tool = layout.points.back().label = show_cell(name);
            in_markers = false;
            markers_of_tool = 0;
        } else if (equal_ignoring_case(name, "Markers") || equal_ignoring_case(name, "Strays")) {
            in_markers = true;
            tool = equal_ignoring_case(name, "Strays") ? "the stray markers" : tool;
        } else if (in_markers && equal_ignoring_case(name, "State")) {
            layout.points.emplace_back();
            layout.points.back().label =
                "3-D marker " + std::to_string(++markers_of_tool) + (tool.empty() ? "" : " of " + tool);
            layout.points.back().state = i;
        } else if (axis != std::string_view::npos) {
            if (point == nullptr || point->tool == in_markers || point->position[axis]) {
                reader.fail("column " + std::to_string(i + 1) + " " + show_cell(name) + " belongs to no tool or marker",
                            kHeaderHint);
            }
            point->position[axis] = i;
        } else if (!in_markers && point != nullptr && equal_ignoring_case(name, "State") && !point->state) {
            point->state = i;
        } else if (!in_markers && equal_ignoring_case(name, "Error") && point != nullptr) {
            point->error = i;
        } else if (!in_markers && equal_ignoring_case(name, "Frame")) {
            layout.frame.push_back(i);
        } else if (!in_markers && starts_with_ignoring_case(name, "Time")) {
            layout.time.push_back(i);
        } else if (!name.empty() && !equal_ignoring_case(name, "Face") && !starts_with_ignoring_case(name, "Q")) {
            notes.count(reader.file(), reader.line(), "the header names a column that is not known; it is not read");
        }
        if (!in_markers) {
            layout.needed = i + 1;
        }
    }
    if (layout.points.empty()) {
        reader.fail("the header names neither a port nor a marker", kHeaderHint);
    }
    for (const Point& point : layout.points) {
        if (!point.state || !point.position[0] || !point.position[1] || !point.position[2]) {
            reader.fail(point.label + " lacks one of the columns State, Tx, Ty, Tz", kHeaderHint);
        }
    }
    if (layout.frame.empty() && layout.time.empty()) {
        reader.fail("the header names neither Frame nor Time", kHeaderHint);
    }
    return layout;
}

/// Letters of a state in lower case, all else left out: "Out of Volume" and "OutOfVolume" are one.
std::string state_letters(std::string_view state)
{
    std::string letters;
    for (const char c : state) {
        if (c >= 'A' && c <= 'Z') {
            letters += static_cast<char>(c - 'A' + 'a');
        } else if (c >= 'a' && c <= 'z') {
            letters += c;
        }
    }
    return letters;
}

core::Visibility visibility_of(std::string_view state)
{
    const std::string letters = state_letters(state);
    if (letters == "ok" || letters == "enabled") {
        return core::Visibility::visible;
    }
    if (letters.find("outofvolume") != std::string::npos) {
        return core::Visibility::out_of_volume;
    }
    if (letters.find("phantom") != std::string::npos) {
        return core::Visibility::phantom;
    }
    return core::Visibility::missing;
}

std::optional<double> number_or_none(const LineReader& reader, std::string_view cell)
{
    if (is_unmeasured(cell)) {
        return std::nullopt;
    }
    const auto value = parse_number(cell);
    if (!value) {
        reader.fail("the value " + show_cell(cell) + " is no finite number", "correct or remove the row");
    }
    return *value < kNoNumber ? std::nullopt : value;
}

core::MarkerSample read_point(const LineReader& reader, const Point& point, const std::vector<std::string_view>& cells)
{
    core::MarkerSample sample;
    const auto cell = [&](std::size_t i) { return i < cells.size() ? cells[i] : std::string_view{}; };
    std::array<double, 3> position_mm{};
    bool measured = true;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto value = number_or_none(reader, cell(*point.position[axis]));
        measured = measured && value.has_value();
        if (value) {
            check_position(reader, *value);
            position_mm[axis] = *value;
        }
    }
    const core::Visibility visibility = visibility_of(cell(*point.state));
    if (measured && visibility != core::Visibility::missing) {
        sample.position_mm = position_mm;
        sample.visibility = visibility;
        if (point.error) {
            const auto error_mm = number_or_none(reader, cell(*point.error));
            sample.quality =
                static_cast<float>(error_mm && *error_mm >= 0 && *error_mm <= kMaxPosition_mm ? *error_mm : core::kNaN);
        }
    }
    return sample;
}

/// Walks the rows of the table, checked for their number of cells; calls use(cells).
template <typename Use>
void for_each_row(LineReader& reader, const Layout& layout, Use&& use)
{
    std::string_view line;
    std::vector<std::string_view> cells;
    while (reader.next_filled(line)) {
        split_cells(line, ',', cells);
        while (cells.size() > layout.columns && cells.back().empty()) {
            cells.pop_back();
        }
        if (cells.size() < layout.needed || cells.size() > layout.columns) {
            reader.fail("the row has " + std::to_string(cells.size()) + " columns, the header " +
                            std::to_string(layout.columns),
                        "complete or remove the row (a file cut off while it was written ends like this)");
        }
        use(cells);
    }
}

/// Moves past the header; its cells stay in `cells`.
void find_header(LineReader& reader, std::vector<std::string_view>& cells)
{
    std::string_view line;
    for (std::size_t i = 0; i <= kMaxLinesBeforeHeader; ++i) {
        if (!reader.next_filled(line)) {
            reader.fail_file(i == 0 ? "the file is empty" : "there is no header", kHeaderHint);
        }
        split_cells(line, ',', cells);
        if (equal_ignoring_case(cells.front(), "Tools")) {
            return;
        }
    }
    reader.fail("there is no header in the first " + std::to_string(kMaxLinesBeforeHeader + 1) + " lines", kHeaderHint);
}

/// Keeps the points that are asked for and seen in at least one row; notes which marker is what.
std::vector<Point> chosen_points(const LineReader& reader, const Layout& layout, NdiPoints wanted, NoteLog& notes)
{
    std::vector<Point> chosen;
    for (const Point& point : layout.points) {
        if ((wanted == NdiPoints::tools && !point.tool) || (wanted == NdiPoints::markers_3d && point.tool)) {
            continue;
        }
        if (!point.seen) {
            notes.add(reader.file(), 0, point.label + " is never seen: left out");
            continue;
        }
        chosen.push_back(point);
        notes.add(reader.file(), 0, "marker " + std::to_string(chosen.size()) + ": " + point.label);
    }
    if (chosen.empty()) {
        reader.fail_file("no marker is seen in any row",
                         "check the State columns and whether tools or single 3-D markers were asked for");
    }
    check_marker_count(reader, chosen.size(), "read the tools or the single 3-D markers alone");
    return chosen;
}

/// Time of each row, counted from the first.
class RowClock {
public:
    RowClock(const Layout& layout, double rate_hz) : layout_(layout), rate_hz_(rate_hz) {}

    /// Counter of the row, nothing where no port has one.
    static std::optional<std::int64_t> frame(const LineReader& reader, const Layout& layout,
                                             const std::vector<std::string_view>& cells, NoteLog& notes)
    {
        std::optional<std::int64_t> first;
        for (const std::size_t column : layout.frame) {
            if (cells[column].empty()) {
                continue;
            }
            const auto number = parse_integer(cells[column]);
            if (!number || *number < 0 || static_cast<double>(*number) > kMaxFrameNumber) {
                reader.fail("the Frame " + show_cell(cells[column]) + " is no frame number",
                            "correct or remove the row");
            }
            if (first && *first != *number) {
                notes.count(reader.file(), reader.line(), "Frame differs between the ports; the first is used");
            }
            first = first ? first : number;
        }
        return first;
    }

    core::TimePoint time(const LineReader& reader, const std::vector<std::string_view>& cells,
                         std::optional<std::int64_t> frame)
    {
        if (!layout_.time.empty()) {
            const auto given = parse_seconds(cells[layout_.time.front()]);
            if (!given) {
                reader.fail("the time " + show_cell(cells[layout_.time.front()]) + " is no number of seconds",
                            "correct or remove the row");
            }
            start_ = start_ ? start_ : given;
            return core::TimePoint{*given - *start_};
        }
        if (!frame) {
            reader.fail("the row has no Frame", "correct or remove the row");
        }
        first_frame_ = first_frame_ ? first_frame_ : frame;
        const double elapsed_s = static_cast<double>(*frame - *first_frame_) / rate_hz_;
        if (!(std::abs(elapsed_s) <= kMaxTime_s)) {
            reader.fail("Frame " + std::to_string(*frame) + " is centuries from the first row",
                        "correct or remove the row");
        }
        return core::TimePoint{core::from_seconds(elapsed_s)};
    }

private:
    const Layout& layout_;
    double rate_hz_;
    std::optional<core::Duration> start_;
    std::optional<std::int64_t> first_frame_;
};

}  // namespace

core::Recording parse_ndi_csv(std::string_view text, const std::string& file, const ReaderOptions& options)
{
    if (!(options.frame_rate_hz > 0) || !std::isfinite(options.frame_rate_hz)) {
        throw std::invalid_argument("the frame rate of an NDI file must be a positive number of hertz");
    }
    NoteLog notes;
    LineReader reader(text, file);
    std::vector<std::string_view> header;
    find_header(reader, header);
    Layout layout = read_layout(reader, header, notes);

    // First pass: which points are ever seen, so that the others do not become markers.
    LineReader scan = reader;
    for_each_row(scan, layout, [&](const std::vector<std::string_view>& cells) {
        for (Point& point : layout.points) {
            point.seen = point.seen || read_point(scan, point, cells).visibility != core::Visibility::missing;
        }
    });
    if (scan.line() == reader.line()) {
        reader.fail_file("there is no frame in it, only a header", "check that the export is complete");
    }
    const std::vector<Point> points = chosen_points(scan, layout, options.ndi_points, notes);

    RecordingBuilder builder("ndi", {file}, static_cast<int>(points.size()));
    for (core::RecordingNote& note : notes.take()) {
        builder.notes().add(std::move(note.file), note.line, std::move(note.text));
    }
    builder.notes().add(file, 0,
                        layout.time.empty() ? "the file states no rate: time is Frame / " +
                                                  std::to_string(options.frame_rate_hz) + " Hz"
                                            : "time is taken from the time column");
    builder.reserve(reader.line_bound());
    RowClock clock(layout, options.frame_rate_hz);
    std::uint64_t row_number = 0;
    for_each_row(reader, layout, [&](const std::vector<std::string_view>& cells) {
        const auto number = RowClock::frame(reader, layout, cells, builder.notes());
        const core::TimePoint time = clock.time(reader, cells, number);
        const auto sequence = number ? static_cast<std::uint64_t>(*number) : row_number;
        ++row_number;
        core::MarkerFrame& frame = builder.append(file, reader.line(), time, sequence);
        for (std::size_t m = 0; m < points.size(); ++m) {
            frame.markers[m] = read_point(reader, points[m], cells);
            if (frame.markers[m].visibility == core::Visibility::missing) {
                builder.notes().count(file, reader.line(), "a marker is not seen");
            }
        }
    });
    note_abrupt_end(reader, builder.notes());
    return builder.finish();
}

}  // namespace foretide::acquisition
