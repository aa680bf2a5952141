// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/recording.h"

namespace foretide::acquisition {

/// One file of an ExtMarker session: the track of one marker.
struct ExtMarkerFile {
    std::string name;  ///< path or name; the custom is `YYYYMMDDhhmm-SITE-…`
    std::string_view text;
};

/// Session that a file belongs to, by its name: the twelve digits before the first '-'. Empty where the name does not
/// follow the custom.
std::string extmarker_session(std::string_view file_name);

/// Reads one session of external markers as recorded by Krilavičius et al.: `"Frame";"Timestamp";"x";"y";"z"`, decimal
/// comma, one file a marker, millimetres in the tracker's frame, Frame a 60 Hz counter.
///
/// - Frame is the clock: time = (Frame − first Frame)/60 s; it is also the sequence number. Where the recorded
///   timestamp [ms] is more than 60 ms off Frame·1000/60, the row was filled in by the recorder (seen in the wild as
///   true ms/500 with averaged coordinates): the frame is flagged time_repaired and interpolated.
/// - A trailing row of five zeros is no sample and is dropped; a last row that is not all zero is kept.
/// - A row that repeats the Frame before it is dropped. Frame going back is an error: two recordings in one file.
/// - Markers are the files in the order of their names (folders left out, bytewise; then of the full path), whatever
///   the order given: site names in alphabet order within a session, as in the published series.
/// - Files are merged by Frame: a Frame that a file lacks gives a missing marker there.
/// All of it is noted. An empty or `nan` coordinate triple = marker not seen.
///
/// Errors: ReadError for no file, files of different sessions, the same site twice, too many markers, a wrong header,
/// wrong number of columns, text that is no number, no rows, and for the limits of reader_options.h.
core::Recording parse_extmarker(std::span<const ExtMarkerFile> files);

}  // namespace foretide::acquisition
