// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Step-by-step comparison with the recorded runs of the public reference, in double precision. The README and the
// manifest beside the sets say what each file holds; columns t = 1 … M are the steps, target = sample t+k+h−1.

#include <cmath>
#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "rnn/baselines/lms.h"
#include "rnn/baselines/ols.h"
#include "rnn/network_predictor.h"
#include "tests/golden/golden_set.h"

namespace foretide::golden {
namespace {

using rnn::DelayedLearning;
using rnn::HorizonPredictor;
using rnn::LearningRule;
using rnn::NetworkConfig;
using rnn::NetworkPredictor;

constexpr double kToleranceFloor = 1e-11;
constexpr double kToleranceOverEnvelope = 100;
constexpr double kChaoticEnvelope = 1e-3;  // rows above it: only their nRMSE compares
constexpr double kFinalWeightsEnvelope = 1e-6;
constexpr double kChaoticNrmseShare = 0.15;

enum class Protocol { published, live_learn_first };

std::vector<double> row(const RowMatrix& m, Eigen::Index i) { return {m.row(i).data(), m.row(i).data() + m.cols()}; }

/// Predictions of steps 1 … M; `after_step` is called with t after each step.
RowMatrix run(HorizonPredictor& sut, const GoldenSet& set, Protocol protocol,
              const std::function<void(int)>& after_step = {})
{
    const RowMatrix data = set.matrix("data_norm");
    const int k = set.params().at("SHL"), h = set.params().at("horizon"), steps = set.params().at("M");
    RowMatrix predictions(steps, data.cols());
    std::vector<double> y_hat(static_cast<std::size_t>(data.cols()));
    for (int n = 0; n < k - 1 + steps; ++n) {
        sut.observe(row(data, n));
        const int t = n - (k - 1) + 1;
        if (t < 1) continue;
        if (protocol == Protocol::live_learn_first) sut.learn();
        EXPECT_TRUE(sut.predict(y_hat)) << "step " << t;
        predictions.row(t - 1) = Eigen::Map<const Eigen::RowVectorXd>(y_hat.data(), data.cols());
        if (protocol == Protocol::published) sut.learn_revealed(row(data, n + h));
        if (after_step) after_step(t);
    }
    return predictions;
}

/// nRMSE over all steps. (Over the test part alone, a few dozen samples of set D, runs of the reference that differ by
/// 1e-14 in their initial weights spread by ± 40 %; over all steps by ± 5 %.)
double nrmse(const GoldenSet& set, const RowMatrix& predictions)
{
    const RowMatrix scale = set.matrix("sg");
    const int k = set.params().at("SHL"), h = set.params().at("horizon");
    const RowMatrix truth = set.matrix("data_norm").middleRows(k + h - 1, predictions.rows());
    RowMatrix error = truth - predictions;
    RowMatrix spread = truth.rowwise() - truth.colwise().mean();
    for (Eigen::Index c = 0; c < truth.cols(); ++c) {
        error.col(c) *= scale(c, 0);
        spread.col(c) *= scale(c, 0);
    }
    return std::sqrt(error.squaredNorm() / spread.squaredNorm());
}

void expect_within_envelope(const GoldenSet& set, const RowMatrix& actual, const std::string& file,
                            const std::string& envelope_file)
{
    const RowMatrix expected = set.matrix(file);
    const RowMatrix envelope = set.matrix(envelope_file);
    ASSERT_EQ(actual.rows(), expected.rows());
    ASSERT_EQ(actual.cols(), expected.cols());
    bool chaotic = false;
    Eigen::Index compared = 0;
    for (Eigen::Index t = 0; t < expected.rows(); ++t) {
        if (!(envelope(t, 0) <= kChaoticEnvelope)) {
            chaotic = true;
            continue;
        }
        ++compared;
        const double tolerance = std::max(kToleranceFloor, kToleranceOverEnvelope * envelope(t, 0));
        const double worst = (actual.row(t) - expected.row(t)).cwiseAbs().maxCoeff();
        ASSERT_LE(worst, tolerance) << file << ", step " << t + 1;
    }
    EXPECT_GT(compared, 0) << "nothing was compared";
    if (chaotic) {
        const double reference = nrmse(set, expected), ours = nrmse(set, actual);
        EXPECT_LE(std::abs(ours / reference - 1), kChaoticNrmseShare)
            << file << ": nRMSE " << ours << " against " << reference;
    }
}

void expect_close(const Eigen::MatrixXd& actual, const RowMatrix& expected, double tolerance, const std::string& what)
{
    ASSERT_EQ(actual.rows(), expected.rows()) << what;
    ASSERT_EQ(actual.cols(), expected.cols()) << what;
    Eigen::Index i = 0, j = 0;
    const double worst = (actual - expected).cwiseAbs().maxCoeff(&i, &j);
    ASSERT_LE(worst, tolerance) << what << "(" << i << "," << j << "): " << actual(i, j) << " against "
                                << expected(i, j);
}

/// Weights, state and influence against the snapshot files "<name>_<when>", those that are there.
int compare_snapshot(const GoldenSet& set, const NetworkPredictor& sut, const std::string& when, double tolerance)
{
    const rnn::NetworkWeights w = sut.weights();
    int files = 0;
    const auto compare = [&](const char* name, const auto& value) {
        const std::string file = std::string(name) + "_" + when;
        if (set.has(file)) {
            expect_close(value(), set.matrix(file), tolerance, file);
            ++files;
        }
    };
    compare("Wa", [&] { return w.Wa; });
    compare("Wb", [&] { return w.Wb; });
    compare("Wc", [&] { return w.Wc; });
    compare("A", [&] { return w.A; });
    compare("x", [&]() -> Eigen::MatrixXd { return sut.state(); });
    if (set.params().at("short") == "rtrl_v2") compare("J", [&] { return sut.influence(); });
    return files;
}

NetworkConfig config_of(const GoldenSet& set)
{
    const nlohmann::json& p = set.params();
    NetworkConfig c;
    c.coordinates = p.at("p");
    c.history = p.at("SHL");
    c.hidden = p.at("q");
    c.horizon = p.at("horizon");
    c.eta = p.at("learn_rate");
    c.clip = p.at("grad_threshold");
    c.eta_credit = p.at("learn_rate_A");
    c.uoro_reference_order = true;
    return c;
}

std::unique_ptr<NetworkPredictor> network_of(const GoldenSet& set, LearningRule rule, const NetworkConfig& config)
{
    auto sut = make_network(rule, rnn::Precision::double_precision, config);
    sut->set_weights({set.matrix("Wa_init"), set.matrix("Wb_init"), set.matrix("Wc_init"),
                      set.has("A_init") ? Eigen::MatrixXd(set.matrix("A_init")) : Eigen::MatrixXd()});
    if (rule == LearningRule::uoro) {
        const RowMatrix nu = set.matrix("nu");
        sut->set_signs({nu.data(), nu.data() + nu.size()});
    }
    return sut;
}

void check_published(const GoldenSet& set, LearningRule rule, const NetworkConfig& config,
                     const std::string& predictions, const std::string& envelope_file)
{
    SCOPED_TRACE(set.name() + " " + predictions);
    const RowMatrix envelope = set.matrix(envelope_file);
    auto sut = network_of(set, rule, config);
    const bool has_snapshots = predictions == "ypred_norm";  // they belong to that run
    int files = 0;
    const RowMatrix actual = run(*sut, set, Protocol::published, [&](int t) {
        const double now = envelope(t - 1, 0);
        if (has_snapshots && now < kFinalWeightsEnvelope)
            files += compare_snapshot(set, *sut, "step" + std::to_string(t),
                                      std::max(kToleranceFloor, kToleranceOverEnvelope * now));
    });
    expect_within_envelope(set, actual, predictions, envelope_file);
    const double last = envelope(envelope.rows() - 1, 0);
    if (has_snapshots && last < kFinalWeightsEnvelope)
        files += compare_snapshot(set, *sut, "final", std::max(kToleranceFloor, kToleranceOverEnvelope * last));
    if (has_snapshots) {
        EXPECT_GT(files, 0) << "no snapshot of the weights was compared";
    }
}

/// Live protocol, learn-first order, all forms for which the set has a file.
void check_causal(const GoldenSet& set, const std::function<std::unique_ptr<HorizonPredictor>(DelayedLearning)>& make)
{
    const std::string envelope = set.has("envelope_analytic") ? "envelope_analytic" : "envelope";
    const std::pair<int, DelayedLearning> forms[] = {{1, DelayedLearning::stored_record},
                                                     {2, DelayedLearning::delayed_learner},
                                                     {3, DelayedLearning::stored_influence}};
    for (const auto& [number, form] : forms) {
        const std::string file = "ypred_norm_causal" + std::to_string(number);
        if (!set.has(file)) continue;
        SCOPED_TRACE(set.name() + " " + file);
        const auto sut = make(form);
        expect_within_envelope(set, run(*sut, set, Protocol::live_learn_first), file, envelope);
    }
}

void check_network(const std::string& short_name, LearningRule rule)
{
    const auto sets = golden_sets(short_name);
    if (!sets)
        GTEST_SKIP() << "SKIPPED: no golden sets at " << golden_folder() << " (FORETIDE_GOLDEN, FORETIDE_SHARED)";
    if (sets->empty()) GTEST_SKIP() << "SKIPPED: no set of " << short_name << " in " << golden_folder();
    for (const GoldenSet& set : *sets) {
        NetworkConfig config = config_of(set);
        config.uoro_finite_difference = rule == LearningRule::uoro;
        check_published(set, rule, config, "ypred_norm", "envelope");
        config.uoro_finite_difference = false;
        if (set.has("ypred_norm_analytic"))
            check_published(set, rule, config, "ypred_norm_analytic", "envelope_analytic");
        check_causal(set, [&](DelayedLearning form) -> std::unique_ptr<HorizonPredictor> {
            NetworkConfig causal = config;
            causal.delayed = form;
            causal.eta *= set.params().at("eta_scale_causal").get<double>();
            return network_of(set, rule, causal);
        });
    }
}

TEST(Golden, RtrlNewState) { check_network("rtrl_v2", LearningRule::rtrl); }
TEST(Golden, RtrlHaykin) { check_network("rtrl_haykin", LearningRule::rtrl_haykin); }
TEST(Golden, Uoro) { check_network("uoro", LearningRule::uoro); }
TEST(Golden, Snap1) { check_network("snap1", LearningRule::snap1); }
TEST(Golden, Dni) { check_network("dni", LearningRule::dni); }
TEST(Golden, FixedWeights) { check_network("fixed_w", LearningRule::fixed); }

TEST(Golden, Lms)
{
    const auto sets = golden_sets("lms");
    if (!sets || sets->empty()) GTEST_SKIP() << "SKIPPED: no golden sets of lms at " << golden_folder();
    for (const GoldenSet& set : *sets) {
        SCOPED_TRACE(set.name());
        const nlohmann::json& p = set.params();
        rnn::LmsConfig config;
        config.coordinates = p.at("p");
        config.history = p.at("SHL");
        config.horizon = p.at("horizon");
        config.eta = p.at("learn_rate");
        config.clip = p.at("grad_threshold");
        const auto sut = make_lms(rnn::Precision::double_precision, config);
        const RowMatrix envelope = set.matrix("envelope");
        expect_within_envelope(set, run(*sut, set, Protocol::published), "ypred_norm", "envelope");
        const double last = envelope(envelope.rows() - 1, 0);
        if (last < kFinalWeightsEnvelope)
            expect_close(sut->weights(), set.matrix("W_final"),
                         std::max(kToleranceFloor, kToleranceOverEnvelope * last), "W_final");
        check_causal(set, [&](DelayedLearning form) -> std::unique_ptr<HorizonPredictor> {
            rnn::LmsConfig causal = config;
            causal.delayed = form;
            causal.eta *= p.at("eta_scale_causal").get<double>();
            return make_lms(rnn::Precision::double_precision, causal);
        });
    }
}

TEST(Golden, LinearRegression)
{
    const auto sets = golden_sets("linreg");
    if (!sets || sets->empty()) GTEST_SKIP() << "SKIPPED: no golden sets of linreg at " << golden_folder();
    for (const GoldenSet& set : *sets) {
        SCOPED_TRACE(set.name());
        const nlohmann::json& p = set.params();
        const RowMatrix data = set.matrix("data_mm");
        rnn::OlsConfig config;
        config.coordinates = p.at("p");
        config.history = p.at("SHL");
        config.horizon = p.at("horizon");
        config.train_samples = p.at("tmax_training");
        rnn::Ols sut(config);
        const RowMatrix expected = set.matrix("ypred_mm");
        RowMatrix actual = RowMatrix::Zero(expected.rows(), expected.cols());
        std::vector<double> y_hat(static_cast<std::size_t>(data.cols()));
        for (int n = 0; n + config.horizon < data.rows(); ++n) {
            sut.observe(row(data, n));
            const bool ready = sut.predict(y_hat);
            if (const int target = n + config.horizon; target >= config.train_samples) {
                ASSERT_TRUE(ready) << "sample " << n;
                actual.row(target - config.train_samples) =
                    Eigen::Map<const Eigen::RowVectorXd>(y_hat.data(), data.cols());
            }
            sut.learn_revealed(row(data, n + config.horizon));
        }
        RowMatrix coefficients(data.cols(), config.coordinates * config.history + 1);
        for (Eigen::Index i = 0; i < coefficients.rows(); ++i)
            for (Eigen::Index j = 0; j < coefficients.cols(); ++j)
                coefficients(i, j) = sut.coefficient(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
        // Two solutions of one least-squares problem differ by its conditioning, not step by step: relative to the
        // largest entry.
        constexpr double relative = 1e-8;
        expect_close(coefficients, set.matrix("A_coef"), relative * set.matrix("A_coef").cwiseAbs().maxCoeff(),
                     "A_coef");
        expect_close(actual, expected, relative * expected.cwiseAbs().maxCoeff(), "ypred_mm");
    }
}

}  // namespace
}  // namespace foretide::golden
