// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <cmath>

#include "acquisition/igtl/frame_assembler.h"
#include "acquisition/igtl/stream_reader.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace foretide::acquisition {
namespace {

using fuzz::require;

bool inside(const void* begin, std::size_t size, const IgtlMessage& message)
{
    const auto* first = static_cast<const std::byte*>(begin);
    const std::byte* content = message.content.data();
    return size == 0 || (first >= content && first + size <= content + message.content.size());
}

/// Every decoder on every message; what they hand out lies in the message.
void decode(const IgtlMessage& message)
{
    require(message.header.type_name().size() <= kIgtlTypeChars, "types fit their field");
    std::string_view text;
    if (decode_igtl_string(message, text)) require(inside(text.data(), text.size(), message), "a text of the message");
    IgtlStatus status;
    if (decode_igtl_status(message, status)) {
        require(inside(status.text.data(), status.text.size(), message), "a status text of the message");
        require(inside(status.error.data(), status.error.size(), message), "a status name of the message");
    }
    core::Duration resolution{};
    if (decode_igtl_start(message, resolution)) require(resolution >= core::Duration{0}, "no negative resolution");
    bool granted = false;
    decode_igtl_reply(message, granted);
}

void check_frame(const core::MarkerFrame& frame)
{
    require(frame.marker_count >= 0 && frame.marker_count <= core::kMaxMarkers, "at most kMaxMarkers markers");
    for (const core::MarkerSample& marker : frame.markers)
        for (const double x : marker.position_mm)
            require(marker.visibility == core::Visibility::missing ? std::isnan(x) : std::abs(x) <= 1e6,
                    "positions fit visibility");
}

}  // namespace
}  // namespace foretide::acquisition

/// The first byte says how the rest is cut into pieces as a socket would.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace foretide;
    using namespace foretide::acquisition;
    if (size == 0) return 0;
    const std::size_t piece = 1 + data[0];
    IgtlStreamReader reader(4096);
    FrameAssembler assembler(data[0] % 2 == 0 ? std::vector<std::string>{} : std::vector<std::string>{"Marker1", "B"},
                             std::chrono::milliseconds(5));
    core::TimePoint now{};
    std::size_t messages = 0;
    for (std::size_t at = 1; at < size;) {
        const auto space = reader.space();
        const std::size_t n = std::min({piece, size - at, space.size()});
        fuzz::require(n > 0, "there is room after `more`");
        std::copy_n(reinterpret_cast<const std::byte*>(data) + at, n, space.begin());
        reader.received(n);
        at += n;
        now += std::chrono::milliseconds(1);
        IgtlMessage message;
        auto result = IgtlStreamReader::Result::message;
        while ((result = reader.next(message)) == IgtlStreamReader::Result::message) {
            ++messages;
            decode(message);
            assembler.take(message, now);
            for (FrameAssembler::Frame frame; assembler.pop(frame);) check_frame(frame.frame);
        }
        assembler.complete_due(now);
        for (FrameAssembler::Frame frame; assembler.pop(frame);) check_frame(frame.frame);
        if (result == IgtlStreamReader::Result::lost) reader.reset();
    }
    fuzz::require(messages * kIgtlHeaderBytes <= size, "no message out of nothing");
    return 0;
}
