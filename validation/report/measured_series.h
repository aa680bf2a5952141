// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/gate/gate_window.h"
#include "validation/replay_result.h"

namespace foretide::validation {

/// One scalar coordinate of the positions of all markers [mm].
struct Coordinate {
    std::string label;  ///< "m1.x", or "pc1" for the principal axis
    core::GateAxis axis;
};

/// The measured series of a replay, asked for at any time.
///
/// Between samples it is linear; where the neighbours are more than 2.5 nominal sample periods apart, or one is
/// NaN, the truth is not known (NaN). Rows are put in the order of time; rows without a time are left out, and of
/// rows of the same time the first counts. A copy, independent of the result it was made of. Immutable.
class MeasuredSeries {
public:
    explicit MeasuredSeries(const ReplayResult& result);

    std::size_t size() const noexcept { return time_s_.size(); }
    std::size_t coordinates() const noexcept { return p_; }
    double time_s(std::size_t k) const noexcept { return time_s_[k]; }
    std::span<const double> position_mm(std::size_t k) const noexcept { return {positions_mm_.data() + k * p_, p_}; }

    /// Longest interval that counts as uninterrupted [s].
    double longest_gap_s() const noexcept { return longest_gap_s_; }

    /// Writes the position at `time_s` to `out_mm` (p values, each NaN where not known).
    void at(double time_s, std::span<double> out_mm) const noexcept;

    /// The principal axis of all markers together ("pc1"), of the rows before `until_s`, or of all rows where fewer
    /// than three of those are complete. None where they do not move or are too few.
    std::optional<Coordinate> principal_coordinate(double until_s) const;

    /// "m1.x" … for c in 0 … p−1.
    Coordinate plain_coordinate(int c) const;

private:
    std::size_t p_;
    std::vector<double> time_s_;        // strictly increasing
    std::vector<double> positions_mm_;  // row-major, p values a sample
    double longest_gap_s_ = 0;
};

/// 3-D error of each forecast: root of the mean over the markers of ‖forecast − measured‖² [mm] at the target
/// time; markers that were not seen are left out, NaN where none was.
std::vector<double> forecast_errors_mm(const MeasuredSeries& measured, const HorizonResult& horizon);

/// Root of the mean square of the finite values of `error` whose time lies in (t − window, t], at `points`
/// moments spread evenly over [from_s, to_s]; NaN where there is none. `time_s` is in order.
struct RunningRms {
    std::vector<double> time_s;
    std::vector<double> rms;
};
RunningRms running_rms(std::span<const double> time_s, std::span<const double> error, double window_s, double from_s,
                       double to_s, int points);

}  // namespace foretide::validation
