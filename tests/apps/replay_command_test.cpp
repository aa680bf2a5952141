// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/apps/session_text.h"

namespace foretide::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// A session of two markers, 90 s at 10 Hz.
class ReplayCommand : public testing::Test {
protected:
    ReplayCommand() : input_(folder_.write("session.csv", session_csv(900, 2))) {}

    Outcome replay(const Words& more) const
    {
        Words arguments{"replay", "--input", input_.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }

    Json replay_json(Words more) const
    {
        more.insert(more.end(), {"--json", "-"});
        const Outcome outcome = replay(more);
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return Json::parse(outcome.out);  // nothing but JSON, or this fails
    }

    acquisition::TemporaryFolder folder_;
    fs::path input_;
};

const Words kSmall{"--param", "shl=6", "--param", "hidden=8"};
const Words kSnap1{"--algorithm", "snap1", "--param", "shl=6", "--param", "hidden=8"};

Words operator+(Words a, const Words& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// ---- JSON

TEST_F(ReplayCommand, ScoresTheOtherKindsOfGate)
{
    const Words common{"--algorithm", "last", "--horizon", "0.5", "--gate", "auto:0.4@30-60", "--gate-axis", "m1.z"};
    const Json phase = replay_json(
        common + Words{"--gate-kind", "phase", "--gate-phase", "30,70", "--inhale", "up", "--linac", "truebeam"});
    const Json& gating = phase["results"][0]["gating"];
    EXPECT_EQ(gating["kind"], "phase");
    EXPECT_EQ(gating["t_on_s"], 0.28);
    EXPECT_EQ(gating["t_off_s"], 0.131);
    EXPECT_GT(gating["no_prediction"]["n"].get<int>(), 250);
    const Json margin =
        replay_json(common + Words{"--gate-margin", "0.2,0.4", "--min-off", "1", "--t-on", "0.5", "--t-off", "0.3"});
    EXPECT_EQ(margin["results"][0]["gating"]["kind"], "amplitude");
    for (const Words& wrong :
         {Words{"--gate-kind", "dibh"}, Words{"--gate-phase", "30,30"}, Words{"--linac", "nonsense"},
          Words{"--linac", "truebeam", "--t-on", "1", "--t-off", "1"}, Words{"--gate-margin", "-1"},
          Words{"--gate-kind", "phase"}, Words{"--inhale", "sideways"}}) {
        const Outcome outcome = replay(common + wrong);
        EXPECT_EQ(outcome.code, 2) << wrong[1] << outcome.err;
        EXPECT_NE(outcome.err, "");
    }
    EXPECT_EQ(replay({"--algorithm", "last", "--linac", "truebeam"}).code, 2);  // belongs to a gate
}

TEST_F(ReplayCommand, WritesTheKeysOfTheContract)
{
    const Json json = replay_json({"--algorithm", "ols", "--param", "shl=6", "--horizon", "0.5,1.0", "--gate",
                                   "auto:0.4@30-60", "--gate-axis", "m1.z", "--seed", "3"});
    EXPECT_EQ(json["input"], input_.string());
    EXPECT_EQ(json["algorithm"], "ols");
    EXPECT_EQ(json["protocol"], "live");
    EXPECT_EQ(json["rate_hz"], 10.0);
    EXPECT_EQ(json["seed"], 3);
    EXPECT_EQ(json["params"]["shl"], 6);
    EXPECT_EQ(json["params"]["ridge"], 30);
    ASSERT_EQ(json["results"].size(), 2U);
    for (std::size_t h = 0; h < 2; ++h) {
        const Json& result = json["results"][h];
        EXPECT_EQ(result["horizon_s"], h == 0 ? 0.5 : 1.0);
        EXPECT_EQ(result["horizon_samples"], h == 0 ? 5 : 10);
        EXPECT_EQ(result["n"], 300);
        for (const char* key : {"mae_mm", "rmse_mm", "nrmse", "max_mm", "jitter_mm", "rel_rmse", "coverage90",
                                "interval_width_mm", "winkler_mm"})
            EXPECT_GT(result.at(key).get<double>(), 0) << key;
        for (const char* times : {"step_us", "forecast_us"})
            for (const char* key : {"median", "p99", "p999", "max"})
                EXPECT_GT(result.at(times).at(key).get<double>(), 0) << times << " " << key;
        for (const char* key :
             {"accuracy", "duty_cycle", "ideal_duty_cycle", "beam_on_outside_s", "beam_on_outside_share",
              "unmatched_edges", "gating_error_ms", "crossing_error_ms", "residual_mm"})
            EXPECT_TRUE(result.at("gating").at(key).is_number()) << key;
    }
}

TEST_F(ReplayCommand, GatesWithConfidence)
{
    const Json json = replay_json({"--algorithm", "rls", "--horizon", "0.5", "--gate", "auto:0.4@30-60", "--gate-axis",
                                   "m1.z", "--gate-confidence", "0.8"});
    const Json& gating = json["results"][0].at("gating");
    EXPECT_EQ(gating.at("confidence"), 0.8);
    for (const char* key : {"lower_coverage", "upper_coverage", "interval_width_mm"})
        EXPECT_TRUE(gating.at(key).is_number()) << key;
}

TEST_F(ReplayCommand, UsesItsDefaults)
{
    const Json json = replay_json({});
    EXPECT_EQ(json["algorithm"], "foretide");
    EXPECT_EQ(json["protocol"], "live");
    EXPECT_EQ(json["seed"], 1);
    EXPECT_EQ(json["params"]["sharpness"], 2);
    EXPECT_EQ(json["params"]["order"], "forecast-first");
    ASSERT_EQ(json["results"].size(), 1U);
    EXPECT_EQ(json["results"][0]["horizon_s"], 0.5);
    EXPECT_FALSE(json["results"][0].contains("gating"));
    EXPECT_FALSE(json["results"][0].contains("nrmse_ci95"));
}

TEST_F(ReplayCommand, AveragesOverRuns)
{
    const Json json = replay_json(Words{"--runs", "3", "--gate", "auto:0.4@30-60"} + kSnap1);
    double mean = 0;
    for (const char* seed : {"1", "2", "3"})
        mean += replay_json(Words{"--seed", seed} + kSnap1)["results"][0]["nrmse"].get<double>() / 3;
    const Json& result = json["results"][0];
    EXPECT_NEAR(result["nrmse"].get<double>(), mean, 1e-12);
    EXPECT_GT(result["nrmse_ci95"].get<double>(), 0);
    for (const char* key : {"mae_mm_ci95", "rmse_mm_ci95", "max_mm_ci95", "jitter_mm_ci95", "rel_rmse_ci95"})
        EXPECT_TRUE(result.at(key).is_number()) << key;
    EXPECT_TRUE(result["gating"].at("accuracy_ci95").is_number());
}

TEST_F(ReplayCommand, RunsSeveralAlgorithms)
{
    const Json json = replay_json({"--algorithm", "last,lms", "--horizon", "1"});
    ASSERT_EQ(json["runs"].size(), 2U);
    EXPECT_EQ(json["runs"][0]["algorithm"], "last");
    EXPECT_EQ(json["runs"][1]["algorithm"], "lms");
}

TEST_F(ReplayCommand, HasNullForWhatIsNotKnown)
{
    const Json json = replay_json({"--algorithm", "last", "--eval-start", "200"});
    EXPECT_EQ(json["results"][0]["n"], 0);
    EXPECT_TRUE(json["results"][0]["nrmse"].is_null());
    EXPECT_TRUE(holds(replay({"--algorithm", "last", "--eval-start", "200"}).out, "Nothing was scored"));
}

TEST_F(ReplayCommand, ScoresThePartAskedFor)
{
    EXPECT_EQ(replay_json({"--algorithm", "last", "--eval-start", "70", "--eval-end", "80"})["results"][0]["n"], 101);
    EXPECT_EQ(replay_json({"--algorithm", "last", "--eval-start", "70", "--eval-end", "80"})["eval_end_s"], 80.0);
    EXPECT_EQ(replay_json({"--algorithm", "last", "--rate", "20"})["results"][0]["horizon_samples"], 10);
}

// ---- files

TEST_F(ReplayCommand, WritesItsPredictions)
{
    const fs::path file = folder_.path() / "p.csv";
    ASSERT_EQ(replay({"--algorithm", "last", "--horizon", "0.5,2", "--predictions", file.string()}).code, 0);
    const std::string header = lines_of(read_file(file)).front();
    EXPECT_EQ(header.substr(0, 61), "time_s,h0.5_target_time_s,h0.5_m1_x_mm,h0.5_m1_y_mm,h0.5_m1_z");
    EXPECT_TRUE(holds(header, ",h0.5_m2_z_mm,h0.5_m1_x_lo_mm,h0.5_m1_x_hi_mm,")) << header;
    const NumberTable table = read_numbers(file);
    ASSERT_EQ(table.rows.size(), 900U);
    EXPECT_EQ(table.header.size(), 2U + 2 * 19);
    for (int k = 0; k < 900; ++k) {
        const std::vector<double>& row = table.rows[static_cast<std::size_t>(k)];
        ASSERT_NEAR(row[0], k / 10.0, 1e-9);
        ASSERT_NEAR(row[table.column("h0.5_target_time_s")], k / 10.0 + 0.5, 1e-9);
        ASSERT_NEAR(row[table.column("h2.0_target_time_s")], k / 10.0 + 2, 1e-9);
        ASSERT_NEAR(row[table.column("h2.0_m2_y_mm")], breathing_mm(k, 4), 1e-6);
    }
}

// The whole way, from the two files alone: what was measured, what was forecast, what was reported.
TEST_F(ReplayCommand, ReportsWhatItsPredictionsAreWorth)
{
    const fs::path file = folder_.path() / "p.csv";
    const Json json = replay_json(Words{"--horizon", "0.7,1.3", "--predictions", file.string()} + kSnap1);
    const NumberTable forecasts = read_numbers(file), measured = read_numbers(input_);
    for (const Json& result : json["results"]) {
        const bool first = result["horizon_s"] == 0.7;
        const std::string prefix = first ? "h0.7_" : "h1.3_";
        const std::size_t ahead = first ? 7 : 13, c0 = forecasts.column(prefix + "m1_x_mm");
        std::vector<double> mean(7, 0);
        double n = 0;
        for (std::size_t at = 600; at < 900; ++at, ++n)
            for (std::size_t c = 1; c < 7; ++c) mean[c] += measured.rows[at][c] / 300;
        double sum = 0, squares = 0, spread = 0, largest = 0, jitter = 0, last = 0;
        for (std::size_t at = 600; at < 900; ++at) {
            const std::vector<double>& truth = measured.rows[at];
            const std::vector<double>& forecast = forecasts.rows[at - ahead];
            ASSERT_NEAR(forecast[forecasts.column(prefix + "target_time_s")], truth[0], 1e-9);
            for (std::size_t m = 0; m < 2; ++m) {
                double error = 0, from_mean = 0, step = 0, from_last = 0;
                for (std::size_t c = 3 * m; c < 3 * m + 3; ++c) {
                    error += std::pow(forecast[c0 + c] - truth[1 + c], 2);
                    from_mean += std::pow(truth[1 + c] - mean[1 + c], 2);
                    step += std::pow(forecast[c0 + c] - forecasts.rows[at - ahead - 1][c0 + c], 2);
                    from_last += std::pow(truth[1 + c] - measured.rows[at - ahead][1 + c], 2);
                }
                sum += std::sqrt(error);
                squares += error;
                spread += from_mean;
                last += from_last;
                largest = std::max(largest, std::sqrt(error));
                jitter += at > 600 ? std::sqrt(step) : 0;
            }
        }
        EXPECT_EQ(result["n"], n);
        EXPECT_NEAR(result["mae_mm"].get<double>(), sum / 600, 1e-9);
        EXPECT_NEAR(result["rmse_mm"].get<double>(), std::sqrt(squares / 600), 1e-9);
        EXPECT_NEAR(result["nrmse"].get<double>(), std::sqrt(squares / spread), 1e-9);
        EXPECT_NEAR(result["max_mm"].get<double>(), largest, 1e-9);
        EXPECT_NEAR(result["jitter_mm"].get<double>(), jitter / 598, 1e-9);
        EXPECT_NEAR(result["rel_rmse"].get<double>(), std::sqrt(squares / last), 1e-9);
    }
}

TEST_F(ReplayCommand, FillsAFolder)
{
    const fs::path out = folder_.path() / "out" / "here";
    const Outcome outcome = replay(Words{"--out", out.string(), "--json", "-"} + kSnap1);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Json::parse(outcome.out), Json::parse(read_file(out / "metrics.json"))) << "nothing else is printed";
    EXPECT_EQ(read_numbers(out / "predictions.csv").rows.size(), 900U);
    const std::string report = read_file(out / "report.html");
    EXPECT_TRUE(report.starts_with("<!DOCTYPE html>")) << report.substr(0, 100);
    EXPECT_TRUE(holds(report, "Not a medical device"));
    EXPECT_FALSE(holds(report, "src=\"http")) << "the report is to stand alone";
    EXPECT_TRUE(holds(read_file(out / "traces.svg"), "<svg"));

    const Outcome again = replay(Words{"--out", out.string()} + kSnap1);
    EXPECT_EQ(again.code, 0);
    EXPECT_TRUE(holds(again.out, "Report: " + (out / "report.html").string())) << again.out;
    EXPECT_TRUE(holds(again.out, "nRMSE")) << again.out;
}

TEST_F(ReplayCommand, WritesAFileForEachAlgorithm)
{
    const fs::path file = folder_.path() / "p.csv";
    ASSERT_EQ(replay({"--algorithm", "last,lms", "--predictions", file.string()}).code, 0);
    EXPECT_EQ(read_numbers(folder_.path() / "p_last.csv").rows.size(), 900U);
    EXPECT_EQ(read_numbers(folder_.path() / "p_lms.csv").rows.size(), 900U);
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(ReplayCommand, SaysWhereItCannotWrite)
{
    for (const char* option : {"--json", "--predictions", "--out"}) {
        const std::string place = (input_ / "below a file").string();
        const Outcome outcome = replay({"--algorithm", "last", option, place});
        EXPECT_EQ(outcome.code, 1) << option;
        EXPECT_FALSE(outcome.err.empty()) << option;
    }
}

// ---- wrong usage that needs the recording, or the algorithm, to be found

struct UsageCase {
    const char* name;
    Words arguments;
    std::string says;
};

void PrintTo(const UsageCase& which, std::ostream* out) { *out << which.name; }

class WrongReplay : public ReplayCommand, public testing::WithParamInterface<UsageCase> {};

TEST_P(WrongReplay, EndsWithTwoAndSaysWhy)
{
    const Outcome outcome = replay(GetParam().arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_TRUE(holds(outcome.err, GetParam().says)) << outcome.err;
    EXPECT_EQ(outcome.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    , WrongReplay,
    testing::Values(
        UsageCase{"algorithm", {"--algorithm", "oracle"}, "unknown algorithm 'oracle'; there are last, ols"},
        UsageCase{"paramWithoutValue", {"--param", "shl"}, "write key=value"},
        UsageCase{"paramWithEmptyValue", {"--param", "shl="}, "write key=value"},
        UsageCase{"paramWithoutKey", {"--param", "=36"}, "write key=value"},
        UsageCase{"unknownParam", {"--algorithm", "snap1", "--param", "layers=3"}, "no parameter 'layers'"},
        UsageCase{"paramOfAnother", {"--algorithm", "lms", "--param", "hidden=3"}, "no parameter 'hidden'"},
        UsageCase{"paramNotANumber", {"--algorithm", "snap1", "--param", "shl=many"}, "shl=many is not allowed"},
        UsageCase{"paramNotWhole", {"--algorithm", "snap1", "--param", "shl=3.5"}, "shl=3.5 is not allowed"},
        UsageCase{"paramOutOfRange", {"--algorithm", "snap1", "--param", "hidden=0"}, "hidden=0 is not allowed"},
        UsageCase{"paramNegative", {"--algorithm", "snap1", "--param", "eta=-1"}, "eta=-1 is not allowed"},
        UsageCase{"paramNotAWord", {"--algorithm", "snap1", "--param", "precision=half"}, "float | double"},
        UsageCase{"orderOfUoro", {"--algorithm", "snap1", "--param", "order=reference"}, "no parameter"},
        UsageCase{"orderWhenPublished",
                  {"--algorithm", "snap1", "--protocol", "published", "--param", "order=learn-first"},
                  "no parameter 'order'"},
        UsageCase{"paramForAll", {"--algorithm", "all", "--param", "shl=3"}, "one algorithm"},
        UsageCase{"noHorizon", {"--horizon", "0"}, "horizon"},
        UsageCase{"longHorizon", {"--horizon", "200"}, "2000 samples"},
        UsageCase{"hugeHorizon", {"--horizon", "429496729.7"}, "1 to 1000 samples"},
        UsageCase{"horizonTwice", {"--horizon", "0.5,1,0.50"}, "0.5 s is given twice"},
        UsageCase{"rate", {"--rate", "-10"}, "rate"}, UsageCase{"trainEnd", {"--train-end", "0"}, "train-end"},
        UsageCase{"trainEndForever", {"--train-end", "inf"}, "train-end"},
        UsageCase{"evalEnd", {"--eval-start", "70", "--eval-end", "70"}, "eval-end"},
        UsageCase{"gateWindow", {"--gate", "5,-5"}, "lower < upper"},
        UsageCase{"gateAuto", {"--gate", "auto:0.4"}, "auto:0.4@30-60"},
        UsageCase{"gateAxis", {"--gate", "-5,5", "--gate-axis", "m3.z"}, "m1 to m2"},
        UsageCase{"gateAxisName", {"--gate", "-5,5", "--gate-axis", "depth"}, "pc1"},
        UsageCase{"oneLatency", {"--gate", "-5,5", "--t-on", "0.5"}, "both --t-on and --t-off"},
        UsageCase{"latencyWithoutGate", {"--t-on", "0.5", "--t-off", "0.5"}, "give --gate"},
        UsageCase{"hugeLatency", {"--gate", "-5,5", "--t-on", "1e300", "--t-off", "0.1"}, "at most 1000 samples"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(ReplayCommand, TakesAGateWithNegativeBoundsAndOtherLatencies)
{
    const Json json = replay_json({"--algorithm", "last", "--horizon", "0.5,1", "--gate", "-5.5,18", "--gate-axis",
                                   "m1.z", "--t-on", "0.8", "--t-off", "0"});
    EXPECT_FALSE(json["results"][0].contains("gating"));
    const Json& gating = json["results"][1].at("gating");
    EXPECT_EQ(gating["lower_mm"], -5.5);
    EXPECT_EQ(gating["upper_mm"], 18);
    EXPECT_EQ(gating["t_on_s"], 0.8);
    EXPECT_EQ(gating["t_off_s"], 0);
    const Outcome table =
        replay({"--algorithm", "last", "--horizon", "0.5,1", "--gate", "-5.5,18", "--t-on", "0.8", "--t-off", "0"});
    EXPECT_TRUE(holds(table.out, "no prediction")) << table.out;
}

TEST_F(ReplayCommand, TakesBothOrdersOfUoro)
{
    const Json json = replay_json(
        Words{"--algorithm", "uoro", "--param", "order=reference", "--param", "order=learn-first"} + kSmall);
    EXPECT_EQ(json["params"]["uoro-order"], "reference");
    EXPECT_EQ(json["params"]["order"], "learn-first");
}

TEST_F(ReplayCommand, RunsEachAlgorithmOnceWhereAllAreAskedFor)
{
    const acquisition::TemporaryFolder folder;
    const auto input = folder.path() / "session.csv";
    ASSERT_EQ(run({"sim", "patient", "--duration", "40", "--rate", "5", "--out", input.string()}).code, 0);
    const Outcome outcome =
        run({"replay", "--input", input.string(), "--algorithm", "all", "--horizon", "0.4", "--eval-start", "36"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    for (const char* name : {"last", "fixed", "rtrl", "uoro", "snap1", "dni", "rls", "foretide"}) {
        const std::string row = "\n" + std::string(name) + " ";
        const std::size_t first = outcome.out.find(row);
        ASSERT_NE(first, std::string::npos) << name;
        EXPECT_EQ(outcome.out.find(row, first + 1), std::string::npos) << name << " is there twice";
    }
}

}  // namespace
}  // namespace foretide::apps
