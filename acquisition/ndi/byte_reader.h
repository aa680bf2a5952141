// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "acquisition/ndi/little_endian.h"

namespace foretide::acquisition {

/// Reads little-endian numbers one after another and never beyond the end: what is not there reads as 0, and good() is
/// false from then on. RT-safe.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

    bool good() const noexcept { return good_; }
    std::size_t left() const noexcept { return bytes_.size() - at_; }
    void fail() noexcept { good_ = false; }

    /// `count` bytes, or none where there are fewer.
    std::span<const std::uint8_t> bytes(std::size_t count) noexcept
    {
        if (!good_ || left() < count) {
            good_ = false;
            return {};
        }
        at_ += count;
        return bytes_.subspan(at_ - count, count);
    }
    void skip(std::size_t count) noexcept { bytes(count); }
    std::uint8_t u8() noexcept
    {
        const auto part = bytes(1);
        return part.empty() ? std::uint8_t{0} : part[0];
    }
    std::uint16_t u16() noexcept
    {
        const auto part = bytes(2);
        return part.empty() ? std::uint16_t{0} : load_u16(part, 0);
    }
    std::uint32_t u32() noexcept
    {
        const auto part = bytes(4);
        return part.empty() ? 0U : load_u32(part, 0);
    }
    float f32() noexcept
    {
        const auto part = bytes(4);
        return part.empty() ? 0.0F : load_f32(part, 0);
    }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
    bool good_ = true;
};

}  // namespace foretide::acquisition
