// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// How accurate the forecasters are where it counts: causally, on the open real sessions, targets from 60 s on.

#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/build_kind.h"
#include "tests/validation/open_sessions.h"
#include "validation/replay.h"

namespace foretide::validation {
namespace {

/// The project's acceptance: mean nRMSE over sessions and horizons, by rate.
constexpr double kLargestNrmse[] = {0.465, 0.490, 0.405};

/// Of each network: 1.08 times the best single expert known when the project began (.507, .536, .445).
constexpr double kLargestOfANetwork[] = {0.547, 0.579, 0.481};

/// Mean over the six open sessions of the nRMSE at each horizon.
std::vector<double> nrmse_by_horizon(const SessionRate& rate, const std::string& algorithm)
{
    std::vector<double> mean(rate.horizons_s.size(), 0.0);
    for (const int session : kOpenSessions) {
        ReplayOptions options;
        options.algorithm.name = algorithm;
        options.horizons_s = rate.horizons_s;
        const ReplayResult result = replay(open_session(rate.folder, session), options);
        for (std::size_t h = 0; h < mean.size(); ++h) mean[h] += result.horizons[h].metrics.nrmse / 6;
    }
    return mean;
}

double mean_of(const std::vector<double>& values)
{
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
}

TEST(LiveAccuracy, TheDefaultIsBelowTheAcceptanceAndNeverFarAboveTheBaselines)
{
    FORETIDE_SKIP_UNDER_SANITIZER("18 sessions through four algorithms");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker"));
    const std::vector<SessionRate> rates = session_rates();
    for (std::size_t r = 0; r < rates.size(); ++r) {
        const SessionRate& rate = rates[r];
        SCOPED_TRACE(rate.folder);
        const std::vector<double> ours = nrmse_by_horizon(rate, rnn::kDefaultAlgorithm);
        EXPECT_LE(mean_of(ours), kLargestNrmse[r]);
        EXPECT_GT(mean_of(ours), 0.7 * kLargestNrmse[r]) << "too good to be causal";
        for (const char* baseline : {"last", "lms", "rls"}) {
            const std::vector<double> theirs = nrmse_by_horizon(rate, baseline);
            for (std::size_t h = 0; h < ours.size(); ++h)
                EXPECT_LE(ours[h], 1.02 * theirs[h]) << baseline << " at " << rate.horizons_s[h] << " s";
        }
        RecordProperty("nrmse_" + rate.folder, std::to_string(mean_of(ours)));
        std::cout << rate.folder << ": nRMSE " << mean_of(ours) << " (at most " << kLargestNrmse[r] << ")\n";
    }
}

class LiveNetwork : public ::testing::TestWithParam<const char*> {};

TEST_P(LiveNetwork, IsBelowTheAcceptance)
{
    FORETIDE_SKIP_UNDER_SANITIZER("18 sessions");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker"));
    const std::vector<SessionRate> rates = session_rates();
    for (std::size_t r = 0; r < rates.size(); ++r) {
        const double nrmse = mean_of(nrmse_by_horizon(rates[r], GetParam()));
        EXPECT_LE(nrmse, kLargestOfANetwork[r]) << rates[r].folder;
        EXPECT_GT(nrmse, 0.7 * kLargestOfANetwork[r]) << "too good to be causal";
        std::cout << rates[r].folder << ": nRMSE " << nrmse << " (at most " << kLargestOfANetwork[r] << ")\n";
    }
}

INSTANTIATE_TEST_SUITE_P(LiveAccuracy, LiveNetwork, ::testing::Values("rtrl", "uoro", "snap1", "dni"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace foretide::validation
