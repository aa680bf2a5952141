// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/poll_rhythm.h"

#include <algorithm>

#include "core/marker_frame.h"

namespace foretide::acquisition {

namespace {

using std::chrono::microseconds;

constexpr core::Duration kFine = microseconds(250), kCoarse = microseconds(1000);
constexpr core::Duration kFineUntil = microseconds(5000);  // after the expected time
constexpr core::Duration kLeastLead = microseconds(500), kLongestLead = microseconds(3000);
// Half of these is learnt: forward by 20 us with each success, back by 1 ms where a question came too early.
constexpr core::Duration kCreep = microseconds(40);
constexpr core::Duration kStepBack = microseconds(2000);
constexpr int kMostDoublings = 3;
constexpr core::Duration kTightBracket = microseconds(1500);

}  // namespace

core::TimePoint PollRhythm::available(core::TimePoint asked) const noexcept
{
    // Found at the first question: it was there earlier, nobody knows how much.
    if (last_empty_ == core::kUnknownTime) return asked - (slow() ? kCreep : kFine);
    const core::Duration bracket = asked - last_empty_;
    if (bracket <= kTightBracket) return asked;
    // A little after the question that came too early; more where that was not enough, again and again.
    return last_empty_ +
           (period_ == core::Duration::zero() ? bracket / 2 : std::min(bracket / 2, kStepBack * (1 << early_streak_)));
}

core::Duration PollRhythm::lead() const noexcept
{
    if (slow()) return core::Duration::zero();
    return std::clamp<core::Duration>(deviation_ * 5 / 2, kLeastLead, kLongestLead);
}

void PollRhythm::learn(core::TimePoint available) noexcept
{
    if (known_ > 0) {
        intervals_[(known_ - 1) % kIntervals] = available - last_;
        if (known_ >= kIntervals) {
            std::array<core::Duration, kIntervals> sorted = intervals_;
            std::nth_element(sorted.begin(), sorted.begin() + kIntervals / 2, sorted.end());
            period_ = std::max<core::Duration>(sorted[kIntervals / 2], kCoarse);
        }
    }
    last_ = available;
    ++known_;
}

void PollRhythm::new_frame(core::TimePoint asked, core::TimePoint answered) noexcept FORETIDE_NONBLOCKING
{
    round_trip_ += (answered - asked - round_trip_) / (known_ < 8 ? 2 : 8);
    const core::TimePoint there = available(asked);
    const bool had_rhythm = period_ > core::Duration::zero();
    learn(there);
    early_streak_ = last_empty_ == core::kUnknownTime ? 0 : std::min(early_streak_ + 1, kMostDoublings);
    last_empty_ = core::kUnknownTime;
    if (period_ == core::Duration::zero()) {
        next_ = answered + kCoarse;
        return;
    }
    core::TimePoint base = there;
    if (const core::Duration off = there - expected_; had_rhythm && std::chrono::abs(off) < period_ / 4) {
        base = expected_ + off / 2;
        deviation_ += (std::chrono::abs(off) - deviation_) / 16;
    }
    expected_ = base + period_;
    next_ = expected_ - lead();
}

void PollRhythm::nothing_new(core::TimePoint asked, core::TimePoint answered) noexcept FORETIDE_NONBLOCKING
{
    round_trip_ += (answered - asked - round_trip_) / 8;
    last_empty_ = asked;
    if (period_ == core::Duration::zero()) {
        next_ = answered + kCoarse;
        return;
    }
    if (const core::Duration over = answered - (expected_ + period_ - lead()); over > core::Duration::zero())
        expected_ += period_ * (over / period_ + 1);  // that frame was lost
    if (answered < expected_ + kFineUntil)
        next_ = answered + kFine;
    else
        next_ = std::min(answered + kCoarse, expected_ + period_ - lead());
}

double PollRhythm::rate_hz() const noexcept
{
    return period_ > core::Duration::zero() ? 1.0 / core::to_seconds(period_) : core::kNaN;
}

}  // namespace foretide::acquisition
