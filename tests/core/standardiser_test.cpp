// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/standardiser.h"

#include <cmath>
#include <limits>
#include <random>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

constexpr SeriesLayout kLayout{.markers = 2, .rate_hz = 10};

std::vector<double> random_rows(int rows, double offset, unsigned seed = 5)
{
    std::mt19937 engine(seed);
    std::normal_distribution<double> noise(offset, 3);
    std::vector<double> out;
    for (int i = 0; i < 6 * rows; ++i) {
        out.push_back(noise(engine));
    }
    return out;
}

void feed(Standardiser& sut, std::span<const double> rows)
{
    for (std::size_t at = 0; at < rows.size(); at += 6) {
        sut.update(rows.subspan(at, 6));
    }
}

/// Two passes in extended precision.
std::pair<double, double> mean_and_sd(std::span<const double> rows, std::size_t coordinate)
{
    long double mean = 0, squares = 0;
    const auto n = static_cast<long double>(rows.size() / 6);
    for (std::size_t i = coordinate; i < rows.size(); i += 6) {
        mean += rows[i] / n;
    }
    for (std::size_t i = coordinate; i < rows.size(); i += 6) {
        squares += (rows[i] - mean) * (rows[i] - mean) / n;
    }
    return {static_cast<double>(mean), static_cast<double>(std::sqrt(squares))};
}

TEST(Standardiser, RunsThenFreezesAtThirtySeconds)
{
    const auto rows = random_rows(400, 0);
    Standardiser sut(kLayout);
    for (int n = 1; n <= 400; ++n) {
        sut.update(std::span(rows).subspan(static_cast<std::size_t>(6 * (n - 1)), 6));
        ASSERT_EQ(sut.frozen(), n >= 300) << n;
        ASSERT_EQ(sut.view().frozen, sut.frozen());
        const auto used = std::span(rows).first(static_cast<std::size_t>(6 * std::min(n, 300)));
        for (std::size_t c = 0; c < 6; ++c) {
            const auto [mean, sd] = mean_and_sd(used, c);
            ASSERT_NEAR(sut.view().mean_mm[c], mean, 1e-12);
            ASSERT_NEAR(sut.view().sd_mm[c], std::max(sd, 0.05), 1e-12);
        }
    }
    EXPECT_EQ(sut.samples_seen(), 300);
}

TEST(Standardiser, KeepsItsPrecisionFarFromZero)
{
    const auto rows = random_rows(300, 1e5);
    Standardiser sut(kLayout);
    feed(sut, rows);
    for (std::size_t c = 0; c < 6; ++c) {
        const auto [mean, sd] = mean_and_sd(rows, c);
        EXPECT_NEAR(sut.view().mean_mm[c], mean, 1e-9);
        EXPECT_NEAR(sut.view().sd_mm[c], sd, 1e-9);
    }
}

TEST(Standardiser, DeviationNeverFallsBelowTheFloor)
{
    Standardiser sut(kLayout, {.sd_floor_mm = 0.2});
    EXPECT_EQ(sut.view().sd_mm[0], 0.2);
    const std::vector<double> still{1, 2, 3, 4, 5, 6};
    for (int i = 0; i < 10; ++i) {
        sut.update(still);
    }
    for (std::size_t c = 0; c < 6; ++c) {
        EXPECT_EQ(sut.view().sd_mm[c], 0.2);
        EXPECT_EQ(sut.view().mean_mm[c], still[c]);
    }
}

TEST(Standardiser, DurationIsRoundedToSamples)
{
    EXPECT_EQ(warm_up_samples(std::chrono::seconds(30), 10), 300);
    EXPECT_EQ(warm_up_samples(std::chrono::seconds(30), 10.0 / 3), 100);
    EXPECT_EQ(warm_up_samples(Duration::zero(), 10), 1);
}

TEST(Standardiser, BlockIsTheSameAsRunningOverIt)
{
    const auto rows = random_rows(300, 40);
    Standardiser running(kLayout);
    feed(running, rows);
    Standardiser sut(kLayout);
    sut.set_from_block(rows);
    EXPECT_TRUE(sut.frozen());
    for (std::size_t c = 0; c < 6; ++c) {
        EXPECT_NEAR(sut.view().mean_mm[c], running.view().mean_mm[c], 1e-10);
        EXPECT_NEAR(sut.view().sd_mm[c], running.view().sd_mm[c], 1e-10);
    }
    const double mean = sut.view().mean_mm[0];
    sut.update(std::vector<double>(6, 1e3));
    EXPECT_EQ(sut.view().mean_mm[0], mean);
}

TEST(Standardiser, RefusesImpossibleInput)
{
    EXPECT_THROW(Standardiser({.markers = 0, .rate_hz = 10}), std::runtime_error);
    EXPECT_THROW(Standardiser({.markers = 1, .rate_hz = 0}), std::runtime_error);
    EXPECT_THROW(Standardiser(kLayout, {.sd_floor_mm = 0}), std::runtime_error);
    Standardiser sut(kLayout);
    EXPECT_THROW(sut.set_from_block(std::vector<double>(7)), std::runtime_error);
    EXPECT_THROW(sut.set_from_block({}), std::runtime_error);
    EXPECT_THROW(sut.set_from_block(std::vector<double>(6, std::numeric_limits<double>::infinity())),
                 std::runtime_error);
    EXPECT_FALSE(sut.frozen());
}

TEST(Standardiser, GoesOnBitForBitAfterLoading)
{
    const auto rows = random_rows(300, -7);
    Standardiser saved(kLayout);
    feed(saved, std::span(rows).first(6 * 120));
    std::stringstream stream;
    saved.save(stream);
    Standardiser sut(kLayout);
    sut.load(stream);
    feed(saved, std::span(rows).subspan(6 * 120));
    feed(sut, std::span(rows).subspan(6 * 120));
    EXPECT_TRUE(sut.frozen());
    for (std::size_t c = 0; c < 6; ++c) {
        EXPECT_EQ(sut.view().mean_mm[c], saved.view().mean_mm[c]);
        EXPECT_EQ(sut.view().sd_mm[c], saved.view().sd_mm[c]);
    }
}

TEST(Standardiser, LoadingOtherOrDamagedStateChangesNothing)
{
    const auto rows = random_rows(50, 3);
    Standardiser saved(kLayout);
    feed(saved, rows);
    std::ostringstream out;
    saved.save(out);
    const auto refuses = [](Standardiser& sut, const std::string& bytes) {
        const double mean = sut.view().mean_mm[0];
        std::istringstream in(bytes);
        EXPECT_THROW(sut.load(in), std::runtime_error);
        EXPECT_EQ(sut.view().mean_mm[0], mean);
    };
    Standardiser same(kLayout);
    Standardiser other_size({.markers = 3, .rate_hz = 10});
    Standardiser other_rate({.markers = 2, .rate_hz = 30});
    Standardiser other_floor(kLayout, {.sd_floor_mm = 0.1});
    refuses(same, out.str().substr(0, out.str().size() - 1));
    refuses(other_size, out.str());
    refuses(other_rate, out.str());
    refuses(other_floor, out.str());
    std::string negative = out.str();
    negative.back() = static_cast<char>(0xBF);  // sign of the last sum of squares
    refuses(same, negative);
}

// update() runs in the acquisition thread's step.
TEST(Standardiser, UpdateDoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    for (const int markers : {1, 3, 32}) {
        Standardiser sut({.markers = markers, .rate_hz = 10});
        const std::vector<double> row(static_cast<std::size_t>(3 * markers), 1.0);
        tests::RtGuard guard;
        for (int i = 0; i < 1000; ++i) {
            sut.update(row);
            static_cast<void>(sut.view());
        }
        guard.disarm();
        EXPECT_EQ(guard.total(), 0) << guard.describe();
    }
}

}  // namespace
}  // namespace foretide::core
