// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/marker_assignment.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/core/frames.h"
#include "tests/support/rt_guard.h"

namespace foretide::tests {
namespace {

using core::AssignmentConfig;
using core::MarkerAssignment;
using core::MarkerFrame;
using core::Visibility;

constexpr int kMarkers = 4;

AssignmentConfig config()
{
    AssignmentConfig c;
    c.markers = kMarkers;
    return c;
}

/// The series at 30 Hz, its truth, and the same in an order that changes from frame to frame.
struct Shuffled {
    std::vector<MarkerFrame> truth, seen;
};

Shuffled shuffled(int count, unsigned seed)
{
    std::mt19937 engine(seed);
    BreathingMarkers patient(kMarkers, seed);
    Shuffled out;
    for (int k = 0; k < count; ++k) {
        auto positions = patient.at(k / 30.0);
        out.truth.push_back(make_frame(k / 30.0, static_cast<std::uint64_t>(k), positions));
        std::shuffle(positions.begin(), positions.end(), engine);
        out.seen.push_back(make_frame(k / 30.0, static_cast<std::uint64_t>(k), positions));
    }
    return out;
}

/// Order in which the markers were numbered: entry m is the true marker that came out as m.
std::vector<std::size_t> numbering(const MarkerFrame& identified, const MarkerFrame& truth)
{
    std::vector<std::size_t> order;
    for (std::size_t m = 0; m < kMarkers; ++m)
        for (std::size_t t = 0; t < kMarkers; ++t)
            if (identified.markers[m].position_mm == truth.markers[t].position_mm) order.push_back(t);
    return order;
}

TEST(MarkerAssignment, KeepsTheIdentityOfPointsInAnyOrder)
{
    const Shuffled s = shuffled(900, 1);
    MarkerAssignment sut(config());
    std::vector<std::size_t> first;
    for (std::size_t k = 0; k < s.seen.size(); ++k) {
        MarkerFrame out;
        sut.assign(s.seen[k], {}, out);
        ASSERT_EQ(out.marker_count, kMarkers);
        ASSERT_EQ(sut.settled(), k + 1 >= 10);
        if (!sut.settled()) {
            ASSERT_EQ(out.markers[0].visibility, Visibility::missing);
            continue;
        }
        const auto order = numbering(out, s.truth[k]);
        ASSERT_EQ(order.size(), static_cast<std::size_t>(kMarkers));
        if (first.empty()) first = order;
        ASSERT_EQ(order, first) << k;
    }
    EXPECT_EQ(sut.left_over(), 0);
}

TEST(MarkerAssignment, HiddenMarkersAreMissingAndReflectionsLeftOut)
{
    Shuffled s = shuffled(600, 2);
    std::mt19937 engine(7);
    std::uniform_real_distribution<double> uniform(0, 1);
    MarkerAssignment sut(config());
    std::vector<std::size_t> first;
    std::int64_t reflections = 0;
    for (std::size_t k = 0; k < s.seen.size(); ++k) {
        MarkerFrame frame = s.seen[k];
        int hidden = -1;
        if (k > 30 && uniform(engine) < 0.3) {
            hidden = static_cast<int>(uniform(engine) * kMarkers);
            std::swap(frame.markers[static_cast<std::size_t>(hidden)], frame.markers[kMarkers - 1]);
            --frame.marker_count;
        }
        if (k > 30 && uniform(engine) < 0.5) {
            ++reflections;
            auto& extra = frame.markers[static_cast<std::size_t>(frame.marker_count++)];
            extra.position_mm = {300 * uniform(engine) - 500, 200, 0};
            extra.visibility = uniform(engine) < 0.5 ? Visibility::phantom : Visibility::visible;
            std::swap(extra, frame.markers[0]);
        }
        MarkerFrame out;
        sut.assign(frame, {}, out);
        if (!sut.settled()) continue;
        if (first.empty()) first = numbering(out, s.truth[k]);
        int missing = 0;
        for (std::size_t m = 0; m < kMarkers; ++m) {
            if (out.markers[m].visibility == Visibility::missing)
                ++missing;
            else
                ASSERT_EQ(out.markers[m].position_mm, s.truth[k].markers[first[m]].position_mm) << k;
        }
        ASSERT_EQ(missing, hidden >= 0 ? 1 : 0) << k;
    }
    EXPECT_EQ(sut.left_over(), reflections);
}

TEST(MarkerAssignment, FollowsTheCallersPredictionThroughACrossing)
{
    AssignmentConfig c;
    c.markers = 2;
    MarkerAssignment sut(c);
    // Two markers pass each other at 5 mm, fast.
    const auto at = [](double t) { return std::vector<Vec3>{{80 * t - 40, 0, 0}, {40 - 80 * t, 5, 0}}; };
    std::vector<Vec3> first;
    for (int k = 0; k <= 30; ++k) {
        const double t = k / 30.0;
        auto now = at(t);
        const std::vector<double> expected{now[1][0], now[1][1], now[1][2], now[0][0], now[0][1], now[0][2]};
        MarkerFrame out;
        sut.assign(make_frame(t, static_cast<std::uint64_t>(k), k % 2 == 0 ? now : std::vector<Vec3>{now[1], now[0]}),
                   expected, out);
        if (!sut.settled()) continue;
        EXPECT_EQ(out.markers[0].position_mm, now[1]) << k;  // larger y comes first
        EXPECT_EQ(out.markers[1].position_mm, now[0]) << k;
    }
}

TEST(MarkerAssignment, WaitsUntilItSeesAsManyAsItShould)
{
    MarkerAssignment sut(config());
    const Shuffled s = shuffled(30, 3);
    for (std::size_t k = 0; k < 30; ++k) {
        MarkerFrame frame = s.seen[k];
        if (k == 8) --frame.marker_count;  // begins anew after it
        MarkerFrame out;
        sut.assign(frame, {}, out);
        EXPECT_EQ(sut.settled(), k >= 18) << k;
    }
    sut.restart();
    EXPECT_FALSE(sut.settled());
}

TEST(MarkerAssignment, TakesAnyFrameWithoutAllocating)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    std::mt19937 engine(5);
    std::uniform_real_distribution<double> uniform(-200, 200);
    AssignmentConfig c;
    c.markers = core::kMaxMarkers;
    c.settle_frames = 1;
    c.least_spacing_mm = 0;
    MarkerAssignment sut(c);
    for (int k = 0; k < 300; ++k) {
        MarkerFrame frame;
        frame.acquired = core::TimePoint{core::from_seconds(k / 30.0 - (k % 50 == 0 ? 1 : 0))};
        frame.marker_count = k == 0 ? core::kMaxMarkers : static_cast<int>(engine() % 40);
        for (auto& m : frame.markers) {
            m.position_mm = {uniform(engine), uniform(engine), k % 7 == 3 ? core::kNaN : uniform(engine)};
            m.visibility = Visibility::visible;
        }
        MarkerFrame out;
        RtGuard guard;
        sut.assign(frame, {}, out);
        guard.disarm();
        ASSERT_EQ(guard.total(), 0) << guard.describe();
        ASSERT_EQ(out.marker_count, core::kMaxMarkers);
    }
    EXPECT_TRUE(sut.settled());
}

TEST(MarkerAssignment, RefusesImpossibleSettings)
{
    AssignmentConfig c;
    EXPECT_THROW(MarkerAssignment{c}, std::invalid_argument);
    c.markers = 3;
    c.max_distance_mm = 0;
    EXPECT_THROW(MarkerAssignment{c}, std::invalid_argument);
}

}  // namespace
}  // namespace foretide::tests
