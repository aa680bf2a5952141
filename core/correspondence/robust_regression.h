// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <vector>

#include <Eigen/Core>

namespace foretide::core {

struct RobustRegression {
    Eigen::MatrixXd coefficients;  ///< q × 3: y ≈ z · coefficients
    Eigen::MatrixXd inverse_gram;  ///< q × q: (ZᵀZ)⁻¹ of the rows kept
    Eigen::Vector3d sigma;   ///< standard deviation of the residuals of the rows kept, n_kept − q in the divisor
    std::vector<bool> kept;  ///< n; false: an outlier, without influence on the rest
    std::size_t kept_count = 0;
};

/// So many outlying rows out of n, wherever they lie, cannot carry the fit away.
constexpr std::size_t breakdown_count(std::size_t n, std::size_t q) noexcept { return n > q ? (n - q) / 2 : 0; }

/// Least squares without outliers: least trimmed squares finds the half of the rows, n − breakdown_count(), that q
/// coefficients fit best (Rousseeuw & Van Driessen 2006); then the nearest row outside joins, and the fit is made anew,
/// until the nearest is too far to belong (forward search, Atkinson & Riani 2000). Too far: the squared distance over
/// its variance passes 3 F(3, rows − q) at 0.05/n, the variance corrected for that of the nearest rows being small. The
/// subsets tried are all there are, or 500 drawn from a fixed seed: the same data give the same fit.
///
/// z: n × q, y: n × 3, n ≥ 2q + 2. floor: a standard deviation is never taken for smaller. Throws std::runtime_error
/// where the rows do not determine the coefficients. Not RT-safe; time grows with n².
RobustRegression robust_regression(const Eigen::MatrixXd& z, const Eigen::Matrix<double, Eigen::Dynamic, 3>& y,
                                   double floor);

}  // namespace foretide::core
