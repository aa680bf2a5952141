// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/rpm_rows.h"

#include <algorithm>
#include <cmath>

namespace foretide::acquisition {

namespace {

constexpr std::int64_t kNotPeriodic = -2;

VxpValidity decide_validity(std::span<const RpmRow> rows, VxpValidity asked, NoteLog& notes, const std::string& file)
{
    if (asked != VxpValidity::automatic) {
        notes.add(file, 0,
                  asked == VxpValidity::zero ? "validflag: 0 is valid, all else an error, as asked for"
                                             : "validflag: 0 and above is valid, as asked for");
        return asked;
    }
    const auto line_where = [&](auto&& wanted) {
        const auto found = std::find_if(rows.begin(), rows.end(), wanted);
        return found == rows.end() ? std::size_t{0} : found->line;
    };
    const std::string negative_rule =
        "validflag: 0 and above is taken as valid, -1 as track lost, -2 as tracked but not periodic, because ";
    if (const auto line = line_where([](const RpmRow& row) { return row.valid < 0; })) {
        notes.add(file, line, negative_rule + "negative flags occur");
        return VxpValidity::non_negative;
    }
    if (const auto line = line_where([](const RpmRow& row) { return row.valid > 1; })) {
        notes.add(file, line, negative_rule + "flags above 1 occur");
        return VxpValidity::non_negative;
    }
    const auto ones = std::count_if(rows.begin(), rows.end(), [](const RpmRow& row) { return row.valid == 1; });
    if (ones == 0) {
        return VxpValidity::zero;
    }
    const auto line = line_where([](const RpmRow& row) { return row.valid == 1; });
    const std::string counts = std::to_string(ones) + " of " + std::to_string(rows.size()) + " rows have flag 1";
    if (2 * static_cast<std::size_t>(ones) > rows.size()) {
        notes.add(file, line,
                  negative_rule + counts + ", which cannot all be errors; set the convention if it is known");
        return VxpValidity::non_negative;
    }
    notes.add(file, line,
              "validflag: 0 is taken as valid and 1 as an error (" + counts +
                  ", their markers count as missing); set the convention if it is known");
    return VxpValidity::zero;
}

}  // namespace

double rpm_amplitude(const LineReader& reader, std::string_view cell)
{
    const auto value = parse_number(cell);
    if (!value) {
        reader.fail("the amplitude " + show_cell(cell) + " is no finite number", "correct or remove the row");
    }
    return *value;
}

double rpm_timestamp_ms(const LineReader& reader, std::string_view cell)
{
    const auto value = parse_number(cell);
    if (!value || std::abs(*value) > kMaxTime_s * 1e3) {
        reader.fail("the timestamp " + show_cell(cell) + " is no number of milliseconds", "correct or remove the row");
    }
    return *value;
}

std::int64_t rpm_integer(const LineReader& reader, std::string_view cell, std::string_view name)
{
    const auto value = parse_integer(cell);
    if (!value) {
        reader.fail("the " + std::string(name) + " " + show_cell(cell) + " is no whole number",
                    "correct or remove the row");
    }
    return *value;
}

void check_rpm_phase(const LineReader& reader, std::string_view cell)
{
    if (!is_unmeasured(cell) && !parse_number(cell)) {
        reader.fail("the phase " + show_cell(cell) + " is no number", "correct or remove the row");
    }
}

void append_rpm_row(const LineReader& reader, const RpmRow& row, std::vector<RpmRow>& rows)
{
    if (rows.size() == kMaxFrames) {
        reader.fail("the recording has more than " + std::to_string(kMaxFrames) + " frames",
                    "split it into shorter recordings");
    }
    rows.push_back(row);
    rows.back().line = reader.line();
}

void fill_rpm_recording(std::span<const RpmRow> rows, double scale_mm, VxpValidity validity, RecordingBuilder& builder,
                        const std::string& file)
{
    builder.notes().add(file, 0, "one-dimensional signal: the amplitude is z of marker 1 (up, IEC 61217), x = y = 0");
    const VxpValidity convention = decide_validity(rows, validity, builder.notes(), file);
    builder.reserve(rows.size());
    std::uint64_t sequence = 0;
    for (const RpmRow& row : rows) {
        const double elapsed_ms = row.timestamp_ms - rows.front().timestamp_ms;
        const core::TimePoint time{core::Duration{std::llround(elapsed_ms * 1e6)}};
        core::MarkerFrame& frame = builder.append(file, row.line, time, sequence++);
        frame.flags = row.flags;
        const bool not_periodic = row.valid == kNotPeriodic;
        if (not_periodic) {
            frame.flags |= core::FrameFlag::not_periodic;
        }
        const bool valid = convention == VxpValidity::zero ? row.valid == 0 : row.valid >= 0 || not_periodic;
        if (valid) {
            set_visible(frame.markers[0], {0.0, 0.0, row.amplitude * scale_mm});
        }
    }
}

}  // namespace foretide::acquisition
