// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <string_view>

#include "acquisition/reader_options.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// Reads the CSV that NDI ToolBox/Track records: header `Tools,Port 1,Frame,Face,State,Q0,…,Tx,Ty,Tz,Error,Port 2,…`,
/// with single 3-D markers `Markers,State,Tx,Ty,Tz,State,Tx,…` after a tool where they were exported. Lines before the
/// header (a date) are skipped. Positions in millimetres in the tracker's frame.
///
/// - Every tool (its origin) and every single 3-D marker is a marker, in the order of the columns; which, by
///   ReaderOptions::ndi_points. Points that are never seen in the whole file are left out. All of it is noted.
/// - Time: from the first `Time` column where there is one, else Frame / ReaderOptions::frame_rate_hz (noted), counted
///   from the first row. The Frame of the first port that has one is the sequence number.
/// - State: OK → visible. Out or partially out of volume → out_of_volume; phantom → phantom; both with the position
///   as given. Anything else (missing, too few markers, off angle, …), the tracker's value for "no number" (below
///   −3e28) or an empty position → missing. Error → quality.
/// - Rows may end before the last single 3-D markers.
///
/// Errors: ReadError with file and line; std::invalid_argument for a frame rate that is not positive.
core::Recording parse_ndi_csv(std::string_view text, const std::string& file, const ReaderOptions& options);

}  // namespace foretide::acquisition
