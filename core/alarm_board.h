// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::core {

enum class AlarmPriority : std::uint8_t { low, medium, high };

enum class Alarm : std::uint8_t {
    source_lost,        ///< not connected or silent
    source_late,        ///< frames arrive long after their exposure
    source_errors,      ///< messages refused for their checksum or form
    marker_missing,     ///< a marker has not been seen for longer than can be bridged
    signal_frozen,      ///< positions repeat although the patient breathes
    series_broken,      ///< the source's clock was set, or a long gap
    markers_swapped,    ///< the source exchanged markers; exchanged back
    forecast_deadline,  ///< a forecast was published late
    fallback_used,      ///< the fallback was published in place of the main forecast
    learning_skipped,   ///< no time to learn
    forecaster_reset,   ///< a part of the forecaster had run away and was started anew
    recorder_behind,    ///< records were dropped before they reached the recorder
    recorder_failed,    ///< the session file cannot be written
    telemetry_client_dropped,
    station_lost,    ///< the station that armed has not answered
    engine_stalled,  ///< the acquisition thread did not run for a while
    link_down,       ///< the gating controller does not answer
    clock_stepped,   ///< the system's time of day was set
    baseline_drift,  ///< the patient's end-exhale level has moved since the window was set
};
inline constexpr int kAlarms = 19;

/// What an alarm is, for people. Latched: stays shown until acknowledged although its cause is gone.
struct AlarmInfo {
    const char* name;
    AlarmPriority priority;
    bool latched;
    const char* text;  ///< what is wrong, and what to do
};
const AlarmInfo& alarm_info(Alarm alarm) noexcept;
const char* to_string(AlarmPriority priority) noexcept;

/// One alarm as it stands.
struct AlarmStatus {
    bool active = false;  ///< its cause persists
    bool shown = false;   ///< active, or latched and not acknowledged
    bool acknowledged = false;
    std::uint32_t raised = 0;  ///< times
    TimePoint last_raised{}, last_cleared{};
};

/// The state of every alarm. raise() and clear() are levels: raising what is active changes nothing.
///
/// Threads: any, at once. Allocation: none. Errors: none. RT-safe.
class AlarmBoard {
public:
    void raise(Alarm alarm, TimePoint now) noexcept FORETIDE_NONBLOCKING;
    void clear(Alarm alarm, TimePoint now) noexcept FORETIDE_NONBLOCKING;
    void set(Alarm alarm, bool active, TimePoint now) noexcept FORETIDE_NONBLOCKING
    {
        active ? raise(alarm, now) : clear(alarm, now);
    }
    /// False where there was nothing to acknowledge.
    bool acknowledge(Alarm alarm) noexcept FORETIDE_NONBLOCKING;
    AlarmStatus status(Alarm alarm) const noexcept FORETIDE_NONBLOCKING;

private:
    struct Entry {
        std::atomic<bool> active{false}, acknowledged{true};
        std::atomic<std::uint32_t> raised{0};
        std::atomic<std::int64_t> raised_ns{0}, cleared_ns{0};
    };
    std::array<Entry, kAlarms> entries_{};
};

}  // namespace foretide::core
