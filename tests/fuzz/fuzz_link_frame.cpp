// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// What may come over the link to the gating controller: frames with their checksums put right, a serial line's bytes,
// and both ends' state machines fed with them. The first byte chooses.

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "firmware_bridge/controller/ft_bytes.h"
#include "firmware_bridge/controller/ft_cobs.h"
#include "firmware_bridge/controller/ft_controller.h"
#include "firmware_bridge/controller/ft_crc32c.h"
#include "firmware_bridge/host/host_connection.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace foretide::firmware_bridge::fuzz {
namespace {

using acquisition::fuzz::require;

using Frame = std::array<std::uint8_t, FT_FRAME_MAX>;

void decode(std::span<const std::uint8_t> bytes)
{
    ft_frame frame;
    if (ft_decode(bytes.data(), bytes.size(), &frame) != FT_ANSWER_TAKEN) return;
    Frame again{};
    require(ft_encode(&frame, again.data()) == bytes.size(), "a frame keeps its size");
    require(std::memcmp(again.data(), bytes.data(), bytes.size()) == 0, "a frame comes back as it was");
}

void cobs(std::span<const std::uint8_t> bytes)
{
    ft_cobs_decoder decoder;
    ft_cobs_reset(&decoder);
    for (const std::uint8_t byte : bytes) {
        const int size = ft_cobs_push(&decoder, byte);
        require(size >= -1 && size <= FT_FRAME_MAX, "lengths are of frames");
        if (size <= 0) continue;
        const Frame frame = [&] {
            Frame copy{};
            std::memcpy(copy.data(), decoder.frame, static_cast<std::size_t>(size));
            return copy;
        }();
        std::array<std::uint8_t, FT_COBS_MAX> line{};
        const std::size_t length = ft_cobs_encode(frame.data(), static_cast<std::size_t>(size), line.data());
        ft_cobs_decoder other;
        ft_cobs_reset(&other);
        int got = 0;
        for (std::size_t i = 0; i < length; ++i) got = ft_cobs_push(&other, line[i]);
        require(got == size && std::memcmp(other.frame, frame.data(), static_cast<std::size_t>(size)) == 0,
                "what was decoded encodes to the same");
    }
}

/// Frames of the input, with magic, version and checksum put right so that random bytes get further.
void machines(std::span<const std::uint8_t> bytes)
{
    ft_controller_config config;
    ft_controller_defaults(&config);
    config.dwell_us = 20000;
    ft_controller controller;
    ft_controller_init(&controller, &config, 1, 5, 0);
    HostConnection host({}, 1);
    std::uint64_t now_us = 0;
    Frame frame{}, reply{};
    while (bytes.size() >= 4) {
        const std::uint8_t how = bytes[0], type = bytes[1] % 5;
        now_us += std::uint64_t{bytes[2]} * 100;
        const std::size_t size = std::min<std::size_t>(bytes[3] % (FT_FRAME_MAX + 1), bytes.size() - 4);
        frame.fill(0);
        std::memcpy(frame.data(), bytes.data() + 4, size);
        bytes = bytes.subspan(4 + size);
        constexpr std::array<std::size_t, 5> kSizes{FT_FRAME_MAX, FT_HELLO_SIZE, FT_WELCOME_SIZE, FT_COMMAND_SIZE,
                                                    FT_STATUS_SIZE};
        const std::size_t whole = (how & 1U) != 0 ? kSizes[type] : size;
        if ((how & 1U) != 0) {
            ft_put_u32(frame.data(), FT_MAGIC);
            frame[4] = FT_VERSION;
            frame[5] = type;
            ft_put_u16(frame.data() + 6, static_cast<std::uint16_t>(whole));
            if ((how & 2U) != 0 && type == FT_COMMAND) {
                ft_put_u32(frame.data() + 8, controller.host_nonce);
                ft_put_u32(frame.data() + 12, controller.controller_nonce);
                ft_put_u32(frame.data() + 16, controller.last_sequence + 1);
                ft_put_u32(frame.data() + 92, controller.latches);
            }
            if (type == FT_HELLO) ft_put_u32(frame.data() + 12, 0);
            ft_put_u32(frame.data() + whole - 4, ft_crc32c(frame.data(), whole - 4));
        }
        const bool before = ft_controller_enabled(&controller);
        const std::uint32_t accepted = controller.counters.accepted;
        const std::size_t answered = ft_controller_receive(&controller, now_us, frame.data(), whole, reply.data());
        require(answered <= FT_FRAME_MAX, "replies fit");
        if (answered > 0) {
            ft_frame decoded;
            require(ft_decode(reply.data(), answered, &decoded) == FT_ANSWER_TAKEN, "replies are frames");
            host.receive({reply.data(), answered},
                         core::TimePoint{core::Duration{static_cast<std::int64_t>(now_us) * 1000}});
        }
        host.receive({frame.data(), whole}, core::TimePoint{core::Duration{static_cast<std::int64_t>(now_us) * 1000}});
        if (ft_controller_enabled(&controller) && !before)
            require(controller.counters.accepted > accepted || controller.wants_on, "only commands turn on");
        if (ft_controller_enabled(&controller)) {
            require(controller.connected && controller.taken && controller.fresh && controller.wants_on,
                    "on has its grounds");
            require(now_us - controller.arrival_us < controller.watchdog_us, "on is never silent");
        }
        ft_controller_poll(&controller, now_us, reply.data());
    }
    ft_controller_poll(&controller, now_us + config.watchdog_us, reply.data());
    require(!ft_controller_enabled(&controller), "silence holds");
}

}  // namespace
}  // namespace foretide::firmware_bridge::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    namespace fuzz = foretide::firmware_bridge::fuzz;
    if (size < 1) return 0;
    const std::span<const std::uint8_t> rest(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        fuzz::decode(rest);
        break;
    case 1:
        fuzz::cobs(rest);
        break;
    default:
        fuzz::machines(rest);
        break;
    }
    return 0;
}
