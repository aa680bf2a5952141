// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <string_view>

#include "acquisition/reader_options.h"
#include "core/recording.h"

namespace foretide::acquisition {

/// Reads a Varian RPM/RGSC `.vxp` file, version 1.5 or 1.6: `[Header]` with `key=value` lines, `[Data]`, rows in the
/// columns that `Data_layout` names.
///
/// - One marker, see rpm_rows.h. amplitude · Scale_factor = mm. Where the header has no Scale_factor (1.5 has none),
///   10 is taken (amplitude in cm) and noted; ReaderOptions::rpm_scale_mm overrides both.
/// - `amplitude` and `timestamp` must be there; without `validflag` every row counts as valid (noted). Columns of other
///   names are left alone (noted).
/// - `ttlin` → FrameFlag::beam_on by ReaderOptions::ttl_in_beam_on; by default not, and it is noted that it was not.
/// - `ttlout` rising from 0 (the scanner was triggered) → FrameFlag::event. `mark`: Z and P, the two extrema of each
///   breath as the recorder saw them, are counted in a note only; any other mark → FrameFlag::event.
/// - `Samples_per_second` is the nominal rate. A Total_study_time that is more than a second longer than the rows is
///   noted (cut off?). CRC is noted, not verified: its algorithm is not public. Patient_ID and Date are not kept.
/// - Rows may lack trailing `mark` and `ttlout` cells and may end with a comma.
///
/// Errors: ReadError with file and line.
core::Recording parse_vxp(std::string_view text, const std::string& file, const ReaderOptions& options);

}  // namespace foretide::acquisition
