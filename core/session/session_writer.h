// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/session/notes.h"
#include "core/session/records.h"

namespace foretide::core {

/// Writes a session file (SCHEMA.md): an SQLite database in write-ahead mode, to which a transaction at a time is
/// added.
///
///     writer.begin(); writer.write(entry); …; writer.commit();    // or rollback() where one of them threw
///
/// Durability: synchronous=NORMAL. What was committed is in the file for every reader and survives the death of the
/// process (kill -9) at any moment. A power cut or a crash of the system can lose the transactions since the last
/// checkpoint (about 4 MB of records) but never breaks the file, nor what a checkpoint has put into it.
///
/// Threads: one at a time. Not RT-safe: every call may wait for the disk. Errors: SessionError; after one, rollback().
class SessionWriter {
public:
    /// Makes the file, which must not exist yet, and writes the header. Throws std::invalid_argument for a header that
    /// no session can have; nothing is left of the file where it cannot be written.
    static SessionWriter create(const std::filesystem::path& file, const SessionHeader& header);

    /// Goes on in a file that create() made, with the same header.
    static SessionWriter reopen(const std::filesystem::path& file, const SessionHeader& header);

    SessionWriter(SessionWriter&&) noexcept;
    SessionWriter& operator=(SessionWriter&&) noexcept;
    ~SessionWriter();

    void begin();
    void commit();
    /// Takes back what was written since begin(), also where an error has done so already. Does not throw.
    void rollback() noexcept;

    /// std::invalid_argument: arrays of another size than the header says; nothing was written.
    void write(const SessionEntry& entry);
    void write_summary(const SessionSummary& summary);

    /// Folds the write-ahead log into the file, so that the session is one file; where another program is reading it,
    /// the log stays beside it. The writer is then used no more.
    void finish();

    /// Size of the file and its log.
    std::int64_t bytes() const;
    /// The file was moved or deleted while it was written: what is written is lost to its name.
    bool moved() const noexcept;
    const std::filesystem::path& file() const noexcept;

private:
    struct Impl;
    explicit SessionWriter(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::core
