// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/rls_expert.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace foretide::rnn {

namespace {

constexpr double kLargestError2 = 9;  // three times the usual error, squared

const RlsConfig& checked(const RlsConfig& c)
{
    if (c.coordinates < 1 || c.components < 1 || c.horizons.empty() || c.lags.empty())
        throw std::invalid_argument("rls: needs coordinates, components, horizons and lags");
    if (c.lags.front() < 1 || std::adjacent_find(c.lags.begin(), c.lags.end(), std::greater_equal<>()) != c.lags.end())
        throw std::invalid_argument("rls: lags must be at least 1 sample and strictly increasing");
    if (*std::min_element(c.horizons.begin(), c.horizons.end()) < 1)
        throw std::invalid_argument("rls: horizons must be at least 1 sample");
    if (!std::isfinite(c.ridge) || c.ridge <= 0 || !(c.memory_samples >= 0) || !(c.usual_samples >= 1))
        throw std::invalid_argument("rls: ridge must be a number > 0, the memory at least 0, that of errors 1 sample");
    return c;
}

}  // namespace

RlsExpert::RlsExpert(const RlsConfig& config)
    : config_(checked(config)),
      p_(config.coordinates),
      inputs_(std::min(config.components, config.coordinates) * (static_cast<Eigen::Index>(config.lags.size()) + 1) +
              1),
      forgetting_(config.memory_samples > 0 ? 1.0 - 1.0 / std::max(2.0, config.memory_samples) : 1.0),
      renewal_((1.0 - forgetting_) * static_cast<double>(inputs_) * config.ridge),
      P_(inputs_, inputs_),
      heads_(config.horizons.size(), RowMatrix(p_, inputs_)),
      gains_(*std::max_element(config.horizons.begin(), config.horizons.end()) + 1, inputs_),
      past_inputs_(gains_.rows(), inputs_),
      renewal_gains_(forgetting_ < 1.0 ? gains_.rows() : 0, inputs_),
      slots_(static_cast<std::size_t>(gains_.rows())),
      usual_error2_(heads_.size()),
      lessons_(heads_.size()),
      u_(inputs_),
      Pu_(inputs_),
      gain_(inputs_),
      error_(p_)
{
    reset();
}

void RlsExpert::reset() noexcept
{
    P_.setZero();
    P_.diagonal().setConstant(1.0 / config_.ridge);
    for (RowMatrix& head : heads_) head.setZero();
    std::fill(usual_error2_.begin(), usual_error2_.end(), 0.0);
    std::fill(lessons_.begin(), lessons_.end(), 0);
    gains_.setZero();
    past_inputs_.setZero();
    renewal_gains_.setZero();
    std::fill(slots_.begin(), slots_.end(), -1);
}

void RlsExpert::set_input(const MotionHistory& history, std::int64_t n, Eigen::Ref<Eigen::VectorXd> u) const noexcept
{
    const auto components = (inputs_ - 1) / (static_cast<Eigen::Index>(config_.lags.size()) + 1);
    const double* now = history.scores(n);
    Eigen::Index j = 0;
    for (const int lag : config_.lags) {
        const double* then = history.scores(n - lag);
        for (Eigen::Index c = 0; c < components; ++c) u(j++) = then[c] - now[c];
    }
    for (Eigen::Index c = 0; c < components; ++c) u(j++) = now[c];
    u(j) = 1.0;
}

void RlsExpert::forecast(const MotionHistory& history, std::int64_t n, std::span<double> displacement_mm) noexcept
{
    if (!history.has(n, reach())) {
        std::fill(displacement_mm.begin(), displacement_mm.end(), 0.0);
        return;
    }
    set_input(history, n, u_);
    for (std::size_t h = 0; h < heads_.size(); ++h)
        Eigen::Map<Eigen::VectorXd>(displacement_mm.data() + h * static_cast<std::size_t>(p_), p_).noalias() =
            heads_[h].lazyProduct(u_);
}

void RlsExpert::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    // Heads first: their records are of earlier samples, and their gains do not depend on this one.
    const double* now = history.position_mm(n);
    for (std::size_t h = 0; h < heads_.size(); ++h) {
        const std::int64_t made = n - config_.horizons[h];
        if (made < 0 || slots_[static_cast<std::size_t>(slot(made))] != made || !history.has(n, config_.horizons[h]))
            continue;
        const double* then = history.position_mm(made);
        error_.noalias() = -heads_[h].lazyProduct(past_inputs_.row(slot(made)).transpose());
        for (Eigen::Index c = 0; c < p_; ++c) error_(c) += now[c] - then[c];
        // A gap, a jump or a cough must not overthrow what was learned: errors count up to a multiple of the usual.
        const double error2 = error_.squaredNorm();
        double& usual2 = usual_error2_[h];
        if (usual2 > 0 && error2 > kLargestError2 * usual2) error_ *= std::sqrt(kLargestError2 * usual2 / error2);
        const double share = std::max(1.0 / config_.usual_samples, 1.0 / static_cast<double>(++lessons_[h]));
        usual2 += share * (std::min(error2, usual2 > 0 ? kLargestError2 * usual2 : error2) - usual2);
        heads_[h].noalias() += error_.lazyProduct(gains_.row(slot(made)));
        if (forgetting_ < 1.0) {
            error_ = -heads_[h].col(made % inputs_);
            heads_[h].noalias() += error_.lazyProduct(renewal_gains_.row(slot(made)));
        }
    }
    if (!history.has(n, reach())) return;
    set_input(history, n, u_);
    Pu_.noalias() = P_.lazyProduct(u_);
    gain_ = Pu_ / (forgetting_ + u_.dot(Pu_));
    P_.noalias() -= gain_.lazyProduct(Pu_.transpose());
    if (forgetting_ < 1.0) renew_ridge(n);
    gains_.row(slot(n)) = gain_.transpose();
    past_inputs_.row(slot(n)) = u_.transpose();
    slots_[static_cast<std::size_t>(slot(n))] = n;
}

/// P ← P/λ, then the observation that coefficient n mod n_u is 0.
void RlsExpert::renew_ridge(std::int64_t n) noexcept
{
    P_ /= forgetting_;
    const Eigen::Index i = n % inputs_;
    Pu_ = P_.col(i);
    renewal_gains_.row(slot(n)) = Pu_.transpose() * (renewal_ / (1.0 + renewal_ * Pu_(i)));
    P_.noalias() -= renewal_gains_.row(slot(n)).transpose().lazyProduct(Pu_.transpose());
    // Rounding makes P unsymmetric, and forgetting would amplify that without end.
    P_.triangularView<Eigen::StrictlyUpper>() = P_.transpose();
}

template <class Archive>
void RlsExpert::archive(Archive& ar)
{
    const auto matrix = [&ar](auto& m) { ar.array(std::span<double>(m.data(), static_cast<std::size_t>(m.size()))); };
    matrix(P_);
    for (RowMatrix& head : heads_) matrix(head);
    matrix(gains_);
    matrix(past_inputs_);
    matrix(renewal_gains_);
    ar.array(std::span<std::int64_t>(slots_));
    ar.array(std::span<double>(usual_error2_));
    ar.array(std::span<std::int64_t>(lessons_));
}

StateParameters RlsExpert::parameters() const
{
    StateParameters text;
    text.add("p", config_.coordinates).add("components", config_.components).add("ridge", config_.ridge);
    text.add("memory", config_.memory_samples).add("usual", config_.usual_samples);
    for (const int h : config_.horizons) text.add("h", h);
    for (const int lag : config_.lags) text.add("lag", lag);
    return text;
}

void RlsExpert::save_state(std::ostream& out) const
{
    core::write_header(out, "rls", 1);
    parameters().write(out);
    StateWriter writer(out);
    const_cast<RlsExpert*>(this)->archive(writer);  // the writer only reads
}

void RlsExpert::load_state(std::istream& in)
{
    core::read_header(in, "rls", 1);
    parameters().demand(in);
    StateReader reader(in);
    archive(reader);
}

}  // namespace foretide::rnn
