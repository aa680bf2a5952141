// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/analog_correction.h"

#include <algorithm>
#include <stdexcept>

#include "rnn/live/usual_error.h"

namespace foretide::rnn {

namespace {

constexpr double kLeastError_mm2 = 1e-6;  // a perfect forecast leaves a ridge

const AnalogCorrectionConfig& checked(const AnalogCorrectionConfig& c)
{
    if (!(c.ridge > 0) || !(c.memory_samples >= 2) || !(c.usual_samples >= 1) || c.solve_every_samples < 1)
        throw std::invalid_argument(
            "analog correction: ridge must be a number > 0, the memory at least 2 samples, that of errors and the "
            "time between solutions at least 1");
    return c;
}

}  // namespace

AnalogCorrection::AnalogCorrection(const AnalogCorrectionConfig& config, int coordinates,
                                   const std::vector<int>& horizons, std::size_t patterns, std::size_t candidates)
    : config_(checked(config)),
      input_("analog correction", std::min(config.components, coordinates), config.lags),
      horizons_(horizons),
      p_(coordinates),
      features_(static_cast<Eigen::Index>(input_.size())),
      slots_(static_cast<std::size_t>(*std::max_element(horizons.begin(), horizons.end())) + 1),
      forgetting_(1.0 - 1.0 / config.memory_samples),
      stored_(features_, static_cast<Eigen::Index>(patterns)),
      taken_(features_, static_cast<Eigen::Index>(candidates)),
      made_(slots_ * horizons.size()),
      usual_error2_(horizons.size()),
      lessons_(horizons.size()),
      now_features_(features_),
      sum_(features_),
      error_(p_),
      said_(p_),
      regularised_(features_, features_),
      factor_(features_)
{
    const auto H = static_cast<Eigen::Index>(horizons_.size());
    const auto kept = static_cast<Eigen::Index>(slots_) * H;
    gram_.resize(features_, H * features_);
    cross_.resize(features_, H * p_);
    coefficients_.resize(features_, H * p_);
    differences_.resize(features_, kept);
    means_.resize(p_, kept);
    reset();
}

void AnalogCorrection::reset() noexcept
{
    stored_.setZero();
    taken_.setZero();
    for (Eigen::MatrixXd* m : {&gram_, &cross_, &coefficients_, &differences_, &means_}) m->setZero();
    std::fill(made_.begin(), made_.end(), -1);
    std::fill(usual_error2_.begin(), usual_error2_.end(), 0.0);
    std::fill(lessons_.begin(), lessons_.end(), 0);
}

void AnalogCorrection::store(const MotionHistory& history, std::int64_t n, std::size_t row) noexcept
{
    input_.write(history, n, stored_.col(static_cast<Eigen::Index>(row)).data());
}

void AnalogCorrection::begin(const MotionHistory& history, std::int64_t n) noexcept
{
    now_ = n;
    input_.write(history, n, now_features_.data());
}

void AnalogCorrection::correct(std::size_t h, std::span<const std::int32_t> candidates, const double* weights,
                               double* displacement_mm) noexcept
{
    double total = 0;
    sum_.setZero();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        sum_ += static_cast<float>(weights[i]) * taken_.col(candidates[i]);
        total += weights[i];
    }
    const Eigen::Index at = place(now_, h);
    auto g = differences_.col(at);
    g = (now_features_ - sum_ / static_cast<float>(total)).cast<double>();
    Eigen::Map<Eigen::VectorXd> displacement(displacement_mm, p_);
    means_.col(at) = displacement;
    made_[static_cast<std::size_t>(at)] = now_;
    displacement.noalias() +=
        coefficients_.middleCols(static_cast<Eigen::Index>(h) * p_, p_).transpose().lazyProduct(g);
}

void AnalogCorrection::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    const double* now = history.position_mm(n);
    const double unit_mm = history.unit_mm();
    for (std::size_t h = 0; h < horizons_.size(); ++h) {
        const std::int64_t made = n - horizons_[h];
        if (made >= 0 && made_[static_cast<std::size_t>(place(made, h))] == made && history.has(n, horizons_[h])) {
            const auto g = differences_.col(place(made, h));
            const auto mean = means_.col(place(made, h));
            const double* then = history.position_mm(made);
            const auto H = static_cast<Eigen::Index>(h);
            said_.noalias() = coefficients_.middleCols(H * p_, p_).transpose().lazyProduct(g);
            for (Eigen::Index c = 0; c < p_; ++c) error_(c) = now[c] - then[c] - mean(c) - said_(c);
            error_ *= temper_error(error_.squaredNorm(), config_.usual_samples, usual_error2_[h], lessons_[h]);
            said_ += error_;
            for (Eigen::Index j = 0; j < features_; ++j) {
                auto column = gram_.col(H * features_ + j).tail(features_ - j);
                column = forgetting_ * column + g(j) * g.tail(features_ - j);
            }
            for (Eigen::Index c = 0; c < p_; ++c) {
                auto column = cross_.col(H * p_ + c);
                column = forgetting_ * column + said_(c) * g;
            }
        }
        // A few horizons a step.
        if ((n + static_cast<std::int64_t>(h)) % config_.solve_every_samples == 0 && lessons_[h] > 0) solve(h, unit_mm);
    }
}

void AnalogCorrection::solve(std::size_t h, double unit_mm) noexcept
{
    const auto H = static_cast<Eigen::Index>(h);
    regularised_ = gram_.middleCols(H * features_, features_);
    const double noise = std::max(usual_error2_[h], kLeastError_mm2) / (unit_mm * unit_mm);
    regularised_.diagonal().array() += config_.ridge * horizons_[h] * noise;
    factor_.compute(regularised_);
    auto solution = coefficients_.middleCols(H * p_, p_);
    solution = cross_.middleCols(H * p_, p_);
    for (Eigen::Index c = 0; c < p_; ++c) {
        auto column = solution.col(c);
        factor_.matrixL().solveInPlace(column);
        factor_.matrixU().solveInPlace(column);
    }
}

void AnalogCorrection::describe(StateParameters& text) const
{
    text.add("correction-components", config_.components)
        .add("correction-ridge", config_.ridge)
        .add("correction-memory", config_.memory_samples)
        .add("correction-usual", config_.usual_samples)
        .add("correction-solve", config_.solve_every_samples);
    for (const int lag : config_.lags) text.add("correction-lag", lag);
}

}  // namespace foretide::rnn
