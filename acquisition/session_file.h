// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>

#include "core/recording.h"
#include "core/session/session_reader.h"

namespace foretide::acquisition {

/// Reads the frames of a session file (core/session/SCHEMA.md) as they were received.
///
/// Times count from the first frame's exposure, arrival times are kept beside them; sequence numbers, flags, quality
/// and visibility are as recorded. Noted: frames without an exposure time (left out), positions that are infinite or
/// beyond kMaxPosition_mm (not seen), frames with fewer markers than others (those count as missing), times that do not
/// increase (kept), gaps of the record, and a session that did not end as it should.
///
/// Errors: ReadError, also for the limits of reader_options.h.
core::Recording read_session_file(const std::filesystem::path& file);

/// The same of a session that is open; begins at its reader's next frame and gap.
core::Recording read_session_frames(core::SessionReader& session);

}  // namespace foretide::acquisition
