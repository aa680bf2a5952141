// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// What a client may send to the simulated tracker. Lines that end in ':' or hold one get their CRC where the first byte
// says so: random bytes would hardly ever carry the right one.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "acquisition/ndi/ndi_framing.h"
#include "acquisition/ndi/ndi_simulated_device.h"
#include "tests/fuzz/reader_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace foretide::acquisition;
    if (size < 1) return 0;
    const bool add_crc = data[0] % 2 == 0;
    NdiSimulatedDevice device(static_cast<NdiTracking>(data[0] / 2 % 3));
    NdiCommandBuffer commands;
    commands.receive(std::span(data + 1, size - 1));
    std::vector<std::uint8_t> reply;
    NdiFrame frame;
    for (std::string command; commands.take(command);) {
        fuzz::require(command.size() <= 2048, "commands are bounded");
        ++frame.number;
        frame.device_time = std::chrono::seconds(frame.number);
        add_ndi_marker(frame, {1.0 * frame.number, -2, 3}, static_cast<foretide::core::Visibility>(frame.number % 4));
        device.show(frame, frame.number % 5 == 0);
        std::vector<std::uint8_t> bytes;
        if (add_crc && command.find(':') != std::string::npos)
            append_ndi_text(bytes, command);
        else
            bytes.assign(command.begin(), command.end());
        reply.clear();
        device.take({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, reply);
        const NdiReply scanned = scan_ndi_reply(reply);
        // ECHO gives back what it got, whatever the bytes: only there a reply may look like another kind.
        if (command.rfind("ECHO", 0) != 0) {
            fuzz::require(scanned.complete(), "every command has an answer with a right CRC");
            fuzz::require(scanned.size == reply.size(), "and only one");
        }
    }
    return 0;
}
