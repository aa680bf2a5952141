// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/online_network.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include "core/rt/denormals.h"
#include "rnn/archive.h"
#include "rnn/range_check.h"
#include "rnn/rules/dni_rule.h"
#include "rnn/rules/fixed_rule.h"
#include "rnn/rules/rtrl_rule.h"
#include "rnn/rules/snap1_rule.h"
#include "rnn/rules/uoro_rule.h"

namespace foretide::rnn {

namespace {

constexpr std::string_view kStateMagic = "network";
constexpr std::uint32_t kStateVersion = 2;

template <class T>
void fill_normal(PaddedMatrix<T>& m, std::size_t first, std::size_t count, double sigma, std::mt19937_64& engine)
{
    std::normal_distribution<double> normal(0.0, 1.0);
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = first; j < first + count; ++j) m(i, j) = static_cast<T>(sigma * normal(engine));
}

const NetworkConfig& checked(const NetworkConfig& c)
{
    RangeCheck("network")
        .whole("coordinates", c.coordinates, 1, kMaxCoordinates)
        .whole("shl", c.history, 1, kMaxHistory)
        .whole("hidden", c.hidden, 1, 4096)
        .whole("horizon", c.horizon, 1, kMaxHorizon)
        .not_negative("eta", c.eta)
        .positive("clip", c.clip)
        .not_negative("sigma", c.sigma)
        .not_negative("eta-credit", c.eta_credit);
    return c;
}

/// Forecasts of standardised positions beyond this many standard deviations are those of a network that has run away.
constexpr double kRunAway = 1e4;

template <class T>
bool plausible(const T* v, std::size_t n) noexcept
{
    return std::all_of(v, v + n, [](T x) { return std::abs(x) < T(kRunAway); });  // false for NaN
}

}  // namespace

template <class T, class Rule>
OnlineNetwork<T, Rule>::OnlineNetwork(const NetworkConfig& config)
    : config_(checked(config)),
      shape_(config),
      kernels_(kernels::select_kernels<T>()),
      eta_as_made_(config.eta),
      eta_(static_cast<T>(config.eta)),
      weights_(shape_),
      rule_(config, shape_, kernels_),
      history_(config.coordinates, config.history + config.horizon + 1),
      forecaster_(shape_),
      learner_(shape_),
      influence_(rule_.make_influence(false)),
      y_hat_(padded<T>(shape_.p)),
      target_(padded<T>(shape_.p)),
      error_(padded<T>(shape_.p)),
      delta_(padded<T>(shape_.q))
{
    std::mt19937_64 engine(config.seed);
    fill_normal(weights_.W, shape_.x, shape_.q, config.sigma, engine);  // Wa
    fill_normal(weights_.W, shape_.bias, 1, config.sigma, engine);      // Wb, bias
    fill_normal(weights_.W, 0, shape_.m, config.sigma, engine);         // Wb, window
    fill_normal(weights_.Wc, 0, shape_.q, config.sigma, engine);
    for (Prepared* next : {&forecaster_next_, &learner_next_}) {
        next->s.assign(weights_.W.stride(), T(0));
        next->z.assign(padded<T>(shape_.q), T(0));
    }
    if (uses_records()) {
        const Record empty{Track<T>(shape_), rule_.make_influence(true), PaddedMatrix<T>(shape_.p, shape_.q),
                           AlignedVector<T>(padded<T>(shape_.p), T(0)), -1};
        records_.assign(static_cast<std::size_t>(config.horizon) + 1, empty);
        influence_ = rule_.make_influence(true);
    }
    remember_beginning();
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::observe(std::span<const double> y) noexcept
{
    history_.push(y);
}

/// s of the window that ends `age` samples ago.
template <class T, class Rule>
void OnlineNetwork<T, Rule>::assemble(Prepared& next, const Track<T>& track, int age) noexcept
{
    std::copy_n(history_.window(config_.history, age), shape_.m, next.s.data());
    std::copy_n(track.x.data(), shape_.q, next.s.data() + shape_.x);
    next.s[shape_.bias] = T(1);
    next.sample = newest() - age;
    next.complete = true;
}

/// The forecaster's next input as far as it is known: the window of the next sample, its newest p numbers zero.
template <class T, class Rule>
void OnlineNetwork<T, Rule>::assemble_without_newest(Prepared& next, const Track<T>& track) noexcept
{
    const std::size_t known = shape_.m - shape_.p;
    if (config_.history > 1) std::copy_n(history_.window(config_.history - 1, 0), known, next.s.data());
    std::fill_n(next.s.data() + known, shape_.p, T(0));
    std::copy_n(track.x.data(), shape_.q, next.s.data() + shape_.x);
    next.s[shape_.bias] = T(1);
    next.sample = newest() + 1;
    next.complete = false;
}

/// One step of the state on the window that ends `age` samples ago, from what was prepared where it fits.
template <class T, class Rule>
void OnlineNetwork<T, Rule>::advance_state(Track<T>& track, Prepared& prepared, int age) noexcept
{
    if (prepared.sample == newest() - age) {
        if (!prepared.complete) {
            const std::size_t known = shape_.m - shape_.p;
            const T* y = history_.newest();
            std::copy_n(y, shape_.p, prepared.s.data() + known);
            for (std::size_t i = 0; i < shape_.q; ++i) {
                const T* w = weights_.W.row(i) + known;
                T sum = T(0);
                for (std::size_t c = 0; c < shape_.p; ++c) sum += w[c] * y[c];
                prepared.z[i] += sum;
            }
        }
    } else {
        assemble(prepared, track, age);
        kernels_.gemv(weights_.W.data(), shape_.q, weights_.W.stride(), weights_.W.stride(), prepared.s.data(),
                      prepared.z.data());
    }
    std::swap(track.s, prepared.s);
    std::swap(track.z, prepared.z);
    prepared.sample = -1;
    kernels_.activate(track.z.data(), track.x.data(), track.phi.data(), shape_.q);
}

template <class T, class Rule>
const T* OnlineNetwork<T, Rule>::output_state(const Track<T>& track) const noexcept
{
    return rule_.forecasts_from_old_state() ? track.s.data() + shape_.x : track.x.data();
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::read_out(const PaddedMatrix<T>& Wc, const T* x, AlignedVector<T>& y_hat) const noexcept
{
    kernels_.gemv(Wc.data(), shape_.p, Wc.stride(), shape_.q, x, y_hat.data());
}

template <class T, class Rule>
bool OnlineNetwork<T, Rule>::predict(std::span<double> y_hat) noexcept
{
    const core::ScopedFlushDenormals flush;
    const T* y = history_.newest();
    if (history_.has(config_.history, 0)) {
        advance_state(forecaster_, forecaster_next_, 0);
        read_out(weights_.Wc, output_state(forecaster_), y_hat_);
        predicted_sample_ = newest();
        if (plausible(y_hat_.data(), shape_.p)) {
            std::copy_n(y_hat_.data(), shape_.p, y_hat.data());
            return true;
        }
        ran_away_ = true;
    }
    std::copy_n(y, shape_.p, y_hat.data());
    return false;
}

/// Prepares the next inputs of both tracks for the sweep over W: the forecaster's of this sample where its forecast
/// is still to be made (learn first), else of the next; the learner's where there is one.
template <class T, class Rule>
NextInputs<T> OnlineNetwork<T, Rule>::next_inputs(const Track<T>* learner, int learner_age) noexcept
{
    if (predicted_sample_ == newest())
        assemble_without_newest(forecaster_next_, forecaster_);
    else
        assemble(forecaster_next_, forecaster_, 0);
    NextInputs<T> next{forecaster_next_.s.data(), forecaster_next_.z.data(), nullptr, nullptr};
    if (learner != nullptr) {
        assemble(learner_next_, *learner, learner_age - 1);
        next.learner = learner_next_.s.data();
        next.learner_z = learner_next_.z.data();
    }
    return next;
}

/// e of target_ against y_hat, δ = −Wcᵀe, and the squared norm of ∂L/∂Wc = −e·xᵀ.
template <class T, class Rule>
ErrorSignal<T> OnlineNetwork<T, Rule>::error_signal(const T* y_hat, const PaddedMatrix<T>& Wc, const T* x) noexcept
{
    for (std::size_t c = 0; c < shape_.p; ++c) error_[c] = y_hat[c] - target_[c];  // −e
    kernels_.gemv_transposed(Wc.data(), shape_.p, Wc.stride(), shape_.q, error_.data(), delta_.data());
    ErrorSignal<T> signal;
    signal.delta = delta_.data();
    signal.target = target_.data();
    signal.readout_gradient_norm2 = squared_norm(error_.data(), shape_.p) * squared_norm(x, shape_.q);
    signal.eta = eta_;
    signal.clip = static_cast<T>(config_.clip);
    return signal;
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::learn_read_out(const T* x, T scale) noexcept
{
    if (scale == T(0)) return;  // the gradient is not finite
    for (std::size_t c = 0; c < shape_.p; ++c) {
        const T step = -eta_ * scale * error_[c];
        T* row = weights_.Wc.row(c);
        for (std::size_t i = 0; i < shape_.q; ++i) row[i] += step * x[i];
    }
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::learn_revealed(std::span<const double> target) noexcept
{
    if (predicted_sample_ != newest() || predicted_sample_ < 0) return;
    const core::ScopedFlushDenormals flush;
    for (std::size_t c = 0; c < shape_.p; ++c) target_[c] = static_cast<T>(target[c]);
    const T* x = output_state(forecaster_);
    const ErrorSignal<T> signal = error_signal(y_hat_.data(), weights_.Wc, x);
    const T scale = rule_.advance_and_learn(weights_, forecaster_, influence_, signal, next_inputs(nullptr, 0));
    learn_read_out(x, scale);
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::learn() noexcept
{
    if (history_.count() == 0) return;
    if (ran_away_) {
        start_anew();
        return;
    }
    const core::ScopedFlushDenormals flush;
    std::copy_n(history_.newest(), shape_.p, target_.data());
    if (uses_records())
        learn_from_record();
    else
        learn_delayed();
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::learn_delayed() noexcept
{
    if (!history_.has(config_.history, config_.horizon)) return;
    advance_state(learner_, learner_next_, config_.horizon);
    const T* x = output_state(learner_);
    read_out(weights_.Wc, x, y_hat_);
    const ErrorSignal<T> signal = error_signal(y_hat_.data(), weights_.Wc, x);
    const T scale =
        rule_.advance_and_learn(weights_, learner_, influence_, signal, next_inputs(&learner_, config_.horizon));
    learn_read_out(x, scale);
}

/// Carries the influence over the newest forecast's step and keeps the record. The weights have not changed since
/// that forecast, whichever of predict() and learn() comes first within a sample.
template <class T, class Rule>
void OnlineNetwork<T, Rule>::finish_record() noexcept
{
    if (predicted_sample_ < 0 || recorded_sample_ == predicted_sample_) return;
    Record& record = records_[static_cast<std::size_t>(predicted_sample_) % records_.size()];
    if (!rule_.learns_before_advance()) rule_.advance(weights_, forecaster_, influence_);
    record.track = forecaster_;
    record.influence = influence_;
    record.Wc = weights_.Wc;
    record.y_hat = y_hat_;
    record.sample = predicted_sample_;
    if (rule_.learns_before_advance()) rule_.advance(weights_, forecaster_, influence_);
    recorded_sample_ = predicted_sample_;
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::learn_from_record() noexcept
{
    finish_record();
    const std::int64_t made = newest() - config_.horizon;
    if (made < 0) return;
    Record& record = records_[static_cast<std::size_t>(made) % records_.size()];
    if (record.sample != made) return;
    const bool as_made = config_.delayed == DelayedLearning::stored_record;
    const PaddedMatrix<T>& Wc = as_made ? record.Wc : weights_.Wc;
    const T* x = output_state(record.track);
    if (!as_made) read_out(Wc, x, record.y_hat);
    const ErrorSignal<T> signal = error_signal(record.y_hat.data(), Wc, x);
    const NextInputs<T> next = history_.has(config_.history, 0) ? next_inputs(nullptr, 0) : NextInputs<T>{};
    const T scale = rule_.learn(weights_, record.track, record.influence, signal, next);
    learn_read_out(x, scale);
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::remember_beginning()
{
    beginning_.clear();
    SnapshotWriter writer(beginning_);
    archive_learned(writer);
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::start_anew() noexcept
{
    SnapshotReader reader(beginning_);
    archive_learned(reader);
    StateEraser eraser;
    archive_course(eraser);
    ran_away_ = false;
    ++resets_;
}

template <class T, class Rule>
template <class Archive>
void OnlineNetwork<T, Rule>::archive_learned(Archive& ar)
{
    ar.array(weights_.W.all());
    ar.array(weights_.Wc.all());
    rule_.archive(ar);
}

template <class T, class Rule>
template <class Archive>
void OnlineNetwork<T, Rule>::archive_course(Archive& ar)
{
    const auto archive_track = [&ar](Track<T>& t) {
        ar.array(std::span<T>(t.s));
        ar.array(std::span<T>(t.z));
        ar.array(std::span<T>(t.x));
        ar.array(std::span<T>(t.phi));
    };
    archive_track(forecaster_);
    archive_track(learner_);
    Rule::archive(ar, influence_);
    for (Prepared* next : {&forecaster_next_, &learner_next_}) {
        ar.array(std::span<T>(next->s));
        ar.array(std::span<T>(next->z));
        ar.value(next->sample);
        auto complete = static_cast<std::uint8_t>(next->complete);
        ar.value(complete);
        next->complete = complete != 0;
    }
    for (Record& record : records_) {
        archive_track(record.track);
        Rule::archive(ar, record.influence);
        ar.array(record.Wc.all());
        ar.array(std::span<T>(record.y_hat));
        ar.value(record.sample);
    }
    ar.value(predicted_sample_);
    ar.value(recorded_sample_);
    ar.array(std::span<T>(y_hat_));
}

template <class T, class Rule>
template <class Archive>
void OnlineNetwork<T, Rule>::archive(Archive& ar)
{
    ar.value(eta_);
    archive_learned(ar);
    archive_course(ar);
    auto ran_away = static_cast<std::uint8_t>(ran_away_);
    ar.value(ran_away);
    ran_away_ = ran_away != 0;
    ar.value(resets_);
}

template <class T, class Rule>
StateParameters OnlineNetwork<T, Rule>::parameters() const
{
    StateParameters text;
    text.add("rule", Rule::kName)
        .add("bytes", sizeof(T))
        .add("p", config_.coordinates)
        .add("shl", config_.history)
        .add("hidden", config_.hidden)
        .add("h", config_.horizon)
        .add("eta", eta_as_made_)
        .add("clip", config_.clip)
        .add("eta-credit", config_.eta_credit)
        .add("delayed", static_cast<int>(config_.delayed))
        .add("reference-order", config_.uoro_reference_order)
        .add("finite-difference", config_.uoro_finite_difference);
    return text;
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::save_state(std::ostream& out) const
{
    core::write_header(out, kStateMagic, kStateVersion);
    parameters().write(out);
    history_.save_state(out);
    StateWriter writer(out);
    const_cast<OnlineNetwork*>(this)->archive(writer);  // one description for both ways; the writer only reads
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::load_state(std::istream& in)
{
    core::read_header(in, kStateMagic, kStateVersion);
    parameters().demand(in);
    history_.load_state(in);
    StateReader reader(in);
    archive(reader);
    if (!std::isfinite(eta_) || eta_ < 0) throw core::StateError("state: network: the learning rate is damaged");
    config_.eta = static_cast<double>(eta_);
}

template <class T, class Rule>
NetworkWeights OnlineNetwork<T, Rule>::weights() const
{
    const auto q = static_cast<Eigen::Index>(shape_.q), m = static_cast<Eigen::Index>(shape_.m);
    const auto p = static_cast<Eigen::Index>(shape_.p);
    NetworkWeights w{Eigen::MatrixXd(q, q), Eigen::MatrixXd(q, m + 1), Eigen::MatrixXd(p, q), {}};
    for (Eigen::Index i = 0; i < q; ++i) {
        const T* row = weights_.W.row(static_cast<std::size_t>(i));
        for (Eigen::Index j = 0; j < m; ++j) w.Wb(i, j + 1) = row[j];
        for (Eigen::Index j = 0; j < q; ++j) w.Wa(i, j) = row[shape_.x + static_cast<std::size_t>(j)];
        w.Wb(i, 0) = row[shape_.bias];
    }
    for (Eigen::Index i = 0; i < p; ++i)
        for (Eigen::Index j = 0; j < q; ++j)
            w.Wc(i, j) = weights_.Wc(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    if constexpr (std::is_same_v<Rule, DniRule<T>>) {
        w.A.resize(q + p + 1, q);
        for (Eigen::Index i = 0; i < w.A.rows(); ++i)
            for (Eigen::Index j = 0; j < q; ++j)
                w.A(i, j) = rule_.credit(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    }
    return w;
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::set_weights(const NetworkWeights& w)
{
    const auto q = static_cast<Eigen::Index>(shape_.q), m = static_cast<Eigen::Index>(shape_.m);
    const auto p = static_cast<Eigen::Index>(shape_.p);
    if (w.Wa.rows() != q || w.Wa.cols() != q || w.Wb.rows() != q || w.Wb.cols() != m + 1 || w.Wc.rows() != p ||
        w.Wc.cols() != q)
        throw std::invalid_argument("set_weights: the matrices do not fit this network");
    for (Eigen::Index i = 0; i < q; ++i) {
        T* row = weights_.W.row(static_cast<std::size_t>(i));
        for (Eigen::Index j = 0; j < m; ++j) row[j] = static_cast<T>(w.Wb(i, j + 1));
        for (Eigen::Index j = 0; j < q; ++j) row[shape_.x + static_cast<std::size_t>(j)] = static_cast<T>(w.Wa(i, j));
        row[shape_.bias] = static_cast<T>(w.Wb(i, 0));
    }
    for (Eigen::Index i = 0; i < p; ++i)
        for (Eigen::Index j = 0; j < q; ++j)
            weights_.Wc(static_cast<std::size_t>(i), static_cast<std::size_t>(j)) = static_cast<T>(w.Wc(i, j));
    if constexpr (std::is_same_v<Rule, DniRule<T>>) {
        if (w.A.rows() != q + p + 1 || w.A.cols() != q)
            throw std::invalid_argument("set_weights: the credit matrix A does not fit this network");
        rule_.set_credit([&w](std::size_t i, std::size_t j) {
            return w.A(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
        });
    }
    forecaster_next_.sample = -1;
    learner_next_.sample = -1;
    remember_beginning();
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::set_learning_rate(double eta)
{
    config_.eta = eta;
    eta_ = static_cast<T>(eta);
}

template <class T, class Rule>
void OnlineNetwork<T, Rule>::set_signs(std::vector<double> signs)
{
    if constexpr (std::is_same_v<Rule, UoroRule<T>>)
        rule_.signs().set_table(std::move(signs));
    else
        throw std::logic_error("set_signs: only UORO draws signs");
}

template <class T, class Rule>
Eigen::VectorXd OnlineNetwork<T, Rule>::state() const
{
    const Track<T>& track = learner_.s[shape_.bias] != T(0) ? learner_ : forecaster_;
    Eigen::VectorXd x(static_cast<Eigen::Index>(shape_.q));
    for (std::size_t i = 0; i < shape_.q; ++i) x(static_cast<Eigen::Index>(i)) = track.x[i];
    return x;
}

template <class T, class Rule>
Eigen::MatrixXd OnlineNetwork<T, Rule>::influence() const
{
    const std::size_t q = shape_.q;
    const std::size_t columns = q + 1 + shape_.m;  // of [Wa Wb]
    Eigen::MatrixXd J = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(q), static_cast<Eigen::Index>(q * columns));
    // Column c of [Wa Wb] (Wa, bias, window) in the order of W's columns.
    const auto stored = [this](std::size_t c) { return c <= shape_.q ? shape_.x + c : c - shape_.q - 1; };
    for (std::size_t r = 0; r < q; ++r)
        for (std::size_t i = 0; i < q; ++i)
            for (std::size_t c = 0; c < columns; ++c) {
                [[maybe_unused]] const std::size_t j = stored(c);
                double value = 0;
                if constexpr (std::is_same_v<Rule, Snap1Rule<T>>)
                    value = r == i ? influence_.J(i, j) : T(0);
                else if constexpr (std::is_same_v<Rule, UoroRule<T>>)
                    value = influence_.tangent[r] * influence_.theta(i, j);
                else if constexpr (requires { rule_.influence_at(influence_, r, i, j); })
                    value = rule_.influence_at(influence_, r, i, j);
                else
                    throw std::logic_error("influence: this rule keeps none");
                J(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c * q + i)) = value;
            }
    return J;
}

template <class T, class Rule>
Eigen::VectorXd OnlineNetwork<T, Rule>::credit_residual() const
{
    if constexpr (std::is_same_v<Rule, DniRule<T>>) {
        Eigen::VectorXd f(static_cast<Eigen::Index>(shape_.q));
        for (std::size_t i = 0; i < shape_.q; ++i) f(static_cast<Eigen::Index>(i)) = rule_.residual()[i];
        return f;
    } else {
        throw std::logic_error("credit_residual: only DNI has one");
    }
}

namespace {

template <class T>
std::unique_ptr<NetworkPredictor> make(LearningRule rule, const NetworkConfig& config)
{
    switch (rule) {
    case LearningRule::rtrl:
        return std::make_unique<OnlineNetwork<T, RtrlRule<T, false>>>(config);
    case LearningRule::rtrl_haykin:
        return std::make_unique<OnlineNetwork<T, RtrlRule<T, true>>>(config);
    case LearningRule::uoro:
        return std::make_unique<OnlineNetwork<T, UoroRule<T>>>(config);
    case LearningRule::snap1:
        return std::make_unique<OnlineNetwork<T, Snap1Rule<T>>>(config);
    case LearningRule::dni:
        return std::make_unique<OnlineNetwork<T, DniRule<T>>>(config);
    case LearningRule::fixed:
        return std::make_unique<OnlineNetwork<T, FixedRule<T>>>(config);
    }
    throw std::invalid_argument("make_network: unknown learning rule");
}

}  // namespace

std::unique_ptr<NetworkPredictor> make_network(LearningRule rule, Precision precision, const NetworkConfig& config)
{
    return precision == Precision::single_precision ? make<float>(rule, config) : make<double>(rule, config);
}

}  // namespace foretide::rnn
