// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/marker_blob.h"

namespace foretide::core {

namespace {

template <class T>
std::byte* put(std::byte* at, const T& value) noexcept
{
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

template <class T>
const std::byte* get(const std::byte* at, T& value) noexcept
{
    std::memcpy(&value, at, sizeof value);
    return at + sizeof value;
}

}  // namespace

void pack_markers(const MarkerFrame& frame, std::vector<std::byte>& out)
{
    const auto count = static_cast<std::size_t>(frame.marker_count);
    out.resize(count * kMarkerBytes);
    std::byte* at = out.data();
    for (std::size_t m = 0; m < count; ++m) {
        const MarkerSample& marker = frame.markers[m];
        at = put(at, marker.position_mm);
        at = put(at, marker.quality);
        at = put(at, marker.visibility);
    }
}

bool unpack_markers(std::span<const std::byte> bytes, MarkerFrame& frame) noexcept
{
    const std::size_t count = bytes.size() / kMarkerBytes;
    if (bytes.size() % kMarkerBytes != 0 || count > frame.markers.size()) return false;
    frame.marker_count = static_cast<std::int32_t>(count);
    frame.markers.fill({});
    const std::byte* at = bytes.data();
    for (std::size_t m = 0; m < count; ++m) {
        MarkerSample& marker = frame.markers[m];
        std::uint8_t visibility = 0;
        at = get(at, marker.position_mm);
        at = get(at, marker.quality);
        at = get(at, visibility);
        if (visibility > static_cast<std::uint8_t>(Visibility::phantom)) return false;
        marker.visibility = static_cast<Visibility>(visibility);
    }
    return true;
}

}  // namespace foretide::core
