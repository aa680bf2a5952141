// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <concepts>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>
#include <Eigen/LU>

/// Coordinate frames. Each is named once, here; positions and transforms carry theirs in their type, so that mixing two
/// does not compile. All right-handed, millimetres.
namespace foretide::core {

/// As the camera reports positions: origin and axes of its own.
struct TrackerFrame {
    static constexpr const char* kName = "tracker";
};
/// The treatment room, IEC 61217 fixed system: origin at the isocentre, +x to the right of someone who faces the
/// gantry, +y from the isocentre towards the gantry, +z up.
struct RoomFrame {
    static constexpr const char* kName = "room";
};
/// The planning CT, DICOM patient axes: +x to the patient's left, +y to the back, +z to the head.
struct CtFrame {
    static constexpr const char* kName = "CT";
};

template <class F>
concept CoordinateFrame = requires
{
    {
        F::kName
        } -> std::convertible_to<const char*>;
};

/// A point of a frame [mm].
template <CoordinateFrame F>
struct Position {
    Eigen::Vector3d mm = Eigen::Vector3d::Zero();
};

/// Rigid transform: p_to = R·p_from + t. Named T_to_from, so that T_room_tracker * p_tracker is in the room.
template <CoordinateFrame To, CoordinateFrame From>
class RigidTransform {
public:
    /// Identity.
    RigidTransform() = default;

    /// Throws std::invalid_argument where R is not a rotation (RᵀR = 1 within 1e-6, det R = +1) or a number is not
    /// finite.
    RigidTransform(const Eigen::Matrix3d& rotation, const Eigen::Vector3d& translation_mm)
        : rotation_(rotation), translation_mm_(translation_mm)
    {
        constexpr double rounding = 1e-6;
        const bool finite = rotation.allFinite() && translation_mm.allFinite();
        const Eigen::Matrix3d deviation = rotation.transpose() * rotation - Eigen::Matrix3d::Identity();
        if (!finite || deviation.cwiseAbs().maxCoeff() > rounding || rotation.determinant() < 0)
            throw std::invalid_argument(std::string("the transform from the ") + From::kName + " to the " + To::kName +
                                        " frame is not a rotation and a translation: rows must be at right angles, of "
                                        "length 1, and not mirrored");
    }

    const Eigen::Matrix3d& rotation() const noexcept { return rotation_; }
    const Eigen::Vector3d& translation_mm() const noexcept { return translation_mm_; }

    Position<To> operator*(const Position<From>& p) const noexcept { return {rotation_ * p.mm + translation_mm_}; }

    RigidTransform<From, To> inverse() const noexcept
    {
        const Eigen::Matrix3d back = rotation_.transpose();
        return RigidTransform<From, To>::unchecked(back, -(back * translation_mm_));
    }

    template <CoordinateFrame Origin>
    RigidTransform<To, Origin> operator*(const RigidTransform<From, Origin>& first) const noexcept
    {
        return RigidTransform<To, Origin>::unchecked(rotation_ * first.rotation(),
                                                     rotation_ * first.translation_mm() + translation_mm_);
    }

private:
    template <CoordinateFrame, CoordinateFrame>
    friend class RigidTransform;

    static RigidTransform unchecked(const Eigen::Matrix3d& rotation, const Eigen::Vector3d& translation_mm) noexcept
    {
        RigidTransform t;
        t.rotation_ = rotation;
        t.translation_mm_ = translation_mm;
        return t;
    }

    Eigen::Matrix3d rotation_ = Eigen::Matrix3d::Identity();
    Eigen::Vector3d translation_mm_ = Eigen::Vector3d::Zero();
};

/// How well a transform brings matched points together.
struct RegistrationError {
    double rms_mm = 0, max_mm = 0;  ///< fiducial registration error: of the points it was fitted to
    std::size_t worst = 0;          ///< number of the point that is farthest off
};

/// A rotation R and translation t with least Σ‖R·a_i + t − b_i‖² (Kabsch 1976; Umeyama 1991 without scale).
struct RigidFit {
    Eigen::Matrix3d rotation;
    Eigen::Vector3d translation_mm;
    RegistrationError error;
};

/// Throws std::invalid_argument: fewer than three points, not as many on both sides, not finite, or all on one line
/// (within `least_spread_mm` RMS of it), so that the rotation about it is unknown.
RigidFit fit_rigid(std::span<const Eigen::Vector3d> from_mm, std::span<const Eigen::Vector3d> to_mm,
                   double least_spread_mm = 5);

/// The calibration of a pair of frames from points known in both, such as a phantom's markers at known places in the
/// room. Throws as fit_rigid() does.
template <CoordinateFrame To, CoordinateFrame From>
std::pair<RigidTransform<To, From>, RegistrationError> calibrate(std::span<const Position<From>> from,
                                                                 std::span<const Position<To>> to)
{
    std::vector<Eigen::Vector3d> a, b;
    for (const Position<From>& p : from) a.push_back(p.mm);
    for (const Position<To>& p : to) b.push_back(p.mm);
    const RigidFit fit = fit_rigid(a, b);
    return {RigidTransform<To, From>(fit.rotation, fit.translation_mm), fit.error};
}

}  // namespace foretide::core
