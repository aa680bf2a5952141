// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/baselines/lms.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/rt/denormals.h"
#include "rnn/archive.h"
#include "rnn/range_check.h"
#include "rnn/rules/rule.h"
#include "rnn/sample_history.h"

namespace foretide::rnn {

namespace {

/// As for the networks: forecasts of standardised positions beyond it are those of a filter that has run away.
constexpr double kRunAway = 1e4;

template <class T>
class Lms final : public LmsPredictor {
public:
    explicit Lms(const LmsConfig& c)
        : config_(c),
          p_(static_cast<std::size_t>(c.coordinates)),
          m_(p_ * static_cast<std::size_t>(c.history)),
          kernels_(kernels::select_kernels<T>()),
          W_(p_, m_ + 1),
          history_(c.coordinates, c.history + c.horizon + 1),
          u_(W_.stride(), T(0)),
          error_(padded<T>(p_)),
          step_(padded<T>(p_)),
          y_hat_(padded<T>(p_)),
          pending_(static_cast<std::size_t>(c.horizon) + 1, p_),
          pending_count_(pending_.rows(), -1)
    {
    }

    int coordinates() const noexcept override { return config_.coordinates; }
    int horizon() const noexcept override { return config_.horizon; }

    void observe(std::span<const double> y) noexcept FORETIDE_NONBLOCKING override { history_.push(y); }

    bool predict(std::span<double> y_hat) noexcept FORETIDE_NONBLOCKING override
    {
        const core::ScopedFlushDenormals flush;
        if (history_.has(config_.history, 0)) {
            forward(0);
            std::copy_n(y_hat_.data(), p_, pending_.row(slot(history_.count())));
            pending_count_[slot(history_.count())] = history_.count();
            if (std::all_of(y_hat_.data(), y_hat_.data() + p_, [](T v) { return std::abs(v) < T(kRunAway); })) {
                std::copy_n(y_hat_.data(), p_, y_hat.data());
                return true;
            }
            ran_away_ = true;
        }
        std::copy_n(history_.newest(), p_, y_hat.data());
        return false;
    }

    void learn() noexcept FORETIDE_NONBLOCKING override
    {
        if (ran_away_) return start_anew();
        if (!history_.has(config_.history, config_.horizon)) return;
        const core::ScopedFlushDenormals flush;
        const bool as_made = config_.delayed == DelayedLearning::stored_record;
        const std::int64_t made_count = history_.count() - config_.horizon;
        if (as_made && pending_count_[slot(made_count)] != made_count) return;  // no forecast was made then
        forward(config_.horizon);
        const T* made = as_made ? pending_.row(slot(made_count)) : y_hat_.data();
        const T* target = history_.newest();
        for (std::size_t c = 0; c < p_; ++c) error_[c] = target[c] - made[c];
        descend();
    }

    void learn_revealed(std::span<const double> target) noexcept override
    {
        if (!history_.has(config_.history, 0)) return;
        const core::ScopedFlushDenormals flush;
        forward(0);
        for (std::size_t c = 0; c < p_; ++c) error_[c] = static_cast<T>(target[c]) - y_hat_[c];
        descend();
    }

    std::int64_t resets() const noexcept FORETIDE_NONBLOCKING override { return resets_; }

    void save_state(std::ostream& out) const override
    {
        core::write_header(out, "lms", 2);
        parameters().write(out);
        history_.save_state(out);
        core::write_array(out, W_.all());
        core::write_array(out, pending_.all());
        core::write_array(out, pending_count_);
        core::write_pod(out, static_cast<std::uint8_t>(ran_away_));
        core::write_pod(out, resets_);
    }
    void load_state(std::istream& in) override
    {
        core::read_header(in, "lms", 2);
        parameters().demand(in);
        history_.load_state(in);
        core::read_array(in, W_.all());
        core::read_array(in, pending_.all());
        core::read_array(in, pending_count_);
        ran_away_ = core::read_pod<std::uint8_t>(in) != 0;
        resets_ = core::read_pod<std::int64_t>(in);
    }

    Eigen::MatrixXd weights() const override
    {
        Eigen::MatrixXd w(static_cast<Eigen::Index>(p_), static_cast<Eigen::Index>(m_ + 1));
        for (std::size_t i = 0; i < p_; ++i)
            for (std::size_t j = 0; j <= m_; ++j)
                w(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = W_(i, j == 0 ? m_ : j - 1);
        return w;
    }

private:
    StateParameters parameters() const
    {
        StateParameters text;
        text.add("bytes", sizeof(T))
            .add("p", config_.coordinates)
            .add("shl", config_.history)
            .add("h", config_.horizon)
            .add("eta", config_.eta)
            .add("clip", config_.clip)
            .add("delayed", static_cast<int>(config_.delayed));
        return text;
    }

    void start_anew() noexcept
    {
        std::fill(W_.all().begin(), W_.all().end(), T(0));
        std::fill(pending_count_.begin(), pending_count_.end(), -1);
        ran_away_ = false;
        ++resets_;
    }

    std::size_t slot(std::int64_t count) const noexcept { return static_cast<std::size_t>(count) % pending_.rows(); }

    /// u_ and y_hat_ of the window that ends `age` samples ago.
    void forward(int age) noexcept
    {
        std::copy_n(history_.window(config_.history, age), m_, u_.data());
        u_[m_] = T(1);
        kernels_.gemv(W_.data(), p_, W_.stride(), m_ + 1, u_.data(), y_hat_.data());
    }

    void descend() noexcept
    {
        const T scale =
            clip_scale(squared_norm(error_.data(), p_) * squared_norm(u_.data(), m_ + 1), static_cast<T>(config_.clip));
        for (std::size_t c = 0; c < p_; ++c) step_[c] = -step_along(error_[c], static_cast<T>(config_.eta), scale);
        auto pass = make_pass<T>(kernels::PassKind::outer, W_, {});
        pass.s = u_.data();
        pass.g = step_.data();
        kernels_.row_pass(pass);
    }

    LmsConfig config_;
    std::size_t p_, m_;
    const kernels::KernelTable<T>& kernels_;
    PaddedMatrix<T> W_;  // p × (m+1): window, then bias
    SampleHistory<T> history_;
    AlignedVector<T> u_;                       // m + 1
    AlignedVector<T> error_, step_, y_hat_;    // p
    PaddedMatrix<T> pending_;                  // forecasts as made, (h+1) × p, ring
    std::vector<std::int64_t> pending_count_;  // samples seen when each was made
    bool ran_away_ = false;                    // the newest forecast was absurd
    std::int64_t resets_ = 0;
};

}  // namespace

std::unique_ptr<LmsPredictor> make_lms(Precision precision, const LmsConfig& c)
{
    RangeCheck("lms")
        .whole("coordinates", c.coordinates, 1, kMaxCoordinates)
        .whole("shl", c.history, 1, kMaxHistory)
        .whole("horizon", c.horizon, 1, kMaxHorizon)
        .not_negative("eta", c.eta)
        .positive("clip", c.clip);
    if (precision == Precision::single_precision) return std::make_unique<Lms<float>>(c);
    return std::make_unique<Lms<double>>(c);
}

}  // namespace foretide::rnn
