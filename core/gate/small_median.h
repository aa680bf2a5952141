// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "core/marker_frame.h"

namespace foretide::core {

/// Median of the first n values; of an even number the mean of the middle two; NaN for none. RT-safe.
template <std::size_t N>
double small_median(std::array<double, N> values, std::size_t n) noexcept
{
    if (n == 0) return kNaN;
    n = std::min(n, N);
    for (std::size_t i = 1; i < n; ++i)
        for (std::size_t k = i; k > 0 && values[k] < values[k - 1]; --k) std::swap(values[k], values[k - 1]);
    return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

}  // namespace foretide::core
