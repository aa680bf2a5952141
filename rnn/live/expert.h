// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>

#include "core/rt/nonblocking.h"
#include "rnn/archive.h"
#include "rnn/live/motion_history.h"

namespace foretide::rnn {

/// One way of forecasting displacements, driven by an ensemble or alone.
///
/// For every sample n, in order: forecast(n), then learn(n). Both look the motion up in the history, whose newest
/// sample may be later than n (while a new expert catches up), and use nothing after n. Leaving learn() out at a
/// sample is allowed. Where the series was broken (MotionHistory::has()), what was learned stays, and nothing is
/// learned or forecast across the break.
///
/// Shapes: displacements y(n + h) − y(n) [mm], H × p, horizon-major. Threads: one at a time. Allocation: constructor
/// only. Errors: none at run time; displacements may come out not finite (the ensemble then resets the expert).
class Expert {
public:
    Expert() = default;
    Expert(const Expert&) = delete;
    Expert& operator=(const Expert&) = delete;
    virtual ~Expert() = default;

    virtual void forecast(const MotionHistory& history, std::int64_t n, std::span<double> displacement_mm) noexcept
        FORETIDE_NONBLOCKING = 0;
    virtual void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING = 0;

    /// Samples before n that forecast(n) looks back to; with fewer it has nothing to say.
    virtual int reach() const noexcept { return 0; }

    /// Forgets everything learned. RT-safe.
    virtual void reset() noexcept FORETIDE_NONBLOCKING = 0;

    virtual void save_state(std::ostream& out) const = 0;
    virtual void load_state(std::istream& in) = 0;
};

}  // namespace foretide::rnn
