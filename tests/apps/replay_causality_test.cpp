// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The live protocol through the whole command: file in, file out. What was forecast up to a row does not change by one
// bit when everything after that row does.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/marker_frame.h"
#include "rnn/algorithms.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/apps/session_text.h"

namespace foretide::apps {
namespace {

constexpr int kFrames = 640;  // past the 54 s at which svr is trained
constexpr int kMarkers = 2;

// In warm-up; around the end of standardisation (sample 299); around svr's training; at the end.
constexpr int kChangedAfter[] = {57, 298, 299, 300, 539, 540, 600};

struct CausalCase {
    rnn::AlgorithmInfo algorithm;
    std::string order;  ///< "" where the algorithm has none
};

void PrintTo(const CausalCase& which, std::ostream* out) { *out << which.algorithm.name << " " << which.order; }

std::vector<CausalCase> cases()
{
    std::vector<CausalCase> all;
    for (const rnn::AlgorithmInfo& info : rnn::algorithms(rnn::Protocol::live, 10)) {
        const bool ordered = std::any_of(info.parameters.begin(), info.parameters.end(),
                                         [](const auto& p) { return p.name == "order"; });
        if (!ordered) {
            all.push_back({info, ""});
            continue;
        }
        for (const char* order : {"forecast-first", "learn-first"}) all.push_back({info, order});
    }
    return all;
}

/// Breathing in which a marker hides now and then and one frame is an outlier.
double quiet_mm(int k, int c)
{
    if (c >= 3 && (k % 130 == 40 || k % 130 == 41)) return core::kNaN;
    return breathing_mm(k, c) + (k == 205 && c < 3 ? 300 : 0);
}

/// Another rate and depth of breathing, another place, other gaps.
double changed_mm(int k, int c)
{
    if (c < 3 && k % 17 == 3) return core::kNaN;
    return 20 + breathing_mm(k, c) + 9 * std::sin(0.9 * k + c) + 0.05 * k;
}

class ReplayCausality : public testing::TestWithParam<CausalCase> {
protected:
    /// Lines of the predictions of a session.
    std::vector<std::string> predictions(const std::string& session) const
    {
        const auto input = folder_.write("session.csv", session);
        const auto output = folder_.path() / "predictions.csv";
        std::vector<std::string> arguments{
            "replay", "--input",   input.string(), "--algorithm",   GetParam().algorithm.name, "--protocol",
            "live",   "--horizon", "0.1,1.0",      "--predictions", output.string(),           "--json",
            "-"};
        const auto set = [&](const std::string& parameter) {
            arguments.emplace_back("--param");
            arguments.push_back(parameter);
        };
        if (!GetParam().algorithm.variant.empty()) set("variant=" + GetParam().algorithm.variant);
        if (!GetParam().order.empty()) set("order=" + GetParam().order);
        // The two slow ones smaller and coarser: causality does not depend on the length of a sum.
        if (GetParam().algorithm.name == "rtrl") set("hidden=12");
        if (GetParam().algorithm.name == "svr")
            for (const char* coarse : {"shl=4", "box=1", "epsilon=0.5"}) set(coarse);
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return lines_of(read_file(output));
    }

    acquisition::TemporaryFolder folder_;
};

TEST_P(ReplayCausality, HoldsFromTheInputToThePredictions)
{
    if (!GetParam().algorithm.available)
        GTEST_SKIP() << "SKIPPED: this build has no OpenCV (the presets with a sanitizer leave it out)";
    const std::vector<std::string> expected = predictions(session_csv(kFrames, kMarkers, quiet_mm));
    ASSERT_EQ(expected.size(), 1U + kFrames);
    for (const int last : kChangedAfter) {
        const auto motion = [last](int k, int c) { return k <= last ? quiet_mm(k, c) : changed_mm(k, c); };
        const std::vector<std::string> actual = predictions(session_csv(kFrames, kMarkers, motion));
        ASSERT_EQ(actual.size(), expected.size());
        for (std::size_t line = 0; line <= 1 + static_cast<std::size_t>(last); ++line)
            ASSERT_EQ(actual[line], expected[line]) << "changed after sample " << last << ", row " << line;
        EXPECT_NE(actual[2 + static_cast<std::size_t>(last)], expected[2 + static_cast<std::size_t>(last)])
            << "the change was not seen at all";
    }
}

INSTANTIATE_TEST_SUITE_P(, ReplayCausality, testing::ValuesIn(cases()), [](const auto& test) {
    std::string name = test.param.algorithm.name + (test.param.order == "learn-first" ? "_learn_first" : "");
    if (test.param.algorithm.variant == "published") name += "_published";
    return name;
});

// The published protocol is not causal, and says so; if it were, the test above would prove nothing.
TEST(ReplayCausalityOfThePublishedProtocol, IsNotThere)
{
    const acquisition::TemporaryFolder folder;
    std::vector<std::vector<std::string>> rows;
    for (const int last : {kFrames, 500}) {
        const auto input = folder.write("session.csv", session_csv(kFrames, kMarkers, [last](int k, int c) {
                                            return k <= last ? quiet_mm(k, c) : changed_mm(k, c);
                                        }));
        const auto output = folder.path() / "predictions.csv";
        const Outcome outcome =
            run({"replay", "--input", input.string(), "--protocol", "published", "--algorithm", "snap1", "--param",
                 "hidden=12", "--param", "shl=6", "--horizon", "1.0", "--predictions", output.string()});
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        rows.push_back(lines_of(read_file(output)));
    }
    EXPECT_EQ(rows[0][485], rows[1][485]);
    EXPECT_NE(rows[0][1 + 498], rows[1][1 + 498]) << "learned from a target one second ahead";
}

}  // namespace
}  // namespace foretide::apps
