// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <vector>

#include <Eigen/Core>

#include "rnn/live/expert.h"
#include "rnn/live/pattern_memory.h"

namespace foretide::rnn {

struct AnalogConfig {
    int coordinates = 9;        ///< p
    std::vector<int> horizons;  ///< H, each ≥ 1 [samples]
    PatternConfig patterns;     ///< what is compared; more components than coordinates: all
    int neighbours = 40;        ///< ≥ 2
    double sharpness = 2;      ///< neighbour weight exp(−sharpness·d²/d²_k), d_k the farthest neighbour's distance
    double age_samples = 0;    ///< neighbour weight × exp(−age/age_samples); 0: old ones count like new ones
    double outlier_limit = 0;  ///< c of the Huber weights, in mean deviations; 0: plain weighted mean
};

/// Analog forecasting: what came after the moments of the past that looked most like now.
///
///     ŷ(n+h) − y(n) = Σ w_i·(y(i+h) − y(i)) / Σ w_i   over the nearest patterns (PatternMemory) with i + h ≤ n
///
/// With an outlier limit c the mean is made robust: three times over, each neighbour's weight is multiplied by
/// min(1, c·mean|r|/|r_i|), r_i its displacement's distance from the mean found before. One cough or jump among the
/// neighbours is then as good as left out.
///
/// Cost: the memory's search + O(H·p·neighbours).
class AnalogExpert final : public Expert {
public:
    /// Throws std::invalid_argument where a number is out of its range.
    explicit AnalogExpert(const AnalogConfig& config);
    /// With patterns that it shares with other experts of the same history, all driven through the same samples.
    AnalogExpert(const AnalogConfig& config, std::shared_ptr<PatternMemory> memory);

    /// The patterns that an expert of this configuration needs.
    static PatternConfig patterns_of(const AnalogConfig& config);

    using Expert::forecast;
    void forecast(const MotionHistory& history, std::int64_t n, std::span<const std::size_t> which,
                  std::span<double> displacement_mm) noexcept FORETIDE_NONBLOCKING override;
    void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING override;
    void reset() noexcept FORETIDE_NONBLOCKING override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

    int reach() const noexcept override { return memory_->reach(); }

private:
    bool choose(const MotionHistory& history, std::int64_t n, int horizon) noexcept;
    void weigh(std::int64_t n) noexcept;
    void look_up(const MotionHistory& history, int horizon) noexcept;
    void weigh_mean(Eigen::Index count, double* out) const noexcept;
    void temper_outliers(Eigen::Index count, const double* mean) noexcept;
    StateParameters parameters() const;
    template <class Archive>
    void archive(Archive& ar);

    AnalogConfig config_;
    std::size_t p_, wanted_;
    std::shared_ptr<PatternMemory> memory_;
    std::span<const PatternMemory::Neighbour> found_;  // of the sample at hand
    // The neighbours of one horizon.
    std::vector<std::size_t> chosen_;  // of found_
    std::size_t chosen_count_ = 0;
    Eigen::ArrayXXd displacements_;  // neighbours × p [mm]
    Eigen::ArrayXd weights_;         // by distance and age
    Eigen::ArrayXd ages_;            // [samples]
    Eigen::ArrayXd tempered_;        // the weights that count: those of outliers are smaller
    Eigen::ArrayXd deviations_;      // [mm]
};

}  // namespace foretide::rnn
