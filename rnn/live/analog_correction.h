// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "rnn/archive.h"
#include "rnn/live/lag_input.h"

namespace foretide::rnn {

struct AnalogCorrectionConfig {
    int components = 0;           ///< principal coordinates in the features; 0: no correction
    std::vector<int> lags;        ///< strictly increasing, ≥ 1 [samples]
    double ridge = 15;            ///< δ > 0: weight of the squared coefficients
    double memory_samples = 600;  ///< forgetting time constant, ≥ 2
    double usual_samples = 200;   ///< time constant of the usual error, ≥ 1
    int solve_every_samples = 5;  ///< the coefficients of a horizon are renewed so often, ≥ 1
};

/// What an analog forecast owes to its neighbours being not quite like now, learned by ridge regression: with the
/// features f of a moment (LagInput) and the weights w_i of the neighbours, each horizon h adds to the mean m_h(n) of
/// the neighbours' displacements
///
///     W_hᵀ·g_h(n),   g_h(n) = f(n) − Σ w_i·f(i)/Σ w_i
///     W_h = (A_h + δh·E_h/σ²·I)⁻¹·B_h,   A_h ← λA_h + g·gᵀ,   B_h ← λB_h + g·rᵀ
///
/// where g belongs to sample n − h and r = y(n) − y(n−h) − m_h(n−h) is what its mean missed; an error of the corrected
/// forecast larger than usual is cut (temper_error). It is a local linear regression whose slope is shared by all
/// moments. The ridge is that of coefficients as large as a score's unit σ in mm (MotionHistory::unit_mm), learned from
/// errors of mean square E_h that are alike over a time as long as the horizon: little where breathing is regular, much
/// where it is not.
///
/// Shapes: f n_f, W_h n_f × p. Cost a step O(neighbours·n_f + n_f·(n_f + p)) a horizon, and n_f²·(n_f + p) for those
/// renewed. RT-safe after construction.
class AnalogCorrection {
public:
    /// Keeps the features of `patterns` patterns, and of `candidates` for one forecast. Throws std::invalid_argument.
    AnalogCorrection(const AnalogCorrectionConfig& config, int coordinates, const std::vector<int>& horizons,
                     std::size_t patterns, std::size_t candidates);

    void reset() noexcept;

    int reach() const noexcept { return input_.reach(); }

    /// Keeps the features of sample n as those of pattern `row`. Precondition: history.has(n, reach()).
    void store(const MotionHistory& history, std::int64_t n, std::size_t row) noexcept;

    /// Begins the forecast of sample n. Precondition: history.has(n, reach()).
    void begin(const MotionHistory& history, std::int64_t n) noexcept;
    /// Pattern `row` is candidate number `candidate` of this forecast.
    void take(std::size_t candidate, std::size_t row) noexcept
    {
        taken_.col(static_cast<Eigen::Index>(candidate)) = stored_.col(static_cast<Eigen::Index>(row));
    }
    /// Adds to `displacement_mm`, the weighted mean over these candidates (p numbers), what it owes at horizon number
    /// h.
    void correct(std::size_t h, std::span<const std::int32_t> candidates, const double* weights,
                 double* displacement_mm) noexcept;

    /// Learns from y(n); in the order of samples.
    void learn(const MotionHistory& history, std::int64_t n) noexcept;

    void describe(StateParameters& text) const;

    template <class Archive>
    void archive(Archive& ar)
    {
        const auto matrix = [&ar](auto& m) { ar.array(std::span(m.data(), static_cast<std::size_t>(m.size()))); };
        matrix(stored_);
        for (Eigen::MatrixXd* m : {&gram_, &cross_, &coefficients_, &differences_, &means_}) matrix(*m);
        ar.array(std::span<std::int64_t>(made_));
        ar.array(std::span<double>(usual_error2_));
        ar.array(std::span<std::int64_t>(lessons_));
    }

private:
    Eigen::Index place(std::int64_t n, std::size_t h) const noexcept
    {
        return static_cast<Eigen::Index>(static_cast<std::size_t>(n) % slots_ * horizons_.size() + h);
    }
    void solve(std::size_t h, double unit_mm) noexcept;

    AnalogCorrectionConfig config_;
    LagInput input_;
    std::vector<int> horizons_;
    Eigen::Index p_, features_;
    std::size_t slots_;
    double forgetting_;                    // λ
    Eigen::MatrixXf stored_, taken_;       // n_f × patterns, n_f × candidates
    Eigen::MatrixXd gram_, cross_;         // A n_f × H·n_f (lower triangles), B n_f × H·p
    Eigen::MatrixXd coefficients_;         // W n_f × H·p
    Eigen::MatrixXd differences_, means_;  // of past forecasts: g n_f × slots·H, m p × slots·H
    std::vector<std::int64_t> made_;       // slots × H: sample of each of them, −1: none
    std::vector<double> usual_error2_;     // H [mm²]
    std::vector<std::int64_t> lessons_;    // H
    std::int64_t now_ = 0;
    Eigen::VectorXf now_features_, sum_;
    Eigen::VectorXd error_, said_;
    Eigen::MatrixXd regularised_;
    Eigen::LLT<Eigen::MatrixXd> factor_;
};

}  // namespace foretide::rnn
