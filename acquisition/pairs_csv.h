// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/correspondence/pairs.h"

namespace foretide::acquisition {

inline constexpr std::size_t kMaxPairs = 2'000;

/// Reads pairs of marker positions and an internal point, one row a phase of a 4D-CT or an image.
///
/// Header `time_s,m1_x_mm,m1_y_mm,m1_z_mm,m2_x_mm,…`, then, where the markers' velocities are known,
/// `m1_vx_mm_s,m1_vy_mm_s,m1_vz_mm_s,…` for all of them, then `internal_x_mm,internal_y_mm,internal_z_mm`. Times on the
/// markers' clock, or within the breathing cycle; internal positions in the frame of the images. Rows with an empty
/// cell or `nan` are left out and noted. `;` with decimal commas as in a session CSV.
///
/// Errors: ReadError with file and line for a wrong header, missing or surplus columns, text that is no number, values
/// beyond the limits of reader_options.h, no rows, more than kMaxPairs.
core::CorrespondencePairs parse_pairs_csv(std::string_view text, const std::string& file);

/// The same from a file.
core::CorrespondencePairs read_pairs_csv(const std::filesystem::path& file);

}  // namespace foretide::acquisition
