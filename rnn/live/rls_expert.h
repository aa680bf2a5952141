// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <vector>

#include <Eigen/Core>

#include "rnn/live/expert.h"

namespace foretide::rnn {

struct RlsConfig {
    int coordinates = 9;         ///< p
    std::vector<int> horizons;   ///< H, each ≥ 1 [samples]
    int components = 1;          ///< principal coordinates used, ≥ 1
    std::vector<int> lags;       ///< strictly increasing, ≥ 1 [samples]
    double ridge = 1;            ///< δ > 0: weight of the squared coefficients
    double memory_samples = 0;   ///< forgetting time constant [samples]; 0: never forgets
    double usual_samples = 200;  ///< time constant of the usual error [samples], ≥ 1
};

/// Regularised recursive least squares on spread lags: with the scores s(n) of the first components,
///
///     u(n) = [s(n − l₁) − s(n); …; s(n − l_L) − s(n); s(n); 1],      ŷ(n+h) − y(n) = W_h·u(n)
///     k(n) = P·u/(λ + uᵀPu),   P ← (P − k·uᵀP)/λ,   W_h ← W_h + (y(n) − y(n−h) − W_h·u(n−h))·k(n−h)ᵀ
///
/// An error larger than three times its usual size is learned from as if it had that size (Huber).
///
/// One P serves all horizons: each head uses the gain of the moment its forecast was made. With forgetting (λ < 1) the
/// ridge is renewed as fast as it fades: each step also learns that one coefficient, in turn, is 0, with weight
/// (1 − λ)·n_u·δ. So P stays bounded where a patient lies still, and old breathing is forgotten in all directions.
/// n_u = components·(L+1) + 1; cost O(n_u² + H·p·n_u).
class RlsExpert final : public Expert {
public:
    /// Throws std::invalid_argument where a number is out of its range.
    explicit RlsExpert(const RlsConfig& config);

    void forecast(const MotionHistory& history, std::int64_t n, std::span<double> displacement_mm) noexcept
        FORETIDE_NONBLOCKING override;
    void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING override;
    void reset() noexcept FORETIDE_NONBLOCKING override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

    int reach() const noexcept override { return config_.lags.back(); }

private:
    using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

    void set_input(const MotionHistory& history, std::int64_t n, Eigen::Ref<Eigen::VectorXd> u) const noexcept;
    void renew_ridge(std::int64_t n) noexcept;
    Eigen::Index slot(std::int64_t n) const noexcept { return static_cast<Eigen::Index>(n % gains_.rows()); }
    StateParameters parameters() const;
    template <class Archive>
    void archive(Archive& ar);

    RlsConfig config_;
    Eigen::Index p_, inputs_;
    double forgetting_;                  // λ
    double renewal_;                     // (1 − λ)·n_u·δ
    Eigen::MatrixXd P_;                  // n_u × n_u, symmetric
    std::vector<RowMatrix> heads_;       // H of p × n_u
    RowMatrix gains_, past_inputs_;      // (h_max + 1) × n_u, rings by sample
    RowMatrix renewal_gains_;            // the same; no rows without forgetting
    std::vector<std::int64_t> slots_;    // sample whose gain a ring row holds; −1: none
    std::vector<double> usual_error2_;   // H, running mean square of the heads' errors [mm²], large ones cut
    std::vector<std::int64_t> lessons_;  // H, errors seen
    Eigen::VectorXd u_, Pu_, gain_, error_;
};

}  // namespace foretide::rnn
