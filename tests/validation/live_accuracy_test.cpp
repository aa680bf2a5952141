// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// How accurate the default forecaster is where it counts: causally, on the open real sessions, targets from 60 s on.

#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/recording_reader.h"
#include "tests/support/build_kind.h"
#include "tests/support/shared_data.h"
#include "validation/replay.h"

namespace foretide::validation {
namespace {

struct Rate {
    const char* folder;
    std::vector<double> horizons_s;
    double largest_nrmse;  ///< the project's acceptance: mean over sessions and horizons
};

std::vector<double> every(double step_s, double last_s)
{
    std::vector<double> horizons;
    for (int k = 1; k * step_s < last_s + step_s / 2; ++k) horizons.push_back(k * step_s);
    return horizons;
}

std::vector<Rate> rates()
{
    return {{"10Hz", every(0.1, 2.1), 0.465},
            {"3.33Hz", every(0.3, 2.1), 0.490},
            {"30Hz", {0.1, 0.3, 0.6, 1.0, 1.5, 2.1}, 0.405}};
}

/// Mean over the six open sessions of the nRMSE at each horizon.
std::vector<double> nrmse_by_horizon(const Rate& rate, const std::string& algorithm)
{
    std::vector<double> mean(rate.horizons_s.size(), 0.0);
    for (const int session : {1, 2, 4, 5, 7, 8}) {
        const auto file =
            tests::shared_path("data/extmarker") / rate.folder / ("seq" + std::to_string(session) + ".csv");
        ReplayOptions options;
        options.algorithm.name = algorithm;
        options.horizons_s = rate.horizons_s;
        const ReplayResult result = replay(acquisition::read_recording({file}), options);
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
    for (const Rate& rate : rates()) {
        SCOPED_TRACE(rate.folder);
        const std::vector<double> ours = nrmse_by_horizon(rate, rnn::kDefaultAlgorithm);
        EXPECT_LE(mean_of(ours), rate.largest_nrmse);
        EXPECT_GT(mean_of(ours), 0.7 * rate.largest_nrmse) << "too good to be causal";
        for (const char* baseline : {"last", "lms", "rls"}) {
            const std::vector<double> theirs = nrmse_by_horizon(rate, baseline);
            for (std::size_t h = 0; h < ours.size(); ++h)
                EXPECT_LE(ours[h], 1.02 * theirs[h]) << baseline << " at " << rate.horizons_s[h] << " s";
        }
        RecordProperty(std::string("nrmse_") + rate.folder, std::to_string(mean_of(ours)));
        std::cout << rate.folder << ": nRMSE " << mean_of(ours) << " (at most " << rate.largest_nrmse << ")\n";
    }
}

}  // namespace
}  // namespace foretide::validation
