// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <vector>

#include <Eigen/Core>

#include "rnn/live/expert.h"
#include "rnn/live/lag_input.h"
#include "rnn/live/rls_read_out.h"

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

/// Regularised recursive least squares (RlsReadOut) on spread lags (LagInput): f(n) = [u(n); 1].
class RlsExpert final : public Expert {
public:
    /// Throws std::invalid_argument where a number is out of its range.
    explicit RlsExpert(const RlsConfig& config);

    using Expert::forecast;
    void forecast(const MotionHistory& history, std::int64_t n, std::span<const std::size_t> which,
                  std::span<double> displacement_mm) noexcept FORETIDE_NONBLOCKING override;
    void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING override;
    void reset() noexcept FORETIDE_NONBLOCKING override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

    int reach() const noexcept override { return input_.reach(); }

private:
    void set_features(const MotionHistory& history, std::int64_t n) noexcept;
    StateParameters parameters() const;

    RlsConfig config_;
    LagInput input_;
    RlsReadOut read_out_;
    Eigen::VectorXd features_;
};

}  // namespace foretide::rnn
