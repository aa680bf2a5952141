// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_framing.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <boost/crc.hpp>

#include "acquisition/ndi/little_endian.h"

namespace foretide::acquisition {

namespace {

constexpr std::uint16_t kStart = 0xA5C4, kExtendedStart = 0xA5C8;
constexpr std::size_t kCrcDigits = 4, kCrcBytes = 2;
constexpr char kEnd = '\r';

NdiReply scan_text(std::span<const std::uint8_t> bytes) noexcept
{
    const auto end = std::find(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(kEnd));
    if (end == bytes.end()) {
        if (bytes.size() >= kMaxNdiReply) return {NdiReplyState::malformed, {}, bytes.size()};
        return {};
    }
    const auto length = static_cast<std::size_t>(end - bytes.begin());
    if (length < kCrcDigits) return {NdiReplyState::malformed, {}, length + 1};
    const auto text = bytes.first(length - kCrcDigits);
    const std::string_view digits(reinterpret_cast<const char*>(bytes.data()) + text.size(), kCrcDigits);
    const bool good = parse_hex(digits) == ndi_crc(text);
    return {good ? NdiReplyState::text : NdiReplyState::bad_crc, text, length + 1};
}

NdiReply scan_binary(std::span<const std::uint8_t> bytes, bool extended) noexcept
{
    const std::size_t length_bytes = extended ? 4 : 2;
    const std::size_t header = 2 + length_bytes + kCrcBytes;
    if (bytes.size() < header) return {};
    const std::size_t length = extended ? load_u32(bytes, 2) : load_u16(bytes, 2);
    // A header that was damaged says nothing about where the reply ends.
    if (ndi_crc(bytes.first(header - kCrcBytes)) != load_u16(bytes, header - kCrcBytes))
        return {NdiReplyState::bad_crc, {}, bytes.size()};
    if (length > kMaxNdiReply - header - kCrcBytes) return {NdiReplyState::malformed, {}, bytes.size()};
    const std::size_t size = header + length + kCrcBytes;
    if (bytes.size() < size) return {};
    const auto payload = bytes.subspan(header, length);
    const bool good = ndi_crc(payload) == load_u16(bytes, header + length);
    return {good ? NdiReplyState::binary : NdiReplyState::bad_crc, payload, size};
}

}  // namespace

std::uint16_t ndi_crc(std::span<const std::uint8_t> bytes) noexcept FORETIDE_NONBLOCKING
{
    boost::crc_optimal<16, 0x8005, 0, 0, true, true> crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

std::uint16_t ndi_crc(std::string_view text) noexcept FORETIDE_NONBLOCKING
{
    return ndi_crc(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void append_ndi_text(std::vector<std::uint8_t>& out, std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const unsigned crc = ndi_crc(text);
    out.insert(out.end(), text.begin(), text.end());
    for (const unsigned shift : {12U, 8U, 4U, 0U})
        out.push_back(static_cast<std::uint8_t>(kDigits[(crc >> shift) & 0xFU]));
    out.push_back(static_cast<std::uint8_t>(kEnd));
}

void append_ndi_binary(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload)
{
    const std::size_t begin = out.size();
    if (payload.size() <= 0xFFFF) {
        append_u16(out, kStart);
        append_u16(out, static_cast<std::uint16_t>(payload.size()));
    } else {
        append_u16(out, kExtendedStart);
        append_u32(out, static_cast<std::uint32_t>(payload.size()));
    }
    append_u16(out, ndi_crc(std::span(out).subspan(begin)));
    out.insert(out.end(), payload.begin(), payload.end());
    append_u16(out, ndi_crc(payload));
}

NdiReply scan_ndi_reply(std::span<const std::uint8_t> bytes) noexcept FORETIDE_NONBLOCKING
{
    if (bytes.empty()) return {};
    if (bytes[0] != (kStart & 0xFFU) && bytes[0] != (kExtendedStart & 0xFFU)) return scan_text(bytes);
    if (bytes.size() < 2) return {};
    const std::uint16_t start = load_u16(bytes, 0);
    if (start != kStart && start != kExtendedStart) return {NdiReplyState::malformed, {}, bytes.size()};
    return scan_binary(bytes, start == kExtendedStart);
}

std::span<std::uint8_t> NdiReplyBuffer::space() noexcept FORETIDE_NONBLOCKING
{
    if (begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return std::span(bytes_).subspan(end_);
}

NdiReply NdiReplyBuffer::take() noexcept FORETIDE_NONBLOCKING
{
    const NdiReply reply = scan_ndi_reply(std::span(bytes_).subspan(begin_, end_ - begin_));
    begin_ += reply.size;
    return reply;
}

std::int64_t parse_hex(std::string_view digits) noexcept FORETIDE_NONBLOCKING
{
    if (digits.empty() || digits.size() > 8) return -1;
    std::int64_t value = 0;
    for (const char c : digits) {
        int digit = -1;
        if (c >= '0' && c <= '9') digit = c - '0';
        if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
        if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

}  // namespace foretide::acquisition
