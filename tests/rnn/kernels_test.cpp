// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Every kernel of every instruction set against plain loops in long double, at 1 … 40 units.
//
// Tolerance of a sum of n products: (n + 4)·ε·Σ|products|, the bound of any order of summation, fused or not.

#include "rnn/kernels/kernels.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "rnn/aligned.h"
#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn::kernels {
namespace {

using Exact = long double;
constexpr std::size_t kUnits = 40;

/// A sum with the bound of what rounding may do to it.
template <class T>
struct Sum {
    Exact value = 0, magnitude = 0;
    int terms = 0;

    void add(Exact term)
    {
        value += term;
        magnitude += std::abs(term);
        ++terms;
    }
    void expect_near(T actual) const
    {
        const Exact bound = (terms + 4) * static_cast<Exact>(std::numeric_limits<T>::epsilon()) * magnitude;
        ASSERT_LE(std::abs(actual - value), bound) << actual << " against " << static_cast<double>(value);
    }
};

template <class T>
class KernelsOf : public ::testing::Test {
protected:
    std::mt19937_64 engine_{1};

    T number() { return static_cast<T>(std::uniform_real_distribution<double>(-1, 1)(engine_)); }
    PaddedMatrix<T> matrix(std::size_t rows, std::size_t cols)
    {
        PaddedMatrix<T> m(rows, cols);
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < cols; ++j) m(i, j) = number();
        return m;
    }
    /// n random entries, zero padding.
    AlignedVector<T> vector(std::size_t n, std::size_t length)
    {
        AlignedVector<T> v(length, T(0));
        for (std::size_t i = 0; i < n; ++i) v[i] = number();
        return v;
    }

    /// Calls test(table) for each instruction set.
    template <class F>
    void for_each_table(F&& test)
    {
        const std::vector<std::string> sets = instruction_sets();
        ASSERT_FALSE(sets.empty());
        ASSERT_EQ(sets.front(), "baseline");
        this->RecordProperty("instruction_sets", ::testing::PrintToString(sets));
        for (const std::string& set : sets) {
            SCOPED_TRACE(set);
            const ScopedEnvironment isa("FORETIDE_ISA", set);
            const KernelTable<T>& table = select_kernels<T>();
            ASSERT_EQ(table.name, set);
            test(table);
            if (this->HasFatalFailure()) return;
        }
    }
};

using Numbers = ::testing::Types<float, double>;
TYPED_TEST_SUITE(KernelsOf, Numbers);

bool advances(PassKind k)
{
    return k == PassKind::advance || k == PassKind::advance_apply || k == PassKind::apply_advance;
}

TYPED_TEST(KernelsOf, RowPass)
{
    using T = TypeParam;
    const auto check = [&](const KernelTable<T>& table, PassKind kind, int dots, std::size_t rows, std::size_t cols) {
        SCOPED_TRACE("kind " + std::to_string(static_cast<int>(kind)) + ", " + std::to_string(dots) + " dots, " +
                     std::to_string(rows) + " × " + std::to_string(cols));
        const PaddedMatrix<T> W0 = this->matrix(rows, cols), J0 = this->matrix(rows, cols);
        PaddedMatrix<T> W = W0, J = J0;
        const std::size_t stride = W.stride();
        const auto s = this->vector(cols, stride), v0 = this->vector(cols, stride), v1 = this->vector(cols, stride);
        const auto a = this->vector(rows, padded<T>(rows)), b = this->vector(rows, padded<T>(rows)),
                   g = this->vector(rows, padded<T>(rows));
        AlignedVector<T> norm2(padded<T>(rows), T(-1)), dot0 = norm2, dot1 = norm2;
        const bool uses_influence = advances(kind) || kind == PassKind::apply;

        RowPass<T> pass;
        pass.kind = kind;
        pass.rows = rows;
        pass.stride = stride;
        pass.W = W.data();
        if (uses_influence) pass.J = J.data();
        if (kind == PassKind::outer || advances(kind)) pass.s = s.data();
        if (advances(kind)) {
            pass.a = a.data();
            pass.b = b.data();
            pass.norm2 = norm2.data();
        }
        if (kind != PassKind::dots && kind != PassKind::advance) pass.g = g.data();
        if (dots > 0) {
            pass.v0 = v0.data();
            pass.dot0 = dot0.data();
        }
        if (dots > 1) {
            pass.v1 = v1.data();
            pass.dot1 = dot1.data();
        }
        table.row_pass(pass);

        for (std::size_t i = 0; i < rows; ++i) {
            Sum<T> square, first, second;
            for (std::size_t j = 0; j < stride; ++j) {
                Sum<T> influence, weight;
                influence.add(advances(kind) ? Exact(b[i]) * J0(i, j) : Exact(J0(i, j)));
                if (advances(kind)) influence.add(Exact(a[i]) * s[j]);
                weight.add(W0(i, j));
                switch (kind) {
                case PassKind::outer:
                    weight.add(Exact(g[i]) * s[j]);
                    break;
                case PassKind::apply:
                case PassKind::apply_advance:
                    weight.add(Exact(g[i]) * J0(i, j));
                    break;
                case PassKind::advance_apply:
                    weight.add(Exact(g[i]) * J(i, j));
                    break;
                default:
                    break;
                }
                ASSERT_NO_FATAL_FAILURE(influence.expect_near(J(i, j)));
                ASSERT_NO_FATAL_FAILURE(weight.expect_near(W(i, j)));
                if (weight.terms == 1) {
                    ASSERT_EQ(W(i, j), W0(i, j));
                }
                square.add(Exact(J(i, j)) * J(i, j));
                first.add(Exact(W(i, j)) * v0[j]);
                second.add(Exact(W(i, j)) * v1[j]);
            }
            if (advances(kind)) {
                ASSERT_NO_FATAL_FAILURE(square.expect_near(norm2[i]));
            } else {
                ASSERT_EQ(norm2[i], T(-1));
            }
            if (dots > 0) {
                ASSERT_NO_FATAL_FAILURE(first.expect_near(dot0[i]));
            } else {
                ASSERT_EQ(dot0[i], T(-1));
            }
            if (dots > 1) {
                ASSERT_NO_FATAL_FAILURE(second.expect_near(dot1[i]));
            } else {
                ASSERT_EQ(dot1[i], T(-1));
            }
        }
    };
    this->for_each_table([&](const KernelTable<T>& table) {
        for (std::size_t rows = 1; rows <= kUnits; ++rows)
            for (const PassKind kind : {PassKind::dots, PassKind::outer, PassKind::advance, PassKind::apply,
                                        PassKind::advance_apply, PassKind::apply_advance})
                for (int dots = 0; dots <= 2; ++dots)
                    ASSERT_NO_FATAL_FAILURE(check(table, kind, dots, rows, rows + (7 * rows + 1) % 23));
    });
}

/// RTRL's influence as a plain matrix q × (q·stride) and in the kernels' panels.
template <class T>
struct Influence {
    std::size_t q, stride, width;
    AlignedVector<T> panels;

    T& at(std::size_t r, std::size_t column)
    {
        return panels[(column / width) * width * q + r * width + column % width];
    }
};

TYPED_TEST(KernelsOf, RtrlProduct)
{
    using T = TypeParam;
    enum class Mode { advance, advance_and_gradient, gradient_of_old, gradient_only };
    const auto check = [&](const KernelTable<T>& table, Mode mode, std::size_t q, std::size_t columns) {
        SCOPED_TRACE("mode " + std::to_string(static_cast<int>(mode)) + ", " + std::to_string(q) + " units, " +
                     std::to_string(columns) + " columns each");
        const std::size_t stride = padded<T>(columns);
        Influence<T> J{q, stride, table.rtrl_panel_columns, {}};
        J.panels.assign(rtrl_influence_size(table, q, stride), T(0));
        for (std::size_t r = 0; r < q; ++r)
            for (std::size_t i = 0; i < q; ++i)
                for (std::size_t j = 0; j < columns; ++j) J.at(r, i * stride + j) = this->number();
        Influence<T> old = J;
        const auto D = this->vector(q * q, padded<T>(q * q)), phi = this->vector(q, padded<T>(q)),
                   s = this->vector(columns, stride), delta = this->vector(q, padded<T>(q));
        AlignedVector<T> gradient(q * stride, T(-1)), scratch(q * table.rtrl_panel_columns);

        RtrlProduct<T> job;
        job.units = q;
        job.stride = stride;
        job.J = J.panels.data();
        job.D = D.data();
        job.phi = phi.data();
        job.s = s.data();
        job.scratch = scratch.data();
        if (mode != Mode::advance) {
            job.delta = delta.data();
            job.gradient = gradient.data();
        }
        job.gradient_of_old = mode == Mode::gradient_of_old;
        job.advance = mode != Mode::gradient_only;
        table.rtrl_product(job);

        for (std::size_t i = 0; i < q; ++i)
            for (std::size_t j = 0; j < stride; ++j) {
                const std::size_t column = i * stride + j;
                Sum<T> slope;
                for (std::size_t r = 0; r < q; ++r) {
                    if (mode == Mode::gradient_only) {
                        ASSERT_EQ(J.at(r, column), old.at(r, column));
                    } else {
                        Sum<T> entry;
                        for (std::size_t k = 0; k < q; ++k) entry.add(Exact(D[r * q + k]) * old.at(k, column));
                        if (r == i) entry.add(Exact(phi[i]) * s[j]);
                        ASSERT_NO_FATAL_FAILURE(entry.expect_near(J.at(r, column)));
                    }
                    const bool of_old = mode == Mode::gradient_of_old || mode == Mode::gradient_only;
                    slope.add(Exact(delta[r]) * (of_old ? old : J).at(r, column));
                }
                if (mode == Mode::advance) {
                    ASSERT_EQ(gradient[column], T(-1));
                } else {
                    ASSERT_NO_FATAL_FAILURE(slope.expect_near(gradient[column]));
                }
            }
    };
    this->for_each_table([&](const KernelTable<T>& table) {
        for (std::size_t q = 1; q <= kUnits; ++q)
            for (const Mode mode :
                 {Mode::advance, Mode::advance_and_gradient, Mode::gradient_of_old, Mode::gradient_only})
                ASSERT_NO_FATAL_FAILURE(check(table, mode, q, q % 3 == 0 ? 33 : 1 + q % 14));
    });
}

/// A matrix that is part of a wider one and starts anywhere in it, as Wa in W: rows are not aligned.
template <class T>
struct Block {
    AlignedVector<T> storage;
    std::size_t stride, offset;

    const T* data() const { return storage.data() + offset; }
    T* data() { return storage.data() + offset; }
    T operator()(std::size_t i, std::size_t j) const { return storage[offset + i * stride + j]; }
};

TYPED_TEST(KernelsOf, MatrixTimesVector)
{
    using T = TypeParam;
    this->for_each_table([&](const KernelTable<T>& table) {
        for (std::size_t rows = 1; rows <= kUnits; ++rows)
            for (const std::size_t cols : {rows, std::size_t{1} + 5 * rows % 43, std::size_t{67}})
                for (const std::size_t offset : {0, 3}) {
                    SCOPED_TRACE(std::to_string(rows) + " × " + std::to_string(cols) + " from " +
                                 std::to_string(offset));
                    const std::size_t stride = padded<T>(cols + offset);
                    const Block<T> M{this->vector(rows * stride, rows * stride), stride, offset};
                    // Exactly as long as promised: reading past the end would be found by the address sanitizer.
                    const auto v = this->vector(cols, cols), left = this->vector(rows, rows);
                    AlignedVector<T> out(rows, T(-1)), across(cols + 1, T(-1));
                    table.gemv(M.data(), rows, stride, cols, v.data(), out.data());
                    table.gemv_transposed(M.data(), rows, stride, cols, left.data(), across.data());
                    for (std::size_t i = 0; i < rows; ++i) {
                        Sum<T> sum;
                        for (std::size_t j = 0; j < cols; ++j) sum.add(Exact(M(i, j)) * v[j]);
                        ASSERT_NO_FATAL_FAILURE(sum.expect_near(out[i]));
                    }
                    for (std::size_t j = 0; j < cols; ++j) {
                        Sum<T> sum;
                        for (std::size_t i = 0; i < rows; ++i) sum.add(Exact(M(i, j)) * left[i]);
                        ASSERT_NO_FATAL_FAILURE(sum.expect_near(across[j]));
                    }
                    ASSERT_EQ(across[cols], T(-1)) << "written past the end";
                }
    });
}

TYPED_TEST(KernelsOf, RankTwoPass)
{
    using T = TypeParam;
    this->for_each_table([&](const KernelTable<T>& table) {
        for (std::size_t rows = 1; rows <= kUnits; ++rows)
            for (const std::size_t cols : {rows, 1 + (5 * rows) % 43, std::size_t{180}}) {
                SCOPED_TRACE(std::to_string(rows) + " × " + std::to_string(cols));
                const std::size_t stride = padded<T>(cols + 1);
                Block<T> M{this->vector(rows * stride, rows * stride), stride, 0};
                const Block<T> before = M;
                const auto c = this->vector(rows, rows), d = this->vector(rows, rows), v = this->vector(rows, rows),
                           f = this->vector(cols, cols), g = this->vector(cols, cols);
                AlignedVector<T> out(cols + 1, T(-1));
                RankTwoPass<T> pass;
                pass.M = M.data();
                pass.rows = rows;
                pass.stride = stride;
                pass.cols = cols;
                pass.c = c.data();
                pass.f = f.data();
                pass.d = d.data();
                pass.g = g.data();
                pass.v = v.data();
                pass.out = out.data();
                table.rank_two_pass(pass);
                for (std::size_t j = 0; j < stride; ++j) {
                    Sum<T> across;
                    for (std::size_t i = 0; i < rows; ++i) {
                        Sum<T> entry;
                        entry.add(before(i, j));
                        if (j < cols) {
                            entry.add(Exact(c[i]) * f[j]);
                            entry.add(Exact(d[i]) * g[j]);
                            across.add(Exact(v[i]) * M(i, j));
                        } else {
                            ASSERT_EQ(M(i, j), before(i, j)) << "written past the end";
                        }
                        ASSERT_NO_FATAL_FAILURE(entry.expect_near(M(i, j)));
                    }
                    if (j < cols) {
                        ASSERT_NO_FATAL_FAILURE(across.expect_near(out[j]));
                    }
                }
                ASSERT_EQ(out[cols], T(-1)) << "written past the end";
            }
    });
}

/// Numbers of every size and sign, at every length.
TYPED_TEST(KernelsOf, Activate)
{
    using T = TypeParam;
    constexpr T infinity = std::numeric_limits<T>::infinity();
    std::vector<T> numbers{0, T(-0.0), infinity, -infinity, std::numeric_limits<T>::max(), T(-1e10), T(89), T(-709)};
    for (int exponent = -100; exponent <= 30; ++exponent)
        for (const double factor : {1.0, -1.3, 1.7})
            numbers.push_back(static_cast<T>(factor * std::pow(10.0, 0.3 * exponent)));
    for (int i = -1100; i <= 1100; ++i) numbers.push_back(static_cast<T>(0.01 * i));
    constexpr Exact tolerance = 4 * static_cast<Exact>(std::numeric_limits<T>::epsilon());
    this->for_each_table([&](const KernelTable<T>& table) {
        for (std::size_t n = 1; n <= kUnits; ++n)
            for (std::size_t first = 0; first + n <= numbers.size(); first += n) {
                AlignedVector<T> z(padded<T>(n), T(0)), x(padded<T>(n), T(9)), phi = x;
                std::copy_n(numbers.begin() + static_cast<std::ptrdiff_t>(first), n, z.begin());
                table.activate(z.data(), x.data(), phi.data(), n);
                for (std::size_t i = 0; i < n; ++i) {
                    const Exact expected = std::tanh(Exact(z[i]));
                    ASSERT_LE(std::abs(x[i] - expected), tolerance * std::abs(expected)) << "tanh(" << z[i] << ")";
                    ASSERT_LE(std::abs(phi[i] - (1 - Exact(x[i]) * x[i])), tolerance) << "at " << z[i];
                    ASSERT_GE(phi[i], T(0)) << "at " << z[i];
                }
            }
        AlignedVector<T> z(padded<T>(1), T(0)), x = z, phi = z;
        z[0] = std::numeric_limits<T>::quiet_NaN();
        table.activate(z.data(), x.data(), phi.data(), 1);
        EXPECT_TRUE(std::isnan(x[0])) << "a lost NaN would hide a network that has run away";
    });
}

TEST(SelectKernels, IgnoresWishesItCannotMeet)
{
    std::string best;
    {
        const ScopedEnvironment isa("FORETIDE_ISA", "");
        best = select_kernels<float>().name;
        EXPECT_EQ(select_kernels<double>().name, best);
    }
    EXPECT_EQ(best, instruction_sets().back());
    const ScopedEnvironment isa("FORETIDE_ISA", "vax");
    EXPECT_EQ(select_kernels<float>().name, best);
}

}  // namespace
}  // namespace foretide::rnn::kernels
