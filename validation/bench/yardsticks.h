// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>

namespace foretide::validation::bench {

/// What this core can do at best, for the same memory as a step: compiled for the same instruction set as the
/// kernels in use, so that the comparison is fair on every machine.
struct Yardsticks {
    const char* name;  ///< instruction set
    /// Reads and writes n floats once.
    void (*read_write)(float* data, std::size_t n);
    /// Reads n floats once; returns their sum.
    float (*read)(const float* data, std::size_t n);
    /// Plain matrix product C = A·B of Eigen, single precision, column-major: A q × q, B and C q × columns.
    void (*gemm)(const float* A, const float* B, float* C, std::size_t q, std::size_t columns);
};

/// Those of the instruction set called `name` (kernels::KernelTable::name).
const Yardsticks& select_yardsticks(const char* name);

}  // namespace foretide::validation::bench
