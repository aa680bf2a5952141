// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/schema.h"

#include <array>
#include <string>
#include <string_view>

#include "core/session/records.h"
#include "core/session/session_error.h"

namespace foretide::core {

namespace {

struct Object {
    const char* type;
    const char* sql;
};

// Changing one of these is a new version of the schema: the statement that was valid until then goes to kBefore.
// Columns without a type keep real numbers as they are: a type of REAL would turn −0.0 into 0.0.
constexpr std::array<Object, 13> kObjects{{
    {"table",
     "CREATE TABLE session(id INTEGER PRIMARY KEY, session_id TEXT, pseudonym TEXT, operator TEXT, site TEXT, "
     "started_unix_ns INTEGER, started_ns INTEGER, version TEXT, build TEXT, source TEXT, coordinate_frame TEXT, "
     "configuration TEXT, algorithm TEXT, markers INTEGER, rate_hz, t_on_s, t_off_s)"},
    {"table", "CREATE TABLE patient(id INTEGER PRIMARY KEY, identity TEXT)"},
    {"table", "CREATE TABLE horizons(position INTEGER PRIMARY KEY, samples INTEGER)"},
    {"table", "CREATE TABLE hold_reasons(code INTEGER PRIMARY KEY, name TEXT, state TEXT)"},
    {"table",
     "CREATE TABLE frames(id INTEGER PRIMARY KEY, number INTEGER, acquired_ns INTEGER, arrived_ns INTEGER, "
     "sequence INTEGER, flags INTEGER, samples INTEGER, markers BLOB)"},
    {"index", "CREATE INDEX frames_by_time ON frames(acquired_ns)"},
    {"table",
     "CREATE TABLE samples(id INTEGER PRIMARY KEY, idx INTEGER, frame INTEGER, time_ns INTEGER, flags INTEGER, "
     "decision INTEGER, warming_up INTEGER, beam INTEGER, reason INTEGER, gate_mm, gate_on_lower_mm, gate_on_upper_mm, "
     "gate_off_lower_mm, gate_off_upper_mm, arrival_to_command_ns INTEGER, step_ns INTEGER, positions BLOB, "
     "forecasts BLOB, lower BLOB, upper BLOB, window_lower_mm, window_upper_mm, phase_percent, "
     "phase_on_lower_percent, phase_on_upper_percent, phase_off_lower_percent, phase_off_upper_percent, baseline_mm, "
     "drift_mm, held_s, holds INTEGER, hold_stage INTEGER, doubt INTEGER, idle_from_ns INTEGER, "
     "idle_doubted_ns INTEGER)"},
    {"index", "CREATE INDEX samples_by_time ON samples(time_ns)"},
    {"table",
     "CREATE TABLE commands(id INTEGER PRIMARY KEY, number INTEGER, kind TEXT, received_ns INTEGER, "
     "before_sample INTEGER, accepted INTEGER, gate_lower_mm, gate_upper_mm, operator TEXT, station TEXT, text TEXT, "
     "answer TEXT)"},
    {"table",
     "CREATE TABLE alarms(id INTEGER PRIMARY KEY, time_ns INTEGER, change TEXT, name TEXT, priority TEXT, text TEXT, "
     "by TEXT)"},
    {"table", "CREATE TABLE notes(id INTEGER PRIMARY KEY, time_ns INTEGER, text TEXT)"},
    {"table",
     "CREATE TABLE gaps(id INTEGER PRIMARY KEY, from_ns INTEGER, to_ns INTEGER, frames INTEGER, samples INTEGER, "
     "commands INTEGER, alarms INTEGER, unknown INTEGER, reason TEXT)"},
    {"table", "CREATE TABLE summary(id INTEGER PRIMARY KEY, ended_unix_ns INTEGER, json TEXT)"},
}};

/// Statements of an earlier version that were different, by their place in kObjects.
struct Before {
    std::int64_t version;
    std::size_t object;
    const char* sql;
};
constexpr std::array<Before, 2> kBefore{{
    {1, 3, "CREATE TABLE hold_reasons(code INTEGER PRIMARY KEY, name TEXT)"},
    {1, 6,
     "CREATE TABLE samples(id INTEGER PRIMARY KEY, idx INTEGER, frame INTEGER, time_ns INTEGER, flags INTEGER, "
     "decision INTEGER, warming_up INTEGER, beam INTEGER, reason INTEGER, gate_mm, gate_on_lower_mm, gate_on_upper_mm, "
     "gate_off_lower_mm, gate_off_upper_mm, arrival_to_command_ns INTEGER, step_ns INTEGER, positions BLOB, "
     "forecasts BLOB, lower BLOB, upper BLOB)"},
}};

std::string_view sql_of(std::size_t object, std::int64_t version)
{
    for (const Before& b : kBefore)
        if (b.object == object && b.version == version) return b.sql;
    return kObjects[object].sql;
}

[[noreturn]] void damaged(const Database& database)
{
    throw SessionError(SessionError::Kind::damaged, database.name(), "its tables are not those of a session",
                       "take a copy of the file from before the damage");
}

}  // namespace

void create_session_schema(Database& database)
{
    for (const Object& object : kObjects) database.execute(object.sql);
    Statement reason(database, "INSERT INTO hold_reasons VALUES(?, ?, ?)");
    for (int code = 0; code < kHoldReasons; ++code) {
        const auto r = static_cast<HoldReason>(code);
        const GateState state = gate_state(r == HoldReason::none ? BeamCommand::on : BeamCommand::hold, r);
        reason.integer(code).text(to_string(r)).text(to_string(state)).run();
    }
    database.execute(("PRAGMA application_id=" + std::to_string(kSessionApplicationId)).c_str());
    database.execute(("PRAGMA user_version=" + std::to_string(kSessionVersion)).c_str());
}

std::int64_t check_session_schema(Database& database)
{
    using Kind = SessionError::Kind;
    const std::int64_t application = database.integer("PRAGMA application_id");
    const std::int64_t version = database.integer("PRAGMA user_version");
    if (application == 0 && version == 0 && database.integer("PRAGMA schema_version") == 0) {
        throw SessionError(Kind::damaged, database.name(), "the file holds nothing yet",
                           "its recording ended before it had begun: there is nothing to save");
    }
    if (application != kSessionApplicationId) {
        throw SessionError(Kind::foreign, database.name(), "it is a database, but not a session",
                           "give a session file that Foretide recorded");
    }
    if (version > kSessionVersion) {
        throw SessionError(Kind::newer, database.name(),
                           "it has schema version " + std::to_string(version) + ", this build knows up to " +
                               std::to_string(kSessionVersion),
                           "use the version of Foretide that recorded it, or a later one");
    }
    if (version < 1) damaged(database);
    Statement objects(database, "SELECT type, sql FROM sqlite_schema ORDER BY rowid");
    std::size_t known = 0;
    while (objects.step()) {
        if (known == kObjects.size() || objects.text_at(0) != kObjects[known].type ||
            objects.text_at(1) != sql_of(known, version)) {
            damaged(database);
        }
        ++known;
    }
    if (known != kObjects.size()) damaged(database);
    return version;
}

}  // namespace foretide::core
