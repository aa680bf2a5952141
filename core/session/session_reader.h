// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/session/notes.h"
#include "core/session/records.h"

namespace foretide::core {

/// How many records a session holds.
struct SessionCounts {
    std::int64_t frames = 0, samples = 0, commands = 0, alarms = 0, notes = 0, gaps = 0;
};

/// Reads a session file (SCHEMA.md) as bytes from outside: everything is checked, nothing of it is executed.
///
///     SessionReader reader(file);
///     FrameRecord frame; while (reader.next(frame)) …        // the same for each kind, independently
///
/// What it sees is the file as it was when it was opened, also while a recorder goes on writing, and also what a
/// recorder that was killed left in the log beside it. Memory: a record a kind. Records come in the order in which they
/// were written.
///
/// Threads: one at a time. Not RT-safe. Errors: SessionError: cannot_open, foreign, newer, damaged (which row of what).
class SessionReader {
public:
    explicit SessionReader(const std::filesystem::path& file);
    /// The bytes of a session that ended as it should; they are copied. `name` is for messages.
    SessionReader(std::span<const std::byte> bytes, const std::string& name);

    SessionReader(SessionReader&&) noexcept;
    SessionReader& operator=(SessionReader&&) noexcept;
    ~SessionReader();

    const std::string& file() const noexcept;
    const SessionHeader& header() const noexcept;
    SessionCounts counts();
    /// None where the session did not end as it should.
    std::optional<SessionSummary> summary();

    /// The next record of its kind; false at the end. Vectors of `record` are reused.
    bool next(FrameRecord& record);
    bool next(SampleRecord& record);
    bool next(CommandRecord& record);
    bool next(AlarmRecord& record);
    bool next(NoteRecord& record);
    bool next(GapRecord& record);
    /// All kinds begin anew.
    void rewind();

    /// What SQLite finds wrong with the file, at most `most` messages; empty where it is sound. Reads the whole file.
    std::vector<std::string> integrity_errors(int most = 20);

    /// Time of day of a time of the session [s since 1970, UTC].
    double unix_s(TimePoint time) const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::core
