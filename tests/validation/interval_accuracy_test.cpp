// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// How honest and how sharp the 90 % intervals are where it counts: causally, on the open real sessions, targets from
// 60 s on.

#include <algorithm>
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

constexpr double kScoredFrom_s = 60;

ReplayResult replayed(const SessionRate& rate, int session, const std::string& algorithm)
{
    ReplayOptions options;
    options.algorithm.name = algorithm;
    options.horizons_s = rate.horizons_s;
    return replay(open_session(rate.folder, session), options);
}

/// Coverage and Winkler score of a session, means over its horizons.
struct Judged {
    double coverage = 0, winkler_mm = 0, tested_s = 0;
};

Judged judged(const ReplayResult& result)
{
    Judged out;
    const auto horizons = static_cast<double>(result.horizons.size());
    for (const HorizonResult& h : result.horizons) {
        out.coverage += h.metrics.coverage90.value() / horizons;
        out.winkler_mm += h.metrics.winkler_mm.value() / horizons;
    }
    out.tested_s = result.eval_end_s - kScoredFrom_s;
    return out;
}

/// Quantile of |error| that split conformal prediction takes: the ⌈0.9·(n + 1)⌉-th smallest of n.
double split_conformal_margin(std::vector<double> scores)
{
    const auto rank = static_cast<std::size_t>(std::ceil(0.9 * static_cast<double>(scores.size() + 1)));
    const auto at = scores.begin() + static_cast<std::ptrdiff_t>(std::min(rank, scores.size()) - 1);
    std::nth_element(scores.begin(), at, scores.end());
    return *at;
}

/// The yardstick: intervals around `result`'s forecasts from the absolute errors of the targets at 30 to 60 s, fixed
/// from then on. Winkler score over the rest, mean over the horizons.
double split_conformal_winkler_mm(const ReplayResult& result)
{
    const auto p = static_cast<std::size_t>(3 * result.markers);
    double mean = 0;
    for (const HorizonResult& h : result.horizons) {
        std::vector<std::vector<double>> calibration(p);
        double score = 0;
        std::size_t scored = 0;
        std::vector<double> margins;
        for (std::size_t k = 0; k < h.made_time_s.size(); ++k) {
            const std::size_t at = k + static_cast<std::size_t>(h.horizon_samples);
            if (at >= result.time_s.size() || h.warm_up[k] != 0) continue;
            const double target_s = result.time_s[at] - result.time_s.front();
            if (target_s < 30) continue;
            const bool test = target_s >= kScoredFrom_s - 1e-3;
            if (test && margins.empty())
                for (const auto& scores : calibration) margins.push_back(split_conformal_margin(scores));
            for (std::size_t c = 0; c < p; ++c) {
                const double error = std::abs(result.measured_mm[at * p + c] - h.forecast_mm[k * p + c]);
                if (std::isnan(error)) continue;
                if (!test) {
                    calibration[c].push_back(error);
                } else {
                    score += 2 * margins[c] + 20 * std::max(0.0, error - margins[c]);
                    ++scored;
                }
            }
        }
        mean += score / static_cast<double>(scored) / static_cast<double>(result.horizons.size());
    }
    return mean;
}

TEST(IntervalAccuracy, OfTheDefaultIsCalibratedAndSharperThanSplitConformalAroundRls)
{
    FORETIDE_SKIP_UNDER_SANITIZER("18 sessions through two algorithms");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker"));
    for (const SessionRate& rate : session_rates()) {
        SCOPED_TRACE(rate.folder);
        double coverage = 0, ours_mm = 0, split_mm = 0;
        for (const int session : kOpenSessions) {
            const Judged one = judged(replayed(rate, session, rnn::kDefaultAlgorithm));
            const double split = split_conformal_winkler_mm(replayed(rate, session, "rls"));
            if (one.tested_s >= 60) {
                EXPECT_GE(one.coverage, 0.85) << "session " << session;
            }
            std::cout << "  seq" << session << ": coverage " << one.coverage << ", Winkler " << one.winkler_mm
                      << " mm, split conformal around rls " << split << " mm\n";
            coverage += one.coverage / std::size(kOpenSessions);
            ours_mm += one.winkler_mm / std::size(kOpenSessions);
            split_mm += split / std::size(kOpenSessions);
        }
        EXPECT_GE(coverage, 0.88);
        EXPECT_LE(coverage, 0.92);
        EXPECT_LE(ours_mm, 0.95 * split_mm);
        RecordProperty("coverage_" + rate.folder, std::to_string(coverage));
        RecordProperty("winkler_" + rate.folder, std::to_string(ours_mm));
        std::cout << rate.folder << ": coverage " << coverage << ", Winkler " << ours_mm << " mm, "
                  << 100 * (1 - ours_mm / split_mm) << " % below split conformal around rls\n";
    }
}

TEST(IntervalAccuracy, OfTheOthersIsSaneToo)
{
    FORETIDE_SKIP_UNDER_SANITIZER("six sessions through eight algorithms");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker"));
    const SessionRate rate{"10Hz", {0.1, 0.5, 1.0, 2.1}};
    for (const char* algorithm : {"last", "ols", "lms", "rls", "fixed", "uoro", "snap1", "dni"}) {
        SCOPED_TRACE(algorithm);
        double coverage = 0;
        for (const int session : kOpenSessions)
            coverage += judged(replayed(rate, session, algorithm)).coverage / std::size(kOpenSessions);
        EXPECT_GE(coverage, 0.87);
        EXPECT_LE(coverage, 0.93);
        std::cout << algorithm << ": coverage " << coverage << "\n";
    }
}

}  // namespace
}  // namespace foretide::validation
