// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The mathematics against the public reference implementation: six open sequences at 10 Hz under the published
// protocol, with the reference's fixed settings. Figures from its own runs with four seeds (RTRL two).

#include <string>

#include <gtest/gtest.h>

#include "acquisition/recording_reader.h"
#include "tests/support/build_kind.h"
#include "tests/support/shared_data.h"
#include "tests/validation/replay_test_support.h"

namespace foretide::validation {
namespace {

struct Reference {
    const char* algorithm;
    rnn::Parameters parameters;
    double nrmse;      ///< mean over sequences and horizons
    double tolerance;  ///< upwards; UORO's seeds scatter most
};

void PrintTo(const Reference& reference, std::ostream* out) { *out << reference.algorithm; }

class PublishedProtocol : public testing::TestWithParam<Reference> {};

TEST_P(PublishedProtocol, IsAsAccurateAsTheReference)
{
    FORETIDE_SKIP_UNDER_SANITIZER("a hundred replays; the release build judges the accuracy");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker/10Hz"));
    const Reference& reference = GetParam();
    const std::vector<double> horizons{0.1, 0.5, 1.0, 1.5, 2.1};
    double sum = 0;
    for (const int sequence : {1, 2, 4, 5, 7, 8}) {
        ReplayOptions options = options_for(reference.algorithm, horizons, reference.parameters);
        options.algorithm.protocol = rnn::Protocol::published;
        options.algorithm.seed = 1;
        options.runs = 4;
        const auto file = tests::shared_path("data/extmarker/10Hz/seq" + std::to_string(sequence) + ".csv");
        const ReplayResult result = replay(acquisition::read_recording({file}), options);
        EXPECT_EQ(result.rate_hz, 10);
        for (const HorizonResult& h : result.horizons) {
            EXPECT_EQ(h.metrics.n, static_cast<std::int64_t>(result.time_s.size()) - 600) << sequence;
            sum += h.mean_over_runs.at("nrmse");
        }
    }
    const double nrmse = sum / (6 * static_cast<double>(horizons.size()));
    RecordProperty("nrmse", std::to_string(nrmse));
    EXPECT_LE(nrmse, (1 + reference.tolerance) * reference.nrmse);
    EXPECT_GE(nrmse, 0.9 * reference.nrmse) << "too good: does the learner see more of the future than it should?";
}

const rnn::Parameters kNetwork{{"shl", "36"}, {"eta", "0.01"}, {"hidden", "90"}};

INSTANTIATE_TEST_SUITE_P(
    , PublishedProtocol,
    testing::Values(
        Reference{"snap1", kNetwork, .155, .05},
        Reference{"uoro", {{"shl", "36"}, {"eta", "0.01"}, {"hidden", "90"}, {"order", "reference"}}, .173, .08},
        Reference{"dni", kNetwork, .166, .05},
        Reference{"rtrl", {{"shl", "12"}, {"eta", "0.02"}, {"hidden", "40"}, {"form", "new-state"}}, .177, .05},
        Reference{"fixed", kNetwork, .270, .05}, Reference{"lms", {{"shl", "60"}, {"eta", "0.0005"}}, .314, .05}),
    [](const auto& test) { return std::string(test.param.algorithm); });

}  // namespace
}  // namespace foretide::validation
