// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace foretide::rnn {

/// A gap, a jump or a cough must not overthrow what was learned: the factor that cuts an error to three times its usual
/// size (Huber), at most 1. The usual size is then renewed, over the time constant `memory` of lessons, by a mean from
/// the start. RT-safe.
///
/// error2 and usual2, the squared sizes, are of one unit; usual2 = 0: none yet, nothing is cut.
inline double temper_error(double error2, double memory, double& usual2, std::int64_t& lessons) noexcept
{
    constexpr double largest2 = 9;
    const double limit2 = usual2 > 0 ? largest2 * usual2 : error2;
    const double share = std::max(1.0 / memory, 1.0 / static_cast<double>(++lessons));
    usual2 += share * (std::min(error2, limit2) - usual2);
    return error2 > limit2 ? std::sqrt(limit2 / error2) : 1.0;
}

}  // namespace foretide::rnn
