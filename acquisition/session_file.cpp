// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/session_file.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "acquisition/read_error.h"
#include "acquisition/reader_options.h"
#include "acquisition/recording_builder.h"
#include "core/session/session_error.h"

namespace foretide::acquisition {

namespace {

/// NaN is no position, but nothing to object to.
bool plausible(const core::MarkerSample& marker) noexcept
{
    return std::none_of(marker.position_mm.begin(), marker.position_mm.end(),
                        [](double x) { return std::abs(x) > kMaxPosition_mm; });
}

/// a − b without overflow: times of a file can be anything.
double difference_s(core::TimePoint a, core::TimePoint b) noexcept { return core::to_seconds(a) - core::to_seconds(b); }

class FrameTaker {
public:
    FrameTaker(const std::string& file, RecordingBuilder& builder) : file_(file), builder_(builder) {}

    void take(const core::FrameRecord& record)
    {
        const core::MarkerFrame& from = record.frame;
        if (from.acquired == core::kUnknownTime) {
            note("a frame has no time: left out");
            return;
        }
        if (!started_) zero_ = from.acquired;
        started_ = true;
        core::MarkerFrame& to = builder_.append(file_, 0, shifted(from.acquired), from.sequence);
        to.arrived = from.arrived == core::kUnknownTime ? to.acquired : shifted(from.arrived);
        to.flags = from.flags;
        to.marker_count = from.marker_count;
        most_ = std::max(most_, from.marker_count);
        fewest_ = std::min(fewest_, from.marker_count);
        for (std::size_t m = 0; m < static_cast<std::size_t>(from.marker_count); ++m) {
            if (plausible(from.markers[m]))
                to.markers[m] = from.markers[m];
            else
                note("a marker is infinitely far away or more than 1 km: taken as not seen");
        }
    }

    /// Gives every frame as many markers as the largest has.
    void complete(core::Recording& recording) const
    {
        recording.markers = std::max(most_, 1);
        for (core::MarkerFrame& frame : recording.frames) frame.marker_count = recording.markers;
        if (fewest_ < most_) {
            recording.notes.push_back({file_, 0,
                                       "frames have " + std::to_string(fewest_) + " to " + std::to_string(most_) +
                                           " markers: where there are fewer, the last ones count as not seen"});
        }
    }

private:
    core::TimePoint shifted(core::TimePoint time) const
    {
        if (!(std::abs(difference_s(time, zero_)) <= kMaxTime_s)) {
            throw ReadError(file_, 0, "the time of a frame lies more than a century from the first one's",
                            "the file is damaged: take a copy of it from before the damage");
        }
        return core::TimePoint{time - zero_};
    }
    void note(const char* kind) { builder_.notes().count(file_, 0, kind); }

    const std::string& file_;
    RecordingBuilder& builder_;
    bool started_ = false;
    core::TimePoint zero_{};
    std::int32_t most_ = 0, fewest_ = core::kMaxMarkers;
};

void note_gaps(core::SessionReader& session, NoteLog& notes)
{
    core::LostCounts lost;
    std::int64_t gaps = 0;
    for (core::GapRecord gap; session.next(gap); ++gaps) lost += gap.lost;
    if (gaps > 0) {
        notes.add(session.file(), 0,
                  "the record has " + std::to_string(gaps) + " gaps, in which " + std::to_string(lost.frames) +
                      " frames are missing");
    }
    if (!session.summary()) notes.add(session.file(), 0, "the recording was broken off: it has no summary");
}

}  // namespace

core::Recording read_session_frames(core::SessionReader& session)
{
    const std::string file = session.file();
    try {
        RecordingBuilder builder("session", {file}, session.header().layout.markers);
        builder.reserve(static_cast<std::size_t>(std::max<std::int64_t>(session.counts().frames, 0)));
        FrameTaker taker(file, builder);
        for (core::FrameRecord record; session.next(record);) taker.take(record);
        note_gaps(session, builder.notes());
        core::Recording recording = builder.finish();
        taker.complete(recording);
        return recording;
    } catch (const core::SessionError& error) {
        throw ReadError(error.file(), 0, error.problem(), error.hint());
    }
}

core::Recording read_session_file(const std::filesystem::path& file)
{
    try {
        core::SessionReader session(file);
        return read_session_frames(session);
    } catch (const core::SessionError& error) {
        throw ReadError(error.file(), 0, error.problem(), error.hint());
    }
}

}  // namespace foretide::acquisition
