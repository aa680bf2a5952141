// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

/// When to ask a tracker that must be asked, so that a frame is picked up soon after it is there without asking all the
/// time.
///
/// Frames come with a period and a phase that both have to be learnt: each question says either "there was none yet at
/// this moment" or "there is one". The next frame is expected a period (the mean over the last 64 frames) after the
/// last, its phase corrected by an eighth of what was off. Questions begin a little before (3.5 times the usual
/// deviation, 0.5 to 5 ms) and repeat every quarter of a millisecond, every millisecond where the frame is more than
/// 5 ms late or the rhythm is not known yet. Where an answer takes longer than a millisecond (serial lines) the first
/// question is put when the frame is expected, and creeps forward while it succeeds, for only a question that comes too
/// early tells where the frame is.
///
/// Threads: one at a time. Allocation: none. Errors: none. RT-safe.
class PollRhythm {
public:
    /// When to ask next; in the past: at once.
    core::TimePoint next_question() const noexcept FORETIDE_NONBLOCKING { return next_; }

    /// The question sent at `asked` was answered at `answered`: there is no new frame (or the answer was
    /// lost), or there is.
    void nothing_new(core::TimePoint asked, core::TimePoint answered) noexcept FORETIDE_NONBLOCKING;
    void new_frame(core::TimePoint asked, core::TimePoint answered) noexcept FORETIDE_NONBLOCKING;

    void reset() noexcept FORETIDE_NONBLOCKING { *this = {}; }

    /// Of the frames [Hz]; NaN until the rhythm is known.
    double rate_hz() const noexcept;

private:
    static constexpr std::size_t kSearch = 9, kSlowSearch = 32, kMarks = 64;
    struct Mark {
        core::TimePoint time{};
        std::int64_t step = 0;  ///< periods since the first; lost frames count
    };

    bool slow() const noexcept { return round_trip_ > std::chrono::milliseconds(1); }
    core::TimePoint available(core::TimePoint asked) const noexcept;
    bool locked() const noexcept { return period_ > core::Duration::zero(); }
    void learn(core::TimePoint available) noexcept;
    void lock_on() noexcept;
    std::int64_t steps_between(core::TimePoint a, core::TimePoint b) const noexcept;
    core::Duration lead() const noexcept;

    core::TimePoint next_{}, last_empty_ = core::kUnknownTime;
    core::TimePoint expected_{};        // the frame that is waited for
    core::Duration round_trip_{0};      // smoothed
    core::Duration deviation_{0};       // mean absolute, of frames from what was expected
    core::Duration period_{0};          // 0: not known
    std::array<Mark, kMarks> marks_{};  // ring: the last frames
    std::size_t marked_ = 0;            // frames seen
    int hits_ = 0;                      // frames on end that were there at the first question
    int early_streak_ = 0;              // frames on end whose first question came too early
};

}  // namespace foretide::acquisition
