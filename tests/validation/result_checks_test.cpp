// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/result_checks.h"

#include <limits>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "tests/validation/synthetic_replay.h"

namespace foretide::validation {
namespace {

/// What the check says; empty where it passes.
std::string complaint(const ReplayResult& result)
{
    try {
        require_consistent(result);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

TEST(ResultChecks, PassAConsistentResult) { EXPECT_EQ(complaint(synthetic_replay()), ""); }

TEST(ResultChecks, NameTheAlgorithmTheHorizonAndTheArray)
{
    auto sut = synthetic_replay();
    sut.horizons[1].forecast_mm.pop_back();
    EXPECT_NE(complaint(sut).find("'last'"), std::string::npos);
    EXPECT_NE(complaint(sut).find("forecast_mm at the horizon 1.0 s"), std::string::npos);
}

TEST(ResultChecks, FindMissingMarkersHorizonsAndMeasurements)
{
    auto sut = synthetic_replay();
    sut.markers = 0;
    EXPECT_NE(complaint(sut), "");
    sut = synthetic_replay();
    sut.horizons.clear();
    EXPECT_NE(complaint(sut), "");
    sut = synthetic_replay();
    sut.time_s.pop_back();
    EXPECT_NE(complaint(sut).find("measured_mm"), std::string::npos);
}

TEST(ResultChecks, FindForecastsOutOfOrderAndEqualHorizons)
{
    auto sut = synthetic_replay();
    std::swap(sut.horizons[0].made_time_s[3], sut.horizons[0].made_time_s[4]);
    EXPECT_NE(complaint(sut).find("forecast 4"), std::string::npos);
    sut = synthetic_replay();
    sut.horizons[1].horizon_s = sut.horizons[0].horizon_s;
    EXPECT_NE(complaint(sut).find("twice"), std::string::npos);
}

TEST(ResultChecks, OneReportOneRecording)
{
    std::vector<ReplayResult> results{synthetic_replay(), synthetic_replay()};
    EXPECT_NO_THROW(require_comparable(results));
    results[1].measured_mm[5] += 0.01;
    EXPECT_THROW(require_comparable(results), std::runtime_error);
    EXPECT_THROW(require_comparable({}), std::runtime_error);
}

TEST(ResultChecks, UnseenMarkersAreTheSameRecording)
{
    std::vector<ReplayResult> results{synthetic_replay(), synthetic_replay()};
    for (auto& result : results) result.measured_mm[5] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_NO_THROW(require_comparable(results));
}

TEST(ResultChecks, LabelsAreAllDifferent)
{
    std::vector<ReplayResult> results(5, synthetic_replay());
    results[1].algorithm = results[2].algorithm = "uoro";
    results[2].parameters["shl"] = "90";
    results[3].algorithm = results[4].algorithm = "rls";
    const std::vector<std::string> expected{"last", "uoro (shl=36)", "uoro (shl=90)", "rls (1)", "rls (2)"};
    EXPECT_EQ(algorithm_labels(results), expected);
}

}  // namespace
}  // namespace foretide::validation
