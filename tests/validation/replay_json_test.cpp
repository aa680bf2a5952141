// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/replay_json.h"

#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/validation/synthetic_replay.h"

namespace foretide::validation {
namespace {

using Json = nlohmann::json;

/// Written and parsed again by the strict reader.
Json round_trip(std::span<const ReplayResult> results)
{
    std::stringstream text;
    write_json(text, replay_json(results));
    return Json::parse(text);
}

Json round_trip(const ReplayResult& result) { return round_trip(std::span{&result, 1}); }

TEST(ReplayJson, HasTheKeysOfTheContract)
{
    const Json json = round_trip(synthetic_replay({.with_gate = true}));
    for (const char* key : {"input", "algorithm", "protocol", "rate_hz", "params", "seed", "results"}) {
        EXPECT_TRUE(json.contains(key)) << key;
    }
    ASSERT_EQ(json["results"].size(), 2U);
    for (const char* key : {"horizon_s", "horizon_samples", "n", "mae_mm", "rmse_mm", "nrmse", "max_mm", "jitter_mm",
                            "rel_rmse", "coverage90", "interval_width_mm", "step_us", "forecast_us", "gating"}) {
        EXPECT_TRUE(json["results"][0].contains(key)) << key;
    }
    for (const char* key : {"median", "p99", "p999", "max"}) {
        EXPECT_TRUE(json["results"][0]["step_us"].contains(key)) << key;
        EXPECT_TRUE(json["results"][0]["forecast_us"].contains(key)) << key;
    }
    for (const char* key : {"accuracy", "duty_cycle", "ideal_duty_cycle", "beam_on_outside_s", "beam_on_outside_share",
                            "unmatched_edges", "gating_error_ms", "crossing_error_ms", "residual_mm"}) {
        EXPECT_TRUE(json["results"][0]["gating"].contains(key)) << key;
        EXPECT_TRUE(json["results"][0]["gating"]["no_prediction"].contains(key)) << key;
    }
}

TEST(ReplayJson, HasTheValues)
{
    const Json json = round_trip(synthetic_replay({.with_gate = true, .with_intervals = true}));
    EXPECT_EQ(json["input"], "patient/session.csv");
    EXPECT_EQ(json["rate_hz"], 10.0);
    EXPECT_EQ(json["seed"], 7);
    EXPECT_TRUE(json["params"]["shl"].is_number_integer());
    EXPECT_EQ(json["params"]["eta"], 0.01);
    EXPECT_EQ(json["params"]["variant"], "live");
    const Json& entry = json["results"][1];
    EXPECT_EQ(entry["horizon_s"], 1.0);
    EXPECT_EQ(entry["horizon_samples"], 10);
    EXPECT_EQ(entry["n"], 300);
    EXPECT_EQ(entry["nrmse"], 0.1);
    EXPECT_EQ(entry["coverage90"], 0.905);
    EXPECT_EQ(entry["step_us"]["p999"], 30.0);
    EXPECT_EQ(entry["forecast_us"]["median"], 1.0);
    EXPECT_EQ(entry["gating"]["accuracy"], 0.975);
    EXPECT_EQ(entry["gating"]["unmatched_edges"], 4);
    EXPECT_EQ(entry["gating"]["confidence"], 0.8);
    EXPECT_EQ(entry["gating"]["lower_coverage"], 0.912);
    EXPECT_EQ(entry["gating"]["upper_coverage"], 0.897);
    EXPECT_EQ(json["notes"][0]["line"], 12);
    EXPECT_EQ(json["conditioning"]["bridged"], 3);
    EXPECT_EQ(json["resets"], 2);
    EXPECT_NE(json["notice"].get<std::string>().find("Not a medical device"), std::string::npos);
}

TEST(ReplayJson, WhatIsNotKnownIsNull)
{
    auto result = synthetic_replay({.with_gate = true});
    result.horizons[0].metrics.nrmse = std::numeric_limits<double>::quiet_NaN();
    result.horizons[0].metrics.max_mm = std::numeric_limits<double>::infinity();
    const Json entry = round_trip(result)["results"][0];
    EXPECT_TRUE(entry["nrmse"].is_null());
    EXPECT_TRUE(entry["max_mm"].is_null());
    EXPECT_TRUE(entry["coverage90"].is_null());
    EXPECT_TRUE(entry["interval_width_mm"].is_null());
    EXPECT_TRUE(entry["gating"]["residual_mm"].is_null());
    EXPECT_FALSE(entry["gating"].contains("lower_coverage")) << "a gate on point forecasts has no bounds";
    EXPECT_FALSE(round_trip(synthetic_replay())["results"][0].contains("gating"));
}

TEST(ReplayJson, SeveralFilesAreAnArray)
{
    auto result = synthetic_replay();
    result.inputs = {"a.csv", "b.csv"};
    EXPECT_EQ(round_trip(result)["input"], (Json{"a.csv", "b.csv"}));
}

TEST(ReplayJson, SeveralResultsAreWrapped)
{
    std::vector<ReplayResult> results{synthetic_replay(), synthetic_replay()};
    results[1].algorithm = "rls";
    const Json json = round_trip(results);
    ASSERT_EQ(json.size(), 1U);
    ASSERT_EQ(json["runs"].size(), 2U);
    EXPECT_EQ(json["runs"][1]["algorithm"], "rls");
}

TEST(ReplayJson, SeveralSeedsGiveMeansWithHalfWidths)
{
    auto result = synthetic_replay({.with_gate = true});
    result.runs = 5;
    result.horizons[0].mean_over_runs = {{"nrmse", 0.25}, {"gating.accuracy", 0.9}};
    result.horizons[0].ci95_over_runs = {{"nrmse", 0.02}, {"gating.accuracy", 0.01}};
    const Json json = round_trip(result);
    EXPECT_EQ(json["seeds"], 5);
    const Json& entry = json["results"][0];
    EXPECT_EQ(entry["nrmse"], 0.25);
    EXPECT_EQ(entry["nrmse_ci95"], 0.02);
    EXPECT_EQ(entry["gating"]["accuracy"], 0.9);
    EXPECT_EQ(entry["gating"]["accuracy_ci95"], 0.01);
    EXPECT_FALSE(entry.contains("rmse_mm_ci95"));
}

TEST(ReplayJson, FileNamesMayHoldAnyBytes)
{
    auto result = synthetic_replay();
    result.inputs = {"caf\xe9.csv"};
    EXPECT_EQ(round_trip(result)["input"], "caf\xef\xbf\xbd.csv");
}

TEST(ReplayJson, RefusesNoResults) { EXPECT_THROW(replay_json({}), std::runtime_error); }

}  // namespace
}  // namespace foretide::validation
