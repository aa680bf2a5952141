// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

namespace foretide::core {

/// Signed span of time. Differences may be negative (a forecast minus its target may be early).
using Duration = std::chrono::nanoseconds;

/// The project's one clock: monotonic, never stepped by the system's time of day. Thread-safe, RT-safe
/// (a vDSO read on Linux).
///
/// Recorded sessions carry time points of this clock too; their zero is the start of the recording.
struct Clock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock, Duration>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept
    {
        return time_point{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
    }
};

using TimePoint = Clock::time_point;

/// "Not known" for a time point: never a valid acquisition or arrival time.
inline constexpr TimePoint kUnknownTime{Duration{std::numeric_limits<std::int64_t>::min()}};

/// Seconds as written in files and on the command line → Duration, rounded to the nanosecond.
/// Precondition: finite and |seconds| < 9.2e9 (292 years); parsers check before they call.
inline Duration from_seconds(double seconds) noexcept { return Duration{std::llround(seconds * 1e9)}; }

/// Duration → seconds for files, plots and rates.
inline constexpr double to_seconds(Duration d) noexcept { return static_cast<double>(d.count()) * 1e-9; }

/// Seconds since the clock's zero (recordings: since their start).
inline constexpr double to_seconds(TimePoint t) noexcept { return to_seconds(t.time_since_epoch()); }

}  // namespace foretide::core
