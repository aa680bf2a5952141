// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "core/forecaster.h"
#include "rnn/sample_history.h"

namespace foretide::rnn {

/// Recent positions, and the same in principal coordinates once these are known.
///
/// The basis is made of the first `basis_samples` samples: eigenvectors of the covariance of the positions in mm,
/// scores divided by the standard deviation along the first. Positions are taken from the first sample, so that
/// trackers' large offsets cost no digits. RT-safe after construction (the basis is made in one step, p³ flops).
class MotionHistory {
public:
    /// Keeps `capacity` samples; scores of the first `components` axes (at most p).
    MotionHistory(int coordinates, int components, int capacity, int basis_samples);

    /// `restarted`: nothing before this sample may be taken for its past.
    void push(std::span<const double> positions_mm, bool restarted = false) noexcept;

    int coordinates() const noexcept { return static_cast<int>(p_); }
    int components() const noexcept { return static_cast<int>(k_); }
    std::int64_t newest() const noexcept { return positions_.count() - 1; }
    /// Principal coordinates exist, for all samples kept.
    bool has_basis() const noexcept { return has_basis_; }
    /// Sample n is still kept, together with `before` samples before it, and the series is unbroken between them.
    bool has(std::int64_t n, int before) const noexcept
    {
        const int age = static_cast<int>(newest() - n);
        return n - before >= 0 && positions_.has(before + 1, age) && *first_.window(1, age) <= n - before;
    }

    /// p positions [mm from the first sample]. Precondition: has(n, 0).
    const double* position_mm(std::int64_t n) const noexcept
    {
        return positions_.window(1, static_cast<int>(newest() - n));
    }
    /// Scores along the first axes, components() of them. Preconditions: has(n, 0), has_basis().
    const double* scores(std::int64_t n) const noexcept { return scores_.window(1, static_cast<int>(newest() - n)); }

    template <class Archive>
    void archive(Archive& ar)
    {
        ar.array(std::span<double>(origin_));
        ar.array(std::span<double>(mean_));
        ar.array(std::span<double>(basis_.data(), static_cast<std::size_t>(basis_.size())));
        auto flag = static_cast<std::uint8_t>(has_basis_);
        ar.value(flag);
        has_basis_ = flag != 0;
    }
    void save_state(std::ostream& out) const;
    void load_state(std::istream& in);

private:
    void make_basis() noexcept;
    void push_scores(const double* position_mm) noexcept;

    std::size_t p_, k_;
    std::int64_t basis_samples_;
    SampleHistory<double> positions_;
    SampleHistory<double> scores_;
    SampleHistory<std::int64_t> first_;  // the first sample of the unbroken stretch that each sample lies in
    bool has_basis_ = false;
    std::vector<double> origin_, mean_, relative_, score_;
    Eigen::MatrixXd covariance_;  // p × p
    Eigen::MatrixXd basis_;       // p × k, score = basisᵀ·(position − mean)
    Eigen::MatrixXd axes_;        // p × p, eigenvectors
    std::vector<bool> taken_;     // p, axes already in the basis
    double scale_ = 1;
};

}  // namespace foretide::rnn
