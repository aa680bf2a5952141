// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/correspondence/pairs.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <Eigen/Dense>

namespace foretide::core {

namespace {

/// Slopes at the knots of the periodic cubic spline: continuity of the second derivative gives, with steps h and
/// secants d, m[i−1]/h[i−1] + 2 m[i] (1/h[i−1] + 1/h[i]) + m[i+1]/h[i] = 3 (d[i−1]/h[i−1] + d[i]/h[i]).
Eigen::MatrixXd periodic_slopes(const Eigen::VectorXd& step, const Eigen::MatrixXd& values)
{
    const Eigen::Index n = step.size();
    Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n), b(n, values.cols());
    for (Eigen::Index i = 0; i < n; ++i) {
        const Eigen::Index before = (i + n - 1) % n, after = (i + 1) % n;
        a(i, before) += 1 / step[before];
        a(i, after) += 1 / step[i];
        a(i, i) += 2 / step[before] + 2 / step[i];
        b.row(i) = 3 * ((values.row(i) - values.row(before)) / (step[before] * step[before]) +
                        (values.row(after) - values.row(i)) / (step[i] * step[i]));
    }
    return a.partialPivLu().solve(b);
}

}  // namespace

void add_cycle_velocities(CorrespondencePairs& pairs, double cycle_s)
{
    constexpr std::size_t fewest = 4;
    const std::size_t n = pairs.pairs.size();
    if (n < fewest)
        throw std::invalid_argument("a cycle of " + std::to_string(n) +
                                    " phases has no velocities: at least 4 phases are needed");
    if (!(cycle_s > 0 && cycle_s <= 60))
        throw std::invalid_argument("the cycle must last more than 0 s and up to 60 s");
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t k) { return pairs.pairs[k].time_s; });
    const auto at = [&](std::size_t k) -> CorrespondencePair& { return pairs.pairs[order[k]]; };
    const std::size_t p = pairs.pairs.front().markers_mm.size();
    Eigen::VectorXd step(static_cast<Eigen::Index>(n));
    Eigen::MatrixXd values(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(p));
    for (std::size_t k = 0; k < n; ++k) {
        const double next_s = k + 1 < n ? at(k + 1).time_s : at(0).time_s + cycle_s;
        const double step_s = next_s - at(k).time_s;
        if (!(step_s > 0))
            throw std::invalid_argument("the phases must have different times within one cycle of " +
                                        std::to_string(cycle_s) + " s: correct the times or the cycle");
        step[static_cast<Eigen::Index>(k)] = step_s;
        values.row(static_cast<Eigen::Index>(k)) =
            Eigen::Map<const Eigen::RowVectorXd>(at(k).markers_mm.data(), static_cast<Eigen::Index>(p));
    }
    const Eigen::MatrixXd slopes = periodic_slopes(step, values);
    for (std::size_t k = 0; k < n; ++k) {
        const Eigen::RowVectorXd row = slopes.row(static_cast<Eigen::Index>(k));
        at(k).velocities_mm_s.assign(row.data(), row.data() + row.size());
    }
}

}  // namespace foretide::core
