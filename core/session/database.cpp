// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/database.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sqlite3.h>

#include "core/session/session_error.h"

namespace foretide::core {

namespace {

namespace fs = std::filesystem;

constexpr int kLargestValue_bytes = 64 * 1024 * 1024;  // of a file that is not trusted

/// Path as an SQLite URI.
std::string uri(const fs::path& file, const char* query)
{
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out = "file:";
    for (const char c : fs::absolute(file).string()) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '%' || c == '?' || c == '#' || byte < 0x20 || byte > 0x7E) {
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + query;
}

void require_regular_file(const fs::path& file)
{
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    const auto fail = [&](const char* problem, const char* hint) {
        throw SessionError(SessionError::Kind::cannot_open, file.string(), problem, hint);
    };
    if (!fs::exists(status)) fail("there is no such file", "check the path");
    if (!fs::is_regular_file(status)) fail("it is not a file", "give the session file itself");
    if (::access(file.c_str(), R_OK) != 0) fail("it may not be read", "check the permissions");
}

bool has_log(const fs::path& file)
{
    std::error_code none;
    const std::uintmax_t size = fs::file_size(file.string() + "-wal", none);
    return !none && size > 0;
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

Database::Database(sqlite3* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::connect(const std::string& path, const std::string& name, int flags, const char* vfs)
{
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, vfs);
    Database database(handle, name);
    if (handle == nullptr) throw std::bad_alloc();
    if (code != SQLITE_OK) database.fail(code);
    sqlite3_extended_result_codes(handle, 1);
    return database;
}

Database Database::create(const fs::path& file)
{
    const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) {
        const int error = errno;
        const bool there = error == EEXIST;
        throw SessionError(
            there             ? SessionError::Kind::cannot_open
            : error == ENOSPC ? SessionError::Kind::full
                              : SessionError::Kind::cannot_open,
            file.string(),
            there ? "the file exists already" : "the file cannot be made: " + std::generic_category().message(error),
            there ? "choose another name: a recording is never overwritten"
                  : "check the folder, its permissions and the room on the disk");
    }
    ::close(descriptor);
    return open(file);
}

Database Database::open(const fs::path& file)
{
    require_regular_file(file);
    return connect(uri(file, ""), file.string(), SQLITE_OPEN_READWRITE, nullptr);
}

Database Database::open_untrusted(const fs::path& file)
{
    require_regular_file(file);
    const std::string name = file.string();
    if (!has_log(file)) {  // whole in itself; no lock, no file beside it
        Database database = connect(uri(file, "?immutable=1"), name, SQLITE_OPEN_READONLY, nullptr);
        database.distrust();
        return database;
    }
    try {  // with locks: it may be being written
        Database database = connect(uri(file, ""), name, SQLITE_OPEN_READONLY, nullptr);
        database.distrust();
        database.integer("PRAGMA schema_version");
        return database;
    } catch (const SessionError& error) {
        if (error.kind() != SessionError::Kind::cannot_open) throw;
    }
    // The log's index cannot be made in this folder: it is kept in memory, which needs exclusive locking, which needs
    // locks that a file opened for reading does not give: none are taken. Who cannot make files here does not write.
    Database database = connect(uri(file, ""), name, SQLITE_OPEN_READONLY, "unix-none");
    database.execute("PRAGMA locking_mode=EXCLUSIVE");
    database.distrust();
    return database;
}

Database Database::untrusted_bytes(std::span<const std::byte> bytes, const std::string& name)
{
    Database database = connect(":memory:", name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, nullptr);
    auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size() + 1));
    if (copy == nullptr) throw std::bad_alloc();
    if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
    const int code = sqlite3_deserialize(database.handle(), "main", copy, static_cast<sqlite3_int64>(bytes.size()),
                                         static_cast<sqlite3_int64>(bytes.size()),
                                         SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
    if (code != SQLITE_OK) database.fail(code);
    database.distrust();
    return database;
}

void Database::distrust()
{
    sqlite3_limit(handle(), SQLITE_LIMIT_LENGTH, kLargestValue_bytes);
    sqlite3_limit(handle(), SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(handle(), SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    execute("PRAGMA cell_size_check=ON");
    execute("PRAGMA mmap_size=0");
    execute("PRAGMA query_only=ON");
}

void Database::execute(const char* sql)
{
    const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::integer(const char* sql)
{
    Statement statement(*this, sql);
    return statement.step() && !statement.is_null(0) ? statement.integer_at(0) : 0;
}

void Database::set_busy_timeout_ms(int milliseconds) { sqlite3_busy_timeout(handle(), milliseconds); }

bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(handle()) == 0; }

bool Database::moved() const noexcept
{
    int moved = 0;
    return sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

void Database::fail(int code) const
{
    using Kind = SessionError::Kind;
    const int system_error = sqlite3_system_errno(handle());
    std::string words = sqlite3_errmsg(handle());
    if ((code & 0xFF) == SQLITE_IOERR && system_error != 0)
        words += " (" + std::generic_category().message(system_error) + ")";
    switch (code & 0xFF) {
    case SQLITE_FULL:
        throw SessionError(Kind::full, name_, words, "make room on the disk");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw SessionError(Kind::busy, name_, words, "close other programs that use this file");
    case SQLITE_NOTADB:
        throw SessionError(Kind::foreign, name_, words, "give a session file that Foretide recorded");
    case SQLITE_CORRUPT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        throw SessionError(Kind::damaged, name_, words, "take a copy of it from before the damage");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        throw SessionError(Kind::cannot_open, name_, words, "check the path, the permissions and the disk");
    case SQLITE_NOMEM:
        throw std::bad_alloc();
    default:
        throw SessionError(Kind::failed, name_, words, "check the disk");
    }
}

Statement::Statement(Database& database, const char* sql) : database_(&database)
{
    const int code = sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) database.fail(code);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)), bound_(other.bound_)
{
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::check(int code)
{
    if (code != SQLITE_OK) database_->fail(code);
}

Statement& Statement::integer(std::int64_t value)
{
    check(sqlite3_bind_int64(handle_, ++bound_, value));
    return *this;
}

Statement& Statement::real(double value)
{
    check(sqlite3_bind_double(handle_, ++bound_, value));
    return *this;
}

Statement& Statement::text(std::string_view value)
{
    check(sqlite3_bind_text64(handle_, ++bound_, value.data() == nullptr ? "" : value.data(), value.size(),
                              SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Statement& Statement::blob(std::span<const std::byte> value)
{
    ++bound_;
    check(value.empty() ? sqlite3_bind_zeroblob(handle_, bound_, 0)
                        : sqlite3_bind_blob64(handle_, bound_, value.data(), value.size(), SQLITE_STATIC));
    return *this;
}

bool Statement::step()
{
    bound_ = 0;
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    try {
        database_->fail(code);  // the words are lost with the reset
    } catch (...) {
        reset();
        throw;
    }
}

void Statement::reset() noexcept
{
    bound_ = 0;
    sqlite3_reset(handle_);
}

void Statement::damaged(int column, const std::string& what) const
{
    const char* name = sqlite3_column_name(handle_, column);
    const char* sql = sqlite3_sql(handle_);
    throw SessionError(SessionError::Kind::damaged, database_->name(),
                       "column " + std::string(name != nullptr ? name : "?") + " " + what + " (" +
                           std::string(sql != nullptr ? sql : "?") + ")",
                       "take a copy of the file from before the damage");
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

std::int64_t Statement::integer_at(int column) const
{
    if (sqlite3_column_type(handle_, column) != SQLITE_INTEGER) damaged(column, "holds no whole number");
    return sqlite3_column_int64(handle_, column);
}

std::int64_t Statement::integer_at(int column, std::int64_t lowest, std::int64_t highest) const
{
    const std::int64_t value = integer_at(column);
    if (value < lowest || value > highest) {
        damaged(column, "holds " + std::to_string(value) + ", not " + std::to_string(lowest) + " to " +
                            std::to_string(highest));
    }
    return value;
}

double Statement::real_at(int column) const
{
    const int type = sqlite3_column_type(handle_, column);
    if (type == SQLITE_NULL) return std::numeric_limits<double>::quiet_NaN();
    if (type != SQLITE_FLOAT) damaged(column, "holds no real number");
    return sqlite3_column_double(handle_, column);
}

std::string Statement::text_at(int column) const
{
    if (sqlite3_column_type(handle_, column) != SQLITE_TEXT) damaged(column, "holds no text");
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (text == nullptr) throw std::bad_alloc();
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::byte> Statement::blob_at(int column) const
{
    if (sqlite3_column_type(handle_, column) != SQLITE_BLOB) damaged(column, "holds no bytes");
    const void* bytes = sqlite3_column_blob(handle_, column);
    return {static_cast<const std::byte*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

}  // namespace foretide::core
