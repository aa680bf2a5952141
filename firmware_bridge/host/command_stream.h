// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/rt/latest_value.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"
#include "firmware_bridge/controller/ft_frame.h"
#include "firmware_bridge/host/link_command.h"

namespace foretide::firmware_bridge {

/// Both nonces of a connection; 0: there is none.
struct ConnectionId {
    std::uint32_t host = 0, controller = 0;

    bool operator==(const ConnectionId&) const = default;
    explicit operator bool() const noexcept { return controller != 0; }
};

/// A frame ready to send.
struct EncodedFrame {
    std::array<std::uint8_t, FT_FRAME_MAX> bytes;
    std::size_t size = 0;  ///< 0: nothing to send
    std::uint32_t sequence = 0;

    std::span<const std::uint8_t> span() const noexcept { return {bytes.data(), size}; }
};

/// Numbers the frames that two threads send, and repeats the newest command with its age brought up to date.
///
/// The engine publishes its command before it takes a number; the heartbeat takes a number before it looks for the
/// newest command, and sends nothing where the engine has taken one since (overtaken()). Of two frames sent the one
/// with the higher number therefore never says something older, and neither thread waits for the other. Where the
/// engine comes in between that question and the heartbeat's system call, the late frame is refused by its number.
///
/// The heartbeat says HOLD (kEngineStalled) where alive() was not called for the stall time, and until the engine has
/// sent a new command after that.
///
/// Threads: next(), alive() the engine's; the rest the heartbeat's. Allocation, locks: none. Errors: none.
class CommandStream {
public:
    explicit CommandStream(core::Duration stall_time) : stall_time_(stall_time) {}

    // The engine's thread. RT-safe.

    /// Encodes a new command. Nothing to send while there is no connection; the heartbeat knows it all the same.
    EncodedFrame next(const LinkCommand& command, core::TimePoint now) noexcept FORETIDE_NONBLOCKING;
    void alive() noexcept FORETIDE_NONBLOCKING { beats_.fetch_add(1, std::memory_order_relaxed); }

    // The heartbeat's thread.

    /// Looks whether the engine moves; every 10 ms or so, for repeat() to know.
    void watch(core::TimePoint now) noexcept;
    /// Encodes the newest command once more.
    EncodedFrame repeat(core::TimePoint now) noexcept;
    bool overtaken(const EncodedFrame& frame) const noexcept
    {
        return numbers_.load(std::memory_order_acquire) != frame.sequence;
    }
    /// `latches`: of the controller, as its newest frame says; a release made from now on knows of them.
    void connect(ConnectionId connection, std::uint32_t latches) noexcept;
    /// A number for a frame of its own (HELLO).
    std::uint32_t take_number() noexcept { return numbers_.fetch_add(1, std::memory_order_acq_rel) + 1; }
    /// Of the newest command.
    std::uint32_t release_epoch() noexcept;
    bool stalled() const noexcept { return stalled_; }

private:
    struct Numbered {
        LinkCommand command;
        std::uint64_t number = 0;  // of commands, from 1; 0: none yet
        std::uint32_t release_latches = 0;
    };

    const core::Duration stall_time_;
    std::atomic<std::uint64_t> connection_{0};  // host nonce << 32 | controller nonce
    std::atomic<std::uint32_t> latches_{0};     // 0: not connected; a controller's are never 0
    std::atomic<std::uint32_t> numbers_{0};     // last one taken; its modification order is that of the frames
    std::atomic<std::uint64_t> beats_{0};
    core::LatestValue<Numbered> newest_{Numbered{}};

    // The engine's.
    std::uint64_t commands_ = 0;
    std::uint32_t epoch_ = 0, release_latches_ = 0;

    // The heartbeat's.
    std::uint64_t beats_seen_ = 0;
    core::TimePoint beat_seen_{};
    bool stalled_ = false;
    std::uint64_t void_command_ = 0;  // up to this one commands are not repeated
};

}  // namespace foretide::firmware_bridge
