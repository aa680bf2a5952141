// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#include "rnn/archive.h"
#include "rnn/baselines/recursive_qr.h"
#include "rnn/horizon_predictor.h"
#include "rnn/sample_history.h"

namespace foretide::rnn {

struct OlsConfig {
    int coordinates = 9;    ///< p ≥ 1
    int history = 12;       ///< k ≥ 1 [samples]
    int horizon = 1;        ///< h ≥ 1 [samples]
    double ridge = 1e-16;   ///< λ ≥ 0 [unit of the samples, squared]
    int refit_every = 10;   ///< ≥ 1 [samples]; live: B is solved for again so often
    int train_samples = 0;  ///< > 0: only targets with an index below it are learned from, B is solved for once
                            ///< (published protocol); 0: everything seen so far
};

/// Ordinary least squares on the lagged positions: ŷ(n+h) = B·[1; y(n−k+1); …; y(n)] (ALGORITHMS.md §2), on
/// positions that are not standardised. RT-safe; a refit costs (m+1)²p flops in one step.
class Ols final : public HorizonPredictor {
public:
    /// Throws std::invalid_argument where a number is out of its range.
    explicit Ols(const OlsConfig& config);

    int coordinates() const noexcept override { return config_.coordinates; }
    int horizon() const noexcept override { return config_.horizon; }
    void observe(std::span<const double> y) noexcept FORETIDE_NONBLOCKING override { history_.push(y); }
    bool predict(std::span<double> y_hat) noexcept FORETIDE_NONBLOCKING override;
    void learn() noexcept FORETIDE_NONBLOCKING override;
    void learn_revealed(std::span<const double> target) noexcept override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

    /// B(output, column), column 0 the bias, then the window, oldest sample first.
    double coefficient(std::size_t output, std::size_t column) const noexcept
    {
        return qr_.coefficient(output, column);
    }

private:
    void add_pair(int age, std::span<const double> target, std::int64_t target_index) noexcept;
    void set_input(int age) noexcept;
    StateParameters parameters() const;

    OlsConfig config_;
    std::size_t p_, m_;
    SampleHistory<double> history_;
    RecursiveQr qr_;
    AlignedVector<double> u_;  // m + 1
    std::int64_t rows_ = 0;
    bool solved_ = false;
};

}  // namespace foretide::rnn
