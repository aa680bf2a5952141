// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <span>

#include "rnn/aligned.h"

namespace foretide::rnn {

/// Least squares that grows row by row: min_B Σ‖y − B·u‖² + λ‖B‖², B [p × n].
///
/// Keeps the triangular factor R of the rows seen so far and Qᵀy, renewed by Givens rotations (Gentleman 1974):
/// the conditioning of a QR factorisation, constant memory, no refactorisation. λ → 0 tends to the solution of
/// least norm where the rows do not determine B.
///
/// RT-safe after construction; add_row() costs 3n² + 6np flops, solve() n²p.
class RecursiveQr {
public:
    RecursiveQr(std::size_t inputs, std::size_t outputs, double ridge);

    /// One observation: u (n numbers), y (p numbers).
    void add_row(std::span<const double> u, std::span<const double> y) noexcept;

    /// B by back substitution; read it with coefficient().
    void solve() noexcept;

    /// B(output, input) of the newest solve(); 0 before.
    double coefficient(std::size_t output, std::size_t input) const noexcept { return solution_(input, output); }

    /// y_hat = B·u.
    void apply(std::span<const double> u, std::span<double> y_hat) const noexcept;

    template <class Archive>
    void archive(Archive& ar)
    {
        ar.array(R_.all());
        ar.array(rhs_.all());
        ar.array(solution_.all());
    }

private:
    std::size_t n_, p_;
    PaddedMatrix<double> R_;           // n × n, upper triangle
    PaddedMatrix<double> rhs_;         // n × p, Qᵀy
    PaddedMatrix<double> solution_;    // n × p, Bᵀ
    AlignedVector<double> row_, out_;  // n, p: the row being rotated in
};

}  // namespace foretide::rnn
