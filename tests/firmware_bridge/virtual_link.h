// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "firmware_bridge/controller/ft_controller.h"
#include "firmware_bridge/host/command_stream.h"
#include "firmware_bridge/host/host_connection.h"

namespace foretide::firmware_bridge {

using Bytes = std::vector<std::uint8_t>;

inline core::TimePoint at_us(std::int64_t us) { return core::TimePoint{core::Duration{us * 1000}}; }

inline ft_controller_config default_controller()
{
    ft_controller_config config;
    ft_controller_defaults(&config);
    return config;
}

inline Bytes encoded(const ft_frame& frame)
{
    Bytes bytes(FT_FRAME_MAX);
    bytes.resize(ft_encode(&frame, bytes.data()));
    return bytes;
}

/// The real controller code, with replies as byte vectors.
class VirtualController {
public:
    explicit VirtualController(const ft_controller_config& config = default_controller(), std::uint32_t boot = 1,
                               std::uint32_t entropy = 0x5EED, std::uint64_t now_us = 0)
    {
        ft_controller_init(&state, &config, boot, entropy, now_us);
    }

    Bytes receive(std::uint64_t now_us, std::span<const std::uint8_t> bytes)
    {
        Bytes reply(FT_FRAME_MAX);
        reply.resize(ft_controller_receive(&state, now_us, bytes.data(), bytes.size(), reply.data()));
        return reply;
    }
    Bytes poll(std::uint64_t now_us)
    {
        Bytes reply(FT_FRAME_MAX);
        reply.resize(ft_controller_poll(&state, now_us, reply.data()));
        return reply;
    }
    bool enabled() const { return ft_controller_enabled(&state); }

    ft_controller state{};
};

/// A command that the controller carries out: a fresh sample, forecasts well inside the window.
inline LinkCommand good_command(core::TimePoint exposure, core::BeamCommand beam, std::uint32_t epoch)
{
    LinkCommand command;
    command.sample = static_cast<std::uint32_t>(exposure.time_since_epoch().count() / 1'000'000);
    command.exposure = exposure;
    command.beam = beam;
    command.reason = beam == core::BeamCommand::on ? core::HoldReason::none : core::HoldReason::outside;
    command.release_epoch = epoch;
    command.t_on = std::chrono::milliseconds(280);
    command.t_off = std::chrono::milliseconds(130);
    command.on = {1.0, 0.5, 1.5};
    command.off = {0.8, 0.4, 1.2};
    command.window_lower = 0;
    command.window_upper = 2;
    return command;
}

/// The real host code in virtual time: connects, sends a command whenever it is asked to.
class VirtualHost {
public:
    explicit VirtualHost(std::uint32_t seed = 7, const HostConnectionConfig& config = {}) : connection(config, seed) {}

    /// What the link's thread would do at this time: a HELLO where one is due.
    EncodedFrame advance(core::TimePoint now)
    {
        if (!connection.advance(now)) return {};
        stream.connect({}, 0);
        const std::uint32_t number = stream.take_number();
        return connection.hello(now, number, stream.release_epoch());
    }
    HostConnection::Received receive(std::span<const std::uint8_t> bytes, core::TimePoint now)
    {
        const auto received = connection.receive(bytes, now);
        stream.connect(connection.id(), connection.latches());
        return received;
    }

    CommandStream stream{std::chrono::milliseconds(60)};
    HostConnection connection;
};

}  // namespace foretide::firmware_bridge
