// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "core/marker_frame.h"

/// Arrays as the bytes of a session file: little-endian, packed, bit for bit.
namespace foretide::core {

static_assert(std::endian::native == std::endian::little, "session files hold the machine's own bytes");

/// x, y, z as float64 [mm], quality as float32 [mm], visibility as one byte.
inline constexpr std::size_t kMarkerBytes = 3 * sizeof(double) + sizeof(float) + 1;

/// The first `marker_count` markers of a frame → bytes. Precondition: 0 ≤ marker_count ≤ kMaxMarkers.
void pack_markers(const MarkerFrame& frame, std::vector<std::byte>& out);

/// Bytes → markers and their number. False, and the frame is unspecified, where they are not whole markers, too many,
/// or of an unknown visibility.
[[nodiscard]] bool unpack_markers(std::span<const std::byte> bytes, MarkerFrame& frame) noexcept;

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) noexcept
{
    static_assert(std::is_floating_point_v<T>);
    return std::as_bytes(std::span<const T>(values));
}

/// Bytes → `count` values; false where their size does not fit.
template <class T>
[[nodiscard]] bool unpack(std::span<const std::byte> bytes, std::size_t count, std::vector<T>& out)
{
    static_assert(std::is_floating_point_v<T>);
    if (bytes.size() != count * sizeof(T)) return false;
    out.resize(count);
    if (count > 0) std::memcpy(out.data(), bytes.data(), bytes.size());
    return true;
}

}  // namespace foretide::core
