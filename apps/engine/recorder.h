// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "apps/engine/session_recording.h"
#include "core/alarm_board.h"
#include "core/rt/slot_ring.h"
#include "core/session/notes.h"
#include "core/session/records.h"

namespace foretide::apps {

struct RecorderConfig {
    /// The ring is emptied this often; with `commit` and the time a commit takes under the 250 ms that kill -9 may
    /// cost.
    core::Duration poll = std::chrono::milliseconds(20);
    RecordingConfig recording{};
};

struct RecorderStatus {
    bool recording = false;
    std::filesystem::path file;    ///< being written, or written last; empty: none yet
    std::int64_t bytes = 0;        ///< of the file and its log
    std::int64_t records = 0;      ///< in the file
    std::int64_t waiting = 0;      ///< taken over, not in the file yet
    core::LostCounts lost;         ///< of this file
    bool failing = false;          ///< the last attempt to write failed
    std::int64_t failures = 0;     ///< attempts that failed, of this file
    std::string last_error;        ///< empty: none
    core::Duration last_commit{};  ///< time the last transaction took
};

/// The thread that takes what the acquisition thread hands over, looks at the alarms, and writes both to a session.
///
/// The acquisition thread is never delayed: it fills slots of a ring, whatever the disk does. The ring must hold what
/// comes while one call to the disk blocks (ring_slots()); what does not fit is dropped by the ring and counted. What
/// cannot be written waits in a bounded backlog and is tried again, for as long as the recording lasts; what does not
/// fit there is counted by kind, and a gap is written to the session where the record goes on. Meanwhile the alarm
/// recorder_failed is on; recorder_behind is on for a second after records were lost.
///
/// While nothing is recorded the ring is emptied all the same. Records that lie in the ring when a recording starts
/// belong to it; those that lie there when it stops, too.
///
/// Threads: the public functions from any but the real-time ones; the ring's consumer is the recorder's own thread.
/// Errors: start() and stop() tell theirs; all later ones are in status() and the alarms.
class Recorder {
public:
    /// Both must outlive it. The thread runs from here on.
    Recorder(core::SlotRing<core::EngineRecord>& ring, core::AlarmBoard& alarms, const RecorderConfig& config = {});
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    /// Stops a recording without a summary.
    ~Recorder();

    /// Slots for so many records a second (frames and samples together), for a disk that blocks for ten seconds.
    static std::size_t ring_slots(double records_per_s);

    /// Begins a session in a new file. The answer, which may take as long as the disk does: empty where the file and
    /// its header are written, else what is wrong and what to do.
    std::future<std::string> start(std::filesystem::path file, core::SessionHeader header);

    /// Ends the session with its summary (JSON). The answer: empty where everything that was handed over is in the
    /// file, else what is missing. `summary_json` empty: the session counts as broken off.
    std::future<std::string> stop(std::string summary_json);

    /// A line for the session's log; ignored where nothing is recorded.
    void note(std::string text);

    RecorderStatus status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::apps
