// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/byte_reader.h"
#include "acquisition/ndi/ndi_reading.h"

// The General Binary Format: a container is a version, a number of components and the components; each has a header of
// 12 bytes (type, its whole size, an option, the number of items). A frame is an item that holds a container itself.

namespace foretide::acquisition {

namespace {

enum Component : std::uint16_t { kFrames = 0x01, kPositions = 0x03, kAlerts = 0x12 };
constexpr std::size_t kComponentHeaderBytes = 12;
constexpr std::uint8_t kPassiveFrame = 2;
constexpr std::uint16_t kStray = 0xFFFF;

enum MarkerStatus : std::uint8_t {
    kMissing = 1,
    kOutOfVolume = 4,
    kOutOfVolumeUsed = 5,
    kPossiblePhantom = 6,
    kSaturated = 7,
    kSaturatedOutOfVolume = 8,
};

core::Visibility visibility_of(std::uint8_t status) noexcept
{
    switch (status) {
    case kMissing:
        return core::Visibility::missing;
    case kOutOfVolume:
    case kOutOfVolumeUsed:
    case kSaturated:  // position given, not vouched for
    case kSaturatedOutOfVolume:
        return core::Visibility::out_of_volume;
    case kPossiblePhantom:
        return core::Visibility::phantom;
    default:
        return core::Visibility::visible;
    }
}

struct Header {
    std::uint16_t type = 0;
    std::uint32_t items = 0;
    std::size_t body = 0;  ///< bytes after the header
};

/// The header of the next component; fails where its size is less than the header or more than what is left.
Header read_header(ByteReader& reader) noexcept
{
    Header header;
    header.type = reader.u16();
    const std::uint32_t size = reader.u32();
    reader.skip(2);  // option
    header.items = reader.u32();
    if (size < kComponentHeaderBytes || size - kComponentHeaderBytes > reader.left())
        reader.fail();
    else
        header.body = size - kComponentHeaderBytes;
    return header;
}

bool read_positions(ByteReader reader, std::uint32_t handles, NdiFrame& frame) noexcept
{
    for (std::uint32_t h = 0; h < handles && reader.good(); ++h) {
        const std::uint16_t handle = reader.u16();
        const int count = reader.u16();
        for (int i = 0; i < count && reader.good(); ++i) {
            const std::uint8_t status = reader.u8();
            reader.skip(3);  // reserved, marker index
            const std::array<double, 3> position_mm{reader.f32(), reader.f32(), reader.f32()};
            if (!reader.good() || (handle != kStray && status == kMissing)) continue;
            add_ndi_marker(frame, position_mm, visibility_of(status));
        }
    }
    return reader.good();
}

bool read_alerts(ByteReader reader, std::uint32_t count, NdiReading& reading) noexcept
{
    for (std::uint32_t i = 0; i < count && reader.good(); ++i) {
        const NdiAlert alert{reader.u16(), reader.u16()};
        if (reader.good() && reading.alert_count < NdiReading::kMaxAlerts)
            reading.alerts[reading.alert_count++] = alert;
    }
    return reader.good();
}

/// What a frame holds. It does not tell its length: the reader is left behind it.
void read_frame_container(ByteReader& reader, NdiFrame& frame, NdiReading& reading) noexcept
{
    reader.skip(2);  // version
    const int components = reader.u16();
    for (int i = 0; i < components && reader.good(); ++i) {
        const Header header = read_header(reader);
        const ByteReader body(reader.bytes(header.body));
        if (!reader.good()) return;
        if (header.type == kPositions && !read_positions(body, header.items, frame)) reader.fail();
        if (header.type == kAlerts && !read_alerts(body, header.items, reading)) reader.fail();
    }
}

const char* read_frames(ByteReader reader, std::uint32_t items, NdiReading& reading) noexcept
{
    for (std::uint32_t i = 0; i < items && reader.good(); ++i) {
        if (reading.frame_count == NdiReading::kMaxFrames) return "the BX2 reply holds more than 16 frames";
        NdiFrame& frame = reading.frames[reading.frame_count];
        frame = {};
        const std::uint8_t type = reader.u8();
        reader.skip(1);  // sequence index
        frame.status = reader.u16();
        frame.number = reader.u32();
        frame.numbered = true;
        const std::uint32_t seconds = reader.u32(), nanoseconds = reader.u32();
        frame.timed = seconds != 0 || nanoseconds != 0;
        frame.device_time = std::chrono::seconds{seconds} + std::chrono::nanoseconds{nanoseconds};
        read_frame_container(reader, frame, reading);
        if (type == kPassiveFrame && reader.good()) ++reading.frame_count;
    }
    return reader.good() ? nullptr : "a frame of the BX2 reply ends early";
}

}  // namespace

const char* parse_bx2_reply(std::span<const std::uint8_t> payload, NdiReading& reading) noexcept FORETIDE_NONBLOCKING
{
    reading.frame_count = reading.alert_count = 0;
    reading.system_status = 0;
    ByteReader reader(payload);
    reader.skip(2);  // version
    const int components = reader.u16();
    for (int i = 0; i < components && reader.good(); ++i) {
        const Header header = read_header(reader);
        const ByteReader body(reader.bytes(header.body));
        if (!reader.good()) break;
        if (header.type == kFrames) {
            if (const char* problem = read_frames(body, header.items, reading)) return problem;
        }
        if (header.type == kAlerts && !read_alerts(body, header.items, reading)) return "the BX2 alerts end early";
    }
    if (!reader.good()) return "the BX2 reply ends early, or a component's size is wrong";
    if (reader.left() > 0) return "the BX2 reply is longer than what it lists";
    return nullptr;
}

}  // namespace foretide::acquisition
