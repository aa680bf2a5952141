// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/session_reader.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "core/session/database.h"
#include "core/session/marker_blob.h"
#include "core/session/schema.h"
#include "core/session/session_error.h"

namespace foretide::core {

namespace {

constexpr std::int64_t kInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kFrameFlags = 0xFFFF, kSampleFlags = 0xFFFFFFFF, kDecisions = 0xFF;

TimePoint time_at(const Statement& row, int column) { return TimePoint{Duration{row.integer_at(column)}}; }

bool flag_at(const Statement& row, int column) { return row.integer_at(column, 0, 1) != 0; }

/// Name of an enumerator → enumerator.
template <class E>
E word_at(const Statement& row, int column, int count)
{
    const std::string word = row.text_at(column);
    for (int i = 0; i < count; ++i) {
        if (word == to_string(static_cast<E>(i))) return static_cast<E>(i);
    }
    row.damaged(column, "holds an unknown word");
}

/// A table's rows in the order in which they were written.
class Rows {
public:
    Rows(Database& database, const char* sql) : row_(database, sql) {}

    bool step()
    {
        if (ended_) return false;
        ended_ = !row_.step();
        if (ended_) return false;
        // A damaged tree can lead through the same rows for ever.
        const std::int64_t id = row_.integer_at(0);
        if (id <= last_) row_.damaged(0, "does not increase");
        last_ = id;
        return true;
    }
    void rewind() noexcept
    {
        row_.reset();
        last_ = 0;
        ended_ = false;
    }
    const Statement& row() const noexcept { return row_; }

private:
    Statement row_;
    std::int64_t last_ = 0;
    bool ended_ = false;
};

SessionHeader read_header(Database& database)
{
    Statement row(database, "SELECT * FROM session WHERE id = 1");
    if (!row.step()) {
        throw SessionError(SessionError::Kind::damaged, database.name(), "it has no header",
                           "take a copy of the file from before the damage");
    }
    SessionHeader h;
    h.session_id = row.text_at(1);
    h.patient_pseudonym = row.text_at(2);
    h.operator_name = row.text_at(3);
    h.site = row.text_at(4);
    h.started_unix_ns = row.integer_at(5);
    h.started = time_at(row, 6);
    h.version = row.text_at(7);
    h.build = row.text_at(8);
    h.source = row.text_at(9);
    h.coordinate_frame = row.text_at(10);
    h.configuration = row.text_at(11);
    h.algorithm = row.text_at(12);
    h.layout.markers = static_cast<int>(row.integer_at(13, 1, kMaxMarkers));
    h.layout.rate_hz = row.real_at(14);
    if (!(h.layout.rate_hz > 0 && h.layout.rate_hz <= kMaxSessionRate_hz)) row.damaged(14, "is no rate");
    h.t_on_s = row.real_at(15);
    h.t_off_s = row.real_at(16);

    Statement identity(database, "SELECT identity FROM patient WHERE id = 1");
    if (identity.step()) h.patient_identity = identity.text_at(0);
    Statement horizon(database, "SELECT position, samples FROM horizons ORDER BY position");
    while (horizon.step()) {
        const auto position = static_cast<std::int64_t>(h.horizons.size());
        if (position == kMaxSessionHorizons) horizon.damaged(0, "has too many rows");
        if (horizon.integer_at(0) != position) horizon.damaged(0, "does not count from 0");
        h.horizons.push_back(static_cast<int>(horizon.integer_at(1, 1, kMaxHorizon_samples)));
    }
    if (h.horizons.empty()) {
        throw SessionError(SessionError::Kind::damaged, database.name(), "it has no horizons",
                           "take a copy of the file from before the damage");
    }
    return h;
}

}  // namespace

struct SessionReader::Impl {
    explicit Impl(Database opened) : database(std::move(opened))
    {
        database.execute("BEGIN");  // everything as it is now
        version = check_session_schema(database);
        header = read_header(database);
        coordinates = static_cast<std::size_t>(header.layout.coordinates());
        forecasts = coordinates * header.horizons.size();
        statements.emplace(database);
    }

    struct Statements {
        explicit Statements(Database& d)
            : frames(d, "SELECT * FROM frames ORDER BY id"),
              samples(d, "SELECT * FROM samples ORDER BY id"),
              commands(d, "SELECT * FROM commands ORDER BY id"),
              alarms(d, "SELECT * FROM alarms ORDER BY id"),
              notes(d, "SELECT * FROM notes ORDER BY id"),
              gaps(d, "SELECT * FROM gaps ORDER BY id")
        {
        }
        Rows frames, samples, commands, alarms, notes, gaps;
    };

    template <class T>
    void array(const Statement& row, int column, std::size_t count, std::vector<T>& out) const
    {
        const auto bytes = row.blob_at(column);
        if (!unpack(bytes, count, out)) {
            row.damaged(column, "of row " + std::to_string(row.integer_at(0)) + " holds " +
                                    std::to_string(bytes.size()) + " bytes, not " + std::to_string(count * sizeof(T)));
        }
    }

    void gate_inputs(const Statement& row, SampleRecord& record) const
    {
        record.window_lower_mm = row.real_at(20);
        record.window_upper_mm = row.real_at(21);
        BreathReading& breath = record.breath;
        breath.phase_percent = row.real_at(22);
        breath.phase_on_lower_percent = row.real_at(23);
        breath.phase_on_upper_percent = row.real_at(24);
        breath.phase_off_lower_percent = row.real_at(25);
        breath.phase_off_upper_percent = row.real_at(26);
        breath.baseline_mm = row.real_at(27);
        breath.drift_mm = row.real_at(28);
        breath.held_s = row.real_at(29);
        breath.holds = static_cast<std::int32_t>(row.integer_at(30, 0, kInt32));
        breath.hold = static_cast<BreathHoldStage>(row.integer_at(31, 0, kBreathHoldStages - 1));
        record.doubt = static_cast<HoldReason>(row.integer_at(32, 0, kHoldReasons - 1));
        record.idle_from = time_at(row, 33);
        record.idle_doubted = time_at(row, 34);
    }

    Database database;
    std::int64_t version = kSessionVersion;
    SessionHeader header;
    std::size_t coordinates = 0, forecasts = 0;
    std::optional<Statements> statements;
};

SessionReader::SessionReader(const std::filesystem::path& file)
    : impl_(std::make_unique<Impl>(Database::open_untrusted(file)))
{
}

SessionReader::SessionReader(std::span<const std::byte> bytes, const std::string& name)
    : impl_(std::make_unique<Impl>(Database::untrusted_bytes(bytes, name)))
{
}

SessionReader::SessionReader(SessionReader&&) noexcept = default;
SessionReader& SessionReader::operator=(SessionReader&&) noexcept = default;
SessionReader::~SessionReader() = default;

const std::string& SessionReader::file() const noexcept { return impl_->database.name(); }
const SessionHeader& SessionReader::header() const noexcept { return impl_->header; }

SessionCounts SessionReader::counts()
{
    // Rows are only ever added, so that the last id is their number.
    Database& d = impl_->database;
    return {d.integer("SELECT max(id) FROM frames"),   d.integer("SELECT max(id) FROM samples"),
            d.integer("SELECT max(id) FROM commands"), d.integer("SELECT max(id) FROM alarms"),
            d.integer("SELECT max(id) FROM notes"),    d.integer("SELECT max(id) FROM gaps")};
}

std::optional<SessionSummary> SessionReader::summary()
{
    Statement row(impl_->database, "SELECT ended_unix_ns, json FROM summary WHERE id = 1");
    if (!row.step()) return std::nullopt;
    return SessionSummary{row.integer_at(0), row.text_at(1)};
}

bool SessionReader::next(FrameRecord& record)
{
    Rows& rows = impl_->statements->frames;
    if (!rows.step()) return false;
    const Statement& row = rows.row();
    record.number = row.integer_at(1);
    record.frame.acquired = time_at(row, 2);
    record.frame.arrived = time_at(row, 3);
    record.frame.sequence = std::bit_cast<std::uint64_t>(row.integer_at(4));
    record.frame.flags = static_cast<FrameFlag>(row.integer_at(5, 0, kFrameFlags));
    record.samples = static_cast<std::int32_t>(row.integer_at(6, 0, kInt32));
    if (!unpack_markers(row.blob_at(7), record.frame)) row.damaged(7, "holds no markers");
    return true;
}

bool SessionReader::next(SampleRecord& record)
{
    Rows& rows = impl_->statements->samples;
    if (!rows.step()) return false;
    const Statement& row = rows.row();
    record.index = row.integer_at(1);
    record.frame = row.integer_at(2);
    record.time = time_at(row, 3);
    record.flags = static_cast<SampleFlag>(row.integer_at(4, 0, kSampleFlags));
    record.decision = static_cast<StepDecision>(row.integer_at(5, 0, kDecisions));
    record.warming_up = flag_at(row, 6);
    record.beam = static_cast<BeamCommand>(row.integer_at(7, 0, 1));
    record.reason = static_cast<HoldReason>(row.integer_at(8, 0, kHoldReasons - 1));
    record.gate_coordinate_mm = row.real_at(9);
    record.gate_on_lower_mm = row.real_at(10);
    record.gate_on_upper_mm = row.real_at(11);
    record.gate_off_lower_mm = row.real_at(12);
    record.gate_off_upper_mm = row.real_at(13);
    record.arrival_to_command = Duration{row.integer_at(14)};
    record.step = Duration{row.integer_at(15)};
    impl_->array(row, 16, impl_->coordinates, record.positions_mm);
    impl_->array(row, 17, impl_->forecasts, record.forecasts_mm);
    impl_->array(row, 18, impl_->forecasts, record.lower_mm);
    impl_->array(row, 19, impl_->forecasts, record.upper_mm);
    if (impl_->version >= 2) impl_->gate_inputs(row, record);
    return true;
}

bool SessionReader::next(CommandRecord& record)
{
    Rows& rows = impl_->statements->commands;
    if (!rows.step()) return false;
    const Statement& row = rows.row();
    record.number = std::bit_cast<std::uint64_t>(row.integer_at(1));
    record.kind = word_at<CommandKind>(row, 2, kCommandKinds);
    record.received = time_at(row, 3);
    record.before_sample = row.integer_at(4);
    record.accepted = flag_at(row, 5);
    record.gate_lower_mm = row.real_at(6);
    record.gate_upper_mm = row.real_at(7);
    record.operator_name.assign(row.text_at(8).c_str());
    record.station.assign(row.text_at(9).c_str());
    record.text.assign(row.text_at(10).c_str());
    record.answer.assign(row.text_at(11).c_str());
    return true;
}

bool SessionReader::next(AlarmRecord& record)
{
    Rows& rows = impl_->statements->alarms;
    if (!rows.step()) return false;
    const Statement& row = rows.row();
    record.time = time_at(row, 1);
    record.change = word_at<AlarmRecord::Change>(row, 2, 3);
    record.name = row.text_at(3);
    record.priority = row.text_at(4);
    record.text = row.text_at(5);
    record.by = row.text_at(6);
    return true;
}

bool SessionReader::next(NoteRecord& record)
{
    Rows& rows = impl_->statements->notes;
    if (!rows.step()) return false;
    record.time = time_at(rows.row(), 1);
    record.text = rows.row().text_at(2);
    return true;
}

bool SessionReader::next(GapRecord& record)
{
    Rows& rows = impl_->statements->gaps;
    if (!rows.step()) return false;
    const Statement& row = rows.row();
    record.from = time_at(row, 1);
    record.to = time_at(row, 2);
    // Sums of them must not overflow, however damaged they are.
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    record.lost = {row.integer_at(3, 0, kMost), row.integer_at(4, 0, kMost), row.integer_at(5, 0, kMost),
                   row.integer_at(6, 0, kMost), row.integer_at(7, 0, kMost)};
    record.reason = row.text_at(8);
    return true;
}

void SessionReader::rewind()
{
    auto& s = *impl_->statements;
    for (Rows* rows : {&s.frames, &s.samples, &s.commands, &s.alarms, &s.notes, &s.gaps}) rows->rewind();
}

std::vector<std::string> SessionReader::integrity_errors(int most)
{
    std::vector<std::string> errors;
    Statement row(impl_->database, ("PRAGMA integrity_check(" + std::to_string(most) + ")").c_str());
    while (row.step()) errors.push_back(row.text_at(0));
    if (errors == std::vector<std::string>{"ok"}) errors.clear();
    return errors;
}

double SessionReader::unix_s(TimePoint time) const noexcept
{
    // Differences of damaged times must not overflow.
    const SessionHeader& h = impl_->header;
    return static_cast<double>(h.started_unix_ns) * 1e-9 + (to_seconds(time) - to_seconds(h.started));
}

}  // namespace foretide::core
