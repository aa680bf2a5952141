// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "apps/engine/recorder.h"
#include "core/session/session_reader.h"
#include "tests/core/session/session_examples.h"

namespace foretide::apps {

/// Stands for the acquisition thread: hands frames and samples over, counts what the ring did not take.
class RecorderFeed {
public:
    explicit RecorderFeed(std::size_t slots = 8192) : header(core::example_header()), ring(slots, prototype(header)) {}

    /// Frame k and its sample.
    void push(std::int64_t k)
    {
        push_frame(k);
        if (core::EngineRecord* slot = ring.begin_push()) {
            slot->kind = core::EngineRecord::Kind::sample;
            slot->sample = core::example_sample(k, header);
            ring.end_push();
        }
        pushed = k + 1;
    }
    void push_frame(std::int64_t k)
    {
        core::EngineRecord* slot = ring.begin_push();
        if (slot == nullptr) return;
        slot->kind = core::EngineRecord::Kind::frame;
        slot->frame = core::example_frame(k);
        slot->frame.frame.arrived = core::Clock::now();
        ring.end_push();
    }
    void push_many(std::int64_t count)
    {
        for (std::int64_t i = 0; i < count; ++i) push(pushed);
    }
    void push(const core::CommandRecord& command)
    {
        core::EngineRecord* slot = ring.begin_push();
        ASSERT_NE(slot, nullptr);
        slot->kind = core::EngineRecord::Kind::command;
        slot->command = command;
        ring.end_push();
    }

    core::SessionHeader header;
    core::SlotRing<core::EngineRecord> ring;
    std::int64_t pushed = 0;

private:
    static core::EngineRecord prototype(const core::SessionHeader& h)
    {
        core::EngineRecord record;
        record.sample.resize(static_cast<std::size_t>(h.layout.coordinates()), h.horizons.size());
        return record;
    }
};

/// Waits until it holds; false after `patience`.
inline bool eventually(const std::function<bool()>& holds,
                       core::Duration patience = std::chrono::duration_cast<core::Duration>(std::chrono::seconds(10)))
{
    for (const auto end = core::Clock::now() + patience; core::Clock::now() < end;) {
        if (holds()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return holds();
}

/// What a session file holds and what it says is missing.
struct Found {
    std::int64_t frames = 0, samples = 0;
    core::LostCounts missing;
    bool sound = false, in_order = true;

    explicit Found(const std::filesystem::path& file)
    {
        core::SessionReader reader(file);
        sound = reader.integrity_errors().empty();
        core::FrameRecord frame;
        core::SampleRecord sample;
        core::GapRecord gap;
        for (std::int64_t last = -1; reader.next(frame); last = frame.number, ++frames)
            in_order = in_order && frame.number > last;
        for (std::int64_t last = -1; reader.next(sample); last = sample.index, ++samples)
            in_order = in_order && sample.index > last;
        while (reader.next(gap)) missing += gap.lost;
    }
};

}  // namespace foretide::apps
