// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/rt/nonblocking.h"
#include "rnn/aligned.h"
#include "rnn/archive.h"
#include "rnn/kernels/kernels.h"
#include "rnn/live/motion_history.h"

namespace foretide::rnn {

struct PatternConfig {
    int components = 3;            ///< principal coordinates compared, ≥ 1
    std::vector<int> lags;         ///< strictly increasing, ≥ 1 [samples]
    double lag_decay_samples = 0;  ///< weight exp(−l/decay) of lag l; 0: all count alike
    double position_weight = 1.5;  ///< weight of the position itself beside the displacements
    int stride = 1;                ///< every stride-th sample is kept as a pattern
    int capacity = 6000;           ///< patterns kept, the newest; the history must reach back as far

    bool operator==(const PatternConfig&) const = default;
};

/// The moments of the past, and which of them looked most like now.
///
///     U(n) = [w_l·(s(n − l) − s(n)) for each lag l; w_0·s(n)],   d²(i) = ‖U(i) − U(n)‖²
///
/// Patterns lie in one streaming matrix in single precision; all distances are one matrix-vector product, which would
/// be most of what an analog forecast costs. Hence experts that compare the same patterns share one memory (the first
/// that asks searches, the first that learns stores, and a reset forgets for all), and learning ends with a shortlist
/// for the next sample: the patterns nearest to Û, what U would be if the patient moved on as from the last sample to
/// this one. A pattern that is not on it is at least R − ‖U − Û‖ away from U, R the distance of the last one on it;
/// where the neighbours found on it are not surely nearer than that, or learning was left out, all patterns are
/// searched.
///
/// Threads: one at a time. Allocation: constructor and expect() only. RT-safe. Cost O(capacity·components·lags).
class PatternMemory {
public:
    struct Neighbour {
        float distance2;
        std::int64_t sample;
    };

    /// Throws std::invalid_argument where a number is out of its range.
    explicit PatternMemory(const PatternConfig& config);

    const PatternConfig& config() const noexcept { return config_; }
    /// Somebody will want so many neighbours. Before the first search.
    void expect(std::size_t neighbours);

    /// Samples before n that U(n) looks back to.
    int reach() const noexcept { return config_.lags.back(); }

    /// The patterns nearest to U(n), ascending, of samples before n: as many as the most that anybody expects, or all.
    /// Empty where U(n) has no past.
    std::span<const Neighbour> search(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING;
    void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING;
    /// Searches that the shortlist answered, and all of them.
    std::int64_t short_searches() const noexcept { return short_searches_; }
    std::int64_t searches() const noexcept { return searches_; }
    void reset() noexcept FORETIDE_NONBLOCKING;

    template <class Archive>
    void archive(Archive& ar)
    {
        ar.array(patterns_.all());
        ar.array(std::span<float>(norm2_));
        ar.array(std::span<std::int64_t>(samples_));
        ar.value(stored_);
        searched_ = -1;
        shortlist_.of = -1;
    }
    bool sound() const noexcept { return stored_ >= 0; }

private:
    struct Candidate {
        float distance2;
        std::int32_t pattern;  // row
    };

    /// The patterns nearest to what the next sample should look like.
    struct Shortlist {
        std::int64_t of = -1;             // the sample it was made for, −1: none
        AlignedVector<float> expected;    // Û of it
        PaddedMatrix<float> patterns;     // copies of them, rows
        std::vector<float> norm2;         // of each
        std::vector<std::int32_t> which;  // rows of patterns_
        std::size_t size = 0;
        float reach2 = 0;  // squared distance of the last one from Û; all others are farther
    };

    void set_pattern(const MotionHistory& history, std::int64_t n, const double* now, float* u) const noexcept;
    std::int64_t newest() const noexcept;
    void measure(const PaddedMatrix<float>& patterns, const std::vector<float>& norm2, std::size_t rows,
                 const AlignedVector<float>& from) noexcept;
    std::size_t collect(std::size_t rows, std::int64_t n, float limit2) noexcept;
    std::size_t nearest_of(std::size_t candidates, std::size_t wanted) noexcept;
    std::size_t nearest_of_all(const AlignedVector<float>& from, std::int64_t n, std::size_t wanted,
                               float usual2) noexcept;
    bool search_shortlist(std::int64_t n) noexcept;
    void make_shortlist(const MotionHistory& history, std::int64_t n) noexcept;

    PatternConfig config_;
    std::size_t components_, inputs_, wanted_ = 0;
    const kernels::KernelTable<float>& kernels_;
    std::vector<float> lag_weights_;
    PaddedMatrix<float> patterns_;       // capacity × inputs, ring
    std::vector<float> norm2_;           // capacity
    std::vector<std::int64_t> samples_;  // capacity: sample of each pattern, −1: none
    std::int64_t stored_ = 0;            // patterns stored so far
    AlignedVector<float> query_, products_;
    std::vector<Candidate> candidates_;
    float reach2_ = 0;  // squared distance of the farthest neighbour one sample before
    Shortlist shortlist_;
    std::vector<double> expected_scores_;
    std::int64_t searches_ = 0, short_searches_ = 0;
    std::vector<Neighbour> nearest_;
    std::size_t found_ = 0;       // of nearest_
    std::int64_t searched_ = -1;  // the sample they are the nearest to; −1: none
};

}  // namespace foretide::rnn
