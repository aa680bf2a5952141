// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/message_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <igtl_point.h>
#include <igtl_position.h>
#include <igtl_qtdata.h>
#include <igtl_string.h>
#include <igtl_tdata.h>
#include <igtl_transform.h>
#include <stdexcept>

#include <boost/endian/conversion.hpp>

namespace foretide::acquisition {

namespace {

constexpr std::uint16_t kAscii = 3;   ///< IANA's number of US-ASCII, the default of STRING
constexpr std::uint16_t kUtf8 = 106;  ///< IANA's number of UTF-8

template <class Wire>
void append(IgtlBytes& out, const Wire& wire)
{
    const auto bytes = std::as_bytes(std::span(&wire, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void append(IgtlBytes& out, std::string_view text)
{
    const auto bytes = std::as_bytes(std::span(text));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Cut so that a zero follows: libopenigtlink reads on where there is none.
template <std::size_t N>
void fill(char (&field)[N], std::string_view text)
{
    std::memcpy(field, text.data(), std::min(N - 1, text.size()));
}

/// A message whose body `body` appends.
template <class Body>
void append_message(IgtlBytes& out, const IgtlEnvelope& envelope, std::string_view type, Body&& body)
{
    const std::size_t begin = out.size();
    out.resize(begin + kIgtlHeaderBytes);
    body();
    IgtlHeader header;
    assign_field(header.type, type.data(), type.size());
    assign_field(header.device, envelope.device.data(), envelope.device.size());
    header.time = envelope.time;
    const auto all = std::span(out).subspan(begin);
    header.body_bytes = all.size() - kIgtlHeaderBytes;
    header.checksum = igtl_checksum(all.subspan(kIgtlHeaderBytes));
    encode_igtl_header(header, all);
}

std::array<float, 3> to_float(const TrackedPosition& tool)
{
    return {static_cast<float>(tool.position_mm[0]), static_cast<float>(tool.position_mm[1]),
            static_cast<float>(tool.position_mm[2])};
}

/// The columns of the identity, then the position.
std::array<float, 12> to_matrix(const TrackedPosition& tool)
{
    const auto p = to_float(tool);
    return {1, 0, 0, 0, 1, 0, 0, 0, 1, p[0], p[1], p[2]};
}

}  // namespace

void append_igtl_tdata(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const TrackedPosition> tools)
{
    append_message(out, envelope, "TDATA", [&] {
        for (const TrackedPosition& tool : tools) {
            igtl_tdata_element wire{};
            fill(wire.name, tool.name);
            wire.type = IGTL_TDATA_TYPE_3D;
            const auto matrix = to_matrix(tool);
            std::memcpy(wire.transform, matrix.data(), sizeof wire.transform);
            igtl_tdata_convert_byte_order(&wire, 1);
            append(out, wire);
        }
    });
}

void append_igtl_qtdata(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const TrackedPosition> tools)
{
    append_message(out, envelope, "QTDATA", [&] {
        for (const TrackedPosition& tool : tools) {
            igtl_qtdata_element wire{};
            fill(wire.name, tool.name);
            wire.type = IGTL_QTDATA_TYPE_3D;
            const auto p = to_float(tool);
            std::memcpy(wire.position, p.data(), sizeof wire.position);
            wire.quaternion[3] = 1;
            igtl_qtdata_convert_byte_order(&wire, 1);
            append(out, wire);
        }
    });
}

void append_igtl_point(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const TrackedPosition> tools)
{
    append_message(out, envelope, "POINT", [&] {
        for (const TrackedPosition& tool : tools) {
            igtl_point_element wire{};
            fill(wire.name, tool.name);
            fill(wire.group_name, "Marker");
            std::fill_n(wire.rgba, 4, igtl_uint8{255});
            const auto p = to_float(tool);
            std::memcpy(wire.position, p.data(), sizeof wire.position);
            igtl_point_convert_byte_order(&wire, 1);
            append(out, wire);
        }
    });
}

void append_igtl_transform(IgtlBytes& out, const IgtlEnvelope& envelope, const TrackedPosition& tool)
{
    append_message(out, {tool.name, envelope.time}, "TRANSFORM", [&] {
        auto matrix = to_matrix(tool);
        igtl_transform_convert_byte_order(matrix.data());
        append(out, matrix);
    });
}

void append_igtl_position(IgtlBytes& out, const IgtlEnvelope& envelope, const TrackedPosition& tool)
{
    append_message(out, {tool.name, envelope.time}, "POSITION", [&] {
        const auto p = to_float(tool);
        igtl_position wire{{p[0], p[1], p[2]}, {0, 0, 0, 1}};
        igtl_position_convert_byte_order(&wire);
        append(out, wire);
    });
}

void append_igtl_string(IgtlBytes& out, const IgtlEnvelope& envelope, std::string_view text)
{
    if (text.size() > kIgtlMaxString)
        throw std::length_error("an OpenIGTLink STRING holds " + std::to_string(kIgtlMaxString) + " bytes, not " +
                                std::to_string(text.size()));
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    append_message(out, envelope, "STRING", [&] {
        igtl_string_header wire{ascii ? kAscii : kUtf8, static_cast<igtl_uint16>(text.size())};
        igtl_string_convert_byte_order(&wire);
        append(out, wire);
        append(out, text);
    });
}

void append_igtl_status(IgtlBytes& out, const IgtlEnvelope& envelope, IgtlStatusCode code, std::int64_t subcode,
                        std::string_view error, std::string_view text)
{
    append_message(out, envelope, "STATUS", [&] {
        append(out, boost::endian::native_to_big(static_cast<std::uint16_t>(code)));
        append(out, boost::endian::native_to_big(subcode));
        char name[20]{};
        fill(name, error);
        append(out, std::string_view(name, sizeof name));
        append(out, text);
        out.push_back(std::byte{0});
    });
}

void append_igtl_start_tdata(IgtlBytes& out, const IgtlEnvelope& envelope, core::Duration resolution,
                             std::string_view coordinate_frame)
{
    append_message(out, envelope, "STT_TDATA", [&] {
        igtl_stt_tdata wire{};
        wire.resolution =
            static_cast<igtl_int32>(std::chrono::duration_cast<std::chrono::milliseconds>(resolution).count());
        fill(wire.coord_name, coordinate_frame);
        igtl_stt_tdata_convert_byte_order(&wire);
        append(out, wire);
    });
}

void append_igtl_reply(IgtlBytes& out, const IgtlEnvelope& envelope, std::string_view type, bool granted)
{
    append_message(out, envelope, type, [&] { out.push_back(granted ? std::byte{0} : std::byte{1}); });
}

void append_igtl_capability(IgtlBytes& out, const IgtlEnvelope& envelope, std::span<const std::string_view> types)
{
    append_message(out, envelope, "CAPABILITY", [&] {
        for (const std::string_view type : types) {
            char name[kIgtlTypeChars]{};
            fill(name, type);
            append(out, std::string_view(name, sizeof name));
        }
    });
}

void append_igtl_request(IgtlBytes& out, const IgtlEnvelope& envelope, std::string_view type)
{
    append_message(out, envelope, type, [] {});
}

}  // namespace foretide::acquisition
