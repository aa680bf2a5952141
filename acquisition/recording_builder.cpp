// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/recording_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "acquisition/read_error.h"
#include "acquisition/reader_options.h"

namespace foretide::acquisition {

void NoteLog::add(std::string file, std::size_t line, std::string text)
{
    entries_.push_back({{std::move(file), line, std::move(text)}, 0});
}

void NoteLog::count(const std::string& file, std::size_t line, std::string_view kind)
{
    const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.count > 0 && entry.note.text == kind && entry.note.file == file;
    });
    if (same != entries_.end()) {
        ++same->count;
    } else {
        entries_.push_back({{file, line, std::string(kind)}, 1});
    }
}

std::vector<core::RecordingNote> NoteLog::take()
{
    std::vector<core::RecordingNote> notes;
    notes.reserve(entries_.size());
    for (Entry& entry : entries_) {
        if (entry.count > 1) {
            entry.note.text += " (" + std::to_string(entry.count) + " rows, the first here)";
        }
        notes.push_back(std::move(entry.note));
    }
    entries_.clear();
    return notes;
}

RecordingBuilder::RecordingBuilder(std::string format, std::vector<std::string> files, int markers)
{
    recording_.format = std::move(format);
    recording_.files = std::move(files);
    recording_.markers = markers;
}

void RecordingBuilder::reserve(std::size_t frames) { recording_.frames.reserve(std::min(frames, kMaxFrames)); }

core::MarkerFrame& RecordingBuilder::append(const std::string& file, std::size_t line, core::TimePoint time,
                                            std::uint64_t sequence)
{
    auto& frames = recording_.frames;
    if (frames.size() == kMaxFrames) {
        throw ReadError(file, line, "the recording has more than " + std::to_string(kMaxFrames) + " frames",
                        "split it into shorter recordings");
    }
    if (!frames.empty() && time <= frames.back().acquired) {
        notes_.count(file, line, "the time is not later than in the frame before; kept as it is");
    }
    core::MarkerFrame& frame = frames.emplace_back();
    frame.acquired = time;
    frame.arrived = time;
    frame.sequence = sequence;
    frame.marker_count = recording_.markers;
    return frame;
}

core::Recording RecordingBuilder::finish()
{
    if (recording_.frames.empty()) {
        throw ReadError(recording_.files.front(), 0, "there is no frame in it, only a header",
                        "check that the export is complete");
    }
    recording_.notes = notes_.take();
    return std::move(recording_);
}

void check_position(const LineReader& reader, double coordinate_mm)
{
    if (!(std::abs(coordinate_mm) <= kMaxPosition_mm)) {
        reader.fail("a position is more than 1 km away", "check the unit and that the file is not damaged");
    }
}

void set_visible(core::MarkerSample& marker, const std::array<double, 3>& position_mm) noexcept
{
    marker.position_mm = position_mm;
    marker.visibility = core::Visibility::visible;
}

void read_position(const LineReader& reader, const std::array<std::string_view, 3>& cells, DecimalMark mark,
                   core::MarkerSample& marker, NoteLog& notes)
{
    std::array<double, 3> position_mm{};
    std::size_t unmeasured = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        if (is_unmeasured(cells[axis])) {
            ++unmeasured;
            continue;
        }
        const auto value = parse_number(cells[axis], mark);
        if (!value) {
            reader.fail("the position " + show_cell(cells[axis]) + " is no finite number",
                        "correct it, or leave the cell empty where the marker was not seen");
        }
        check_position(reader, *value);
        position_mm[axis] = *value;
    }
    if (unmeasured == 0) {
        set_visible(marker, position_mm);
    } else if (unmeasured < 3) {
        notes.count(reader.file(), reader.line(), "a marker lacks one or two coordinates; taken as not seen");
    }
}

void check_marker_count(const LineReader& reader, std::size_t markers, const std::string& hint)
{
    if (markers > static_cast<std::size_t>(core::kMaxMarkers)) {
        reader.fail("there are " + std::to_string(markers) + " markers, more than the " +
                        std::to_string(core::kMaxMarkers) + " a frame carries",
                    hint);
    }
}

void note_abrupt_end(const LineReader& reader, NoteLog& notes)
{
    if (reader.ends_abruptly()) {
        notes.add(reader.file(), reader.line(), "the last line has no line end: the file may have been cut off here");
    }
}

}  // namespace foretide::acquisition
