// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/session/notes.h"
#include "core/session/records.h"

namespace foretide::apps {

/// What waits to be written to the session, bounded; counts what is lost, by kind.
///
/// Records are lost in two places: before they get here (the ring was full: frame numbers and sample indices jump), and
/// here while the disk takes nothing and the backlog is full: then the newest are left out. Both are told by a
/// GapRecord, in order with the others, where the record goes on.
///
/// Threads: one. Allocation: as records come. Errors: none.
class RecordBacklog {
public:
    explicit RecordBacklog(std::size_t capacity) : capacity_(capacity) {}

    /// `now` is when it was taken. Events of the engine; alarms and notes come through add().
    void add(const core::EngineRecord& record, core::TimePoint now);
    void add(core::SessionEntry entry, core::TimePoint now);

    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }
    const core::SessionEntry& operator[](std::size_t i) const { return entries_[i]; }
    /// The first `count` are in the file.
    void written(std::size_t count);
    /// The i-th can never be written.
    void refuse(std::size_t i);
    /// Everything that is left is lost.
    void give_up();
    /// Records that nothing names were dropped before they got here.
    void missed_unknown(std::int64_t count, core::TimePoint now) { missed(&core::LostCounts::unknown, count, now); }
    /// The gap that no record has closed: records were lost after the newest one here.
    void close_gap(core::TimePoint now);

    /// What is lost so far.
    const core::LostCounts& lost() const noexcept { return lost_; }
    /// Of these, those that were missing when they should have come.
    std::int64_t lost_before() const noexcept { return lost_before_; }

private:
    void expect_frame(const core::FrameRecord& frame, core::TimePoint now);
    void expect_sample(const core::SampleRecord& sample, core::TimePoint now);
    void missed(std::int64_t core::LostCounts::*kind, std::int64_t count, core::TimePoint now);
    void lose(const core::SessionEntry& entry);

    std::size_t capacity_;
    std::deque<core::SessionEntry> entries_;
    std::optional<std::int64_t> next_frame_, next_sample_;
    core::TimePoint newest_{};             // when the last record was taken in
    std::optional<core::GapRecord> open_;  // records are being left out
    core::LostCounts lost_;
    std::int64_t lost_before_ = 0;
};

}  // namespace foretide::apps
