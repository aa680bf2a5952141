// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/session/records.h"

namespace foretide::core {

/// A line of the session's log.
struct NoteRecord {
    TimePoint time{};
    std::string text;
};

/// Records that could not be kept, by kind.
struct LostCounts {
    std::int64_t frames = 0, samples = 0, commands = 0, alarms = 0;
    std::int64_t unknown = 0;  ///< of a kind that nothing tells

    std::int64_t total() const noexcept { return frames + samples + commands + alarms + unknown; }
    LostCounts& operator+=(const LostCounts& other) noexcept
    {
        frames += other.frames;
        samples += other.samples;
        commands += other.commands;
        alarms += other.alarms;
        unknown += other.unknown;
        return *this;
    }
};

/// A stretch of which records are missing, written where the record goes on.
struct GapRecord {
    TimePoint from{}, to{};  ///< of the last record before it and the first after it
    LostCounts lost;
    std::string reason;
};

/// Anything that a session takes one after the other.
using SessionEntry = std::variant<FrameRecord, SampleRecord, CommandRecord, AlarmRecord, NoteRecord, GapRecord>;

/// Written once, when the session ends as it should.
struct SessionSummary {
    std::int64_t ended_unix_ns = 0;
    std::string json;  ///< counts, latencies, accuracy: what the engine's --json says
};

}  // namespace foretide::core
