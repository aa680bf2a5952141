// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::core {

/// One kind of fault that a simulated device can be told to have, as on the command line.
struct FaultName {
    std::string_view name;
    std::string_view what;
    bool takes_value = false;
    double value = 0;  ///< where none is given
    double least = 0, most = 0;
    Duration duration{0};  ///< where none is given
};

inline constexpr std::size_t kMaxFaultKinds = 16;

struct TimedFault {
    std::size_t kind = 0;  ///< index into the table of names
    Duration begin{0};     ///< from the simulation's start
    Duration duration{0};  ///< 0: the one event at or after `begin`
    double value = 0;
};

/// All names with what each does, one a line, for a command's help.
std::string fault_help(std::span<const FaultName> kinds);

/// Reads NAME@T, NAME@T+DURATION, NAME@T=VALUE or NAME@T+DURATION=VALUE, seconds with a decimal point. Throws
/// std::invalid_argument: what is wrong, and what is accepted.
TimedFault parse_fault(std::string_view text, std::span<const FaultName> kinds);

/// The faults that befall one event.
class ActiveFaultKinds {
public:
    bool has(std::size_t kind) const noexcept { return active_[kind]; }
    /// VALUE of that fault, the sum where several are active; 0 where none is.
    double value(std::size_t kind) const noexcept { return value_[kind]; }
    /// How long that fault lasts from this event on; 0 where it is over with it.
    Duration remaining(std::size_t kind) const noexcept { return remaining_[kind]; }

private:
    friend class TimedFaults;

    std::array<bool, kMaxFaultKinds> active_{};
    std::array<double, kMaxFaultKinds> value_{};
    std::array<Duration, kMaxFaultKinds> remaining_{};
};

/// Tells a simulated device what goes wrong with each of its events (a frame, a turn of its loop).
///
/// A fault with a duration befalls every event of [begin, begin + duration), one without exactly one event, the first
/// at or after begin. Threads: one at a time. Allocation: constructor only. Errors: none.
class TimedFaults {
public:
    explicit TimedFaults(const std::vector<TimedFault>& faults = {});

    /// Faults of the event at `time`; events in the order of time, each asked for once. RT-safe.
    ActiveFaultKinds at(Duration time) noexcept FORETIDE_NONBLOCKING;

private:
    struct Entry {
        TimedFault fault;
        bool over = false;
    };
    std::vector<Entry> entries_;
};

}  // namespace foretide::core
