// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_tool.h"

#include <array>
#include <bit>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <system_error>

#include "acquisition/ndi/little_endian.h"

namespace foretide::acquisition {

namespace {

constexpr std::size_t kFileBytes = 752, kChecksumAt = 4, kSummedFrom = 6;
constexpr std::array<std::array<float, 3>, 4> kMarkers_mm{
    {{0, 0, 0}, {500, 0, 0}, {120, 310, 0}, {-210, 150, 0}}};  // no two distances alike to 9 mm

void put_u16(std::vector<std::uint8_t>& tool, std::size_t at, std::uint16_t value)
{
    tool[at] = static_cast<std::uint8_t>(value & 0xFFU);
    tool[at + 1] = static_cast<std::uint8_t>(value >> 8U);
}

void put_f32(std::vector<std::uint8_t>& tool, std::size_t at, float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    put_u16(tool, at, static_cast<std::uint16_t>(bits & 0xFFFFU));
    put_u16(tool, at + 2, static_cast<std::uint16_t>(bits >> 16U));
}

void put_text(std::vector<std::uint8_t>& tool, std::size_t at, const std::string& text)
{
    for (const char c : text) tool[at++] = static_cast<std::uint8_t>(c);
}

std::uint16_t sum_of(std::span<const std::uint8_t> bytes)
{
    return static_cast<std::uint16_t>(std::accumulate(bytes.begin(), bytes.end(), 0U));
}

}  // namespace

std::vector<std::uint8_t> builtin_ndi_tool()
{
    constexpr auto kMarkers = static_cast<std::uint8_t>(kMarkers_mm.size());
    std::vector<std::uint8_t> tool(kNdiToolBytes);
    put_text(tool, 0, "NDI");
    tool[8] = 1;
    tool[12] = 2;   // sub type: not defined
    tool[20] = 1;   // sequence number
    tool[24] = 90;  // largest marker angle [degrees]
    tool[28] = kMarkers;
    tool[32] = kMarkers;  // all must be seen
    put_f32(tool, 36, 0.2F);
    for (std::size_t m = 0; m < kMarkers_mm.size(); ++m) {
        for (std::size_t a = 0; a < 3; ++a) put_f32(tool, 72 + 12 * m + 4 * a, kMarkers_mm[m][a]);
        tool[552 + m] = static_cast<std::uint8_t>(m);
        tool[613 + m] = 1;  // face
        tool[633 + m] = 1;  // group
    }
    for (std::size_t led = 572; led < 576; ++led) tool[led] = 31;  // none
    tool[576] = 9;
    put_text(tool, 580, "Foretide");
    put_text(tool, 592, "strays only");
    tool[612] = 9;
    tool[653] = 128;  // unique geometry
    tool[655] = 41;   // passive spheres
    put_u16(tool, kChecksumAt, sum_of(std::span(tool).first(kFileBytes).subspan(kSummedFrom)));
    return tool;
}

std::vector<std::uint8_t> read_ndi_tool(const std::filesystem::path& file)
{
    const auto refuse = [&file](const std::string& problem) {
        throw std::runtime_error(file.string() + ": " + problem +
                                 "; give a tool file (.rom) of a passive tool, or none for the built-in one");
    };
    if (!std::filesystem::is_regular_file(file)) refuse("there is no such file");
    if (std::filesystem::file_size(file) > kNdiToolBytes) refuse("longer than the 1024 bytes of a tool description");
    std::ifstream stream(file, std::ios::binary);
    std::vector<std::uint8_t> tool(kNdiToolBytes);
    stream.read(reinterpret_cast<char*>(tool.data()), static_cast<std::streamsize>(tool.size()));
    if (stream.bad() || stream.gcount() == 0) refuse("cannot be read or is empty");
    if (!is_ndi_tool(tool)) refuse("not a tool file: it does not begin with 'NDI', or its checksum is wrong");
    return tool;
}

bool is_ndi_tool(std::span<const std::uint8_t> bytes) noexcept
{
    if (bytes.size() < kFileBytes || bytes[0] != 'N' || bytes[1] != 'D' || bytes[2] != 'I') return false;
    // Zeros behind the description do not change the sum.
    return load_u16(bytes, kChecksumAt) == sum_of(bytes.subspan(kSummedFrom));
}

std::string ndi_tool_command(int handle, std::span<const std::uint8_t> tool, std::size_t address)
{
    std::array<char, 16> head{};
    std::snprintf(head.data(), head.size(), "PVWR:%02X%04X", static_cast<unsigned>(handle) & 0xFFU,
                  static_cast<unsigned>(address) & 0xFFFFU);
    std::string command = head.data();
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const std::uint8_t byte : tool.subspan(address, kNdiToolChunk)) {
        command += kDigits[byte >> 4U];
        command += kDigits[byte & 0xFU];
    }
    return command;
}

}  // namespace foretide::acquisition
