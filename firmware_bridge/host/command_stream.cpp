// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/command_stream.h"

namespace foretide::firmware_bridge {

namespace {

ConnectionId unpack(std::uint64_t packed) noexcept
{
    return {static_cast<std::uint32_t>(packed >> 32U), static_cast<std::uint32_t>(packed)};
}

EncodedFrame encode(ConnectionId connection, std::uint32_t sequence, ft_command command,
                    std::uint32_t release_latches) noexcept
{
    command.release_latches = release_latches;
    ft_frame frame;
    frame.header = {FT_VERSION, FT_COMMAND, connection.host, connection.controller, sequence};
    frame.body.command = command;
    EncodedFrame encoded;
    encoded.size = ft_encode(&frame, encoded.bytes.data());
    encoded.sequence = sequence;
    return encoded;
}

}  // namespace

EncodedFrame CommandStream::next(const LinkCommand& command, core::TimePoint now) noexcept FORETIDE_NONBLOCKING
{
    if (command.release_epoch != epoch_) {
        epoch_ = command.release_epoch;
        release_latches_ = latches_.load(std::memory_order_acquire);
    }
    newest_.back() = {command, ++commands_, release_latches_};
    newest_.publish();
    alive();
    const ConnectionId connection = unpack(connection_.load(std::memory_order_acquire));
    if (!connection) return {};
    // Releases the command published above to the heartbeat that takes a later number.
    const std::uint32_t sequence = numbers_.fetch_add(1, std::memory_order_acq_rel) + 1;
    return encode(connection, sequence, to_wire(command, now), release_latches_);
}

void CommandStream::watch(core::TimePoint now) noexcept
{
    const std::uint64_t beats = beats_.load(std::memory_order_relaxed);
    if (beats != beats_seen_ || beat_seen_ == core::TimePoint{}) {
        beats_seen_ = beats;
        beat_seen_ = now;
    }
    stalled_ = now - beat_seen_ >= stall_time_;
}

EncodedFrame CommandStream::repeat(core::TimePoint now) noexcept
{
    watch(now);
    const ConnectionId connection = unpack(connection_.load(std::memory_order_relaxed));  // own store
    if (!connection) return {};
    const std::uint32_t sequence = take_number();
    newest_.fetch();
    const Numbered& newest = newest_.front();
    if (stalled_) void_command_ = newest.number;
    ft_command wire = to_wire(newest.command, now);
    wire.flags |= FT_COMMAND_REPEAT;
    if (newest.number <= void_command_) {
        wire.beam = FT_BEAM_HOLD;
        if (newest.number > 0) {
            wire.hold_reason = kEngineStalled;
            wire.flags |= FT_COMMAND_STALLED;
        }
    }
    return encode(connection, sequence, wire, newest.release_latches);
}

void CommandStream::connect(ConnectionId connection, std::uint32_t latches) noexcept
{
    latches_.store(connection ? latches : 0, std::memory_order_release);
    connection_.store((std::uint64_t{connection.host} << 32U) | connection.controller, std::memory_order_release);
}

std::uint32_t CommandStream::release_epoch() noexcept
{
    newest_.fetch();
    return newest_.front().command.release_epoch;
}

}  // namespace foretide::firmware_bridge
