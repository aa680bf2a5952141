// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/alarm_board.h"

namespace foretide::core {

namespace {

using enum AlarmPriority;

constexpr std::array<AlarmInfo, kAlarms> kInfo{{
    {"source_lost", high, false, "No marker data: check the camera, its cable and its address; the beam is held."},
    {"source_late", high, false, "Marker data come too late: check network and camera; the beam is held."},
    {"source_errors", medium, false, "The source sends messages that fail their checksum or form: check the cable."},
    {"marker_missing", high, false, "A marker is not seen for longer than can be bridged: check its line of sight."},
    {"signal_frozen", high, false, "Positions repeat although the patient breathes: check the camera."},
    {"series_broken", medium, true, "The source's clock was set, or a long gap: the forecasters begin anew."},
    {"markers_swapped", medium, true, "The source exchanged markers; they were exchanged back: check their spacing."},
    {"forecast_deadline", medium, true, "A forecast was published late: look for other load on this machine."},
    {"fallback_used", medium, false, "The main forecast did not fit into its time; the fallback was used."},
    {"learning_skipped", low, false, "No time to learn: forecasts adapt more slowly. Look for other load."},
    {"forecaster_reset", medium, true, "A part of the forecaster had run away and was started anew."},
    {"recorder_behind", medium, true, "Records were lost before they reached the recorder: the disk is too slow."},
    {"recorder_failed", medium, false, "The session cannot be written: make room on the disk; see the message."},
    {"telemetry_client_dropped", low, true, "A telemetry client did not take its data and was dropped."},
    {"station_lost", high, false, "The station that armed the beam does not answer; the beam is held."},
    {"engine_stalled", high, true, "The engine did not run for a while: the machine was suspended or overloaded."},
    {"link_down", high, false, "The gating controller does not answer; the beam is held."},
    {"clock_stepped", low, true, "The system's time of day was set; the engine's own clock goes on: note it."},
    {"baseline_drift", medium, false,
     "The breathing has drifted since the window was set: look at the patient; re-base?"},
}};

}  // namespace

const AlarmInfo& alarm_info(Alarm alarm) noexcept { return kInfo[static_cast<std::size_t>(alarm)]; }

const char* to_string(AlarmPriority priority) noexcept
{
    return priority == high ? "high" : priority == medium ? "medium" : "low";
}

void AlarmBoard::raise(Alarm alarm, TimePoint now) noexcept
{
    Entry& e = entries_[static_cast<std::size_t>(alarm)];
    if (e.active.exchange(true)) return;
    e.raised_ns = now.time_since_epoch().count();
    e.acknowledged = false;
    ++e.raised;
}

void AlarmBoard::clear(Alarm alarm, TimePoint now) noexcept
{
    Entry& e = entries_[static_cast<std::size_t>(alarm)];
    if (e.active.exchange(false)) e.cleared_ns = now.time_since_epoch().count();
}

bool AlarmBoard::acknowledge(Alarm alarm) noexcept
{
    return !entries_[static_cast<std::size_t>(alarm)].acknowledged.exchange(true);
}

AlarmStatus AlarmBoard::status(Alarm alarm) const noexcept
{
    const Entry& e = entries_[static_cast<std::size_t>(alarm)];
    AlarmStatus s;
    s.active = e.active;
    s.acknowledged = e.acknowledged;
    s.shown = s.active || (alarm_info(alarm).latched && !s.acknowledged);
    s.raised = e.raised;
    s.last_raised = TimePoint{Duration{e.raised_ns}};
    s.last_cleared = TimePoint{Duration{e.cleared_ns}};
    return s;
}

}  // namespace foretide::core
