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
constexpr core::Duration kLeastLead = microseconds(500), kLongestLead = microseconds(5000);
// Half of these is learnt: forward by 20 us with each success, more after many; back by 1 ms where a question came too
// early.
constexpr core::Duration kCreep = microseconds(40);
constexpr core::Duration kStepBack = microseconds(2000);
constexpr int kMostDoublings = 3;
constexpr core::Duration kTightBracket = microseconds(1500);

}  // namespace

core::TimePoint PollRhythm::available(core::TimePoint asked) const noexcept
{
    // Found at the first question: it was there earlier, nobody knows how much.
    if (last_empty_ == core::kUnknownTime) return asked - (slow() ? kCreep * (1 << std::min(hits_ / 8, 6)) : kFine);
    const core::Duration bracket = asked - last_empty_;
    if (bracket <= kTightBracket) return asked - bracket / 2;
    // A little after the question that came too early; more where that was not enough, again and again.
    return last_empty_ + (!locked() ? bracket / 2 : std::min(bracket / 2, kStepBack * (1 << early_streak_)));
}

core::Duration PollRhythm::lead() const noexcept
{
    if (slow()) return core::Duration::zero();
    return std::clamp<core::Duration>(deviation_ * 7 / 2, kLeastLead, kLongestLead);
}

void PollRhythm::lock_on() noexcept
{
    std::array<core::Duration, kSlowSearch> intervals{};
    for (std::size_t i = 1; i < marked_; ++i) intervals[i - 1] = marks_[i].time - marks_[i - 1].time;
    const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(marked_ / 2);
    std::nth_element(intervals.begin(), middle, intervals.begin() + static_cast<std::ptrdiff_t>(marked_ - 1));
    period_ = std::max<core::Duration>(*middle, kCoarse);
    for (std::size_t i = 1; i < marked_; ++i)
        marks_[i].step = marks_[i - 1].step + steps_between(marks_[i - 1].time, marks_[i].time);
    period_ = (marks_[marked_ - 1].time - marks_[0].time) / marks_[marked_ - 1].step;
}

std::int64_t PollRhythm::steps_between(core::TimePoint a, core::TimePoint b) const noexcept
{
    return std::max<std::int64_t>(1, (b - a + period_ / 2) / period_);
}

void PollRhythm::learn(core::TimePoint available) noexcept
{
    if (!locked()) {
        marks_[marked_++] = {available, 0};
        if (marked_ > (slow() ? kSlowSearch : kSearch)) lock_on();
        return;
    }
    const Mark& last = marks_[(marked_ - 1) % kMarks];
    const Mark now{available, last.step + steps_between(last.time, available)};
    const Mark& oldest = marks_[marked_ < kMarks ? 0 : marked_ % kMarks];
    period_ = std::max<core::Duration>((now.time - oldest.time) / (now.step - oldest.step), kCoarse);
    marks_[marked_++ % kMarks] = now;
}

void PollRhythm::new_frame(core::TimePoint asked, core::TimePoint answered) noexcept FORETIDE_NONBLOCKING
{
    round_trip_ += (answered - asked - round_trip_) / (marked_ < 8 ? 2 : 8);
    const core::TimePoint there = available(asked);
    const bool had_rhythm = locked();
    learn(there);
    const bool hit = last_empty_ == core::kUnknownTime;
    hits_ = hit ? hits_ + 1 : 0;
    early_streak_ = hit ? 0 : std::min(early_streak_ + 1, kMostDoublings);
    last_empty_ = core::kUnknownTime;
    if (!locked()) {
        next_ = answered + kCoarse;
        return;
    }
    core::TimePoint base = there;
    if (const core::Duration off = there - expected_; had_rhythm && std::chrono::abs(off) < period_ / 4) {
        base = expected_ + off / (slow() ? 2 : 8);
        deviation_ += (std::chrono::abs(off) - deviation_) / 16;
    }
    expected_ = base + period_;
    next_ = expected_ - lead();
}

void PollRhythm::nothing_new(core::TimePoint asked, core::TimePoint answered) noexcept FORETIDE_NONBLOCKING
{
    round_trip_ += (answered - asked - round_trip_) / 8;
    last_empty_ = asked;
    if (!locked()) {
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

double PollRhythm::rate_hz() const noexcept { return locked() ? 1.0 / core::to_seconds(period_) : core::kNaN; }

}  // namespace foretide::acquisition
