// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/rt/nonblocking.h"
#include "core/time.h"
#include "core/timed_faults.h"

namespace foretide::acquisition {

/// What a simulated source can do wrong to a frame, a marker or the connection. What VALUE is stands beside.
enum class FaultKind : std::uint8_t {
    bad_crc,     ///< the frame's message has a wrong checksum
    late,        ///< the frame is sent VALUE seconds late (0.05); nothing overtakes it
    dropped,     ///< the frame is never sent
    duplicated,  ///< the frame is sent twice
    truncated,   ///< the message ends halfway
    phantom,     ///< VALUE reflections (1) are seen beside the markers
    occlusion,   ///< marker VALUE (1 is the first, 0 all; 1) is not seen
    swap,        ///< the first two markers are exchanged
    frozen,      ///< positions repeat, time goes on
    clock_jump,  ///< the source's clock reads VALUE seconds more (3600); without DURATION to the end
    silence,     ///< nothing is sent, the connection stays; without DURATION for a second
    disconnect,  ///< the connection is closed, and none is accepted for DURATION (0)
};
inline constexpr std::size_t kFaultKinds = 12;

/// Name as on the command line: "bad-crc".
std::string_view to_string(FaultKind kind) noexcept;

/// All names with what each does, one a line, for a command's help.
std::string fault_help();

struct Fault {
    FaultKind kind = FaultKind::dropped;
    core::Duration begin{0};     ///< from the simulation's first frame
    core::Duration duration{0};  ///< 0: the one frame at or after `begin`
    double value = 0;
};

/// Reads NAME@T, NAME@T+DURATION, NAME@T=VALUE or NAME@T+DURATION=VALUE, seconds with a decimal point. Throws
/// std::invalid_argument: what is wrong, and what is accepted.
Fault parse_fault(std::string_view text);

/// The faults that befall one frame.
class ActiveFaults {
public:
    explicit ActiveFaults(const core::ActiveFaultKinds& kinds = {}) noexcept : kinds_(kinds) {}

    bool has(FaultKind kind) const noexcept { return kinds_.has(index(kind)); }
    /// VALUE of that fault, the sum where several are active; 0 where none is.
    double value(FaultKind kind) const noexcept { return kinds_.value(index(kind)); }
    /// How long that fault lasts from this frame on; 0 where it is over with it.
    core::Duration remaining(FaultKind kind) const noexcept { return kinds_.remaining(index(kind)); }

private:
    static constexpr std::size_t index(FaultKind kind) noexcept { return static_cast<std::size_t>(kind); }

    core::ActiveFaultKinds kinds_;
};

/// Tells a simulated source what goes wrong with each of its frames.
///
/// Times count from the simulation's first frame, and go on whether or not somebody is connected. A fault with a
/// duration befalls every frame of [begin, begin + duration), one without exactly one frame, the first at or after
/// begin. Threads: one at a time. Allocation: constructor only. Errors: none.
class FaultSchedule {
public:
    explicit FaultSchedule(const std::vector<Fault>& faults = {});

    /// Faults of the frame at `time`; frames in the order of time, each asked for once. RT-safe.
    ActiveFaults at(core::Duration time) noexcept FORETIDE_NONBLOCKING { return ActiveFaults(faults_.at(time)); }

private:
    core::TimedFaults faults_;
};

}  // namespace foretide::acquisition
