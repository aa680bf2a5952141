// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "acquisition/igtl/message.h"
#include "core/rt/nonblocking.h"

namespace foretide::acquisition {

/// Cuts a stream of bytes into OpenIGTLink messages, whatever the bytes are.
///
///     recv into space(); received(n);
///     while (reader.next(message) == Result::message) use(message);
///
/// A message whose checksum is wrong, or whose header makes no sense, is left out and counted, and the next header is
/// looked for from its second byte on: a truncated message costs itself and no other. A body beyond the cap (an image,
/// say) is passed over unread. Where nothing can be made of 64 KiB and a body, or of 16 messages on end, the stream is
/// `lost`: the connection is better made anew.
///
/// Threads: one at a time. Allocation: constructor only. Errors: next(). RT-safe but for the constructor.
class IgtlStreamReader {
public:
    enum class Result : std::uint8_t { message, more, lost };

    struct Counts {
        std::int64_t messages = 0;
        std::int64_t bad_checksums = 0;
        std::int64_t malformed = 0;  ///< headers without sense, parts that do not fit
        std::int64_t oversize = 0;   ///< passed over
    };

    /// Bodies up to `max_body_bytes` are handed out.
    explicit IgtlStreamReader(std::size_t max_body_bytes);

    /// Where to write what is received next: not empty once next() said `more`. Messages handed out before end here.
    std::span<std::byte> space() noexcept FORETIDE_NONBLOCKING;
    void received(std::size_t bytes) noexcept FORETIDE_NONBLOCKING { end_ += bytes; }

    /// The next message; valid until space() or reset().
    Result next(IgtlMessage& message) noexcept FORETIDE_NONBLOCKING;

    /// Forgets everything but the counts: a new connection.
    void reset() noexcept FORETIDE_NONBLOCKING;

    const Counts& counts() const noexcept { return counts_; }

private:
    bool plausible(const IgtlHeader& header, std::span<const std::byte> bytes) const noexcept;
    Result refuse(std::int64_t& count) noexcept;

    std::size_t max_body_;
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::uint64_t pass_over_ = 0;  // bytes of a body beyond the cap still to come
    bool searching_ = false;       // for the next header, since something was refused
    std::size_t discarded_ = 0;    // bytes since the last good message
    int refused_ = 0;              // checksums since the last good message
    Counts counts_;
};

}  // namespace foretide::acquisition
