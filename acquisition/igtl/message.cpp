// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/message.h"

#include <algorithm>
#include <cstring>
#include <igtl_header.h>
#include <igtl_string.h>
#include <igtl_tdata.h>
#include <igtl_util.h>

#include <boost/endian/conversion.hpp>

namespace foretide::acquisition {

namespace {

static_assert(sizeof(igtl_header) == kIgtlHeaderBytes);
static_assert(IGTL_HEADER_TYPE_SIZE == kIgtlTypeChars && IGTL_HEADER_NAME_SIZE == kIgtlDeviceChars);

constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::size_t kExtendedHeaderBytes = 12;
constexpr std::size_t kStatusHeaderBytes = 30, kStatusErrorChars = 20;

const unsigned char* raw(const std::byte* bytes) noexcept { return reinterpret_cast<const unsigned char*>(bytes); }
const char* chars(const std::byte* bytes) noexcept { return reinterpret_cast<const char*>(bytes); }

std::string_view terminated(const char* text, std::size_t width) noexcept
{
    return {text, static_cast<std::size_t>(std::find(text, text + width, '\0') - text)};
}

/// Seconds and their binary fraction, 32 bits each; the fraction is rounded up, so that decoding gives back the
/// nanosecond.
std::uint64_t to_stamp(core::Duration time) noexcept
{
    const auto ns = static_cast<std::uint64_t>(std::max<core::Duration::rep>(time.count(), 0));
    const std::uint64_t fraction = ((ns % kNanoseconds << 32U) + kNanoseconds - 1) / kNanoseconds;
    return (ns / kNanoseconds << 32U) + fraction;
}

core::Duration from_stamp(std::uint64_t stamp) noexcept
{
    const std::uint64_t ns = (stamp >> 32U) * kNanoseconds + ((stamp & 0xffffffffU) * kNanoseconds >> 32U);
    return core::Duration{static_cast<core::Duration::rep>(ns)};
}

}  // namespace

IgtlHeader decode_igtl_header(std::span<const std::byte> bytes) noexcept
{
    igtl_header wire;
    std::memcpy(&wire, bytes.data(), sizeof wire);
    igtl_header_convert_byte_order(&wire);
    IgtlHeader header;
    header.version = wire.version;
    assign_field(header.type, wire.name, sizeof wire.name);
    assign_field(header.device, wire.device_name, sizeof wire.device_name);
    header.time = from_stamp(wire.timestamp);
    header.body_bytes = wire.body_size;
    header.checksum = wire.crc;
    return header;
}

void encode_igtl_header(const IgtlHeader& header, std::span<std::byte> bytes) noexcept
{
    igtl_header wire{};
    wire.version = header.version;
    std::memcpy(wire.name, header.type.c_str(), header.type_name().size());
    std::memcpy(wire.device_name, header.device.c_str(), header.device_name().size());
    wire.timestamp = to_stamp(header.time);
    wire.body_size = header.body_bytes;
    wire.crc = header.checksum;
    igtl_header_convert_byte_order(&wire);
    std::memcpy(bytes.data(), &wire, sizeof wire);
}

std::uint64_t igtl_checksum(std::span<const std::byte> body) noexcept
{
    // The library takes a pointer to what it could change, and does not.
    return crc64(const_cast<unsigned char*>(raw(body.data())), body.size(), 0);
}

bool igtl_content(std::uint16_t version, std::span<const std::byte> body, std::span<const std::byte>& content) noexcept
{
    content = body;
    if (version < 2) return true;
    if (body.size() < kExtendedHeaderBytes) return false;
    const std::size_t extended = boost::endian::load_big_u16(raw(body.data()));
    const std::size_t meta_header = boost::endian::load_big_u16(raw(body.data() + 2));
    const std::size_t meta = boost::endian::load_big_u32(raw(body.data() + 4));
    if (extended < kExtendedHeaderBytes || extended + meta_header + meta > body.size()) return false;
    content = body.subspan(extended, body.size() - extended - meta_header - meta);
    return true;
}

bool decode_igtl_string(const IgtlMessage& message, std::string_view& text) noexcept
{
    if (message.header.type_name() != "STRING" || message.content.size() < IGTL_STRING_HEADER_SIZE) return false;
    igtl_string_header wire;
    std::memcpy(&wire, message.content.data(), sizeof wire);
    igtl_string_convert_byte_order(&wire);
    if (message.content.size() - sizeof wire < wire.length) return false;
    text = {chars(message.content.data() + sizeof wire), wire.length};
    return true;
}

bool decode_igtl_status(const IgtlMessage& message, IgtlStatus& status) noexcept
{
    const auto content = message.content;
    if (message.header.type_name() != "STATUS" || content.size() < kStatusHeaderBytes) return false;
    status.code = boost::endian::load_big_u16(raw(content.data()));
    status.subcode = boost::endian::load_big_s64(raw(content.data() + 2));
    status.error = terminated(chars(content.data() + 10), kStatusErrorChars);
    status.text = terminated(chars(content.data() + kStatusHeaderBytes), content.size() - kStatusHeaderBytes);
    return true;
}

bool decode_igtl_start(const IgtlMessage& message, core::Duration& resolution) noexcept
{
    const auto type = message.header.type_name();
    if ((type != "STT_TDATA" && type != "STT_QTDATA") || message.content.size() < sizeof(igtl_stt_tdata)) return false;
    igtl_stt_tdata wire;
    std::memcpy(&wire, message.content.data(), sizeof wire);
    igtl_stt_tdata_convert_byte_order(&wire);
    resolution = std::chrono::milliseconds(std::max(wire.resolution, 0));
    return true;
}

bool decode_igtl_reply(const IgtlMessage& message, bool& granted) noexcept
{
    const auto type = message.header.type_name();
    if ((type != "RTS_TDATA" && type != "RTS_QTDATA") || message.content.empty()) return false;
    granted = message.content[0] == std::byte{0};
    return true;
}

}  // namespace foretide::acquisition
