// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace foretide::acquisition {

inline constexpr std::size_t kNdiToolBytes = 1024;  ///< of a tool description in the tracker
inline constexpr std::size_t kNdiToolChunk = 64;    ///< bytes a PVWR command carries

/// A passive tool for the one purpose that the tracker lights its illuminators and reports single markers: it does so
/// only while a passive tool is enabled (jhu-saw/sawNDITracker, issue 10). Four spheres 0.26 to 0.73 m apart, all of
/// which must be seen and fit to 0.2 mm: markers on a patient are never taken for it.
///
/// The layout (752 bytes, little-endian, sum of the bytes from 6 on at byte 4) is that of the tool converter of
/// jhu-saw/sawNDITracker. Nobody has tried this very tool on a tracker: where one refuses it, a tool file of the
/// site (any .rom of a passive tool) takes its place. Always kNdiToolBytes, zeros at the end.
std::vector<std::uint8_t> builtin_ndi_tool();

/// Reads a tool file (.rom), filled up with zeros to kNdiToolBytes. Throws std::runtime_error: cannot be read, too
/// long, or not a tool file; with the file's name and what to do.
std::vector<std::uint8_t> read_ndi_tool(const std::filesystem::path& file);

/// True where the bytes begin as a tool file does and its checksum is right.
bool is_ndi_tool(std::span<const std::uint8_t> bytes) noexcept;

/// "PVWR:hhaaaa" and the 64 bytes from `address` as hexadecimal digits. `tool` holds kNdiToolBytes.
std::string ndi_tool_command(int handle, std::span<const std::uint8_t> tool, std::size_t address);

}  // namespace foretide::acquisition
