// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace foretide::acquisition {

// Numbers as the tracker sends them, lowest byte first, whatever this machine's order. Precondition of the loads:
// `bytes` holds the number at `at`.

inline std::uint16_t load_u16(std::span<const std::uint8_t> bytes, std::size_t at) noexcept
{
    return static_cast<std::uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}
inline std::uint32_t load_u32(std::span<const std::uint8_t> bytes, std::size_t at) noexcept
{
    return load_u16(bytes, at) | (static_cast<std::uint32_t>(load_u16(bytes, at + 2)) << 16U);
}
inline float load_f32(std::span<const std::uint8_t> bytes, std::size_t at) noexcept
{
    return std::bit_cast<float>(load_u32(bytes, at));
}

inline void append_u16(std::vector<std::uint8_t>& out, std::uint16_t value)
{
    out.push_back(static_cast<std::uint8_t>(value & 0xFFU));
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
}
inline void append_u32(std::vector<std::uint8_t>& out, std::uint32_t value)
{
    append_u16(out, static_cast<std::uint16_t>(value & 0xFFFFU));
    append_u16(out, static_cast<std::uint16_t>(value >> 16U));
}
inline void append_f32(std::vector<std::uint8_t>& out, float value)
{
    append_u32(out, std::bit_cast<std::uint32_t>(value));
}

}  // namespace foretide::acquisition
