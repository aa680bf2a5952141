// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/byte_reader.h"
#include "acquisition/ndi/ndi_reading.h"

namespace foretide::acquisition {

namespace {

constexpr std::uint8_t kValid = 0x01, kMissing = 0x02, kDisabled = 0x04;
constexpr std::size_t kTransformBytes = 8 * 4, kToolInformationBytes = 11, kPositionBytes = 3 * 4;

/// Positions after a count and one bit each for "out of volume", lowest bit of the first byte first.
void read_positions(ByteReader& reader, std::uint16_t options, NdiFrame& frame) noexcept
{
    const std::size_t count = reader.u8();
    const auto outside = reader.bytes((count + 7) / 8);
    for (std::size_t i = 0; i < count && reader.good(); ++i) {
        const bool out = (outside[i / 8] >> (i % 8) & 1U) != 0;
        if (out && (options & kNdiOutOfVolume) == 0) continue;  // then it has no position
        const std::array<double, 3> position_mm{reader.f32(), reader.f32(), reader.f32()};
        if (reader.good())
            add_ndi_marker(frame, position_mm, out ? core::Visibility::out_of_volume : core::Visibility::visible);
    }
}

void read_handle(ByteReader& reader, std::uint16_t options, NdiFrame& frame) noexcept
{
    reader.skip(1);  // the handle
    const std::uint8_t status = reader.u8();
    if (status == kDisabled) return;
    if (status != kValid && status != kMissing) {
        reader.fail();
        return;
    }
    if ((options & kNdiTransforms) != 0) {
        if (status == kValid) reader.skip(kTransformBytes);
        reader.skip(4);  // port status
        const std::uint32_t number = reader.u32();
        if (!frame.numbered && reader.good()) {
            frame.numbered = true;
            frame.number = number;
        }
    }
    if ((options & kNdiToolInformation) != 0) reader.skip(kToolInformationBytes);
    if ((options & kNdiSingleStray) != 0 && reader.u8() == kValid) reader.skip(kPositionBytes);
    if ((options & kNdiToolMarkers) != 0) read_positions(reader, options, frame);
}

}  // namespace

void add_ndi_marker(NdiFrame& frame, const std::array<double, 3>& position_mm, core::Visibility visibility) noexcept
    FORETIDE_NONBLOCKING
{
    constexpr double kLargest_mm = 1e5;
    if (visibility == core::Visibility::phantom) ++frame.phantoms;
    if (frame.marker_count == core::kMaxMarkers) {
        ++frame.surplus;
        return;
    }
    core::MarkerSample& marker = frame.markers[static_cast<std::size_t>(frame.marker_count++)];
    marker = {};
    for (const double value : position_mm)
        if (!(value >= -kLargest_mm && value <= kLargest_mm)) visibility = core::Visibility::missing;  // also NaN
    marker.visibility = visibility;
    if (visibility != core::Visibility::missing) marker.position_mm = position_mm;
}

const char* parse_bx_reply(std::span<const std::uint8_t> payload, std::uint16_t options, NdiReading& reading) noexcept
    FORETIDE_NONBLOCKING
{
    reading.frame_count = 1;
    reading.alert_count = 0;
    NdiFrame& frame = reading.frames[0];
    frame = {};
    ByteReader reader(payload);
    const int handles = reader.u8();
    for (int i = 0; i < handles && reader.good(); ++i) read_handle(reader, options, frame);
    if ((options & kNdiPassiveStrays) != 0) read_positions(reader, options, frame);
    reading.system_status = reader.u16();
    if (!reader.good()) return "the BX reply ends early or has an unknown handle status";
    if (reader.left() > 0) return "the BX reply is longer than what it lists";
    return nullptr;
}

}  // namespace foretide::acquisition
