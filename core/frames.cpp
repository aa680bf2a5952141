// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/frames.h"

#include <algorithm>
#include <cmath>

#include <Eigen/SVD>

namespace foretide::core {

RigidFit fit_rigid(std::span<const Eigen::Vector3d> from_mm, std::span<const Eigen::Vector3d> to_mm,
                   double least_spread_mm)
{
    if (from_mm.size() != to_mm.size())
        throw std::invalid_argument("calibration: " + std::to_string(from_mm.size()) + " points in one frame and " +
                                    std::to_string(to_mm.size()) + " in the other; give them in pairs");
    if (from_mm.size() < 3) throw std::invalid_argument("calibration: at least three pairs of points are needed");
    const auto n = static_cast<double>(from_mm.size());
    Eigen::Vector3d centre_from = Eigen::Vector3d::Zero(), centre_to = centre_from;
    for (std::size_t i = 0; i < from_mm.size(); ++i) {
        if (!from_mm[i].allFinite() || !to_mm[i].allFinite())
            throw std::invalid_argument("calibration: point " + std::to_string(i + 1) + " is not three finite numbers");
        centre_from += from_mm[i] / n;
        centre_to += to_mm[i] / n;
    }
    Eigen::Matrix3d cross = Eigen::Matrix3d::Zero(), spread = cross;
    for (std::size_t i = 0; i < from_mm.size(); ++i) {
        const Eigen::Vector3d a = from_mm[i] - centre_from, b = to_mm[i] - centre_to;
        cross += b * a.transpose();
        spread += a * a.transpose() / n;
    }
    // Eigenvalues are variances along the principal directions: the second tells how far from a line the points lie.
    const double across_mm = std::sqrt(Eigen::JacobiSVD<Eigen::Matrix3d>(spread).singularValues()(1));
    if (!(across_mm >= least_spread_mm))
        throw std::invalid_argument("calibration: the points lie on a line (within " + std::to_string(across_mm) +
                                    " mm), so that the rotation about it is unknown; spread them out");

    const Eigen::JacobiSVD<Eigen::Matrix3d> svd(cross, Eigen::ComputeFullU | Eigen::ComputeFullV);
    Eigen::Vector3d signs(1, 1, 1);
    if ((svd.matrixU() * svd.matrixV().transpose()).determinant() < 0) signs(2) = -1;  // never a mirror image
    RigidFit fit;
    fit.rotation = svd.matrixU() * signs.asDiagonal() * svd.matrixV().transpose();
    fit.translation_mm = centre_to - fit.rotation * centre_from;

    double sum2 = 0;
    for (std::size_t i = 0; i < from_mm.size(); ++i) {
        const double off_mm = (fit.rotation * from_mm[i] + fit.translation_mm - to_mm[i]).norm();
        sum2 += off_mm * off_mm;
        if (off_mm > fit.error.max_mm) {
            fit.error.max_mm = off_mm;
            fit.error.worst = i;
        }
    }
    fit.error.rms_mm = std::sqrt(sum2 / n);
    return fit;
}

}  // namespace foretide::core
