// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "core/rt/nonblocking.h"
#include "rnn/archive.h"
#include "rnn/live/motion_history.h"

namespace foretide::rnn {

/// One way of forecasting displacements, driven by an ensemble or alone.
///
/// For every sample n, in order: forecast(n), for all horizons at once or a part of them after the other, then
/// learn(n). Both look the motion up in the history, whose newest
/// sample may be later than n (while a new expert catches up), and use nothing after n. Leaving learn() out at a
/// sample is allowed. Where the series was broken (MotionHistory::has()), what was learned stays, and nothing is
/// learned or forecast across the break.
///
/// Shapes: displacements y(n + h) − y(n) [mm], H × p, horizon-major. Threads: one at a time. Allocation: constructor
/// only. Errors: none at run time; displacements may come out not finite (the ensemble then resets the expert).
class Expert {
public:
    explicit Expert(std::size_t horizons) : all_(horizons) { std::iota(all_.begin(), all_.end(), std::size_t{0}); }
    Expert(const Expert&) = delete;
    Expert& operator=(const Expert&) = delete;
    virtual ~Expert() = default;

    /// Writes the displacements of the horizons with the indices `which`, and leaves the others alone.
    virtual void forecast(const MotionHistory& history, std::int64_t n, std::span<const std::size_t> which,
                          std::span<double> displacement_mm) noexcept FORETIDE_NONBLOCKING = 0;
    void forecast(const MotionHistory& history, std::int64_t n, std::span<double> displacement_mm) noexcept
        FORETIDE_NONBLOCKING
    {
        forecast(history, n, all_, displacement_mm);
    }
    virtual void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING = 0;

    /// Samples before n that forecast(n) looks back to; with fewer it has nothing to say.
    virtual int reach() const noexcept { return 0; }

    /// Forgets everything learned. RT-safe.
    virtual void reset() noexcept FORETIDE_NONBLOCKING = 0;

    virtual void save_state(std::ostream& out) const = 0;
    virtual void load_state(std::istream& in) = 0;

private:
    std::vector<std::size_t> all_;  // 0 … H − 1
};

}  // namespace foretide::rnn
