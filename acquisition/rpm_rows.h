// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acquisition/reader_options.h"
#include "acquisition/recording_builder.h"
#include "acquisition/text_table.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// One sample of a Varian RPM file, as written there.
struct RpmRow {
    double amplitude = 0;     ///< in units of the file's scale
    double timestamp_ms = 0;  ///< since the application's start
    std::int64_t valid = 0;   ///< `validflag`; see VxpValidity
    core::FrameFlag flags = core::FrameFlag::none;
    std::size_t line = 0;
};

/// Cell readers of the RPM formats; ReadError names the place and `name`.
double rpm_amplitude(const LineReader& reader, std::string_view cell);
double rpm_timestamp_ms(const LineReader& reader, std::string_view cell);
std::int64_t rpm_integer(const LineReader& reader, std::string_view cell, std::string_view name);
/// The phase is checked to be a number or empty and otherwise not used.
void check_rpm_phase(const LineReader& reader, std::string_view cell);

/// Appends a row; ReadError past kMaxFrames.
void append_rpm_row(const LineReader& reader, const RpmRow& row, std::vector<RpmRow>& rows);

/// RPM rows → a recording of one marker: z = amplitude · scale [mm] (IEC 61217: z points up, as the block moves on the
/// chest of a supine patient; sign and zero as recorded), x = y = 0. Time counts from the first sample.
///
/// Validity. An invalid row is a missing marker (NaN). VxpValidity::automatic decides, and notes what it decided:
///   any flag < 0, or any flag > 1         → non_negative (the other reading knows neither);
///   all flags 0                           → all valid, in both readings;
///   zeros and ones, ones in the minority  → zero: 1 marks errors, the reading that holds the beam if it is wrong;
///   ones in the majority                  → non_negative: a recording that is mostly errors is not plausible.
/// A flag of −2 always marks the frame not_periodic.
void fill_rpm_recording(std::span<const RpmRow> rows, double scale_mm, VxpValidity validity, RecordingBuilder& builder,
                        const std::string& file);

}  // namespace foretide::acquisition
