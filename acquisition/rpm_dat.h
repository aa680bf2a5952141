// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <string_view>

#include "acquisition/reader_options.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// Reads a Varian RPM `.dat` file, version 1.4 or 1.7, the format before `.vxp`.
///
/// Ten header lines: `CRC…`, `VERSION = 1.4`, reference position (two numbers), `#TRUE#` (phase gating) or `#FALSE#`
/// (amplitude gating), gating window (two numbers), five lines that are not known and left alone. Then the rows:
///   1.4: signal, phase, timestamp [ms], valid, video index, ttl in, beam on
///   1.7: the same with two more cells between signal and phase, which are not known and left alone
/// One marker, see rpm_rows.h. The format states no unit: the signal is taken as centimetres (noted) unless
/// ReaderOptions::rpm_scale_mm is set. beam on ≠ 0 → FrameFlag::beam_on; ttl in is checked and not used.
///
/// Errors: ReadError with file and line.
core::Recording parse_rpm_dat(std::string_view text, const std::string& file, const ReaderOptions& options);

}  // namespace foretide::acquisition
