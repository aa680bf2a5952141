// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/recurrent_expert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <stdexcept>

#include "rnn/live/lag_input.h"
#include "rnn/live/rls_read_out.h"
#include "rnn/network.h"
#include "rnn/range_check.h"
#include "rnn/rules/dni_rule.h"
#include "rnn/rules/fixed_rule.h"
#include "rnn/rules/rtrl_rule.h"
#include "rnn/rules/snap1_rule.h"
#include "rnn/rules/uoro_rule.h"

namespace foretide::rnn {

namespace {

constexpr double kBiasScale = 0.3;      // standard deviation of the initial biases
constexpr double kLargestGradient = 1;  // the loss counts errors in units of their usual size
constexpr double kLargestError2 = 9;    // an error counts up to three times its usual size, squared
constexpr double kGoldenRatio = 0.61803398874989485;
constexpr double kLatestStart = 0.7;  // sweeps begin in this first share of the past

const RecurrentConfig& checked(const RecurrentConfig& c)
{
    RangeCheck("network")
        .whole("coordinates", c.coordinates, 1, kMaxCoordinates)
        .whole("hidden", c.hidden, 1, 4096)
        .whole("lessons", c.lessons, 1, 1000)
        .whole("rebuilding", c.rebuilding, 2, 1000)
        .whole("rebuild-every", c.rebuild_every_samples, 0, 1000000)
        .whole("memory", c.memory_samples, 2, 10000000)
        .whole("least-past", c.least_past_samples, 1, 1000000)
        .not_negative("eta", c.eta)
        .not_negative("eta-credit", c.eta_credit)
        .not_negative("radius", c.spectral_radius)
        .not_negative("input-scale", c.input_scale)
        .positive("state-ridge", c.state_ridge)
        .positive("lag-ridge", c.lag_ridge);
    if (c.horizons.empty()) throw std::invalid_argument("network: needs horizons");
    return c;
}

NetworkConfig network_config(const RecurrentConfig& c, std::size_t inputs)
{
    NetworkConfig network;
    network.coordinates = static_cast<int>(inputs);
    network.history = 1;
    network.hidden = c.hidden;
    network.eta = c.eta;
    network.eta_credit = c.eta_credit;
    network.seed = c.seed;
    return network;
}

RlsReadOut read_out(const RecurrentConfig& c, std::size_t lag_inputs)
{
    const auto others = static_cast<Eigen::Index>(lag_inputs) + 1;
    Eigen::VectorXd ridge(c.hidden + others);
    ridge << Eigen::VectorXd::Constant(c.hidden, c.state_ridge), Eigen::VectorXd::Constant(others, c.lag_ridge);
    return {"network", {c.coordinates, c.horizons, std::move(ridge), 0, c.usual_error_samples}};
}

template <class Rule>
class OnlineRecurrentExpert final : public RecurrentExpert {
public:
    explicit OnlineRecurrentExpert(const RecurrentConfig& config);

    using Expert::forecast;
    void forecast(const MotionHistory& history, std::int64_t n, std::span<const std::size_t> which,
                  std::span<double> displacement_mm) noexcept FORETIDE_NONBLOCKING override;
    void learn(const MotionHistory& history, std::int64_t n) noexcept FORETIDE_NONBLOCKING override;
    void reset() noexcept FORETIDE_NONBLOCKING override;
    void save_state(std::ostream& out) const override;
    void load_state(std::istream& in) override;
    NetworkWeights learned_weights() const override;
    std::int64_t takeovers() const noexcept override { return takeovers_; }

private:
    static constexpr bool kLearns = !std::is_same_v<Rule, FixedRule<float>>;

    /// A copy of the weights, a state that runs on it, and the read-out that fits it.
    struct Stage {
        PaddedMatrix<float> W;
        Track<float> track;
        RlsReadOut read_out;
    };

    int reach() const noexcept override { return std::max(input_.reach(), read_out_input_.reach()); }
    void advance(const PaddedMatrix<float>& W, Track<float>& track, const MotionHistory& history,
                 std::int64_t n) noexcept;
    void set_features(const Track<float>& track, const MotionHistory& history, std::int64_t n) noexcept;
    bool begin_sweep(std::int64_t newest) noexcept;
    void teach_learner(const MotionHistory& history, std::int64_t n) noexcept;
    bool set_delta(const MotionHistory& history, std::int64_t s) noexcept;
    void restart_learner() noexcept;
    void rebuild(const MotionHistory& history, std::int64_t n) noexcept;
    static void clear(Track<float>& track) noexcept
    {
        for (auto* v : {&track.s, &track.z, &track.x, &track.phi}) std::fill(v->begin(), v->end(), 0.0F);
    }
    StateParameters parameters() const;
    template <class Archive>
    void archive(Archive& ar);

    RecurrentConfig config_;
    LagInput input_, read_out_input_;
    int longest_;
    NetworkShape shape_;
    const kernels::KernelTable<float>& kernels_;
    Weights<float> weights_;  // the learner's
    PaddedMatrix<float> initial_W_, initial_credit_;
    Rule rule_;
    typename Rule::Influence influence_;
    const typename Rule::Influence blank_influence_;
    Track<float> learner_;
    std::array<Stage, 2> stages_;
    std::size_t active_ = 0;          // the forecaster's
    std::int64_t learner_next_ = -1;  // sample the learner goes on with; −1: begins a sweep
    std::int64_t sweeps_ = 0;
    std::int64_t rebuild_next_ = -1;  // sample the next stage goes on with; −1: none is being built
    std::int64_t rebuilt_ = 0;        // sample at which the last takeover was
    std::int64_t takeovers_ = 0;
    std::int64_t featured_ = -1;                // sample of features_, the forecaster's
    Eigen::VectorXd features_, past_features_;  // q + lag inputs + 1
    Eigen::VectorXd error_;                     // H·p
    AlignedVector<float> delta_, later_;        // q, inputs
};

template <class Rule>
OnlineRecurrentExpert<Rule>::OnlineRecurrentExpert(const RecurrentConfig& config)
    : RecurrentExpert(config.horizons.size()),
      config_(checked(config)),
      input_("network", std::min(config.components, config.coordinates), config.lags),
      read_out_input_("network", std::min(config.read_out_components, config.coordinates), config.read_out_lags),
      longest_(*std::max_element(config_.horizons.begin(), config_.horizons.end())),
      shape_(network_config(config_, input_.size())),
      kernels_(kernels::select_kernels<float>()),
      weights_(shape_),
      rule_(network_config(config_, input_.size()), shape_, kernels_),
      influence_(rule_.make_influence(false)),
      blank_influence_(influence_),
      learner_(shape_),
      stages_{Stage{weights_.W, learner_, read_out(config, read_out_input_.size())},
              Stage{weights_.W, learner_, read_out(config, read_out_input_.size())}},
      features_(Eigen::VectorXd::Zero(config.hidden + static_cast<Eigen::Index>(read_out_input_.size()) + 1)),
      past_features_(features_),
      error_(Eigen::VectorXd::Zero(static_cast<Eigen::Index>(config.horizons.size()) * config.coordinates)),
      delta_(padded<float>(shape_.q), 0.0F),
      later_(padded<float>(shape_.m), 0.0F)
{
    std::mt19937_64 engine(config.seed);
    std::normal_distribution<double> normal(0.0, 1.0);
    const double recurrent = config.spectral_radius / std::sqrt(static_cast<double>(shape_.q));
    const double input = config.input_scale / std::sqrt(static_cast<double>(shape_.m + 1));
    for (std::size_t i = 0; i < shape_.q; ++i) {
        float* row = weights_.W.row(i);
        for (std::size_t j = 0; j < shape_.q; ++j) row[shape_.x + j] = static_cast<float>(recurrent * normal(engine));
        for (std::size_t j = 0; j < shape_.m; ++j) row[j] = static_cast<float>(input * normal(engine));
        row[shape_.bias] = static_cast<float>(kBiasScale * normal(engine));
    }
    initial_W_ = weights_.W;
    if constexpr (requires { rule_.credit(0, 0); }) {
        initial_credit_ = PaddedMatrix<float>(shape_.q + shape_.p + 1, shape_.q);
        for (std::size_t i = 0; i < initial_credit_.rows(); ++i)
            for (std::size_t j = 0; j < shape_.q; ++j) initial_credit_(i, j) = 0.1F * rule_.credit(i, j);
    }
    reset();
}

template <class Rule>
void OnlineRecurrentExpert<Rule>::reset() noexcept
{
    weights_.W = initial_W_;
    restart_learner();
    for (Stage& stage : stages_) {
        stage.W = initial_W_;
        clear(stage.track);
        stage.read_out.reset();
    }
    active_ = 0;
    rebuild_next_ = -1;
    rebuilt_ = 0;
    takeovers_ = 0;
    featured_ = -1;
}

/// A sweep begins with the next lesson, and DNI's credit is the initial one.
template <class Rule>
void OnlineRecurrentExpert<Rule>::restart_learner() noexcept
{
    learner_next_ = -1;
    if constexpr (requires { rule_.credit(0, 0); })
        rule_.set_credit([this](std::size_t i, std::size_t j) { return initial_credit_(i, j); });
}

/// One step of the state on the input of sample n.
template <class Rule>
void OnlineRecurrentExpert<Rule>::advance(const PaddedMatrix<float>& W, Track<float>& track,
                                          const MotionHistory& history, std::int64_t n) noexcept
{
    std::copy_n(track.x.data(), shape_.q, track.s.data() + shape_.x);
    input_.write(history, n, track.s.data());
    track.s[shape_.bias] = 1.0F;
    kernels_.gemv(W.data(), shape_.q, W.stride(), W.stride(), track.s.data(), track.z.data());
    kernels_.activate(track.z.data(), track.x.data(), track.phi.data(), shape_.q);
}

/// past_features_ ← [x; u'; 1] of sample n.
template <class Rule>
void OnlineRecurrentExpert<Rule>::set_features(const Track<float>& track, const MotionHistory& history,
                                               std::int64_t n) noexcept
{
    for (std::size_t i = 0; i < shape_.q; ++i)
        past_features_(static_cast<Eigen::Index>(i)) = static_cast<double>(track.x[i]);
    read_out_input_.write(history, n, past_features_.data() + shape_.q);
    past_features_(past_features_.size() - 1) = 1.0;
}

template <class Rule>
void OnlineRecurrentExpert<Rule>::forecast(const MotionHistory& history, std::int64_t n,
                                           std::span<const std::size_t> which,
                                           std::span<double> displacement_mm) noexcept
{
    Stage& stage = stages_[active_];
    if (!history.has(n, reach())) {
        stage.read_out.forecast_nothing(which, displacement_mm);
        return;
    }
    if (featured_ != n) {  // once a sample, however many parts its horizons are asked for in
        advance(stage.W, stage.track, history, n);
        set_features(stage.track, history, n);
        features_ = past_features_;
        featured_ = n;
    }
    stage.read_out.forecast(features_, which, displacement_mm);
}

template <class Rule>
void OnlineRecurrentExpert<Rule>::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    RlsReadOut& read_out = stages_[active_].read_out;
    read_out.learn(history, n);
    if (featured_ == n) read_out.record(n, features_);
    if constexpr (kLearns) {
        teach_learner(history, n);
        if (config_.rebuild_every_samples > 0)
            rebuild(history, n);
        else
            stages_[active_].W = weights_.W;
    }
}

/// False: too little of the past is revealed.
template <class Rule>
bool OnlineRecurrentExpert<Rule>::begin_sweep(std::int64_t newest) noexcept
{
    const std::int64_t first = std::max<std::int64_t>(reach(), newest - config_.memory_samples);
    if (newest - first < config_.least_past_samples) return false;
    const double turn = kGoldenRatio * static_cast<double>(++sweeps_);
    const double share = kLatestStart * (turn - std::floor(turn));
    learner_next_ = first + static_cast<std::int64_t>(share * static_cast<double>(newest - first));
    clear(learner_);
    influence_ = blank_influence_;
    if constexpr (requires { rule_.restart(); }) rule_.restart();
    return true;
}

template <class Rule>
void OnlineRecurrentExpert<Rule>::teach_learner(const MotionHistory& history, std::int64_t n) noexcept
{
    const std::int64_t newest = n - longest_;  // all its targets are known
    for (int k = 0; k < config_.lessons; ++k) {
        const auto unbroken = [&](std::int64_t s) { return history.has(s + longest_, longest_ + reach()); };
        const bool goes_on = learner_next_ >= 0 && learner_next_ <= newest && unbroken(learner_next_);
        if (!goes_on && !begin_sweep(newest)) return;
        const std::int64_t s = learner_next_;
        if (!unbroken(s)) return;  // a break, or a history shorter than this expert's memory
        advance(weights_.W, learner_, history, s);
        set_features(learner_, history, s);
        if (!set_delta(history, s)) return;
        input_.write(history, s + longest_, later_.data());
        ErrorSignal<float> signal;
        signal.delta = delta_.data();
        signal.target = later_.data();
        signal.eta = static_cast<float>(config_.eta);
        signal.clip = static_cast<float>(kLargestGradient);
        const float scale = rule_.advance_and_learn(weights_, learner_, influence_, signal, NextInputs<float>{});
        learner_next_ = s + 1;
        if (scale == 0.0F) restart_learner();  // the gradient was not finite: nothing was learned from it
    }
}

/// δ = ∂L/∂x of sample s by the forecaster's read-out. False: its usual errors are not known yet.
template <class Rule>
bool OnlineRecurrentExpert<Rule>::set_delta(const MotionHistory& history, std::int64_t s) noexcept
{
    const RlsReadOut& read_out = stages_[active_].read_out;
    const auto p = static_cast<Eigen::Index>(config_.coordinates), q = static_cast<Eigen::Index>(shape_.q);
    const double* then = history.position_mm(s);
    error_.noalias() = -read_out.heads().lazyProduct(past_features_);
    for (std::size_t h = 0; h < config_.horizons.size(); ++h) {
        const double usual2 = read_out.usual_error2(h);
        if (!(usual2 > 0)) return false;
        auto e = error_.segment(static_cast<Eigen::Index>(h) * p, p);
        const double* later = history.position_mm(s + config_.horizons[h]);
        for (Eigen::Index c = 0; c < p; ++c) e(c) += later[c] - then[c];
        const double error2 = e.squaredNorm();
        const double huber = error2 > kLargestError2 * usual2 ? std::sqrt(kLargestError2 * usual2 / error2) : 1.0;
        e *= huber / (usual2 * static_cast<double>(config_.horizons.size()));
    }
    std::fill(delta_.begin(), delta_.end(), 0.0F);
    Eigen::Map<Eigen::VectorXf> delta(delta_.data(), q);
    for (Eigen::Index r = 0; r < error_.size(); ++r)
        delta -= (error_(r) * read_out.heads().row(r).head(q).transpose()).template cast<float>();
    return true;
}

/// Builds the next stage on a copy of the learner's weights and lets it take over once it has caught up with n.
template <class Rule>
void OnlineRecurrentExpert<Rule>::rebuild(const MotionHistory& history, std::int64_t n) noexcept
{
    Stage& next = stages_[1 - active_];
    if (rebuild_next_ < 0) {
        if (sweeps_ == 0 || n - rebuilt_ < config_.rebuild_every_samples) return;
        next.W = weights_.W;
        clear(next.track);
        next.read_out.reset();
        rebuild_next_ = std::max<std::int64_t>(reach(), n - config_.memory_samples);
    }
    for (int k = 0; k < config_.rebuilding && rebuild_next_ <= n; ++k, ++rebuild_next_) {
        if (!history.has(rebuild_next_, reach())) continue;
        advance(next.W, next.track, history, rebuild_next_);
        set_features(next.track, history, rebuild_next_);
        next.read_out.learn(history, rebuild_next_);
        next.read_out.record(rebuild_next_, past_features_);
    }
    if (rebuild_next_ <= n) return;
    active_ = 1 - active_;
    rebuild_next_ = -1;
    rebuilt_ = n;
    ++takeovers_;
}

template <class Rule>
template <class Archive>
void OnlineRecurrentExpert<Rule>::archive(Archive& ar)
{
    const auto archive_track = [&ar](Track<float>& t) {
        for (auto* v : {&t.s, &t.z, &t.x, &t.phi}) ar.array(std::span<float>(*v));
    };
    ar.array(weights_.W.all());
    rule_.archive(ar);
    Rule::archive(ar, influence_);
    archive_track(learner_);
    for (Stage& stage : stages_) {
        ar.array(stage.W.all());
        archive_track(stage.track);
        stage.read_out.archive(ar);
    }
    auto active = static_cast<std::uint8_t>(active_);
    ar.value(active);
    active_ = active;
    for (auto* v : {&learner_next_, &sweeps_, &rebuild_next_, &rebuilt_, &takeovers_, &featured_}) ar.value(*v);
    ar.array(std::span<double>(features_.data(), static_cast<std::size_t>(features_.size())));
}

template <class Rule>
StateParameters OnlineRecurrentExpert<Rule>::parameters() const
{
    StateParameters text;
    text.add("rule", Rule::kName).add("p", config_.coordinates).add("hidden", config_.hidden);
    for (const int h : config_.horizons) text.add("h", h);
    text.add("components", config_.components).add("read-out-components", config_.read_out_components);
    for (const int lag : config_.lags) text.add("lag", lag);
    for (const int lag : config_.read_out_lags) text.add("read-out-lag", lag);
    text.add("eta", config_.eta)
        .add("eta-credit", config_.eta_credit)
        .add("state-ridge", config_.state_ridge)
        .add("lag-ridge", config_.lag_ridge)
        .add("lessons", config_.lessons)
        .add("rebuilding", config_.rebuilding)
        .add("rebuild-every", config_.rebuild_every_samples)
        .add("least-past", config_.least_past_samples)
        .add("memory", config_.memory_samples);
    return text;
}

template <class Rule>
void OnlineRecurrentExpert<Rule>::save_state(std::ostream& out) const
{
    core::write_header(out, "recurrent", 1);
    parameters().write(out);
    StateWriter writer(out);
    const_cast<OnlineRecurrentExpert*>(this)->archive(writer);  // the writer only reads
}

template <class Rule>
void OnlineRecurrentExpert<Rule>::load_state(std::istream& in)
{
    core::read_header(in, "recurrent", 1);
    parameters().demand(in);
    StateReader reader(in);
    archive(reader);
    if (active_ > 1) throw core::StateError("state: recurrent: the number of its read-out is damaged");
}

template <class Rule>
NetworkWeights OnlineRecurrentExpert<Rule>::learned_weights() const
{
    const auto q = static_cast<Eigen::Index>(shape_.q), m = static_cast<Eigen::Index>(shape_.m);
    NetworkWeights w{Eigen::MatrixXd(q, q), Eigen::MatrixXd(q, m + 1), {}, {}};
    for (Eigen::Index i = 0; i < q; ++i) {
        const float* row = weights_.W.row(static_cast<std::size_t>(i));
        w.Wb(i, 0) = static_cast<double>(row[shape_.bias]);
        for (Eigen::Index j = 0; j < m; ++j) w.Wb(i, j + 1) = static_cast<double>(row[j]);
        for (Eigen::Index j = 0; j < q; ++j)
            w.Wa(i, j) = static_cast<double>(row[shape_.x + static_cast<std::size_t>(j)]);
    }
    return w;
}

}  // namespace

std::unique_ptr<RecurrentExpert> make_recurrent_expert(const RecurrentConfig& config)
{
    switch (config.rule) {
    case LearningRule::rtrl:
        return std::make_unique<OnlineRecurrentExpert<RtrlRule<float, false>>>(config);
    case LearningRule::uoro:
        return std::make_unique<OnlineRecurrentExpert<UoroRule<float>>>(config);
    case LearningRule::snap1:
        return std::make_unique<OnlineRecurrentExpert<Snap1Rule<float>>>(config);
    case LearningRule::dni:
        return std::make_unique<OnlineRecurrentExpert<DniRule<float>>>(config);
    case LearningRule::fixed:
        return std::make_unique<OnlineRecurrentExpert<FixedRule<float>>>(config);
    case LearningRule::rtrl_haykin:
        break;
    }
    throw std::invalid_argument("network: this learning rule has no live variant");
}

}  // namespace foretide::rnn
