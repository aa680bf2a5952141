// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/engine/scripted_source.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/core/frames.h"

namespace foretide::tests {

using acquisition::SourceResult;
using core::Clock;

bool ScriptedSource::wait(core::TimePoint until) noexcept
{
    std::unique_lock lock(mutex_);
    const auto left = until - Clock::now();
    if (left > core::Duration::zero()) wake_.wait_for(lock, left, [this] { return interrupted_; });
    return !std::exchange(interrupted_, false);
}

void ScriptedSource::interrupt() noexcept
{
    const std::scoped_lock lock(mutex_);
    interrupted_ = true;
    wake_.notify_all();
}

SourceResult ScriptedSource::next(core::MarkerFrame& frame, core::TimePoint until) noexcept
{
    if (entered) entered();
    while (at_ < script_.size()) {
        Act& act = script_[at_];
        state_ = act.state;
        if (act.what == Act::What::call) {
            act.call();
            ++at_;
            continue;
        }
        if (act.what == Act::What::end) break;
        if (silent_until_ == core::kUnknownTime) silent_until_ = Clock::now() + act.wait;
        if (act.wait > core::Duration::zero() &&
            (!wait(std::min(until, silent_until_)) || Clock::now() < silent_until_))
            return SourceResult::nothing;
        silent_until_ = core::kUnknownTime;
        ++at_;
        if (act.what == Act::What::silence) continue;
        frame = act.frame;
        frame.arrived = Clock::now();
        if (counts_.frames == 0) zero_ = frame.arrived;
        frame.acquired =
            frame.acquired == core::kUnknownTime ? frame.arrived : zero_ + frame.acquired.time_since_epoch();
        ++counts_.frames;
        if (leaving) leaving();
        return SourceResult::frame;
    }
    state_ = acquisition::SourceState::ended;
    return SourceResult::ended;
}

std::vector<Act> breathing(int frames, double rate_hz, int markers, double from_s)
{
    BreathingMarkers patient(markers, 5);
    std::vector<Act> script;
    for (int k = 0; k < frames; ++k) {
        const double t = from_s + k / rate_hz;
        Act act;
        act.frame = make_frame(t, static_cast<std::uint64_t>(std::llround(t * rate_hz)), patient.at(t));
        script.push_back(act);
    }
    return script;
}

}  // namespace foretide::tests
