// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/session_writer.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/session/database.h"
#include "core/session/marker_blob.h"
#include "core/session/schema.h"
#include "core/session/session_error.h"

namespace foretide::core {

namespace {

// Pages of 4 KiB in the log before it is folded into the file: a checkpoint takes milliseconds, and the log stays
// small.
constexpr const char* kSettings =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA journal_size_limit=16777216";
constexpr int kBusyTimeout_ms = 50;  // the caller tries again

std::int64_t nanoseconds(TimePoint time) noexcept { return time.time_since_epoch().count(); }

void configure(Database& database)
{
    database.set_busy_timeout_ms(kBusyTimeout_ms);
    database.execute(kSettings);
}

void check_header(const SessionHeader& h)
{
    const auto require = [](bool ok, const std::string& what) {
        if (!ok) throw std::invalid_argument("a session cannot have " + what);
    };
    require(h.layout.markers >= 1 && h.layout.markers <= kMaxMarkers, std::to_string(h.layout.markers) + " markers");
    require(h.layout.rate_hz > 0 && h.layout.rate_hz <= kMaxSessionRate_hz,
            "a rate of " + std::to_string(h.layout.rate_hz) + " Hz");
    require(!h.horizons.empty() && h.horizons.size() <= kMaxSessionHorizons,
            std::to_string(h.horizons.size()) + " horizons");
    for (const int samples : h.horizons) {
        require(samples >= 1 && samples <= kMaxHorizon_samples, "a horizon of " + std::to_string(samples) + " samples");
    }
}

void write_header(Database& database, const SessionHeader& h)
{
    Statement(database, "INSERT INTO session VALUES(1, ?,?,?,?, ?,?, ?,?,?,?,?,?, ?,?,?,?)")
        .text(h.session_id)
        .text(h.patient_pseudonym)
        .text(h.operator_name)
        .text(h.site)
        .integer(h.started_unix_ns)
        .integer(nanoseconds(h.started))
        .text(h.version)
        .text(h.build)
        .text(h.source)
        .text(h.coordinate_frame)
        .text(h.configuration)
        .text(h.algorithm)
        .integer(h.layout.markers)
        .real(h.layout.rate_hz)
        .real(h.t_on_s)
        .real(h.t_off_s)
        .run();
    Statement(database, "INSERT INTO patient VALUES(1, ?)").text(h.patient_identity).run();
    Statement horizon(database, "INSERT INTO horizons VALUES(?, ?)");
    for (std::size_t i = 0; i < h.horizons.size(); ++i)
        horizon.integer(static_cast<std::int64_t>(i)).integer(h.horizons[i]).run();
}

void remove_quietly(const std::filesystem::path& file)
{
    for (const char* ending : {"", "-wal", "-shm", "-journal"}) {
        std::error_code ignored;  // the error that led here is the one to report
        std::filesystem::remove(file.string() + ending, ignored);
    }
}

}  // namespace

struct SessionWriter::Impl {
    /// The tables are there.
    Impl(Database opened, std::filesystem::path path, const SessionHeader& header)
        : database(std::move(opened)),
          file(std::move(path)),
          coordinates(static_cast<std::size_t>(header.layout.coordinates())),
          forecasts(coordinates * header.horizons.size())
    {
    }

    void write(const FrameRecord& r)
    {
        if (r.frame.marker_count < 0 || r.frame.marker_count > kMaxMarkers)
            throw std::invalid_argument("a frame cannot have " + std::to_string(r.frame.marker_count) + " markers");
        pack_markers(r.frame, markers);
        frame.integer(r.number)
            .integer(nanoseconds(r.frame.acquired))
            .integer(nanoseconds(r.frame.arrived))
            .integer(std::bit_cast<std::int64_t>(r.frame.sequence))
            .integer(static_cast<std::int64_t>(r.frame.flags))
            .integer(r.samples)
            .blob(markers)
            .run();
    }

    void write(const SampleRecord& r)
    {
        if (r.positions_mm.size() != coordinates || r.forecasts_mm.size() != forecasts ||
            r.lower_mm.size() != forecasts || r.upper_mm.size() != forecasts) {
            throw std::invalid_argument("a sample's arrays do not fit the session's markers and horizons");
        }
        sample.integer(r.index)
            .integer(r.frame)
            .integer(nanoseconds(r.time))
            .integer(static_cast<std::int64_t>(r.flags))
            .integer(static_cast<std::int64_t>(r.decision))
            .integer(r.warming_up ? 1 : 0)
            .integer(static_cast<std::int64_t>(r.beam))
            .integer(static_cast<std::int64_t>(r.reason))
            .real(r.gate_coordinate_mm)
            .real(r.gate_on_lower_mm)
            .real(r.gate_on_upper_mm)
            .real(r.gate_off_lower_mm)
            .real(r.gate_off_upper_mm)
            .integer(r.arrival_to_command.count())
            .integer(r.step.count())
            .blob(bytes_of(r.positions_mm))
            .blob(bytes_of(r.forecasts_mm))
            .blob(bytes_of(r.lower_mm))
            .blob(bytes_of(r.upper_mm))
            .real(r.window_lower_mm)
            .real(r.window_upper_mm)
            .real(r.breath.phase_percent)
            .real(r.breath.phase_on_lower_percent)
            .real(r.breath.phase_on_upper_percent)
            .real(r.breath.phase_off_lower_percent)
            .real(r.breath.phase_off_upper_percent)
            .real(r.breath.baseline_mm)
            .real(r.breath.drift_mm)
            .real(r.breath.held_s)
            .integer(r.breath.holds)
            .integer(static_cast<std::int64_t>(r.breath.hold))
            .integer(static_cast<std::int64_t>(r.doubt))
            .integer(nanoseconds(r.idle_from))
            .integer(nanoseconds(r.idle_doubted))
            .run();
    }

    void write(const CommandRecord& r)
    {
        command.integer(std::bit_cast<std::int64_t>(r.number))
            .text(to_string(r.kind))
            .integer(nanoseconds(r.received))
            .integer(r.before_sample)
            .integer(r.accepted ? 1 : 0)
            .real(r.gate_lower_mm)
            .real(r.gate_upper_mm)
            .text(r.operator_name.c_str())
            .text(r.station.c_str())
            .text(r.text.c_str())
            .text(r.answer.c_str())
            .run();
    }

    void write(const AlarmRecord& r)
    {
        alarm.integer(nanoseconds(r.time))
            .text(to_string(r.change))
            .text(r.name)
            .text(r.priority)
            .text(r.text)
            .text(r.by)
            .run();
    }

    void write(const NoteRecord& r) { note.integer(nanoseconds(r.time)).text(r.text).run(); }

    void write(const GapRecord& r)
    {
        gap.integer(nanoseconds(r.from))
            .integer(nanoseconds(r.to))
            .integer(r.lost.frames)
            .integer(r.lost.samples)
            .integer(r.lost.commands)
            .integer(r.lost.alarms)
            .integer(r.lost.unknown)
            .text(r.reason)
            .run();
    }

    Database database;
    std::filesystem::path file;
    std::size_t coordinates, forecasts;
    std::vector<std::byte> markers;  // scratch
    Statement frame{database, "INSERT INTO frames VALUES(NULL, ?,?,?,?,?,?,?)"};
    Statement sample{
        database,
        "INSERT INTO samples VALUES(NULL, ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"};
    Statement command{database, "INSERT INTO commands VALUES(NULL, ?,?,?,?,?,?,?,?,?,?,?)"};
    Statement alarm{database, "INSERT INTO alarms VALUES(NULL, ?,?,?,?,?,?)"};
    Statement note{database, "INSERT INTO notes VALUES(NULL, ?,?)"};
    Statement gap{database, "INSERT INTO gaps VALUES(NULL, ?,?,?,?,?,?,?,?)"};
};

SessionWriter SessionWriter::create(const std::filesystem::path& file, const SessionHeader& header)
{
    check_header(header);
    Database database = Database::create(file);
    try {
        configure(database);
        database.execute("BEGIN IMMEDIATE");
        create_session_schema(database);
        write_header(database, header);
        database.execute("COMMIT");
        return SessionWriter(std::make_unique<Impl>(std::move(database), file, header));
    } catch (...) {
        remove_quietly(file);
        throw;
    }
}

SessionWriter SessionWriter::reopen(const std::filesystem::path& file, const SessionHeader& header)
{
    check_header(header);
    Database database = Database::open(file);
    configure(database);
    if (check_session_schema(database) != kSessionVersion)
        throw SessionError(SessionError::Kind::cannot_open, database.name(), "an older Foretide began it",
                           "begin a new session file");
    return SessionWriter(std::make_unique<Impl>(std::move(database), file, header));
}

SessionWriter::SessionWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SessionWriter::SessionWriter(SessionWriter&&) noexcept = default;
SessionWriter& SessionWriter::operator=(SessionWriter&&) noexcept = default;
SessionWriter::~SessionWriter() = default;

void SessionWriter::begin() { impl_->database.execute("BEGIN IMMEDIATE"); }

void SessionWriter::commit() { impl_->database.execute("COMMIT"); }

void SessionWriter::rollback() noexcept
{
    Impl& impl = *impl_;
    for (Statement* statement : {&impl.frame, &impl.sample, &impl.command, &impl.alarm, &impl.note, &impl.gap})
        statement->reset();
    if (!impl.database.in_transaction()) return;  // the error has rolled it back already
    try {
        impl.database.execute("ROLLBACK");
    } catch (const std::exception&) {
        // A rollback of a log needs no disk; if it fails all the same, the next begin() says why.
    }
}

void SessionWriter::write(const SessionEntry& entry)
{
    std::visit([this](const auto& record) { impl_->write(record); }, entry);
}

void SessionWriter::write_summary(const SessionSummary& summary)
{
    Statement(impl_->database, "INSERT OR REPLACE INTO summary VALUES(1, ?, ?)")
        .integer(summary.ended_unix_ns)
        .text(summary.json)
        .run();
}

void SessionWriter::finish()
{
    try {
        impl_->database.execute("PRAGMA journal_mode=DELETE");  // checkpoints, and removes the log
    } catch (const SessionError& error) {
        if (error.kind() != SessionError::Kind::busy) throw;
    }
}

std::int64_t SessionWriter::bytes() const
{
    std::int64_t total = 0;
    for (const char* ending : {"", "-wal"}) {
        std::error_code absent;
        const std::uintmax_t size = std::filesystem::file_size(impl_->file.string() + ending, absent);
        if (!absent) total += static_cast<std::int64_t>(size);
    }
    return total;
}

bool SessionWriter::moved() const noexcept { return impl_->database.moved(); }

const std::filesystem::path& SessionWriter::file() const noexcept { return impl_->file; }

}  // namespace foretide::core
