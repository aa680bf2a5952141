// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// What a tracker, or whoever answers in its place, may send: the framing, and behind it the parsers. The first byte
// chooses between a stream of replies with their CRCs and the parsers alone, which random bytes would never reach.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include "acquisition/ndi/ndi_bring_up.h"
#include "acquisition/ndi/ndi_errors.h"
#include "acquisition/ndi/ndi_framing.h"
#include "acquisition/ndi/ndi_reading.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace foretide::acquisition::fuzz {
namespace {

void check_reading(const NdiReading& reading)
{
    require(reading.frame_count <= NdiReading::kMaxFrames, "not more frames than there is room for");
    require(reading.alert_count <= NdiReading::kMaxAlerts, "not more alerts than there is room for");
    for (std::size_t f = 0; f < reading.frame_count; ++f) {
        const NdiFrame& frame = reading.frames[f];
        require(frame.marker_count >= 0 && frame.marker_count <= core::kMaxMarkers, "0 to kMaxMarkers markers");
        require(frame.surplus >= 0 && frame.phantoms >= 0, "counts are counts");
        require(frame.surplus == 0 || frame.marker_count == core::kMaxMarkers, "surplus only where it is full");
        for (int m = 0; m < frame.marker_count; ++m) {
            const core::MarkerSample& marker = frame.markers[static_cast<std::size_t>(m)];
            for (const double value : marker.position_mm)
                require(marker.visibility == core::Visibility::missing ? std::isnan(value) : std::abs(value) <= 1e5,
                        "positions fit visibility");
        }
        ndi_frame_status_meaning(frame.status);
    }
    for (std::size_t a = 0; a < reading.alert_count; ++a) ndi_alert_meaning(reading.alerts[a]);
}

void parse(std::span<const std::uint8_t> payload, std::uint16_t options)
{
    static NdiReading reading;
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (parse_tx_reply(text, options, reading) == nullptr) check_reading(reading);
    if (parse_bx_reply(payload, options, reading) == nullptr) check_reading(reading);
    if (parse_bx2_reply(payload, reading) == nullptr) check_reading(reading);
    bool valid = false;
    parse_ndi_handles(text, valid);
    if (const auto code = ndi_error_code(text)) require(!ndi_error_in_words(*code).empty(), "errors have words");
}

/// Bytes as they come from a socket, in pieces of `piece`.
void stream(std::span<const std::uint8_t> bytes, std::size_t piece)
{
    NdiReplyBuffer buffer;
    while (!bytes.empty()) {
        const auto space = buffer.space();
        require(!space.empty(), "there is always room for more");
        const std::size_t count = std::min({space.size(), bytes.size(), piece});
        std::copy_n(bytes.begin(), count, space.begin());
        buffer.received(count);
        bytes = bytes.subspan(count);
        for (NdiReply reply = buffer.take(); reply.size > 0; reply = buffer.take())
            if (reply.complete()) parse(reply.payload, kNdiStrayOptions);
    }
}

}  // namespace
}  // namespace foretide::acquisition::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    namespace fuzz = foretide::acquisition::fuzz;
    if (size < 2) return 0;
    const std::span<const std::uint8_t> rest(data + 2, size - 2);
    if (data[0] % 2 == 0)
        fuzz::stream(rest, std::size_t{data[1]} + 1);
    else
        fuzz::parse(rest, data[1] < 128 ? foretide::acquisition::kNdiStrayOptions
                                        : static_cast<std::uint16_t>((data[1] & 0x0FU) | ((data[1] & 0x30U) << 7U)));
    return 0;
}
