// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_framing.h"
#include "acquisition/ndi/ndi_reading.h"

namespace foretide::acquisition {

namespace {

constexpr std::size_t kTransformCharacters = 4 * 6 + 3 * 7 + 6, kCoordinateCharacters = 7;

/// Takes text from the front; what is not there leaves `good` false.
struct TextReader {
    std::string_view text;
    bool good = true;

    std::string_view take(std::size_t count) noexcept
    {
        if (!good || text.size() < count) {
            good = false;
            return {};
        }
        const std::string_view part = text.substr(0, count);
        text.remove_prefix(count);
        return part;
    }
    bool take_word(std::string_view word) noexcept
    {
        if (!text.starts_with(word)) return false;
        text.remove_prefix(word.size());
        return true;
    }
    std::uint32_t hex(std::size_t digits) noexcept
    {
        const std::int64_t value = parse_hex(take(digits));
        if (value < 0) good = false;
        return value < 0 ? 0U : static_cast<std::uint32_t>(value);
    }
    /// "+123456" is 1234.56 mm.
    double coordinate_mm() noexcept
    {
        const std::string_view part = take(kCoordinateCharacters);
        if (!good || (part[0] != '+' && part[0] != '-')) {
            good = false;
            return 0;
        }
        int hundredths = 0;
        for (const char c : part.substr(1)) {
            if (c < '0' || c > '9') good = false;
            hundredths = hundredths * 10 + (c - '0');
        }
        return (part[0] == '-' ? -0.01 : 0.01) * hundredths;
    }
};

/// A handle's line: handle, transform or MISSING, port status, frame number; or UNOCCUPIED or DISABLED alone.
void read_handle(TextReader& reader, std::uint16_t options, NdiFrame& frame) noexcept
{
    reader.hex(2);
    const bool silent = reader.take_word("UNOCCUPIED") || reader.take_word("DISABLED");
    if (!silent && (options & kNdiTransforms) != 0) {
        if (!reader.take_word("MISSING")) reader.take(kTransformCharacters);
        reader.hex(8);  // port status
        const std::uint32_t number = reader.hex(8);
        if (!frame.numbered && reader.good) {
            frame.numbered = true;
            frame.number = number;
        }
    }
    const std::size_t end = reader.text.find('\n');  // what was not asked for but sent is passed over
    if (end == std::string_view::npos)
        reader.good = false;
    else
        reader.take(end + 1);
}

/// Strays after their count and the digits of one number whose lowest bit says that the first one is out of volume.
void read_strays(TextReader& reader, std::uint16_t options, NdiFrame& frame) noexcept
{
    const std::size_t count = reader.hex(2);
    const std::string_view outside = reader.take((count + 3) / 4);
    for (std::size_t i = 0; i < count && reader.good; ++i) {
        const std::int64_t digit = parse_hex(outside.substr(outside.size() - 1 - i / 4, 1));
        if (digit < 0) reader.good = false;
        const bool out = ((digit >> (i % 4)) & 1) != 0;
        if (out && (options & kNdiOutOfVolume) == 0) continue;  // then it has no position
        const std::array<double, 3> position_mm{reader.coordinate_mm(), reader.coordinate_mm(), reader.coordinate_mm()};
        if (reader.good)
            add_ndi_marker(frame, position_mm, out ? core::Visibility::out_of_volume : core::Visibility::visible);
    }
}

}  // namespace

const char* parse_tx_reply(std::string_view text, std::uint16_t options, NdiReading& reading) noexcept
    FORETIDE_NONBLOCKING
{
    reading.frame_count = 1;
    reading.alert_count = 0;
    NdiFrame& frame = reading.frames[0];
    frame = {};
    TextReader reader{text};
    const std::uint32_t handles = reader.hex(2);
    for (std::uint32_t i = 0; i < handles && reader.good; ++i) read_handle(reader, options, frame);
    if ((options & kNdiPassiveStrays) != 0) read_strays(reader, options, frame);
    reading.system_status = static_cast<std::uint16_t>(reader.hex(4));
    if (!reader.good) return "the TX reply ends early or holds something that is not a number";
    if (!reader.text.empty()) return "the TX reply is longer than what it lists";
    return nullptr;
}

}  // namespace foretide::acquisition
