// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

/// One frame of a tracking reply, positions in the tracker's frame [mm].
struct NdiFrame {
    bool numbered = false;     ///< the reply names the frame
    std::uint32_t number = 0;  ///< tracker's frame counter
    bool timed = false;
    core::Duration device_time{0};  ///< exposure on the tracker's clock (since 1970 where that is set)
    std::uint16_t status = 0;       ///< codes of the whole frame, bits 0–7 as in ndi_errors.h
    std::int32_t marker_count = 0;  ///< entries of `markers` in use
    std::int32_t surplus = 0;       ///< markers that did not fit
    std::int32_t phantoms = 0;      ///< of the markers: suspected reflections
    std::array<core::MarkerSample, core::kMaxMarkers> markers{};
};

/// A condition the tracker reports of itself.
struct NdiAlert {
    std::uint16_t kind = 0, code = 0;
    friend bool operator==(const NdiAlert&, const NdiAlert&) = default;
};

/// What one tracking reply says.
struct NdiReading {
    static constexpr std::size_t kMaxFrames = 16;
    static constexpr std::size_t kMaxAlerts = 16;

    std::array<NdiFrame, kMaxFrames> frames{};  ///< in the order of the reply
    std::size_t frame_count = 0;
    std::array<NdiAlert, kMaxAlerts> alerts{};
    std::size_t alert_count = 0;      ///< the first kMaxAlerts of the reply
    std::uint16_t system_status = 0;  ///< TX and BX
};

/// Bits of the TX and BX reply option.
enum NdiReplyOption : std::uint16_t {
    kNdiTransforms = 0x0001,
    kNdiToolInformation = 0x0002,
    kNdiSingleStray = 0x0004,
    kNdiToolMarkers = 0x0008,  ///< BX
    kNdiOutOfVolume = 0x0800,  ///< also transforms and positions outside the characterised volume
    kNdiPassiveStrays = 0x1000,
};
/// What this project asks for: TX:1801.
inline constexpr std::uint16_t kNdiStrayOptions = kNdiTransforms | kNdiOutOfVolume | kNdiPassiveStrays;

// Parsers of tracking replies, without framing and CRC. Any bytes are safe; nothing is read beyond them. They return
// null, or what is wrong, a string that lives for ever; `reading` is then incomplete. Markers beyond kMaxMarkers are
// counted in NdiFrame::surplus; more than kMaxFrames frames are an error. RT-safe: no allocation.

/// TX (text) and BX (binary) for a set of NdiReplyOption bits: one frame, numbered by the first handle that tells.
const char* parse_tx_reply(std::string_view text, std::uint16_t options, NdiReading& reading) noexcept
    FORETIDE_NONBLOCKING;
const char* parse_bx_reply(std::span<const std::uint8_t> payload, std::uint16_t options, NdiReading& reading) noexcept
    FORETIDE_NONBLOCKING;

/// BX2: frames of passive markers, each with the tracker's time stamp; 3-D positions of strays and of tools.
const char* parse_bx2_reply(std::span<const std::uint8_t> payload, NdiReading& reading) noexcept FORETIDE_NONBLOCKING;

/// Adds a marker to a frame: out of volume or not, or missing where the position is no number or beyond 100 m (as the
/// tracker writes it where it has none).
void add_ndi_marker(NdiFrame& frame, const std::array<double, 3>& position_mm, core::Visibility visibility) noexcept
    FORETIDE_NONBLOCKING;

}  // namespace foretide::acquisition
