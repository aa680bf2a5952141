// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <string_view>

#include "core/recording.h"

namespace foretide::acquisition {

/// Reads a session CSV, the project's own exchange format.
///
/// Header `time_s,m1_x_mm,m1_y_mm,m1_z_mm,m2_x_mm,…`, one row a frame. Time in seconds, finite, kept as written (the
/// zero is the file's own); millimetres in the frame of whoever wrote the file. An empty cell or `nan` = the marker was
/// not seen. Times that do not increase are kept and noted. Where the header is separated by `;`, so are the rows, and
/// decimal commas are taken. The sequence number counts the rows from 0.
///
/// Errors: ReadError with file and line for a wrong header, missing or surplus columns, text that is no number,
/// no frames, and for the limits of reader_options.h.
core::Recording parse_session_csv(std::string_view text, const std::string& file);

}  // namespace foretide::acquisition
