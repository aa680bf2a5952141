// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/rls_read_out.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace foretide::rnn {

namespace {

constexpr double kLargestError2 = 9;  // three times the usual error, squared

RlsReadOutConfig checked(const std::string& owner, RlsReadOutConfig c)
{
    if (c.coordinates < 1 || c.horizons.empty() || *std::min_element(c.horizons.begin(), c.horizons.end()) < 1)
        throw std::invalid_argument(owner + ": needs coordinates, and horizons of at least 1 sample");
    if (c.ridge.size() < 1 || !c.ridge.allFinite() || c.ridge.minCoeff() <= 0 || !(c.memory_samples >= 0) ||
        !(c.usual_samples >= 1))
        throw std::invalid_argument(owner +
                                    ": ridge must be a number > 0, the memory at least 0, that of errors 1 sample");
    return c;
}

}  // namespace

RlsReadOut::RlsReadOut(const std::string& owner, RlsReadOutConfig config)
    : config_(checked(owner, std::move(config))),
      p_(config_.coordinates),
      forgetting_(config_.memory_samples > 0 ? 1.0 - 1.0 / std::max(2.0, config_.memory_samples) : 1.0),
      P_(config_.ridge.size(), config_.ridge.size()),
      heads_(static_cast<Eigen::Index>(config_.horizons.size()) * p_, config_.ridge.size()),
      gains_(*std::max_element(config_.horizons.begin(), config_.horizons.end()) + 1, config_.ridge.size()),
      features_(gains_.rows(), gains_.cols()),
      renewal_gains_(forgetting_ < 1.0 ? gains_.rows() : 0, gains_.cols()),
      slots_(static_cast<std::size_t>(gains_.rows())),
      usual_error2_(config_.horizons.size()),
      lessons_(config_.horizons.size()),
      Pf_(config_.ridge.size()),
      gain_(config_.ridge.size()),
      error_(p_)
{
    reset();
}

void RlsReadOut::reset() noexcept
{
    P_.setZero();
    for (Eigen::Index i = 0; i < P_.rows(); ++i) P_(i, i) = 1.0 / config_.ridge(i);
    heads_.setZero();
    gains_.setZero();
    features_.setZero();
    renewal_gains_.setZero();
    std::fill(slots_.begin(), slots_.end(), -1);
    std::fill(usual_error2_.begin(), usual_error2_.end(), 0.0);
    std::fill(lessons_.begin(), lessons_.end(), 0);
}

void RlsReadOut::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    const double* now = history.position_mm(n);
    for (std::size_t h = 0; h < config_.horizons.size(); ++h) {
        const std::int64_t made = n - config_.horizons[h];
        if (made < 0 || slots_[static_cast<std::size_t>(slot(made))] != made || !history.has(n, config_.horizons[h]))
            continue;
        auto head = heads_.middleRows(static_cast<Eigen::Index>(h) * p_, p_);
        const double* then = history.position_mm(made);
        error_.noalias() = -head.lazyProduct(features_.row(slot(made)).transpose());
        for (Eigen::Index c = 0; c < p_; ++c) error_(c) += now[c] - then[c];
        // A gap, a jump or a cough must not overthrow what was learned: errors count up to a multiple of the usual.
        const double error2 = error_.squaredNorm();
        double& usual2 = usual_error2_[h];
        if (usual2 > 0 && error2 > kLargestError2 * usual2) error_ *= std::sqrt(kLargestError2 * usual2 / error2);
        const double share = std::max(1.0 / config_.usual_samples, 1.0 / static_cast<double>(++lessons_[h]));
        usual2 += share * (std::min(error2, usual2 > 0 ? kLargestError2 * usual2 : error2) - usual2);
        head.noalias() += error_.lazyProduct(gains_.row(slot(made)));
        if (forgetting_ < 1.0) {
            error_ = -head.col(made % P_.rows());
            head.noalias() += error_.lazyProduct(renewal_gains_.row(slot(made)));
        }
    }
}

void RlsReadOut::record(std::int64_t n, const Eigen::VectorXd& f) noexcept
{
    Pf_.noalias() = P_.lazyProduct(f);
    gain_ = Pf_ / (forgetting_ + f.dot(Pf_));
    P_.noalias() -= gain_.lazyProduct(Pf_.transpose());
    if (forgetting_ < 1.0) renew_ridge(n);
    gains_.row(slot(n)) = gain_.transpose();
    features_.row(slot(n)) = f.transpose();
    slots_[static_cast<std::size_t>(slot(n))] = n;
}

/// P ← P/λ, then the observation that coefficient n mod n_f is 0.
void RlsReadOut::renew_ridge(std::int64_t n) noexcept
{
    P_ /= forgetting_;
    const Eigen::Index i = n % P_.rows();
    const double weight = (1.0 - forgetting_) * static_cast<double>(P_.rows()) * config_.ridge(i);
    Pf_ = P_.col(i);
    renewal_gains_.row(slot(n)) = Pf_.transpose() * (weight / (1.0 + weight * Pf_(i)));
    P_.noalias() -= renewal_gains_.row(slot(n)).transpose().lazyProduct(Pf_.transpose());
    // Rounding makes P unsymmetric, and forgetting would amplify that without end.
    P_.triangularView<Eigen::StrictlyUpper>() = P_.transpose();
}

}  // namespace foretide::rnn
