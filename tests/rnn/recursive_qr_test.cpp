// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/baselines/recursive_qr.h"

#include <cmath>
#include <random>

#include <Eigen/QR>
#include <gtest/gtest.h>

namespace foretide::rnn {
namespace {

using Eigen::MatrixXd;

MatrixXd normal_matrix(Eigen::Index rows, Eigen::Index cols, std::mt19937_64& engine)
{
    std::normal_distribution<double> normal(0, 1);
    MatrixXd m(rows, cols);
    for (double& v : m.reshaped()) v = normal(engine);
    return m;
}

void add(RecursiveQr& sut, const MatrixXd& U, const MatrixXd& Y, Eigen::Index row)
{
    const Eigen::VectorXd u = U.row(row), y = Y.row(row);
    sut.add_row({u.data(), static_cast<std::size_t>(u.size())}, {y.data(), static_cast<std::size_t>(y.size())});
}

/// B of the newest solve(), inputs × outputs.
MatrixXd solution(const RecursiveQr& sut, Eigen::Index inputs, Eigen::Index outputs)
{
    MatrixXd B(inputs, outputs);
    for (Eigen::Index i = 0; i < inputs; ++i)
        for (Eigen::Index o = 0; o < outputs; ++o)
            B(i, o) = sut.coefficient(static_cast<std::size_t>(o), static_cast<std::size_t>(i));
    return B;
}

/// min ‖Y − U·B‖² + λ‖B‖², by Eigen's complete orthogonal decomposition of [U; √λ·I]: least norm where λ = 0.
MatrixXd reference(const MatrixXd& U, const MatrixXd& Y, double ridge)
{
    const Eigen::Index n = U.cols();
    MatrixXd stacked(U.rows() + (ridge > 0 ? n : 0), n), right(stacked.rows(), Y.cols());
    stacked.topRows(U.rows()) = U;
    right.setZero();
    right.topRows(U.rows()) = Y;
    if (ridge > 0) stacked.bottomRows(n) = std::sqrt(ridge) * MatrixXd::Identity(n, n);
    return stacked.completeOrthogonalDecomposition().solve(right);
}

TEST(RecursiveQr, IsTheLeastSquaresSolutionAtEveryRow)
{
    std::mt19937_64 engine(1);
    for (const Eigen::Index n : {1, 2, 5, 12}) {
        const MatrixXd U = normal_matrix(4 * n, n, engine), Y = normal_matrix(4 * n, 3, engine);
        for (const double ridge : {0.0, 1e-3, 1.0}) {
            SCOPED_TRACE(std::to_string(n) + " inputs, ridge " + std::to_string(ridge));
            RecursiveQr sut(static_cast<std::size_t>(n), 3, ridge);
            for (Eigen::Index row = 0; row < U.rows(); ++row) {
                add(sut, U, Y, row);
                if (ridge == 0 && row + 1 < 2 * n) continue;
                sut.solve();
                const MatrixXd expected = reference(U.topRows(row + 1), Y.topRows(row + 1), ridge);
                ASSERT_LT((solution(sut, n, 3) - expected).norm(), 1e-10 * (1 + expected.norm())) << "row " << row;
            }
        }
    }
}

TEST(RecursiveQr, TendsToTheSolutionOfLeastNormWhereRowsDoNotDetermineIt)
{
    std::mt19937_64 engine(2);
    for (const double ridge : {1e-8, 1e-12, 1e-16})
        for (const Eigen::Index rows : {1, 3, 7}) {
            SCOPED_TRACE(std::to_string(rows) + " rows, ridge " + std::to_string(ridge));
            constexpr Eigen::Index n = 10;
            const MatrixXd U = normal_matrix(rows, n, engine), Y = normal_matrix(rows, 2, engine);
            RecursiveQr sut(n, 2, ridge);
            for (Eigen::Index row = 0; row < rows; ++row) add(sut, U, Y, row);
            sut.solve();
            const MatrixXd B = solution(sut, n, 2), expected = reference(U, Y, 0);
            EXPECT_LT((U * B - Y).norm(), 1e-6);
            // λ itself moves the solution by λ/σ², rounding by ε over √λ relative to the rows' size.
            const double tolerance = 100 * (ridge + 1e-16 / std::sqrt(ridge));
            EXPECT_LT((B - expected).norm(), tolerance * (1 + expected.norm()));
        }
}

TEST(RecursiveQr, KeepsItsConditioningOnNearlyDependentInputs)
{
    // Lagged samples of a slow wave far from zero, as OLS sees them: condition number about 1e6.
    std::mt19937_64 engine(3);
    std::normal_distribution<double> noise(0, 0.01);
    constexpr Eigen::Index n = 9, rows = 200;
    std::vector<double> wave;
    for (int i = 0; i < rows + n; ++i) wave.push_back(100 + 5 * std::sin(0.1 * i) + noise(engine));
    MatrixXd U(rows, n), Y(rows, 1);
    for (Eigen::Index r = 0; r < rows; ++r) {
        U(r, 0) = 1;
        for (Eigen::Index c = 1; c < n; ++c) U(r, c) = wave[static_cast<std::size_t>(r + c)];
        Y(r, 0) = wave[static_cast<std::size_t>(r + n)];
    }
    RecursiveQr sut(n, 1, 0);
    for (Eigen::Index r = 0; r < rows; ++r) add(sut, U, Y, r);
    sut.solve();
    const MatrixXd expected = reference(U, Y, 0);
    EXPECT_LT((solution(sut, n, 1) - expected).norm(), 1e-8 * expected.norm());
}

TEST(RecursiveQr, AppliesTheNewestSolution)
{
    std::mt19937_64 engine(4);
    const MatrixXd U = normal_matrix(20, 4, engine), Y = normal_matrix(20, 2, engine);
    RecursiveQr sut(4, 2, 1e-3);
    EXPECT_EQ(solution(sut, 4, 2).norm(), 0);
    for (Eigen::Index r = 0; r < 20; ++r) add(sut, U, Y, r);
    EXPECT_EQ(solution(sut, 4, 2).norm(), 0) << "changed without solve()";
    sut.solve();
    const Eigen::VectorXd u = U.row(0);
    std::vector<double> y_hat(2);
    sut.apply({u.data(), 4}, y_hat);
    const Eigen::VectorXd expected = solution(sut, 4, 2).transpose() * u;
    EXPECT_NEAR(y_hat[0], expected[0], 1e-14);
    EXPECT_NEAR(y_hat[1], expected[1], 1e-14);
}

TEST(RecursiveQr, GivesZeroForInputsThatWereNeverSeen)
{
    RecursiveQr sut(3, 1, 0);
    const std::vector<double> u{2, 0, 0}, y{6};
    sut.add_row(u, y);
    sut.solve();
    EXPECT_NEAR(sut.coefficient(0, 0), 3, 1e-14);
    EXPECT_EQ(sut.coefficient(0, 1), 0);
    EXPECT_EQ(sut.coefficient(0, 2), 0);
}

}  // namespace
}  // namespace foretide::rnn
