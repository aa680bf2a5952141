// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/rnn/oracle.h"

#include <cmath>
#include <random>

namespace foretide::rnn::oracle {

namespace {

using Eigen::Index;

Mat joined(const NetworkWeights& w)
{
    Mat W(w.Wa.rows(), w.Wa.cols() + w.Wb.cols());
    W << w.Wa, w.Wb;
    return W;
}

NetworkWeights with(const NetworkWeights& w, const Mat& W)
{
    return {W.leftCols(w.Wa.cols()), W.rightCols(w.Wb.cols()), w.Wc, w.A};
}

/// s = [x; u].
Vec stacked(const Vec& x, const Vec& u)
{
    Vec s(x.size() + u.size());
    s << x, u;
    return s;
}

Vec phi(const Vec& x) { return (1 - x.array().square()).matrix(); }

Mat jacobian(const NetworkWeights& w, const Vec& x) { return phi(x).asDiagonal() * w.Wa; }

Vec bar_of(const Vec& x, const Vec& target)
{
    Vec bar(x.size() + target.size() + 1);
    bar << x, target, 1;
    return bar;
}

constexpr double kStep = 1e-6;

}  // namespace

Vec sample(const Series& series, int n)
{
    const std::vector<double>& y = series.at(static_cast<std::size_t>(n));
    return Eigen::Map<const Vec>(y.data(), static_cast<Index>(y.size()));
}

Vec input(const Series& series, int newest, int k)
{
    const Index p = static_cast<Index>(series.front().size());
    Vec u(1 + k * p);
    u[0] = 1;
    for (int i = 0; i < k; ++i) u.segment(1 + i * p, p) = sample(series, newest - k + 1 + i);
    return u;
}

std::vector<Vec> inputs_until(const Series& series, int newest, int k)
{
    std::vector<Vec> u;
    for (int n = k - 1; n <= newest; ++n) u.push_back(input(series, n, k));
    return u;
}

std::vector<Vec> targets_until(const Series& series, int newest, int k, int horizon)
{
    std::vector<Vec> targets;
    for (int n = k - 1; n <= newest; ++n) targets.push_back(sample(series, n + horizon));
    return targets;
}

std::vector<Vec> states(const NetworkWeights& w, const std::vector<Vec>& u)
{
    std::vector<Vec> x{Vec::Zero(w.Wa.rows())};
    for (const Vec& input : u) x.push_back((w.Wa * x.back() + w.Wb * input).array().tanh().matrix());
    return x;
}

double Gradient::norm() const { return std::sqrt(W.squaredNorm() + Wc.squaredNorm()); }

double loss(const NetworkWeights& w, const std::vector<Vec>& u, const Vec& target, bool haykin)
{
    const std::vector<Vec> x = states(w, u);
    return 0.5 * (target - w.Wc * x[x.size() - (haykin ? 2 : 1)]).squaredNorm();
}

Gradient finite_differences(const NetworkWeights& w, const std::vector<Vec>& u, const Vec& target, bool haykin)
{
    Gradient gradient{joined(w), w.Wc};
    const auto slope = [&](double& entry, const auto& weights) {
        const double value = entry;
        entry = value + kStep;
        const double above = loss(weights(), u, target, haykin);
        entry = value - kStep;
        const double below = loss(weights(), u, target, haykin);
        entry = value;
        return (above - below) / (2 * kStep);
    };
    Mat W = joined(w);
    for (Index i = 0; i < W.size(); ++i) gradient.W(i) = slope(W(i), [&] { return with(w, W); });
    NetworkWeights read_out = w;
    for (Index i = 0; i < w.Wc.size(); ++i) gradient.Wc(i) = slope(read_out.Wc(i), [&] { return read_out; });
    return gradient;
}

Gradient bptt(const NetworkWeights& w, const std::vector<Vec>& u, const Vec& target, bool haykin)
{
    const std::vector<Vec> x = states(w, u);
    const std::size_t last = x.size() - (haykin ? 2 : 1);
    const Vec e = target - w.Wc * x[last];
    Gradient gradient{Mat::Zero(w.Wa.rows(), w.Wa.cols() + w.Wb.cols()), -e * x[last].transpose()};
    Vec back = -w.Wc.transpose() * e;  // ∂loss/∂x[t]
    for (std::size_t t = last; t > 0; --t) {
        const Vec at_z = back.cwiseProduct(phi(x[t]));
        gradient.W += at_z * stacked(x[t - 1], u[t - 1]).transpose();
        back = w.Wa.transpose() * at_z;
    }
    return gradient;
}

Mat influence_by_finite_differences(const NetworkWeights& w, const std::vector<Vec>& u)
{
    Mat W = joined(w);
    Mat J(w.Wa.rows(), W.size());
    for (Index i = 0; i < W.size(); ++i) {
        const double value = W(i);
        W(i) = value + kStep;
        const Vec above = states(with(w, W), u).back();
        W(i) = value - kStep;
        const Vec below = states(with(w, W), u).back();
        W(i) = value;
        J.col(i) = (above - below) / (2 * kStep);
    }
    return J;
}

Mat influence(const NetworkWeights& w, const std::vector<Vec>& u, bool diagonal_only)
{
    const std::vector<Vec> x = states(w, u);
    const Index q = w.Wa.rows();
    Mat J = Mat::Zero(q, q * (q + w.Wb.cols()));
    for (std::size_t t = 1; t < x.size(); ++t) {
        Mat D = jacobian(w, x[t]);
        if (diagonal_only) D = Mat(D.diagonal().asDiagonal());
        J = D * J;
        const Vec s = stacked(x[t - 1], u[t - 1]);
        for (Index c = 0; c < s.size(); ++c)
            for (Index i = 0; i < q; ++i) J(i, c * q + i) += phi(x[t])[i] * s[c];
    }
    return J;
}

Mat RankOne::influence() const { return tangent * theta.reshaped().transpose(); }

RankOne rank_one(const NetworkWeights& w, const std::vector<Vec>& u, const Mat& nu)
{
    constexpr double epsilon = 1e-7;
    const std::vector<Vec> x = states(w, u);
    const Index q = w.Wa.rows();
    RankOne estimate{Vec::Zero(q), Mat::Zero(q, q + w.Wb.cols())};
    for (std::size_t t = 1; t < x.size(); ++t) {
        const Vec signs = nu.col(static_cast<Index>(t) - 1);
        const Vec forward = jacobian(w, x[t]) * estimate.tangent;
        const Mat g = signs.cwiseProduct(phi(x[t])) * stacked(x[t - 1], u[t - 1]).transpose();
        const double rho0 = std::sqrt(estimate.theta.norm() / (forward.norm() + epsilon)) + epsilon;
        const double rho1 = std::sqrt(g.norm() / (signs.norm() + epsilon)) + epsilon;
        estimate.tangent = rho0 * forward + rho1 * signs;
        estimate.theta = estimate.theta / rho0 + g / rho1;
    }
    return estimate;
}

Vec credit_residual(const Mat& A, const Vec& bar, const Vec& bar_next, const Vec& delta, const Mat& D)
{
    return (bar.transpose() * A - delta.transpose() - (bar_next.transpose() * A) * D).transpose();
}

Credit credit(const NetworkWeights& w, const std::vector<Vec>& u, const std::vector<Vec>& targets, double eta_credit)
{
    const std::vector<Vec> x = states(w, u);
    const Index q = w.Wa.rows(), p = w.Wc.rows();
    Credit now{w.A, bar_of(Vec::Zero(q), Vec::Zero(p)), Vec::Zero(q), Vec::Zero(q)};
    for (std::size_t t = 1; t < x.size(); ++t) {
        const Vec next = bar_of(x[t], targets[t - 1]);
        const Vec delta = -w.Wc.transpose() * (targets[t - 1] - w.Wc * x[t]);
        const Mat D = jacobian(w, x[t]);
        now.residual = credit_residual(now.A, now.bar, next, delta, D);
        now.A -= eta_credit * (now.bar * now.residual.transpose() - next * (D * now.residual).transpose());
        now.credit = now.A.transpose() * now.bar;
        now.bar = next;
    }
    return now;
}

Gradient rule_gradient(const RuleCase& rule, const NetworkWeights& w, const std::vector<Vec>& u,
                       const std::vector<Vec>& targets, const Mat& nu, double eta_credit)
{
    if (rule.rule == LearningRule::rtrl || rule.rule == LearningRule::rtrl_haykin)
        return bptt(w, u, targets.back(), rule.rule == LearningRule::rtrl_haykin);
    const std::vector<Vec> x = states(w, u);
    const Index q = w.Wa.rows();
    const Vec e = targets.back() - w.Wc * x.back();
    const Vec delta = -w.Wc.transpose() * e;
    Gradient gradient{Mat::Zero(q, q + w.Wb.cols()), -e * x.back().transpose()};
    switch (rule.rule) {
    case LearningRule::snap1:
        gradient.W.reshaped() = influence(w, u, true).transpose() * delta;
        break;
    case LearningRule::uoro: {
        const std::vector<Vec> old(u.begin(), u.end() - (rule.uoro_reference_order ? 1 : 0));
        const RankOne estimate = rank_one(w, old, nu);
        gradient.W = delta.dot(estimate.tangent) * estimate.theta;
        break;
    }
    case LearningRule::dni:
        gradient.W = credit(w, u, targets, eta_credit).credit.cwiseProduct(phi(x.back())) *
                     stacked(x[x.size() - 2], u.back()).transpose();
        break;
    default:
        break;
    }
    return gradient;
}

Gradient applied(const NetworkWeights& before, const NetworkWeights& after, double eta)
{
    return {(joined(before) - joined(after)) / eta, (before.Wc - after.Wc) / eta};
}

double difference(const Gradient& a, const Gradient& b)
{
    return std::max((a.W - b.W).cwiseAbs().maxCoeff(), (a.Wc - b.Wc).cwiseAbs().maxCoeff());
}

Mat random_signs(int q, int steps, unsigned seed)
{
    std::mt19937_64 engine(seed);
    Mat nu(q, steps);
    for (double& sign : nu.reshaped()) sign = (engine() & 1U) != 0 ? 1 : -1;
    return nu;
}

}  // namespace foretide::rnn::oracle
