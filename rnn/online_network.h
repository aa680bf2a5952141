// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rnn/archive.h"
#include "rnn/network_predictor.h"
#include "rnn/rules/rule.h"
#include "rnn/sample_history.h"

namespace foretide::rnn {

/// The one step of all networks and both protocols (ALGORITHMS.md §§1–3), for a number type and a learning rule.
///
/// Live, form 2 (default): a forecaster track and, h samples behind it, a learner track with the influence; both
/// run on the present weights. Live, forms 1 and 3: one track, and a record of it for every pending target.
/// Published: one track, its target handed over at once.
///
/// In the sweep that updates W, the pre-activations of the next inputs are accumulated but for the newest sample's
/// p columns, so predict() costs O(q·p) whatever the history length.
///
/// Live, a network whose forecast is not finite or beyond 10⁴ standard deviations has run away: learn() then gives
/// weights and rule back what they were before the first sample, forgets the course, and learns nothing else.
template <class T, class Rule>
class OnlineNetwork final : public NetworkPredictor {
public:
    explicit OnlineNetwork(const NetworkConfig& config);

    int coordinates() const noexcept override { return config_.coordinates; }
    int horizon() const noexcept override { return config_.horizon; }
    void observe(std::span<const double> y) noexcept FORETIDE_NONBLOCKING override;
    bool predict(std::span<double> y_hat) noexcept FORETIDE_NONBLOCKING override;
    void learn() noexcept FORETIDE_NONBLOCKING override;
    void learn_revealed(std::span<const double> target) noexcept override;
    std::int64_t resets() const noexcept FORETIDE_NONBLOCKING override { return resets_; }
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;

    const NetworkConfig& config() const noexcept override { return config_; }
    NetworkWeights weights() const override;
    void set_weights(const NetworkWeights& weights) override;
    void set_learning_rate(double eta) override;
    void set_signs(std::vector<double> signs) override;
    Eigen::VectorXd state() const override;
    Eigen::MatrixXd influence() const override;
    Eigen::VectorXd credit_residual() const override;

private:
    using Influence = typename Rule::Influence;

    /// What a late target needs of the moment its forecast was made (forms 1 and 3).
    struct Record {
        Track<T> track;
        Influence influence;
        PaddedMatrix<T> Wc;        // form 1
        AlignedVector<T> y_hat;    // form 1
        std::int64_t sample = -1;  // index of the newest sample when it was made; −1: none
    };

    /// An input of a track prepared ahead: s in the track's order and z = W·s.
    struct Prepared {
        AlignedVector<T> s;        // stride
        AlignedVector<T> z;        // q
        std::int64_t sample = -1;  // newest sample of its window; −1: nothing prepared
        bool complete = true;      // false: the newest sample's columns are still zero in s and z
    };

    bool uses_records() const noexcept { return config_.delayed != DelayedLearning::delayed_learner; }
    std::int64_t newest() const noexcept { return history_.count() - 1; }
    void assemble(Prepared& next, const Track<T>& track, int age) noexcept;
    void assemble_without_newest(Prepared& next, const Track<T>& track) noexcept;
    void advance_state(Track<T>& track, Prepared& prepared, int age) noexcept;
    const T* output_state(const Track<T>& track) const noexcept;
    void read_out(const PaddedMatrix<T>& Wc, const T* x, AlignedVector<T>& y_hat) const noexcept;
    NextInputs<T> next_inputs(const Track<T>* learner, int learner_age) noexcept;
    ErrorSignal<T> error_signal(const T* y_hat, const PaddedMatrix<T>& Wc, const T* x) noexcept;
    void learn_read_out(const T* x, T scale) noexcept;
    void learn_delayed() noexcept;
    void learn_from_record() noexcept;
    void finish_record() noexcept;
    StateParameters parameters() const;
    void remember_beginning();
    void start_anew() noexcept;
    template <class Archive>
    void archive_learned(Archive& ar);  // weights and what the rule keeps of its own
    template <class Archive>
    void archive_course(Archive& ar);  // tracks, influence, records
    template <class Archive>
    void archive(Archive& ar);

    NetworkConfig config_;
    NetworkShape shape_;
    const kernels::KernelTable<T>& kernels_;
    double eta_as_made_;
    T eta_;
    Weights<T> weights_;
    Rule rule_;
    SampleHistory<T> history_;
    Track<T> forecaster_;
    Track<T> learner_;     // form 2
    Influence influence_;  // of the learner (form 2) or of the forecaster (published, forms 1 and 3)
    Prepared forecaster_next_, learner_next_;
    std::vector<Record> records_;         // forms 1 and 3: ring by sample index
    std::int64_t predicted_sample_ = -1;  // newest sample that predict() was called for
    std::int64_t recorded_sample_ = -1;   // newest sample whose record is finished
    AlignedVector<T> y_hat_, target_, error_, delta_;
    std::vector<std::byte> beginning_;  // archive_learned() before the first sample
    bool ran_away_ = false;             // the newest forecast was absurd
    std::int64_t resets_ = 0;
};

}  // namespace foretide::rnn
