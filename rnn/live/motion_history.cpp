// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/motion_history.h"

#include <algorithm>
#include <cmath>

#include "rnn/archive.h"

namespace foretide::rnn {

namespace {

constexpr double kSmallestSd_mm = 0.05;  // below the trackers' quantisation: nothing moves

/// Cyclic Jacobi: S symmetric becomes diagonal, V its eigenvectors in columns. (Eigen's solver allocates.)
void diagonalise(Eigen::MatrixXd& S, Eigen::MatrixXd& V) noexcept
{
    constexpr int kMostSweeps = 30;
    constexpr double kNegligible = 1e-15;
    const Eigen::Index n = S.rows();
    V.setIdentity();
    const double total = S.trace();
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        double off = 0;
        for (Eigen::Index i = 0; i < n; ++i)
            for (Eigen::Index j = 0; j < i; ++j) off = std::max(off, std::abs(S(i, j)));
        if (!(off > kNegligible * total)) return;
        for (Eigen::Index a = 0; a < n; ++a)
            for (Eigen::Index b = a + 1; b < n; ++b) {
                if (S(a, b) == 0.0) continue;
                const double theta = (S(b, b) - S(a, a)) / (2 * S(a, b));
                const double t = (theta >= 0 ? 1.0 : -1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1));
                const double c = 1 / std::sqrt(t * t + 1), s = t * c;
                for (Eigen::Index k = 0; k < n; ++k) {
                    const double x = S(k, a), y = S(k, b);
                    S(k, a) = c * x - s * y;
                    S(k, b) = s * x + c * y;
                }
                for (Eigen::Index k = 0; k < n; ++k) {
                    const double x = S(a, k), y = S(b, k);
                    S(a, k) = c * x - s * y;
                    S(b, k) = s * x + c * y;
                }
                for (Eigen::Index k = 0; k < n; ++k) {
                    const double x = V(k, a), y = V(k, b);
                    V(k, a) = c * x - s * y;
                    V(k, b) = s * x + c * y;
                }
            }
    }
}

}  // namespace

MotionHistory::MotionHistory(int coordinates, int components, int capacity, int basis_samples)
    : p_(static_cast<std::size_t>(coordinates)),
      k_(static_cast<std::size_t>(std::min(components, coordinates))),
      basis_samples_(basis_samples),
      positions_(coordinates, std::max(capacity, basis_samples)),
      scores_(static_cast<int>(k_), std::max(capacity, basis_samples)),
      first_(1, std::max(capacity, basis_samples)),
      origin_(p_),
      mean_(p_),
      relative_(p_),
      score_(k_),
      covariance_(coordinates, coordinates),
      basis_(coordinates, static_cast<Eigen::Index>(k_)),
      axes_(coordinates, coordinates),
      taken_(p_, false)
{
    covariance_.setZero();
    basis_.setZero();
}

void MotionHistory::push(std::span<const double> positions_mm, bool restarted) noexcept
{
    const std::int64_t n = positions_.count();
    const auto first = static_cast<double>(restarted || n == 0 ? n : *first_.newest());
    first_.push({&first, 1});
    if (n == 0) std::copy(positions_mm.begin(), positions_mm.end(), origin_.begin());
    for (std::size_t c = 0; c < p_; ++c) relative_[c] = positions_mm[c] - origin_[c];
    positions_.push(relative_);
    if (has_basis_)
        push_scores(relative_.data());
    else if (positions_.count() == basis_samples_)
        make_basis();
}

void MotionHistory::push_scores(const double* position_mm) noexcept
{
    for (std::size_t k = 0; k < k_; ++k) {
        double sum = 0;
        for (std::size_t c = 0; c < p_; ++c)
            sum += basis_(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(k)) * (position_mm[c] - mean_[c]);
        score_[k] = sum;
    }
    scores_.push(score_);
}

void MotionHistory::make_basis() noexcept
{
    const auto n = static_cast<int>(basis_samples_);
    const double* block = positions_.window(n, 0);
    std::fill(mean_.begin(), mean_.end(), 0.0);
    for (int i = 0; i < n; ++i)
        for (std::size_t c = 0; c < p_; ++c) mean_[c] += block[static_cast<std::size_t>(i) * p_ + c] / n;
    covariance_.setZero();
    for (int i = 0; i < n; ++i)
        for (std::size_t a = 0; a < p_; ++a)
            for (std::size_t b = 0; b < p_; ++b)
                covariance_(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) +=
                    (block[static_cast<std::size_t>(i) * p_ + a] - mean_[a]) *
                    (block[static_cast<std::size_t>(i) * p_ + b] - mean_[b]) / n;
    diagonalise(covariance_, axes_);
    const auto variance = [this](Eigen::Index k) { return covariance_(k, k); };
    for (Eigen::Index k = 0; k < basis_.cols(); ++k) {
        // The k-th largest: selection, as there are few.
        Eigen::Index best = -1;
        for (Eigen::Index c = 0; c < covariance_.cols(); ++c)
            if (!taken_[static_cast<std::size_t>(c)] && (best < 0 || variance(c) > variance(best))) best = c;
        taken_[static_cast<std::size_t>(best)] = true;
        if (k == 0) scale_ = 1.0 / std::max(kSmallestSd_mm, std::sqrt(std::max(0.0, variance(best))));
        basis_.col(k) = axes_.col(best) * scale_;
    }
    has_basis_ = true;
    for (int i = 0; i < n; ++i) push_scores(block + static_cast<std::size_t>(i) * p_);
}

void MotionHistory::save_state(std::ostream& out) const
{
    positions_.save_state(out);
    scores_.save_state(out);
    first_.save_state(out);
    StateWriter writer(out);
    const_cast<MotionHistory*>(this)->archive(writer);  // the writer only reads
}

void MotionHistory::load_state(std::istream& in)
{
    positions_.load_state(in);
    scores_.load_state(in);
    first_.load_state(in);
    StateReader reader(in);
    archive(reader);
    if (first_.count() != positions_.count() || has_basis_ != (scores_.count() > 0) ||
        (has_basis_ && scores_.count() != positions_.count()))
        throw core::StateError("state: principal coordinates and positions do not belong together");
}

}  // namespace foretide::rnn
