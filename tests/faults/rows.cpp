// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/rows.h"

#include <array>

#include "tests/faults/actions.h"

namespace foretide::tests {

namespace {

using enum Source;
using enum Beam;

constexpr double kHold_s = core::to_seconds(kMaxAge + kPeriod);
constexpr double kAlarm_s = 0.5;
constexpr double kAgain_s = core::to_seconds(kDwell) + 0.2;           // where the connection stays
constexpr double kAgainConnected_s = core::to_seconds(kDwell) + 2.5;  // where it is made anew, after a pause
constexpr double kFrozen_s = 2.2;                                     // two seconds of repeats
constexpr double kBridged_s = 1.1;                                    // one second
constexpr double kPause_s = 8;                                        // longest pause between attempts, and bring-up

constexpr const char* kBridge = "bridges it with the forecast; the beam stays as it is";
constexpr const char* kIgnore = "leaves it out; the beam stays as it is";
constexpr const char* kHoldAndGoOn = "holds, says why, goes on by itself when data are good again";
constexpr const char* kReconnect = "holds, connects again by itself, goes on";
constexpr const char* kSayAndTry = "never lets the beam on, says in words what is wrong, goes on trying, then runs";

// Simulated faults begin half a second after the beam came on at the latest.
constexpr std::array kRows{
    Row{"NdiBadCrc", "bad CRC, 0.15 s", ndi, "bad-crc@6.5+0.15", kBridge, stays, 0, 0, "source_errors", kAlarm_s},
    Row{"NdiBadCrcLong", "bad CRC, 1 s", ndi, "bad-crc@6.5+1", kHoldAndGoOn, held, kHold_s, kAgain_s, "source_errors",
        kAlarm_s},
    Row{"NdiLate", "0.4 s late", ndi, "late@6.5+1=0.4", kHoldAndGoOn, held, kHold_s, kAgain_s + 0.4, "source_late",
        kHold_s + kAlarm_s},
    Row{"NdiLateLong", "1 s late for 5 s", ndi, "late@6.5+5=1", kHoldAndGoOn, held, kHold_s, kAgain_s + 1,
        "source_lost", kAlarm_s},
    Row{"NdiDropped", "dropped, 0.15 s", ndi, "dropped@6.5+0.15", kBridge, stays},
    Row{"NdiDuplicated", "duplicated, 0.5 s", ndi, "duplicated@6.5+0.5", kIgnore, stays},
    Row{"NdiTruncated", "truncated message", ndi, "truncated@6.5", kBridge, stays, 0, 0, "source_errors", kAlarm_s},
    Row{"NdiPhantom", "two phantom markers, 1 s", ndi, "phantom@6.5+1=2", kIgnore, stays},
    Row{"NdiOcclusion", "a marker hidden, 0.5 s", ndi, "occlusion@6.5+0.5=1", kBridge, stays},
    Row{"NdiOcclusionLong", "a marker hidden, 2 s", ndi, "occlusion@6.5+2=1", kHoldAndGoOn, held, kBridged_s, kAgain_s,
        "marker_missing", kBridged_s + kAlarm_s},
    Row{"NdiSwap", "markers exchanged, 0.5 s", ndi, "swap@6.5+0.5", "knows the markers by where they are", stays},
    Row{"NdiFrozen", "frozen, 3 s", ndi, "frozen@6.5+3", kHoldAndGoOn, held, kFrozen_s, kAgain_s, "signal_frozen",
        kFrozen_s + kAlarm_s},
    Row{"NdiClockJump", "the tracker's clock set by an hour", ndi, "clock-jump@6.5",
        "takes its time stamps from there; the beam stays as it is", stays},
    Row{"NdiClockBack", "the tracker's clock set back by a minute", ndi, "clock-jump@6.5=-60",
        "takes its time stamps from there; the beam stays as it is", stays},
    Row{"NdiSilence", "silence, 2 s", ndi, "silence@6.5+2", kReconnect, held, kHold_s, kAgainConnected_s, "source_lost",
        kAlarm_s},
    Row{"NdiDisconnect", "connection closed, 1 s", ndi, "disconnect@6.5+1", kReconnect, held, kHold_s,
        kAgainConnected_s, "source_lost", kAlarm_s},

    Row{"IgtlBadCrc", "bad CRC, 0.15 s", igtl, "bad-crc@6.8+0.15", kBridge, stays, 0, 0, "source_errors", kAlarm_s},
    Row{"IgtlLate", "0.4 s late", igtl, "late@6.8+1=0.4", kHoldAndGoOn, held, kHold_s, kAgain_s + 0.4, "source_late",
        kHold_s + kAlarm_s},
    Row{"IgtlDropped", "dropped, 0.15 s", igtl, "dropped@6.8+0.15", kBridge, stays},
    Row{"IgtlDuplicated", "duplicated, 0.5 s", igtl, "duplicated@6.8+0.5", kIgnore, stays},
    Row{"IgtlTruncated", "truncated message", igtl, "truncated@6.8",
        "finds the next message, or connects again, and "
        "goes on",
        stays, 0, 0, "source_errors", kAlarm_s},
    Row{"IgtlPhantom", "two phantom markers, 1 s", igtl, "phantom@6.8+1=2", kIgnore, stays},
    Row{"IgtlOcclusionLong", "a marker hidden, 2 s", igtl, "occlusion@6.8+2=1", kHoldAndGoOn, held, kBridged_s,
        kAgain_s, "marker_missing", kBridged_s + kAlarm_s},
    Row{"IgtlSwap", "markers exchanged, 0.5 s", igtl, "swap@6.8+0.5", "exchanges them back; the beam stays as it is",
        stays, 0, 0, "markers_swapped", kAlarm_s},
    Row{"IgtlFrozen", "frozen, 3 s", igtl, "frozen@6.8+3", kHoldAndGoOn, held, kFrozen_s, kAgain_s, "signal_frozen",
        kFrozen_s + kAlarm_s},
    Row{"IgtlClockJump", "the server's clock set by an hour", igtl, "clock-jump@6.8",
        "takes its time stamps from there; the beam stays as it is", stays},
    Row{"IgtlSilence", "silence, 2.5 s", igtl, "silence@6.8+2.5", kReconnect, held, kHold_s, kAgainConnected_s,
        "source_lost", kAlarm_s},
    Row{"IgtlDisconnect", "connection closed, 1 s", igtl, "disconnect@6.8+1", kReconnect, held, kHold_s,
        kAgainConnected_s, "source_lost", kAlarm_s},

    Row{"NdiNeverAnswers", "the tracker never answers", ndi, "a port that accepts and is silent; then a tracker",
        kSayAndTry, not_yet, 0, kPause_s, "source_lost", 2, Record::complete, find_nobody_answering},
    Row{"IgtlNeverAnswers", "the server never answers", igtl, "a port that accepts and is silent; then a server",
        kSayAndTry, not_yet, 0, kPause_s, "source_lost", 2, Record::complete, find_nobody_answering},
    Row{"NdiWrongPort", "wrong port: refused", ndi, "a port nobody listens at; then a tracker", kSayAndTry, not_yet, 0,
        kPause_s, "source_lost", 2, Record::complete, find_the_port_closed},
    Row{"NdiOtherService", "wrong port: another service", ndi, "an OpenIGTLink server's port; then a tracker",
        kSayAndTry, not_yet, 0, kPause_s, "source_lost", 2, Record::complete, find_another_service},
    Row{"IgtlOtherService", "wrong port: another service", igtl, "a tracker's port; then an OpenIGTLink server",
        kSayAndTry, not_yet, 0, kPause_s, "source_lost", 2, Record::complete, find_another_service},
    Row{"NdiHalfOpen", "half-open TCP", ndi, "the tracker's process stopped, its sockets stay", kReconnect, held,
        kHold_s, kPause_s, "source_lost", kAlarm_s, Record::complete, leave_the_connection_half_open},
    Row{"IgtlHalfOpen", "half-open TCP", igtl, "the server's process stopped, its sockets stay", kReconnect, held,
        kHold_s, kPause_s, "source_lost", kAlarm_s, Record::complete, leave_the_connection_half_open},

    Row{"DiskFull", "recorder's disk full", ndi, "no byte for the session for over 1 s; then room again",
        "goes on undelayed, keeps what cannot be written, and writes it when there is room", stays, 0, 0,
        "recorder_failed", kAlarm_s, Record::complete, fill_the_disk},
    Row{"Killed", "kill -9 of the engine", ndi, "SIGKILL", "says nothing more: the controller's watchdog holds",
        no_word, 0, 0, "", 0, Record::broken_off, kill_the_engine},
    Row{"TelemetryClientStuck", "telemetry client stuck", ndi, "a client that asks and never reads",
        "drops it, serves the others, never waits", stays, 0, 0, "telemetry_client_dropped", 6, Record::complete,
        keep_a_client_stuck},
    Row{"NdiStopped", "engine stopped for 2 s", ndi, "SIGSTOP, SIGCONT; times from SIGCONT",
        "holds with its first command, then waits for fresh data", held, kHold_s, 1.5, "engine_stalled", kAlarm_s,
        Record::complete, stop_the_engine},
    Row{"IgtlStopped", "engine stopped for 2 s", igtl, "SIGSTOP, SIGCONT; times from SIGCONT",
        "holds with its first command, passes over what waited in the socket", held, kHold_s, 1.5, "engine_stalled",
        kAlarm_s, Record::complete, stop_the_engine},
    Row{"SystemClockStepped", "system clock stepped", ndi,
        "the engine sees CLOCK_REALTIME an hour ahead, then an hour back",
        "goes on by its own clock; time stamps stay as at the start", stays, 0, 0, "clock_stepped", kAlarm_s,
        Record::complete, step_the_system_clock},
};

}  // namespace

std::span<const Row> rows() { return kRows; }

}  // namespace foretide::tests
