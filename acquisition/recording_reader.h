// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "acquisition/read_error.h"
#include "acquisition/reader_options.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// The format's name on the command line ("auto", "csv", "extmarker", "vxp", "dat", "ndi", "session") → format.
/// Throws std::invalid_argument that lists the names.
RecordingFormat parse_format(std::string_view name);

/// Format of a file by its first lines; the name plays no part. `automatic` where no format fits.
RecordingFormat detect_format(std::string_view text);

/// Reads a recorded session from files.
///
/// `inputs`: one file; for ExtMarker one or several files of one session (one marker each) or a folder that holds one
/// session. In a folder, files that are not ExtMarker are left alone (noted), subfolders are not entered. A folder with
/// several sessions is refused with their list. RecordingFormat::vxp reads the older .dat too, as the content says.
///
/// What each format gives: session_csv.h, extmarker.h, vxp.h, rpm_dat.h, ndi_csv.h, session_file.h. Limits:
/// reader_options.h. Every repair and doubt is in Recording::notes.
///
/// Threads: any, no shared state. Errors: ReadError (file, line, what, what to do); std::invalid_argument for
/// impossible options.
core::Recording read_recording(const std::vector<std::filesystem::path>& inputs, const ReaderOptions& options = {});

}  // namespace foretide::acquisition
