// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Included by one source file for each instruction set with FORETIDE_YARDSTICK_ISA defined. Eigen's namespace is
// renamed, so that no other part of the program is ever linked to code made for this instruction set.

#define FORETIDE_CONCAT_2(a, b) a##b
#define FORETIDE_CONCAT(a, b) FORETIDE_CONCAT_2(a, b)
#define FORETIDE_STRING_2(x) #x
#define FORETIDE_STRING(x) FORETIDE_STRING_2(x)
#define Eigen FORETIDE_CONCAT(Eigen_, FORETIDE_YARDSTICK_ISA)

#include <Eigen/Core>

#include "validation/bench/yardsticks.h"

namespace foretide::validation::bench::FORETIDE_YARDSTICK_ISA {

namespace {

using Vector = Eigen::Map<Eigen::ArrayXf, Eigen::Aligned64>;
using Matrix = Eigen::Map<Eigen::MatrixXf, Eigen::Aligned64>;

void read_write(float* data, std::size_t n)
{
    Vector v(data, static_cast<Eigen::Index>(n));
    v = v * 0.999F + 0.001F;
}

float read(const float* data, std::size_t n)
{
    return Eigen::Map<const Eigen::ArrayXf, Eigen::Aligned64>(data, static_cast<Eigen::Index>(n)).sum();
}

void gemm(const float* A, const float* B, float* C, std::size_t q, std::size_t columns)
{
    using ConstMatrix = Eigen::Map<const Eigen::MatrixXf, Eigen::Aligned64>;
    const auto rows = static_cast<Eigen::Index>(q), cols = static_cast<Eigen::Index>(columns);
    Matrix(C, rows, cols).noalias() = ConstMatrix(A, rows, rows) * ConstMatrix(B, rows, cols);
}

}  // namespace

extern const Yardsticks table;
const Yardsticks table{FORETIDE_STRING(FORETIDE_YARDSTICK_ISA), read_write, read, gemm};

}  // namespace foretide::validation::bench::FORETIDE_YARDSTICK_ISA
