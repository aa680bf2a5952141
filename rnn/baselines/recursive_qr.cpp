// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/baselines/recursive_qr.h"

#include <algorithm>
#include <cmath>

namespace foretide::rnn {

namespace {

/// (a, b) ← (c·a + s·b, c·b − s·a) over n entries.
void rotate(double* __restrict a, double* __restrict b, std::size_t n, double c, double s) noexcept
{
    for (std::size_t j = 0; j < n; ++j) {
        const double top = c * a[j] + s * b[j];
        b[j] = c * b[j] - s * a[j];
        a[j] = top;
    }
}

}  // namespace

RecursiveQr::RecursiveQr(std::size_t inputs, std::size_t outputs, double ridge)
    : n_(inputs),
      p_(outputs),
      R_(inputs, inputs),
      rhs_(inputs, outputs),
      solution_(inputs, outputs),
      row_(padded<double>(inputs)),
      out_(padded<double>(outputs))
{
    for (std::size_t i = 0; i < n_; ++i) R_(i, i) = std::sqrt(ridge);
}

void RecursiveQr::add_row(std::span<const double> u, std::span<const double> y) noexcept
{
    std::copy(u.begin(), u.end(), row_.begin());
    std::copy(y.begin(), y.end(), out_.begin());
    for (std::size_t k = 0; k < n_; ++k) {
        if (row_[k] == 0.0) continue;
        double* r = R_.row(k);
        const double length = std::sqrt(r[k] * r[k] + row_[k] * row_[k]);
        if (length == 0.0) continue;
        const double c = r[k] / length, s = row_[k] / length;
        rotate(r + k, row_.data() + k, n_ - k, c, s);
        rotate(rhs_.row(k), out_.data(), p_, c, s);
    }
}

void RecursiveQr::solve() noexcept
{
    for (std::size_t i = n_; i-- > 0;) {
        const double* r = R_.row(i);
        double* x = solution_.row(i);
        std::copy_n(rhs_.row(i), p_, x);
        for (std::size_t j = i + 1; j < n_; ++j) {
            const double* known = solution_.row(j);
            for (std::size_t c = 0; c < p_; ++c) x[c] -= r[j] * known[c];
        }
        for (std::size_t c = 0; c < p_; ++c) x[c] = r[i] != 0.0 ? x[c] / r[i] : 0.0;
    }
}

void RecursiveQr::apply(std::span<const double> u, std::span<double> y_hat) const noexcept
{
    std::fill(y_hat.begin(), y_hat.end(), 0.0);
    for (std::size_t i = 0; i < n_; ++i) {
        const double* b = solution_.row(i);
        for (std::size_t c = 0; c < p_; ++c) y_hat[c] += b[c] * u[i];
    }
}

}  // namespace foretide::rnn
