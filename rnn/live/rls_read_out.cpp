// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/rls_read_out.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace foretide::rnn {

namespace {

constexpr double kLargestError2 = 9;   // three times the usual error, squared
constexpr double kUsualShare = 0.005;  // of the newest error in the running mean square

int longest(const std::vector<int>& horizons)
{
    if (horizons.empty() || *std::min_element(horizons.begin(), horizons.end()) < 1)
        throw std::invalid_argument("read-out: needs horizons of at least 1 sample");
    return *std::max_element(horizons.begin(), horizons.end());
}

}  // namespace

RlsReadOut::RlsReadOut(int coordinates, std::vector<int> horizons, Eigen::VectorXd ridge, double memory_samples)
    : p_(coordinates),
      horizons_(std::move(horizons)),
      ridge_(std::move(ridge)),
      forgetting_(memory_samples > 0 ? 1.0 - 1.0 / std::max(2.0, memory_samples) : 1.0),
      trace_limit_(ridge_.cwiseInverse().sum()),
      P_(ridge_.size(), ridge_.size()),
      heads_(static_cast<Eigen::Index>(horizons_.size()) * p_, ridge_.size()),
      gains_(longest(horizons_) + 1, ridge_.size()),
      features_(gains_.rows(), ridge_.size()),
      slots_(static_cast<std::size_t>(gains_.rows())),
      usual_error2_(horizons_.size()),
      lessons_(horizons_.size()),
      Pf_(ridge_.size()),
      gain_(ridge_.size()),
      error_(p_)
{
    if (!(ridge_.minCoeff() > 0) || !std::isfinite(trace_limit_) || !(memory_samples >= 0))
        throw std::invalid_argument("read-out: ridge must be a number > 0, the memory at least 0");
    reset();
}

void RlsReadOut::reset() noexcept
{
    P_.setZero();
    for (Eigen::Index i = 0; i < ridge_.size(); ++i) P_(i, i) = 1.0 / ridge_(i);
    heads_.setZero();
    gains_.setZero();
    features_.setZero();
    std::fill(slots_.begin(), slots_.end(), -1);
    std::fill(usual_error2_.begin(), usual_error2_.end(), 0.0);
    std::fill(lessons_.begin(), lessons_.end(), 0);
}

void RlsReadOut::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    const double* now = history.position_mm(n);
    for (std::size_t h = 0; h < horizons_.size(); ++h) {
        const std::int64_t made = n - horizons_[h];
        if (made < 0 || slots_[static_cast<std::size_t>(slot(made))] != made || !history.has(made, 0)) continue;
        auto head = heads_.middleRows(static_cast<Eigen::Index>(h) * p_, p_);
        const double* then = history.position_mm(made);
        error_.noalias() = -head.lazyProduct(features_.row(slot(made)).transpose());
        for (Eigen::Index c = 0; c < p_; ++c) error_(c) += now[c] - then[c];
        // A gap, a jump or a cough must not overthrow what was learned: errors count up to a multiple of the usual.
        const double error2 = error_.squaredNorm();
        double& usual2 = usual_error2_[h];
        if (usual2 > 0 && error2 > kLargestError2 * usual2) error_ *= std::sqrt(kLargestError2 * usual2 / error2);
        const double share = std::max(kUsualShare, 1.0 / static_cast<double>(++lessons_[h]));
        usual2 += share * (std::min(error2, usual2 > 0 ? kLargestError2 * usual2 : error2) - usual2);
        head.noalias() += error_.lazyProduct(gains_.row(slot(made)));
    }
}

void RlsReadOut::record(std::int64_t n, const Eigen::VectorXd& f) noexcept
{
    Pf_.noalias() = P_.lazyProduct(f);
    gain_ = Pf_ / (forgetting_ + f.dot(Pf_));
    P_.noalias() -= gain_.lazyProduct(Pf_.transpose());
    if (forgetting_ < 1.0 && P_.trace() < trace_limit_) P_ /= forgetting_;
    gains_.row(slot(n)) = gain_.transpose();
    features_.row(slot(n)) = f.transpose();
    slots_[static_cast<std::size_t>(slot(n))] = n;
}

}  // namespace foretide::rnn
