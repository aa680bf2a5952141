// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/correspondence/robust_regression.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <stdexcept>

#include <Eigen/Dense>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>

namespace foretide::core {

namespace {

using Rows = std::vector<Eigen::Index>;
using Outputs = Eigen::Matrix<double, Eigen::Dynamic, 3>;

constexpr double kFalseOutliers = 0.05;  // probability, over all rows, of leaving out one that belongs
constexpr int kSubsets = 500, kSteps = 30;

class TrimmedSquares {
public:
    TrimmedSquares(const Eigen::MatrixXd& z, const Outputs& y)
        : z_(z),
          y_(y),
          half_(z.rows() - static_cast<Eigen::Index>(
                               breakdown_count(static_cast<std::size_t>(z.rows()), static_cast<std::size_t>(z.cols()))))
    {
    }

    /// Tries one elemental subset: concentrates until the half it fits best does not change.
    void attempt(const Rows& subset)
    {
        Rows rows = subset;
        double before = std::numeric_limits<double>::infinity();
        for (int step = 0; step < kSteps; ++step) {
            const auto qr = z_(rows, Eigen::all).colPivHouseholderQr();
            if (qr.rank() < z_.cols()) return;
            const Eigen::MatrixXd fit = qr.solve(y_(rows, Eigen::all));
            const Eigen::VectorXd squares = (y_ - z_ * fit).rowwise().squaredNorm();
            rows = smallest(squares);
            const double sum = squares(rows).sum();
            if (sum < best_) {
                best_ = sum;
                fit_ = fit;
            }
            if (!(sum < before)) return;
            before = sum;
        }
    }

    /// The half fitted best; empty where no subset determined the coefficients.
    Rows half() const { return fit_.size() == 0 ? Rows{} : smallest((y_ - z_ * fit_).rowwise().squaredNorm()); }

private:
    Rows smallest(const Eigen::VectorXd& squares) const
    {
        Rows rows(static_cast<std::size_t>(squares.size()));
        std::iota(rows.begin(), rows.end(), Eigen::Index{0});
        const auto nearer = [&](Eigen::Index a, Eigen::Index b) {
            return squares[a] != squares[b] ? squares[a] < squares[b] : a < b;
        };
        std::ranges::nth_element(rows, rows.begin() + half_ - 1, nearer);
        rows.resize(static_cast<std::size_t>(half_));
        return rows;
    }

    const Eigen::MatrixXd& z_;
    const Outputs& y_;
    Eigen::Index half_;
    double best_ = std::numeric_limits<double>::infinity();
    Eigen::MatrixXd fit_;
};

double subset_count(Eigen::Index n, Eigen::Index q)
{
    double count = 1;
    for (Eigen::Index k = 0; k < q; ++k) count *= static_cast<double>(n - k) / static_cast<double>(k + 1);
    return count;
}

/// The next combination of q out of n in lexical order; false after the last.
bool next_subset(Rows& rows, Eigen::Index n)
{
    const auto q = static_cast<Eigen::Index>(rows.size());
    for (Eigen::Index k = q - 1; k >= 0; --k) {
        if (rows[static_cast<std::size_t>(k)] >= n - q + k) continue;
        Eigen::Index value = ++rows[static_cast<std::size_t>(k)];
        for (Eigen::Index j = k + 1; j < q; ++j) rows[static_cast<std::size_t>(j)] = ++value;
        return true;
    }
    return false;
}

Rows best_half(const Eigen::MatrixXd& z, const Outputs& y)
{
    TrimmedSquares search(z, y);
    const Eigen::Index n = z.rows(), q = z.cols();
    Rows rows(static_cast<std::size_t>(q));
    std::iota(rows.begin(), rows.end(), Eigen::Index{0});
    if (subset_count(n, q) <= kSubsets) {
        do search.attempt(rows);
        while (next_subset(rows, n));
        return search.half();
    }
    std::mt19937 engine(1);
    Rows all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), Eigen::Index{0});
    for (int k = 0; k < kSubsets; ++k) {
        for (std::size_t j = 0; j < rows.size(); ++j)  // partial Fisher–Yates; the library's distributions differ
            std::swap(all[j], all[j + engine() % (all.size() - j)]);
        std::copy_n(all.begin(), rows.size(), rows.begin());
        search.attempt(rows);
    }
    return search.half();
}

/// Ordinary least squares on some of the rows.
struct Fit {
    Eigen::MatrixXd coefficients, inverse_gram;
    Eigen::RowVector3d variance;

    Fit(const Eigen::MatrixXd& z, const Outputs& y, const Rows& rows, double floor)
    {
        const Eigen::MatrixXd zk = z(rows, Eigen::all);
        const auto qr = zk.colPivHouseholderQr();
        if (qr.rank() < z.cols() || zk.rows() <= z.cols())
            throw std::runtime_error("the pairs do not determine the model's coefficients");
        coefficients = qr.solve(y(rows, Eigen::all));
        inverse_gram = (zk.transpose() * zk).ldlt().solve(Eigen::MatrixXd::Identity(z.cols(), z.cols()));
        const Outputs left = y(rows, Eigen::all) - zk * coefficients;
        variance = (left.colwise().squaredNorm() / static_cast<double>(zk.rows() - z.cols())).cwiseMax(floor * floor);
    }

    /// Squared distance of a row that was not fitted, over what is expected of it.
    double distance(const Eigen::MatrixXd& z, const Outputs& y, Eigen::Index k) const
    {
        const double leverage = z.row(k) * inverse_gram * z.row(k).transpose();
        return ((y.row(k) - z.row(k) * coefficients).array().square() / variance.array()).sum() / (1 + leverage);
    }
};

/// Variance of all rows over that of the share of them nearest to the fit, normal in three dimensions.
double trimmed_variance_factor(double share)
{
    if (share >= 1) return 1;
    const double radius = boost::math::quantile(boost::math::chi_squared(3), share);
    return share / boost::math::cdf(boost::math::chi_squared(5), radius);
}

}  // namespace

RobustRegression robust_regression(const Eigen::MatrixXd& z, const Outputs& y, double floor)
{
    const Eigen::Index n = z.rows(), q = z.cols();
    Rows rows = best_half(z, y);
    if (rows.empty()) throw std::runtime_error("the pairs do not determine the model's coefficients");
    std::vector<bool> kept(static_cast<std::size_t>(n));
    for (const Eigen::Index k : rows) kept[static_cast<std::size_t>(k)] = true;
    Fit fit(z, y, rows, floor);
    while (static_cast<Eigen::Index>(rows.size()) < n) {
        Eigen::Index nearest = -1;
        double distance = std::numeric_limits<double>::infinity();
        for (Eigen::Index k = 0; k < n; ++k) {
            if (kept[static_cast<std::size_t>(k)]) continue;
            if (const double d = fit.distance(z, y, k); nearest < 0 || d < distance) {
                nearest = k;
                distance = d;
            }
        }
        const auto m = static_cast<double>(rows.size());
        const boost::math::fisher_f f(3, m - static_cast<double>(q));
        const double limit = 3 * boost::math::quantile(f, 1 - kFalseOutliers / static_cast<double>(n)) *
                             trimmed_variance_factor(m / static_cast<double>(n));
        if (!(distance <= limit)) break;
        kept[static_cast<std::size_t>(nearest)] = true;
        rows.push_back(nearest);
        fit = Fit(z, y, rows, floor);
    }
    return {fit.coefficients, fit.inverse_gram, fit.variance.cwiseSqrt().transpose(), std::move(kept), rows.size()};
}

}  // namespace foretide::core
