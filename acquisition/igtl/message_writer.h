// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "acquisition/igtl/message.h"
#include "acquisition/igtl/tracked_positions.h"
#include "core/time.h"

namespace foretide::acquisition {

using IgtlBytes = std::vector<std::byte>;

/// What stands in front of every message. A device name is cut at 20 characters, a tool's at 19 (POINT: 63).
struct IgtlEnvelope {
    std::string_view device;
    core::Duration time{0};  ///< since 1970; 0: not stamped
};

/// Longest text of a STRING.
inline constexpr std::size_t kIgtlMaxString = 65535;

// Each appends one message (header version 1, understood by every receiver) to `out`. Orientations are the identity.
// Threads: any. Allocation: `out` grows.

void append_igtl_tdata(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const TrackedPosition> tools);
void append_igtl_qtdata(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const TrackedPosition> tools);
void append_igtl_point(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const TrackedPosition> tools);
/// The tool's name takes the place of the envelope's device name.
void append_igtl_transform(IgtlBytes& out, const IgtlEnvelope& envelope, const TrackedPosition& tool);
void append_igtl_position(IgtlBytes& out, const IgtlEnvelope& envelope, const TrackedPosition& tool);

/// Throws std::length_error for more than kIgtlMaxString bytes.
void append_igtl_string(IgtlBytes& out, const IgtlEnvelope& envelope, std::string_view text);
void append_igtl_status(IgtlBytes& out, const IgtlEnvelope& envelope, IgtlStatusCode code, std::int64_t subcode,
                        std::string_view error, std::string_view text);
/// STT_TDATA: asks for positions, at most one message in `resolution`, 0: as they come.
void append_igtl_start_tdata(IgtlBytes& out, const IgtlEnvelope& envelope, core::Duration resolution,
                             std::string_view coordinate_frame);
/// RTS_TDATA (or RTS_QTDATA): the answer to it.
void append_igtl_reply(IgtlBytes& out, const IgtlEnvelope& envelope, std::string_view type, bool granted);
void append_igtl_capability(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const std::string_view> types);
/// A message without a body: GET_STATUS, STP_TDATA …
void append_igtl_request(IgtlBytes& out, const IgtlEnvelope& envelope, std::string_view type);

}  // namespace foretide::acquisition
