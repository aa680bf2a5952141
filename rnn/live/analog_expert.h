// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <utility>
#include <vector>

#include <Eigen/Core>

#include "rnn/kernels/kernels.h"
#include "rnn/live/expert.h"

namespace foretide::rnn {

struct AnalogConfig {
    int coordinates = 9;           ///< p
    std::vector<int> horizons;     ///< H, each ≥ 1 [samples]
    int components = 3;            ///< principal coordinates compared, ≥ 1
    std::vector<int> lags;         ///< strictly increasing, ≥ 1 [samples]
    double lag_decay_samples = 0;  ///< weight exp(−l/decay) of lag l; 0: all count alike
    double position_weight = 1.5;  ///< weight of the position itself beside the displacements
    int neighbours = 40;           ///< ≥ 2
    double sharpness = 2;      ///< neighbour weight exp(−sharpness·d²/d²_k), d_k the farthest neighbour's distance
    double age_samples = 0;    ///< neighbour weight × exp(−age/age_samples); 0: old ones count like new ones
    double outlier_limit = 0;  ///< c of the Huber weights, in mean deviations; 0: plain weighted mean
    int stride = 1;            ///< every stride-th sample is kept as a pattern
    int capacity = 6000;       ///< patterns kept, the newest; the history must reach back as far
};

/// Analog forecasting: what came after the moments of the past that looked most like now.
///
///     U(n) = [w_l·(s(n − l) − s(n)) for each lag l; w_0·s(n)],   d²(i) = ‖U(i) − U(n)‖²
///     ŷ(n+h) − y(n) = Σ w_i·(y(i+h) − y(i)) / Σ w_i   over the nearest patterns with i + h ≤ n
///
/// With an outlier limit c the mean is made robust: three times over, each neighbour's weight is multiplied by
/// min(1, c·mean|r|/|r_i|), r_i its displacement's distance from the mean found before. One cough or jump among the
/// neighbours is then as good as left out.
///
/// Patterns lie in one streaming matrix in single precision; all distances are one matrix-vector product.
/// Cost O(capacity·components·lags + H·p·neighbours).
class AnalogExpert final : public Expert {
public:
    /// Throws std::invalid_argument where a number is out of its range.
    explicit AnalogExpert(const AnalogConfig& config);

    void forecast(const MotionHistory& history, std::int64_t n, std::span<double> displacement_mm) noexcept
        FORETIDE_NONBLOCKING override;
    void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING override;
    void reset() noexcept FORETIDE_NONBLOCKING override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

    int reach() const noexcept override { return config_.lags.back(); }

private:
    struct Candidate {
        float distance2;
        std::int32_t pattern;  // row
    };

    /// A candidate's motion.
    struct Course {
        const double* positions_mm;  // of its sample and those after it; null: no longer kept
        std::int64_t made;
        bool unbroken;  // up to now
    };

    void set_pattern(const MotionHistory& history, std::int64_t n, float* u) const noexcept;
    std::size_t collect(std::size_t rows, std::int64_t n, float limit2) noexcept;
    std::size_t find_nearest(std::int64_t n) noexcept;
    void locate(const MotionHistory& history, std::int64_t n, std::size_t found) noexcept;
    Eigen::Index gather(const MotionHistory& history, std::int64_t n, int horizon, std::size_t found) noexcept;
    void weigh_mean(Eigen::Index count, double* out) const noexcept;
    void temper_outliers(Eigen::Index count, const double* mean) noexcept;
    StateParameters parameters() const;
    template <class Archive>
    void archive(Archive& ar);

    AnalogConfig config_;
    std::size_t p_, components_, inputs_;
    std::size_t horizon_max_;
    std::size_t wanted_;  // candidates among which are the neighbours of every horizon
    const kernels::KernelTable<float>& kernels_;
    std::vector<float> lag_weights_;
    PaddedMatrix<float> patterns_;       // capacity × inputs, ring
    std::vector<float> norm2_;           // capacity
    std::vector<std::int64_t> samples_;  // capacity: sample of each pattern, −1: none
    std::int64_t stored_ = 0;            // patterns stored so far
    AlignedVector<float> query_, products_;
    std::vector<Candidate> candidates_;
    std::vector<Course> courses_;  // of the first candidates
    float reach2_ = 0;             // squared distance of the farthest candidate one sample before
    // The neighbours of one horizon.
    Eigen::ArrayXXd displacements_;  // neighbours × p [mm]
    Eigen::ArrayXd weights_;         // by distance and age
    Eigen::ArrayXd ages_;            // [samples]
    Eigen::ArrayXd tempered_;        // the weights that count: those of outliers are smaller
    Eigen::ArrayXd deviations_;      // [mm]
};

}  // namespace foretide::rnn
