// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/link_command.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace foretide::firmware_bridge {

namespace {

/// NaN compares false, too.
std::int32_t in_field(double value) noexcept
{
    constexpr double kMost = std::numeric_limits<std::int32_t>::max();
    return value >= -kMost && value <= kMost ? static_cast<std::int32_t>(value) : FT_POSITION_UNKNOWN;
}

std::int32_t microseconds(core::Duration duration) noexcept
{
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    return static_cast<std::int32_t>(std::clamp(us, -kMost, kMost));
}

/// Rounded up: never younger than it is. An exposure still to come is a clock gone wrong: no age is known.
std::uint32_t age_us(core::TimePoint exposure, core::TimePoint now) noexcept
{
    if (exposure == core::kUnknownTime || exposure > now) return FT_AGE_UNKNOWN;
    const std::int64_t us = (now - exposure).count() / 1000 + 1;
    return us < std::int64_t{FT_AGE_UNKNOWN} ? static_cast<std::uint32_t>(us) : FT_AGE_UNKNOWN;
}

}  // namespace

ft_command to_wire(const LinkCommand& command, core::TimePoint now) noexcept FORETIDE_NONBLOCKING
{
    const double scale = command.gate == GateKind::position ? 1e3 : 1e6;
    const bool on = command.beam == core::BeamCommand::on;
    ft_command wire{};
    wire.sample = command.sample;
    wire.sample_age_us = age_us(command.exposure, now);
    wire.release_epoch = command.release_epoch;
    wire.beam = on ? FT_BEAM_ON : FT_BEAM_HOLD;
    wire.hold_reason = on ? std::uint8_t{0} : static_cast<std::uint8_t>(command.reason);
    wire.flags = command.fallback ? FT_COMMAND_FALLBACK : 0;
    wire.gate_kind = static_cast<std::uint8_t>(command.gate);
    wire.t_on_us = microseconds(command.t_on);
    wire.t_off_us = microseconds(command.t_off);
    wire.on_position = in_field(std::round(scale * command.on.position));
    wire.on_lower = in_field(std::floor(scale * command.on.lower));
    wire.on_upper = in_field(std::ceil(scale * command.on.upper));
    wire.off_position = in_field(std::round(scale * command.off.position));
    wire.off_lower = in_field(std::floor(scale * command.off.lower));
    wire.off_upper = in_field(std::ceil(scale * command.off.upper));
    wire.window_lower = in_field(std::ceil(scale * command.window_lower));
    wire.window_upper = in_field(std::floor(scale * command.window_upper));
    wire.exposure_ns = command.exposure.time_since_epoch().count();
    wire.sent_ns = now.time_since_epoch().count();
    return wire;
}

}  // namespace foretide::firmware_bridge
