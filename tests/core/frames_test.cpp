// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/frames.h"

#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include <Eigen/Geometry>
#include <gtest/gtest.h>

namespace foretide::core {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

Matrix3d turned(double angle_rad, const Vector3d& axis)
{
    return Eigen::AngleAxisd(angle_rad, axis.normalized()).toRotationMatrix();
}

const RigidTransform<RoomFrame, TrackerFrame> kCalibration(turned(2.1, {1, -2, 0.5}), {120, -900, 1500});

template <class A, class B>
concept Multiplies = requires(const A& a, const B& b)
{
    a* b;
};

// Mixing frames is a type error.
static_assert(Multiplies<RigidTransform<RoomFrame, TrackerFrame>, Position<TrackerFrame>>);
static_assert(!Multiplies<RigidTransform<RoomFrame, TrackerFrame>, Position<RoomFrame>>);
static_assert(!Multiplies<RigidTransform<RoomFrame, TrackerFrame>, Position<CtFrame>>);
static_assert(Multiplies<RigidTransform<CtFrame, RoomFrame>, RigidTransform<RoomFrame, TrackerFrame>>);
static_assert(!Multiplies<RigidTransform<RoomFrame, TrackerFrame>, RigidTransform<CtFrame, RoomFrame>>);
static_assert(!std::is_convertible_v<Position<TrackerFrame>, Position<RoomFrame>>);

TEST(RigidTransform, GoesThereAndBack)
{
    const Position<TrackerFrame> p{{10, -20, 30}};
    const Position<RoomFrame> in_room = kCalibration * p;
    EXPECT_LT(((kCalibration.inverse() * in_room).mm - p.mm).norm(), 1e-9);
    EXPECT_NEAR(in_room.mm.norm(), (kCalibration.rotation() * p.mm + kCalibration.translation_mm()).norm(), 1e-12);
}

TEST(RigidTransform, ChainsAsItsPartsOneAfterTheOther)
{
    const RigidTransform<CtFrame, RoomFrame> second(turned(-0.7, {0, 1, 1}), {3, 4, 5});
    const Position<TrackerFrame> p{{-7, 8, 9}};
    EXPECT_LT((((second * kCalibration) * p).mm - (second * (kCalibration * p)).mm).norm(), 1e-9);
}

TEST(RigidTransform, RefusesWhatIsNotRigid)
{
    const Matrix3d mirrored = Vector3d(1, 1, -1).asDiagonal();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    using Sut = RigidTransform<RoomFrame, TrackerFrame>;
    for (const Matrix3d& bad : {Matrix3d(1.001 * Matrix3d::Identity()), mirrored, Matrix3d(Matrix3d::Zero())})
        EXPECT_THROW(Sut(bad, Vector3d::Zero()), std::invalid_argument);
    EXPECT_THROW(Sut(Matrix3d::Identity(), Vector3d(0, nan, 0)), std::invalid_argument);
    EXPECT_THROW(Sut(Matrix3d::Constant(nan), Vector3d::Zero()), std::invalid_argument);
}

std::vector<Position<TrackerFrame>> phantom(int points, unsigned seed)
{
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<double> place_mm(-80, 80);
    std::vector<Position<TrackerFrame>> all;
    for (int i = 0; i < points; ++i)
        all.push_back({Vector3d(place_mm(engine), place_mm(engine), 1500 + place_mm(engine))});
    return all;
}

std::vector<Position<RoomFrame>> measured(const std::vector<Position<TrackerFrame>>& points, double noise_mm)
{
    std::mt19937_64 engine(7);
    std::normal_distribution<double> unit;
    std::vector<Position<RoomFrame>> all;
    for (const auto& p : points) {
        all.push_back(kCalibration * p);
        all.back().mm += noise_mm * Vector3d(unit(engine), unit(engine), unit(engine));
    }
    return all;
}

TEST(Calibrate, FindsTheTransformOfExactPoints)
{
    for (const int points : {3, 4, 12}) {
        const auto in_tracker = phantom(points, 3);
        const auto in_room = measured(in_tracker, 0);
        const auto [transform, error] = calibrate<RoomFrame, TrackerFrame>(in_tracker, in_room);
        EXPECT_LT((transform.rotation() - kCalibration.rotation()).norm(), 1e-9) << points;
        EXPECT_LT(error.max_mm, 1e-6);
    }
}

/// With noise σ on each coordinate of one side the expected FRE² is 3σ²·(1 − 2/N) (Fitzpatrick et al. 1998, (3 −
/// 6/N)σ²).
TEST(Calibrate, StatesTheErrorThatTheoryExpects)
{
    constexpr int points = 2000;
    constexpr double noise_mm = 0.25;
    const auto in_tracker = phantom(points, 5);
    const auto [transform, error] = calibrate<RoomFrame, TrackerFrame>(in_tracker, measured(in_tracker, noise_mm));
    EXPECT_NEAR(error.rms_mm, std::sqrt(3.0 - 6.0 / points) * noise_mm, 0.01);
    EXPECT_LT((transform.rotation() - kCalibration.rotation()).norm(), 1e-3);
}

TEST(Calibrate, NamesThePointThatIsOff)
{
    const auto in_tracker = phantom(6, 11);
    auto in_room = measured(in_tracker, 0);
    in_room[4].mm.x() += 10;
    const auto [transform, error] = calibrate<RoomFrame, TrackerFrame>(in_tracker, in_room);
    EXPECT_EQ(error.worst, 4U);
    EXPECT_GT(error.max_mm, 3);
}

/// Points in a plane have a best mirror image too; it must not be taken.
TEST(Calibrate, NeverMirrors)
{
    std::vector<Position<TrackerFrame>> flat;
    for (const auto& [x, y] : {std::pair{0.0, 0.0}, {60.0, 0.0}, {0.0, 40.0}, {60.0, 50.0}})
        flat.push_back({Vector3d(x, y, 1000)});
    const auto [transform, error] = calibrate<RoomFrame, TrackerFrame>(flat, measured(flat, 0));
    EXPECT_NEAR(transform.rotation().determinant(), 1.0, 1e-9);
    EXPECT_LT((transform.rotation() - kCalibration.rotation()).norm(), 1e-9);
}

TEST(Calibrate, RefusesWhatLeavesTheTransformOpen)
{
    const auto refuses = [](std::vector<Position<TrackerFrame>> from, std::vector<Position<RoomFrame>> to,
                            const std::string& word) {
        try {
            static_cast<void>(calibrate<RoomFrame, TrackerFrame>(from, to));
            ADD_FAILURE() << "not refused: " << word;
        } catch (const std::invalid_argument& error) {
            EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
        }
    };
    const auto two = phantom(2, 1);
    refuses(two, measured(two, 0), "three");
    const auto four = phantom(4, 1);
    auto fewer = measured(four, 0);
    fewer.pop_back();
    refuses(four, fewer, "pairs");
    std::vector<Position<TrackerFrame>> line;
    for (int i = 0; i < 5; ++i) line.push_back({Vector3d(20.0 * i, 10.0 * i, 1000)});
    refuses(line, measured(line, 0), "line");
    auto gap = four;
    gap[2].mm.y() = std::numeric_limits<double>::quiet_NaN();
    refuses(gap, measured(four, 0), "point 3");
}

}  // namespace
}  // namespace foretide::core
