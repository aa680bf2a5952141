// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "apps/engine/record_backlog.h"
#include "core/session/records.h"
#include "core/session/session_writer.h"

namespace foretide::apps {

struct RecordingConfig {
    core::Duration commit = std::chrono::milliseconds(150);       ///< between two commits
    core::Duration first_retry = std::chrono::milliseconds(200);  ///< after a failure; doubled up to last_retry
    core::Duration last_retry = std::chrono::seconds(2);
    core::Duration stop_patience = std::chrono::seconds(3);  ///< for a disk that takes nothing when the recording ends
    std::size_t backlog_records = 8192;  ///< kept while nothing can be written: about 2 min of 30 Hz, some tens of MB
};

/// One session file from its start to its end: a backlog and the writer that empties it, a transaction at a time, with
/// growing pauses while the disk takes nothing.
///
/// Threads: one; it may wait for the disk. Errors: the constructor throws (SessionError, std::invalid_argument); later
/// ones are told by failing() and last_error().
class SessionRecording {
public:
    SessionRecording(const std::filesystem::path& file, core::SessionHeader header, const RecordingConfig& config);

    RecordBacklog& backlog() noexcept { return backlog_; }
    const RecordBacklog& backlog() const noexcept { return backlog_; }

    /// Writes everything that waits, where it is time for that.
    void write_if_due(core::TimePoint now);

    /// Writes everything that waits and the summary (JSON; empty: none), and folds the session into one file. Tries for
    /// `stop_patience`; then what is left is counted as lost. Empty where the file is complete, else what is missing.
    std::string finish(const std::string& summary_json);

    const std::filesystem::path& file() const noexcept { return file_; }
    bool failing() const noexcept { return failing_; }
    const std::string& last_error() const noexcept { return last_error_; }
    std::int64_t failures() const noexcept { return failures_; }
    std::int64_t records() const noexcept { return records_; }  ///< in the file
    std::int64_t bytes() const noexcept { return bytes_; }
    core::Duration last_commit() const noexcept { return last_commit_; }

private:
    void write(core::TimePoint now);
    void write_batch();
    void write_summary(const std::string& json);
    void failed(core::TimePoint now, const std::string& error, bool reopen);
    /// Runs a step that writes; false where it failed.
    template <class Step>
    bool attempt(core::TimePoint now, Step&& step);

    std::filesystem::path file_;
    core::SessionHeader header_;
    RecordingConfig config_;
    std::optional<core::SessionWriter> writer_;  ///< none: to be opened again
    RecordBacklog backlog_;
    core::TimePoint next_attempt_{};
    core::Duration pause_{0};  ///< before the next attempt; 0: the last one succeeded
    bool failing_ = false;
    std::string last_error_;
    std::int64_t failures_ = 0, records_ = 0, bytes_ = 0;
    core::Duration last_commit_{0};
};

}  // namespace foretide::apps
