// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gate_window.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <regex>
#include <stdexcept>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

namespace foretide::core {

namespace {

std::vector<double> without_nan(std::span<const double> values)
{
    std::vector<double> kept;
    kept.reserve(values.size());
    std::ranges::copy_if(values, std::back_inserter(kept), [](double v) { return !std::isnan(v); });
    return kept;
}

double sorted_quantile(const std::vector<double>& sorted, double q)
{
    const double position = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const double share = position - static_cast<double>(below);
    return share > 0 ? sorted[below] + share * (sorted[below + 1] - sorted[below]) : sorted[below];
}

}  // namespace

double GateAxis::project(std::span<const double> positions_mm) const noexcept
{
    double sum = 0;
    for (std::size_t c = 0; c < direction.size(); ++c) {
        if (direction[c] != 0) {
            sum += direction[c] * (positions_mm[c] - mean_mm[c]);
        }
    }
    return sum;
}

GateAxis principal_axis(std::span<const double> positions_mm, int markers)
{
    const auto p = 3 * static_cast<std::ptrdiff_t>(markers);
    if (markers < 1 || std::ssize(positions_mm) % p != 0) {
        throw std::runtime_error("principal axis: " + std::to_string(positions_mm.size()) +
                                 " values are not a whole number of samples of " + std::to_string(markers) +
                                 " markers");
    }
    using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Map<const Rows> all(positions_mm.data(), std::ssize(positions_mm) / p, p);
    Rows used(all.rows(), p);
    Eigen::Index n = 0;
    for (Eigen::Index row = 0; row < all.rows(); ++row) {
        if (!all.row(row).hasNaN()) {
            used.row(n++) = all.row(row);
        }
    }
    if (n < 2) {
        throw std::runtime_error("principal axis: " + std::to_string(n) +
                                 " samples with all markers seen; at least two are needed");
    }
    used.conservativeResize(n, Eigen::NoChange);
    if (!used.allFinite()) {
        throw std::runtime_error("principal axis: positions hold infinite values");
    }
    const Eigen::VectorXd mean = used.colwise().mean();
    used.rowwise() -= mean.transpose();
    const Eigen::MatrixXd covariance = used.transpose() * used / static_cast<double>(n);
    if (!(covariance.trace() > 0)) {
        throw std::runtime_error("principal axis: the markers do not move; choose a coordinate (m1.z) instead");
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
    if (solver.info() != Eigen::Success) {
        throw std::runtime_error("principal axis: the eigenvalue problem did not converge");
    }
    Eigen::VectorXd axis = solver.eigenvectors().col(p - 1);
    Eigen::Index largest = 0;
    axis.cwiseAbs().maxCoeff(&largest);
    if (axis(largest) < 0) {
        axis = -axis;
    }
    return {{mean.data(), mean.data() + p}, {axis.data(), axis.data() + p}};
}

GateAxis coordinate_axis(int markers, int marker, char axis)
{
    if (marker < 1 || marker > markers || axis < 'x' || axis > 'z') {
        throw std::runtime_error("gate axis 'm" + std::to_string(marker) + "." + axis +
                                 "' does not exist: use m1 to m" + std::to_string(markers) +
                                 " with .x, .y or .z, or pc1");
    }
    const std::size_t p = 3 * static_cast<std::size_t>(markers);
    GateAxis out{std::vector<double>(p, 0.0), std::vector<double>(p, 0.0)};
    out.direction[3 * static_cast<std::size_t>(marker - 1) + static_cast<std::size_t>(axis - 'x')] = 1;
    return out;
}

GateAxis gate_axis(const std::string& name, std::span<const double> positions_mm, int markers)
{
    if (name == "pc1") {
        return principal_axis(positions_mm, markers);
    }
    static const std::regex pattern("m([0-9]{1,3})\\.([xyz])");
    std::smatch parts;
    if (!std::regex_match(name, parts, pattern)) {
        throw std::runtime_error("gate axis '" + name + "' is not known: use m1.x to m" + std::to_string(markers) +
                                 ".z, or pc1 (principal axis)");
    }
    return coordinate_axis(markers, std::stoi(parts[1].str()), parts[2].str()[0]);
}

double quantile(std::span<const double> values, double q)
{
    std::vector<double> sorted = without_nan(values);
    if (sorted.empty() || !(q >= 0 && q <= 1)) {
        throw std::runtime_error("quantile: needs at least one value and 0 ≤ q ≤ 1, got " +
                                 std::to_string(sorted.size()) + " values and q = " + std::to_string(q));
    }
    std::ranges::sort(sorted);
    return sorted_quantile(sorted, q);
}

GateWindow automatic_exhale_window(std::span<const double> coordinate_mm, double share)
{
    if (!(share > 0.02 && share <= 0.5)) {
        throw std::runtime_error("gate window: the share of time must lie between 0.02 and 0.5, got " +
                                 std::to_string(share));
    }
    std::vector<double> sorted = without_nan(coordinate_mm);
    if (sorted.empty()) {
        throw std::runtime_error("gate window: no positions in the stretch of time it is to be set from");
    }
    std::ranges::sort(sorted);
    const auto q = [&](double at) { return sorted_quantile(sorted, at); };
    const double low = q(share) - q(0.02);
    const double high = q(0.98) - q(1 - share);
    return low < high ? GateWindow{q(0.02) - 0.25 * low, q(share)} : GateWindow{q(1 - share), q(0.98) + 0.25 * high};
}

GateWindow automatic_exhale_window(std::span<const double> time_s, std::span<const double> coordinate_mm, double share,
                                   double from_s, double to_s)
{
    if (time_s.size() != coordinate_mm.size()) {
        throw std::runtime_error("gate window: " + std::to_string(time_s.size()) + " times for " +
                                 std::to_string(coordinate_mm.size()) + " positions");
    }
    std::vector<double> chosen;
    for (std::size_t k = 0; k < time_s.size(); ++k) {
        if (time_s[k] >= from_s && time_s[k] < to_s) {
            chosen.push_back(coordinate_mm[k]);
        }
    }
    return automatic_exhale_window(chosen, share);
}

}  // namespace foretide::core
