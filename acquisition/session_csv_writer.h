// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "core/recording.h"

namespace foretide::acquisition {

/// Writes a recording as session CSV (see session_csv.h): LF line ends, one row a frame.
///
/// Round-trips bit for bit: times as exact decimals of nanoseconds, positions as the shortest decimal that reads back
/// to the same double. A marker without a full position is three empty cells. What the format has no column for is not
/// written: sequence numbers, flags, quality, visibility other than "not seen", notes.
///
/// Errors: std::runtime_error where a frame has no time, another number of markers than the recording, or a time or
/// position that the reader would refuse; and where writing fails.
void write_session_csv(const core::Recording& recording, std::ostream& out);

/// The same into a file; nothing is left under that name unless it was written in full (a sibling with the ending
/// `.part` is renamed at the end). What exists there and is no regular file (a device, a pipe) is written to directly.
void write_session_csv(const core::Recording& recording, const std::filesystem::path& file);

}  // namespace foretide::acquisition
