// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace foretide::core {

/// A connection to an SQLite file, closed at the end of its life.
///
/// Threads: one at a time. Not RT-safe. Errors: SessionError with the file's name and SQLite's own words.
class Database {
public:
    /// Makes a file that must not exist yet, readable by its owner alone.
    static Database create(const std::filesystem::path& file);
    /// Opens a file that must exist, for reading and writing.
    static Database open(const std::filesystem::path& file);
    /// Opens a file for reading, of which nothing is trusted. What a process that was killed left in the write-ahead
    /// log beside it counts, also in a folder that cannot be written to; nothing is changed in either file.
    static Database open_untrusted(const std::filesystem::path& file);
    /// The same for a file's bytes, which are copied. `name` is for messages.
    static Database untrusted_bytes(std::span<const std::byte> bytes, const std::string& name);

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs SQL that returns no rows, or whose rows do not matter.
    void execute(const char* sql);
    /// First column of the first row, 0 where there is none.
    std::int64_t integer(const char* sql);

    /// How long a call waits for a lock that another connection holds before it fails as `busy`.
    void set_busy_timeout_ms(int milliseconds);
    /// A transaction is open.
    bool in_transaction() const noexcept;
    /// The file is no longer at its path: moved or deleted.
    bool moved() const noexcept;

    const std::string& name() const noexcept { return name_; }
    sqlite3* handle() const noexcept { return handle_.get(); }

    /// Throws what SQLite's result code means for this connection.
    [[noreturn]] void fail(int code) const;

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };

    Database(sqlite3* handle, std::string name);
    static Database connect(const std::string& path, const std::string& name, int flags, const char* vfs);
    void distrust();

    std::unique_ptr<sqlite3, Close> handle_;
    std::string name_;
};

/// A prepared statement. Values are bound and columns read in the order of the SQL, from 0.
///
/// Texts and blobs are not copied when bound: they must live until the next step(). Columns are valid until the next
/// step() or reset(). Threads, errors: as Database, which it must not outlive. A column of another type than asked for
/// is SessionError::Kind::damaged.
class Statement {
public:
    Statement(Database& database, const char* sql);
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept = delete;
    ~Statement();

    Statement& integer(std::int64_t value);
    Statement& real(double value);  ///< NaN becomes NULL
    Statement& text(std::string_view value);
    Statement& blob(std::span<const std::byte> value);

    /// True: a row is there. After false, or an exception, the statement is ready to be bound and run again.
    bool step();
    /// Runs to the end.
    void run()
    {
        while (step()) {
        }
    }
    void reset() noexcept;

    bool is_null(int column) const;
    std::int64_t integer_at(int column) const;
    std::int64_t integer_at(int column, std::int64_t lowest, std::int64_t highest) const;
    double real_at(int column) const;  ///< NULL is NaN
    std::string text_at(int column) const;
    std::span<const std::byte> blob_at(int column) const;

    [[noreturn]] void damaged(int column, const std::string& what) const;

private:
    void check(int code);

    Database* database_;
    sqlite3_stmt* handle_ = nullptr;
    int bound_ = 0;
};

}  // namespace foretide::core
