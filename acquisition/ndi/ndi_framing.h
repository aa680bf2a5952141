// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/rt/nonblocking.h"

namespace foretide::acquisition {

/// CRC-16/ARC (x¹⁶+x¹⁵+x²+1 reflected, initial value 0), as all messages of the combined API carry. RT-safe.
std::uint16_t ndi_crc(std::span<const std::uint8_t> bytes) noexcept FORETIDE_NONBLOCKING;
std::uint16_t ndi_crc(std::string_view text) noexcept FORETIDE_NONBLOCKING;

/// Appends `text` with its CRC as four hexadecimal digits and a carriage return: commands and ASCII replies alike.
void append_ndi_text(std::vector<std::uint8_t>& out, std::string_view text);

/// Appends a binary reply: start sequence, length, header CRC, payload, CRC; with a 32-bit length where 16 bits do not
/// hold it.
void append_ndi_binary(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload);

inline constexpr std::size_t kMaxNdiReply = 65536;  ///< bytes of a whole reply; a longer one is refused

enum class NdiReplyState : std::uint8_t {
    incomplete,  ///< more bytes are needed
    text,        ///< an ASCII reply; `payload` is its text without the CRC
    binary,
    bad_crc,
    malformed,  ///< too long, or an ASCII reply too short for its CRC
};

struct NdiReply {
    NdiReplyState state = NdiReplyState::incomplete;
    std::span<const std::uint8_t> payload;
    /// Bytes the reply takes. All that is there where the place of its end cannot be known.
    std::size_t size = 0;

    bool complete() const noexcept { return state == NdiReplyState::text || state == NdiReplyState::binary; }
    std::string_view text() const noexcept { return {reinterpret_cast<const char*>(payload.data()), payload.size()}; }
};

/// The first reply in `bytes`. Any bytes are safe; the payload points into them. RT-safe.
NdiReply scan_ndi_reply(std::span<const std::uint8_t> bytes) noexcept FORETIDE_NONBLOCKING;

/// Bytes received and not yet taken, in a buffer of fixed size.
///
/// Threads: one at a time. Allocation: constructor only. RT-safe.
class NdiReplyBuffer {
public:
    NdiReplyBuffer() : bytes_(kMaxNdiReply) {}

    /// Where to receive; empty only after a reply that fills the buffer and was not taken.
    std::span<std::uint8_t> space() noexcept FORETIDE_NONBLOCKING;
    void received(std::size_t count) noexcept FORETIDE_NONBLOCKING { end_ += count; }

    /// The next reply; valid until space() is called. A reply that is wrong or complete has been taken out.
    NdiReply take() noexcept FORETIDE_NONBLOCKING;

    bool empty() const noexcept FORETIDE_NONBLOCKING { return begin_ == end_; }
    void clear() noexcept FORETIDE_NONBLOCKING { begin_ = end_ = 0; }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t begin_ = 0, end_ = 0;
};

/// Value of `digits` hexadecimal digits, or −1. At most 8 digits. RT-safe.
std::int64_t parse_hex(std::string_view digits) noexcept FORETIDE_NONBLOCKING;

}  // namespace foretide::acquisition
