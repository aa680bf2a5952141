// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "rnn/archive.h"
#include "rnn/live/motion_history.h"

namespace foretide::rnn {

struct RlsReadOutConfig {
    int coordinates = 9;         ///< p
    std::vector<int> horizons;   ///< H, each ≥ 1 [samples]
    Eigen::VectorXd ridge;       ///< δ_i > 0: weight of the squared coefficient of each feature
    double memory_samples = 0;   ///< forgetting time constant [samples]; 0: never forgets
    double usual_samples = 200;  ///< time constant of the usual error [samples], ≥ 1
};

/// Linear read-out of displacements, learned by regularised recursive least squares as the targets come in:
///
///     ŷ(n+h) − y(n) = W_h·f(n)
///     k(n) = P·f/(λ + fᵀPf),   P ← (P − k·fᵀP)/λ,   W_h ← W_h + (y(n) − y(n−h) − W_h·f(n−h))·k(n−h)ᵀ
///
/// One P serves all horizons: each head uses the gain of the moment its forecast was made, so that without forgetting
/// (λ = 1) W_h is the ridge regression on all targets known. An error larger than three times its usual size is learned
/// from as if it had that size (Huber). With forgetting (λ < 1) the ridge is renewed as fast as it fades: each step
/// also learns that one coefficient, in turn, is 0, with weight (1 − λ)·n_f·δ_i. So P stays bounded where a patient
/// lies still, and old breathing is forgotten in all directions.
///
/// Shapes: f n_f, heads H·p × n_f, horizon-major. Cost O(n_f² + H·p·n_f). RT-safe after construction.
class RlsReadOut {
public:
    using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

    /// Throws std::invalid_argument where a number is out of its range, naming the owner.
    RlsReadOut(const std::string& owner, RlsReadOutConfig config);

    void reset() noexcept;

    /// Writes W_h·f for the horizons with the indices `which` into displacement_mm, H × p [mm].
    void forecast(const Eigen::VectorXd& f, std::span<const std::size_t> which,
                  std::span<double> displacement_mm) const noexcept
    {
        for (const std::size_t h : which) {
            const Eigen::Index at = static_cast<Eigen::Index>(h) * p_;
            Eigen::Map<Eigen::VectorXd>(displacement_mm.data() + at, p_).noalias() =
                heads_.middleRows(at, p_).lazyProduct(f);
        }
    }
    /// Zeros in the same places: where there are no features.
    void forecast_nothing(std::span<const std::size_t> which, std::span<double> displacement_mm) const noexcept
    {
        for (const std::size_t h : which)
            std::fill_n(displacement_mm.data() + static_cast<Eigen::Index>(h) * p_, p_, 0.0);
    }

    /// The heads learn from y(n); call it before record(n), in the order of samples.
    void learn(const MotionHistory& history, std::int64_t n) noexcept;

    /// Takes the features of sample n: they are learned from once their targets come.
    void record(std::int64_t n, const Eigen::VectorXd& f) noexcept;

    const RowMatrix& heads() const noexcept { return heads_; }
    std::span<const int> horizons() const noexcept { return config_.horizons; }
    /// Running mean square of the error at horizon number h, as it was before learning [mm²]; 0: none yet.
    double usual_error2(std::size_t h) const noexcept { return usual_error2_[h]; }

    template <class Archive>
    void archive(Archive& ar)
    {
        const auto matrix = [&ar](auto& m) {
            ar.array(std::span<double>(m.data(), static_cast<std::size_t>(m.size())));
        };
        for (RowMatrix* m : {&P_, &heads_, &gains_, &features_, &renewal_gains_}) matrix(*m);
        ar.array(std::span<std::int64_t>(slots_));
        ar.array(std::span<double>(usual_error2_));
        ar.array(std::span<std::int64_t>(lessons_));
    }

private:
    Eigen::Index slot(std::int64_t n) const noexcept { return static_cast<Eigen::Index>(n % gains_.rows()); }

    void renew_ridge(std::int64_t n) noexcept;

    RlsReadOutConfig config_;
    Eigen::Index p_;
    double forgetting_;                  // λ
    RowMatrix P_;                        // n_f × n_f, symmetric
    RowMatrix heads_;                    // H·p × n_f
    RowMatrix gains_, features_;         // (h_max + 1) × n_f, rings by sample
    RowMatrix renewal_gains_;            // the same; no rows without forgetting
    std::vector<std::int64_t> slots_;    // sample of each row, −1: none
    std::vector<double> usual_error2_;   // H, running mean square of the heads' errors [mm²], large ones cut
    std::vector<std::int64_t> lessons_;  // H, errors seen
    Eigen::VectorXd Pf_, gain_, error_;
};

}  // namespace foretide::rnn
