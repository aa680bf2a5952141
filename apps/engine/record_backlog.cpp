// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/record_backlog.h"

#include <utility>
#include <variant>

namespace foretide::apps {

namespace {

core::LostCounts one(const core::SessionEntry& entry)
{
    core::LostCounts count;
    if (std::holds_alternative<core::FrameRecord>(entry)) count.frames = 1;
    if (std::holds_alternative<core::SampleRecord>(entry)) count.samples = 1;
    if (std::holds_alternative<core::CommandRecord>(entry)) count.commands = 1;
    if (std::holds_alternative<core::AlarmRecord>(entry)) count.alarms = 1;
    if (std::holds_alternative<core::NoteRecord>(entry)) count.unknown = 1;
    return count;  // a gap holds no record
}

}  // namespace

void RecordBacklog::add(const core::EngineRecord& record, core::TimePoint now)
{
    switch (record.kind) {
    case core::EngineRecord::Kind::frame:
        expect_frame(record.frame, now);
        add(core::SessionEntry(record.frame), now);
        break;
    case core::EngineRecord::Kind::sample:
        expect_sample(record.sample, now);
        add(core::SessionEntry(record.sample), now);
        break;
    case core::EngineRecord::Kind::command:
        add(core::SessionEntry(record.command), now);
        break;
    }
}

void RecordBacklog::add(core::SessionEntry entry, core::TimePoint now)
{
    if (entries_.size() >= capacity_) {
        lose(entry);
        return;
    }
    close_gap(now);
    entries_.push_back(std::move(entry));
    newest_ = now;
}

void RecordBacklog::expect_frame(const core::FrameRecord& frame, core::TimePoint now)
{
    if (next_frame_ && frame.number > *next_frame_) missed(&core::LostCounts::frames, frame.number - *next_frame_, now);
    next_frame_ = frame.number + 1;
}

void RecordBacklog::expect_sample(const core::SampleRecord& sample, core::TimePoint now)
{
    if (next_sample_ && sample.index > *next_sample_)
        missed(&core::LostCounts::samples, sample.index - *next_sample_, now);
    next_sample_ = sample.index + 1;
}

void RecordBacklog::missed(std::int64_t core::LostCounts::*kind, std::int64_t count, core::TimePoint now)
{
    lost_.*kind += count;
    lost_before_ += count;
    if (open_) {
        open_->lost.*kind += count;
        return;
    }
    // Frames and samples of one gap come one after the other.
    auto* last = entries_.empty() ? nullptr : std::get_if<core::GapRecord>(&entries_.back());
    if (last == nullptr) {
        entries_.push_back(core::GapRecord{newest_, now, {}, "the recorder was behind: the disk was too slow"});
        last = &std::get<core::GapRecord>(entries_.back());
    }
    last->to = now;
    last->lost.*kind += count;
}

void RecordBacklog::lose(const core::SessionEntry& entry)
{
    if (!open_) open_ = core::GapRecord{newest_, newest_, {}, "the file could not be written for too long"};
    const core::LostCounts count = one(entry);
    open_->lost += count;
    lost_ += count;
}

void RecordBacklog::close_gap(core::TimePoint now)
{
    if (!open_) return;
    open_->to = now;
    entries_.push_back(*std::exchange(open_, std::nullopt));
}

void RecordBacklog::written(std::size_t count)
{
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
}

void RecordBacklog::refuse(std::size_t i)
{
    const core::LostCounts count = one(entries_[i]);
    lost_ += count;
    entries_[i] = core::GapRecord{newest_, newest_, count, "a record did not fit the session's markers or horizons"};
}

void RecordBacklog::give_up()
{
    for (const core::SessionEntry& entry : entries_) lost_ += one(entry);
    entries_.clear();
}

}  // namespace foretide::apps
