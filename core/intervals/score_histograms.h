// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <vector>

#include "core/rt/nonblocking.h"

namespace foretide::core {

/// Quantiles of many series of scores, each score forgotten exponentially: a histogram a series over common bins.
///
/// Bin k of the positive scores begins at r0·(e^(k·s) − 1), r0 = 0.05, s = 0.08: width 0.004 near 0, 8 % far out, up to
/// 740; larger scores count in the last bin. Inside a bin the quantile is linear. Each series keeps a cursor at the bin
/// of its last quantile, so that an even series costs a few additions a score and a quantile, whatever its length.
///
/// Scores without unit here (mm or ratios). Threads: one at a time. RT-safe steps; allocation: constructor only.
class ScoreHistograms {
public:
    /// `with_negative`: scores may be negative; otherwise negative ones count as 0.
    ScoreHistograms(std::size_t series, bool with_negative);

    /// Multiplies the weight of all scores so far by 1/growth. Precondition: growth ≥ 1. RT-safe.
    void age(double growth) noexcept FORETIDE_NONBLOCKING;

    /// Counts a score `share` times; one that is not finite is left out. RT-safe.
    void add(std::size_t series, double score, double share = 1) noexcept FORETIDE_NONBLOCKING;

    std::size_t bins() const noexcept { return bins_; }

    /// The same in two parts, where a score is counted again and again.
    std::size_t bin_of(double score) const noexcept FORETIDE_NONBLOCKING;
    void add_to_bin(std::size_t series, std::size_t bin, double share) noexcept FORETIDE_NONBLOCKING;

    /// Asks for the memory that add_to_bin() and quantile() of this series will touch: where many series are counted
    /// one after the other, waiting for it is most of the cost. RT-safe.
    void prefetch(std::size_t series, std::size_t bin) const noexcept FORETIDE_NONBLOCKING
    {
        __builtin_prefetch(&weights_[series * bins_ + bin], 1);
        __builtin_prefetch(&weights_[series * bins_ + static_cast<std::size_t>(cursors_[series].at)], 1);
    }

    /// Forgets all scores of a series. RT-safe.
    void clear(std::size_t series) noexcept FORETIDE_NONBLOCKING;

    /// Sum of the weights; a score of this moment with share 1 has weight 1. RT-safe.
    double weight(std::size_t series) const noexcept FORETIDE_NONBLOCKING { return cursors_[series].total / now_; }

    /// Smallest value that a share of `level` of the weight does not exceed, 0 < level < 1; NaN for no scores. RT-safe.
    double quantile(std::size_t series, double level) noexcept FORETIDE_NONBLOCKING;

    void save_state(std::ostream& out) const;
    /// Throws StateError; the object is then unusable until a successful load.
    void load_state(std::istream& in);

private:
    struct Cursor {
        double below = 0;  ///< weight in the bins before `at`
        double total = 0;
        std::int64_t at = 0;
    };
    void renormalise() noexcept;

    bool with_negative_;
    std::size_t bins_;
    double now_ = 1;              ///< weight a score of this moment gets
    std::vector<double> edges_;   ///< bins + 1, rising
    std::vector<float> weights_;  ///< series × bins
    std::vector<Cursor> cursors_;
};

}  // namespace foretide::core
