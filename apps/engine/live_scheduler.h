// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <cmath>

#include "apps/engine/step_engine.h"

namespace foretide::apps {

/// How long a piece of work takes: mean and mean absolute deviation of about the last 64 times; one long interruption
/// counts as twice what was expected at most. Thread: one. RT-safe.
class CostEstimate {
public:
    void add(core::Duration took) noexcept
    {
        const double s = core::to_seconds(took);
        if (mean_s_ == 0) mean_s_ = s;
        const double kept = std::min(s, 2 * expected_s());
        deviation_s_ += kShare * (std::abs(kept - mean_s_) - deviation_s_);
        mean_s_ += kShare * (kept - mean_s_);
    }
    /// It was left out for want of time: so that it is tried again one day.
    void left_out() noexcept
    {
        constexpr double fading = 0.98;
        mean_s_ *= fading;
        deviation_s_ *= fading;
    }
    core::Duration expected() const noexcept { return core::from_seconds(expected_s()); }

private:
    static constexpr double kShare = 1.0 / 64;
    double expected_s() const noexcept { return mean_s_ + 4 * deviation_s_; }
    double mean_s_ = 0, deviation_s_ = 0;
};

/// Starts no work that would overrun, by the clock and by what the work has cost so far. Both deadlines count from the
/// arrival of the frame: of the forecasts, and of learning. Samples that fill a gap learn only while the forecasts of
/// the newest are not late by it. Thread: one. RT-safe.
class LiveScheduler final : public StepScheduler {
public:
    LiveScheduler(core::Duration forecast_deadline, core::Duration step_deadline)
        : forecast_deadline_(forecast_deadline), step_deadline_(step_deadline)
    {
    }

    void frame_arrived(core::TimePoint arrived) noexcept { arrived_ = arrived; }
    core::Duration forecast_deadline() const noexcept { return forecast_deadline_; }
    core::Duration step_deadline() const noexcept { return step_deadline_; }

    void sample(bool newest) noexcept override { newest_ = newest; }
    bool main_forecast_fits() noexcept override
    {
        begun_ = core::Clock::now();
        if (!newest_ || begun_ + main_.expected() <= arrived_ + forecast_deadline_) return true;
        main_.left_out();
        return false;
    }
    void main_forecast_made() noexcept override { main_.add(core::Clock::now() - begun_); }
    bool learning_fits() noexcept override
    {
        begun_ = core::Clock::now();
        if (begun_ + learning_.expected() <= arrived_ + (newest_ ? step_deadline_ : forecast_deadline_)) return true;
        learning_.left_out();
        return false;
    }
    void learned() noexcept override { learning_.add(core::Clock::now() - begun_); }
    bool fallback_learning_fits() noexcept override { return true; }  // cheap, and what there is when all else fails

private:
    core::Duration forecast_deadline_, step_deadline_;
    core::TimePoint arrived_{}, begun_{};
    CostEstimate main_, learning_;
    bool newest_ = true;
};

}  // namespace foretide::apps
