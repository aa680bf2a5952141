// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <vector>

#include <Eigen/Core>

#include "tests/rnn/rnn_test_support.h"

/// The mathematics of ALGORITHMS.md §§1–2 written out plainly in dense matrices, for weights that stand still:
/// slow, short, and independent of the library's layouts, sweeps and shortcuts.
///
/// Steps t = 1 … T have the inputs u[t−1]; x[0] = 0. Columns of an influence are vec([Wa Wb]), column-major.
namespace foretide::rnn::oracle {

using Mat = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

/// [1; y(n−k+1); …; y(n)] with n = newest.
Vec input(const Series& series, int newest, int k);
Vec sample(const Series& series, int n);

/// The inputs whose windows end at samples k − 1 … newest.
std::vector<Vec> inputs_until(const Series& series, int newest, int k);
/// The samples `horizon` after the newest ones of those windows.
std::vector<Vec> targets_until(const Series& series, int newest, int k, int horizon);

/// x[0] … x[T].
std::vector<Vec> states(const NetworkWeights& w, const std::vector<Vec>& u);

struct Gradient {
    Mat W;   ///< of [Wa Wb], q × (q+m+1)
    Mat Wc;  ///< p × q
    double norm() const;
};

/// ½‖target − Wc·x‖², x the last state (Haykin's form: the one before).
double loss(const NetworkWeights& w, const std::vector<Vec>& u, const Vec& target, bool haykin);
/// ∂loss by central differences.
Gradient finite_differences(const NetworkWeights& w, const std::vector<Vec>& u, const Vec& target, bool haykin);
/// ∂loss by backpropagation through all T steps.
Gradient bptt(const NetworkWeights& w, const std::vector<Vec>& u, const Vec& target, bool haykin);

/// ∂x[T]/∂vec([Wa Wb]) by central differences of the state.
Mat influence_by_finite_differences(const NetworkWeights& w, const std::vector<Vec>& u);
/// J ← D·J + I over all T steps; `diagonal_only`: with all of D but its diagonal put to zero (SnAp-1).
Mat influence(const NetworkWeights& w, const std::vector<Vec>& u, bool diagonal_only);

/// UORO's x̃ and θ̃, closed tangent.
struct RankOne {
    Vec tangent;  ///< q
    Mat theta;    ///< q × (q+m+1), order of [Wa Wb]
    Mat influence() const;
};
/// After T steps with signs nu (one column a step).
RankOne rank_one(const NetworkWeights& w, const std::vector<Vec>& u, const Mat& nu);

/// DNI's credit assignment.
struct Credit {
    Mat A;         ///< (q+p+1) × q
    Vec bar;       ///< x̄ of the newest step
    Vec residual;  ///< f of the newest step
    Vec credit;    ///< c of the newest step, with the renewed A
};
/// f for these x̄, x̄⁺ and A.
Vec credit_residual(const Mat& A, const Vec& bar, const Vec& bar_next, const Vec& delta, const Mat& D);
/// After T steps from x̄ = [0 … 0; 1].
Credit credit(const NetworkWeights& w, const std::vector<Vec>& u, const std::vector<Vec>& targets, double eta_credit);

/// The gradient that the rule takes at the last step, from w throughout; targets of all steps (DNI needs them),
/// signs nu as rank_one() (UORO only).
Gradient rule_gradient(const RuleCase& rule, const NetworkWeights& w, const std::vector<Vec>& u,
                       const std::vector<Vec>& targets, const Mat& nu, double eta_credit);

/// What an update of the weights was divided by −η: the gradient that was taken, scaled.
Gradient applied(const NetworkWeights& before, const NetworkWeights& after, double eta);

/// Largest absolute difference of an entry.
double difference(const Gradient& a, const Gradient& b);

/// T columns of q random signs.
Mat random_signs(int q, int steps, unsigned seed);

}  // namespace foretide::rnn::oracle
