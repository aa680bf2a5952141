// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/stream_reader.h"

#include <algorithm>
#include <cstring>

namespace foretide::acquisition {

namespace {

constexpr std::size_t kSlack = 4096;  ///< free space there is at least when a message is incomplete
constexpr std::size_t kMaxDiscarded = 64UL * 1024;
constexpr int kMaxRefused = 16;
constexpr std::uint64_t kMaxPassedOver = std::uint64_t{1} << 30U;  ///< larger bodies are a broken header
constexpr std::uint16_t kNewestVersion = 3;

}  // namespace

IgtlStreamReader::IgtlStreamReader(std::size_t max_body_bytes)
    : max_body_(max_body_bytes), buffer_(kIgtlHeaderBytes + max_body_bytes + kSlack)
{
}

void IgtlStreamReader::reset() noexcept
{
    begin_ = end_ = 0;
    pass_over_ = 0;
    searching_ = false;
    discarded_ = 0;
    refused_ = 0;
}

std::span<std::byte> IgtlStreamReader::space() noexcept
{
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (buffer_.size() - end_ < kSlack) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return std::span(buffer_).subspan(end_);
}

/// Printable, and then zeros only: half a header in front of a whole one does not pass.
bool IgtlStreamReader::plausible(const IgtlHeader& header, std::span<const std::byte> bytes) const noexcept
{
    if (header.version < 1 || header.version > kNewestVersion) return false;
    const std::string_view type = header.type_name();
    const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
    const auto padding = bytes.subspan(sizeof header.version + type.size(), kIgtlTypeChars - type.size());
    if (type.empty() || !std::all_of(type.begin(), type.end(), printable) ||
        !std::all_of(padding.begin(), padding.end(), [](std::byte b) { return b == std::byte{0}; }))
        return false;
    return header.body_bytes <= (searching_ ? max_body_ : kMaxPassedOver);
}

/// Begins or goes on searching at the next byte.
IgtlStreamReader::Result IgtlStreamReader::refuse(std::int64_t& count) noexcept
{
    if (&count == &counts_.bad_checksums) ++refused_;
    if (!searching_ || &count == &counts_.bad_checksums) ++count;
    searching_ = true;
    ++begin_;
    ++discarded_;
    return discarded_ > kMaxDiscarded + max_body_ || refused_ >= kMaxRefused ? Result::lost : Result::more;
}

IgtlStreamReader::Result IgtlStreamReader::next(IgtlMessage& message) noexcept
{
    for (;;) {
        const auto passed = static_cast<std::size_t>(std::min<std::uint64_t>(pass_over_, end_ - begin_));
        begin_ += passed;
        pass_over_ -= passed;
        const auto bytes = std::span<const std::byte>(buffer_).subspan(begin_, end_ - begin_);
        if (pass_over_ > 0 || bytes.size() < kIgtlHeaderBytes) return Result::more;
        message.header = decode_igtl_header(bytes);
        if (!plausible(message.header, bytes)) {
            if (refuse(counts_.malformed) == Result::lost) return Result::lost;
            continue;
        }
        if (message.header.body_bytes > max_body_) {
            ++counts_.oversize;
            pass_over_ = kIgtlHeaderBytes + message.header.body_bytes;
            continue;
        }
        const auto size = static_cast<std::size_t>(message.header.body_bytes);
        if (bytes.size() - kIgtlHeaderBytes < size) return Result::more;
        const auto body = bytes.subspan(kIgtlHeaderBytes, size);
        if (igtl_checksum(body) != message.header.checksum) {
            if (refuse(counts_.bad_checksums) == Result::lost) return Result::lost;
            continue;
        }
        begin_ += kIgtlHeaderBytes + size;
        searching_ = false;
        discarded_ = 0;
        refused_ = 0;
        if (!igtl_content(message.header.version, body, message.content)) {
            ++counts_.malformed;
            continue;
        }
        ++counts_.messages;
        return Result::message;
    }
}

}  // namespace foretide::acquisition
