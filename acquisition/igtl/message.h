// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/rt/nonblocking.h"
#include "core/session/records.h"
#include "core/time.h"

/// OpenIGTLink messages as bytes (protocol versions 1 to 3; big-endian on the wire). Byte order, structures and the
/// CRC-64/ECMA-182 are libopenigtlink's; nothing here allocates.
namespace foretide::acquisition {

inline constexpr std::size_t kIgtlHeaderBytes = 58;
inline constexpr std::size_t kIgtlTypeChars = 12;
inline constexpr std::size_t kIgtlDeviceChars = 20;
inline constexpr std::uint16_t kIgtlPort = 18944;

/// Header of a message.
struct IgtlHeader {
    std::uint16_t version = 1;                     ///< of the header: 1 (protocols 1 and 2), 2 or 3 (protocol 3)
    core::FixedText<kIgtlTypeChars + 1> type;      ///< "TDATA"
    core::FixedText<kIgtlDeviceChars + 1> device;  ///< device name
    core::Duration time{0};                        ///< since 1970; 0: the sender does not stamp
    std::uint64_t body_bytes = 0, checksum = 0;    ///< checksum of the body

    std::string_view type_name() const noexcept { return type.c_str(); }
    std::string_view device_name() const noexcept { return device.c_str(); }
};

/// A whole message whose checksum is right. `content` is the body without the extended header and the metadata of
/// protocol 3; it points into the reader's buffer.
struct IgtlMessage {
    IgtlHeader header;
    std::span<const std::byte> content;
};

/// Text field of fixed width, padded with zeros but not necessarily terminated. RT-safe.
template <std::size_t N>
void assign_field(core::FixedText<N>& text, const char* field, std::size_t width) noexcept
{
    text = {};
    for (std::size_t i = 0; i < width && i + 1 < N && field[i] != '\0'; ++i) text.chars[i] = field[i];
}

/// `bytes`: at least kIgtlHeaderBytes. RT-safe.
IgtlHeader decode_igtl_header(std::span<const std::byte> bytes) noexcept FORETIDE_NONBLOCKING;
/// `bytes`: at least kIgtlHeaderBytes. Type and device are cut at their widths. RT-safe.
void encode_igtl_header(const IgtlHeader& header, std::span<std::byte> bytes) noexcept FORETIDE_NONBLOCKING;

/// CRC-64/ECMA-182 of a body. RT-safe.
std::uint64_t igtl_checksum(std::span<const std::byte> body) noexcept FORETIDE_NONBLOCKING;

/// The content of a body as header version `version` frames it. False: its parts do not fit into it. RT-safe.
bool igtl_content(std::uint16_t version, std::span<const std::byte> body, std::span<const std::byte>& content) noexcept
    FORETIDE_NONBLOCKING;

/// STRING: the text, in the sender's encoding. False: not a STRING, or its length is wrong. RT-safe.
bool decode_igtl_string(const IgtlMessage& message, std::string_view& text) noexcept FORETIDE_NONBLOCKING;

/// Codes of STATUS that are used here.
enum class IgtlStatusCode : std::uint16_t {
    ok = 1,
    unknown_error = 2,
    panic = 3,
    timeout = 7,
    checksum_error = 9,
    unknown_instruction = 12,
    not_ready = 13,
    manual_mode = 14,
    hardware_failure = 18,
    shut_down = 19,
};

struct IgtlStatus {
    std::uint16_t code = 0;
    std::int64_t subcode = 0;
    std::string_view error, text;
};

/// STATUS; the texts point into the message. False: not a STATUS, or too short. RT-safe.
bool decode_igtl_status(const IgtlMessage& message, IgtlStatus& status) noexcept FORETIDE_NONBLOCKING;

/// STT_TDATA (or STT_QTDATA): the shortest time between two messages. False: another message, or wrong length. RT-safe.
bool decode_igtl_start(const IgtlMessage& message, core::Duration& resolution) noexcept FORETIDE_NONBLOCKING;

/// RTS_TDATA (or RTS_QTDATA): whether the request was granted. False: another message, or wrong length. RT-safe.
bool decode_igtl_reply(const IgtlMessage& message, bool& granted) noexcept FORETIDE_NONBLOCKING;

}  // namespace foretide::acquisition
