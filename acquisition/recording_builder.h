// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "acquisition/text_table.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// What a reader repaired, dropped or doubted. Equal kinds in one file become one note: the first place and the count.
class NoteLog {
public:
    /// A note of its own; line 0 = the file as a whole.
    void add(std::string file, std::size_t line, std::string text);
    /// One more of a kind. `kind` must be one of a few fixed texts, not hold what the file says.
    void count(const std::string& file, std::size_t line, std::string_view kind);
    /// All notes in the order of their first appearance; leaves the log empty.
    std::vector<core::RecordingNote> take();

private:
    struct Entry {
        core::RecordingNote note;
        std::size_t count = 0;  ///< 0: a note of its own
    };
    std::vector<Entry> entries_;
};

/// Builds a Recording under the limits of reader_options.h: what all readers share.
///
/// Threads: one. Allocation: grows with the frames. Errors: ReadError.
class RecordingBuilder {
public:
    /// `markers` must be 1 … kMaxMarkers.
    RecordingBuilder(std::string format, std::vector<std::string> files, int markers);

    /// Asks for room for so many frames; more than kMaxFrames are not reserved.
    void reserve(std::size_t frames);

    /// Appends a frame without markers seen. The reference is good until the next call.
    /// Throws past kMaxFrames. A time that is not later than the frame before is kept and noted.
    core::MarkerFrame& append(const std::string& file, std::size_t line, core::TimePoint time, std::uint64_t sequence);

    NoteLog& notes() noexcept { return notes_; }
    void set_nominal_rate_hz(double rate_hz) noexcept { recording_.nominal_rate_hz = rate_hz; }

    /// The recording, with its notes; throws where it holds no frame.
    core::Recording finish();

private:
    core::Recording recording_;
    NoteLog notes_;
};

/// Throws ReadError with the place of `reader` where |coordinate| is beyond kMaxPosition_mm.
void check_position(const LineReader& reader, double coordinate_mm);

/// Marks a marker as measured at a position.
void set_visible(core::MarkerSample& marker, const std::array<double, 3>& position_mm) noexcept;

/// Three cells → a marker: seen where all three are numbers, missing (NaN) where all three are unmeasured; where only
/// some are, missing and noted. Throws ReadError for anything else.
void read_position(const LineReader& reader, const std::array<std::string_view, 3>& cells, DecimalMark mark,
                   core::MarkerSample& marker, NoteLog& notes);

/// Throws ReadError where a file has more markers than a frame carries.
void check_marker_count(const LineReader& reader, std::size_t markers, const std::string& hint);

/// Notes a text that ends without a line end.
void note_abrupt_end(const LineReader& reader, NoteLog& notes);

}  // namespace foretide::acquisition
