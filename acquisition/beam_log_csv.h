// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace foretide::acquisition {

inline constexpr std::size_t kMaxBeamEdges = 1'000'000;

/// The beam comes on, or goes off.
struct BeamEdge {
    double time_s = 0;
    bool on = false;
};

/// Reads a beam log: header `time_s,beam`, one row a reading or an edge, beam 1 or 0, times on the clock of the motion
/// file. The first row states how the beam begins; rows that repeat the state before are no edges. Times may repeat,
/// not go back. Errors: ReadError with file and line.
std::vector<BeamEdge> parse_beam_log(std::string_view text, const std::string& file);
std::vector<BeamEdge> read_beam_log(const std::filesystem::path& file);

}  // namespace foretide::acquisition
