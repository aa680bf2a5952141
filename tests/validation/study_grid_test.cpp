// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rnn/algorithms.h"
#include "validation/study/grid.h"
#include "validation/study/published_figures.h"

namespace foretide::validation {
namespace {

constexpr auto kPublished = rnn::Protocol::published;
constexpr auto kLive = rnn::Protocol::live;

std::vector<rnn::Parameters> grid(GridKind kind, const std::string& name, rnn::Protocol protocol, double rate_hz,
                                  const rnn::Parameters& fixed = {})
{
    return grid_candidates(kind, {name, name, fixed}, protocol, rate_hz);
}

std::set<std::string> values(const std::vector<rnn::Parameters>& candidates, const std::string& parameter)
{
    std::set<std::string> values;
    for (const rnn::Parameters& candidate : candidates) values.insert(candidate.at(parameter));
    return values;
}

TEST(StudyGrid, HasTheValuesOfThePapers)
{
    using Texts = std::set<std::string>;
    const Texts histories[] = {
        {"4", "8", "12", "16", "20"}, {"12", "24", "36", "48", "60"}, {"36", "72", "108", "144", "180"}};
    const Texts lms_rates[] = {{"2e-04", "5e-04", "0.001"}, {"1e-04", "2e-04", "5e-04"}, {"5e-05", "1e-04", "2e-04"}};
    int k = 0;
    for (const double rate_hz : {3.33, 10.0, 30.0}) {
        for (const char* name : {"uoro", "snap1", "dni", "fixed", "rtrl"}) {
            const auto candidates = grid(GridKind::paper, name, kPublished, rate_hz);
            const bool rtrl = name == std::string("rtrl");
            EXPECT_EQ(candidates.size(), rtrl ? 45U : 90U) << name;
            EXPECT_EQ(values(candidates, "shl"), histories[k]) << name;
            EXPECT_EQ(values(candidates, "eta"), (Texts{"0.005", "0.01", "0.02"})) << name;
            EXPECT_EQ(values(candidates, "hidden"),
                      rtrl ? (Texts{"10", "25", "40"}) : (Texts{"30", "60", "90", "120", "150", "180"}))
                << name;
        }
        const auto lms = grid(GridKind::paper, "lms", kPublished, rate_hz);
        EXPECT_EQ(lms.size(), 15U);
        EXPECT_EQ(values(lms, "shl"), histories[k]);
        EXPECT_EQ(values(lms, "eta"), lms_rates[k]);
        EXPECT_EQ(grid(GridKind::paper, "ols", kPublished, rate_hz).size(), 5U);
        EXPECT_EQ(grid(GridKind::paper, "svr", kPublished, rate_hz).size(), 5U * 64);
        ++k;
    }
}

TEST(StudyGrid, HasNoCandidateTwiceAndNoneThatIsNotAllowed)
{
    for (const GridKind kind : {GridKind::none, GridKind::quick, GridKind::paper})
        for (const rnn::Protocol protocol : {kPublished, kLive})
            for (const rnn::AlgorithmInfo& info : rnn::algorithms(protocol, 10)) {
                const auto candidates = grid(kind, info.name, protocol, 10);
                ASSERT_FALSE(candidates.empty());
                std::set<rnn::Parameters> resolved;
                for (const rnn::Parameters& candidate : candidates)
                    EXPECT_TRUE(resolved.insert(resolve_parameters(info.name, candidate, protocol, 10)).second)
                        << info.name << " " << parameters_text(candidate);
            }
}

TEST(StudyGrid, IsSmallWhereItIsQuickAndOneWithout)
{
    for (const char* name : {"rtrl", "uoro", "lms", "ols", "svr"}) {
        EXPECT_EQ(grid(GridKind::none, name, kLive, 10).size(), 1U);
        const std::size_t quick = grid(GridKind::quick, name, kPublished, 10).size();
        EXPECT_GT(quick, 1U);
        EXPECT_LE(4 * quick, 2 * grid(GridKind::paper, name, kPublished, 10).size()) << name;
    }
    for (const char* name : {"last", "rls", "foretide"}) EXPECT_EQ(grid(GridKind::paper, name, kLive, 10).size(), 1U);
}

TEST(StudyGrid, HasSmallerRatesWhereTargetsComeLate)
{
    const auto live = values(grid(GridKind::paper, "snap1", kLive, 10, {{"variant", "published"}}), "eta");
    EXPECT_EQ(live.size(), 6U);
    for (const char* rate : {"5e-04", "0.001", "0.002", "0.005", "0.01", "0.02"})
        EXPECT_TRUE(live.contains(rate)) << rate;
}

TEST(StudyGrid, LeavesFixedParametersAlone)
{
    const auto candidates = grid(GridKind::paper, "uoro", kPublished, 10, {{"eta", "0.003"}, {"order", "reference"}});
    EXPECT_EQ(candidates.size(), 30U);
    EXPECT_EQ(values(candidates, "eta"), std::set<std::string>{"0.003"});
    EXPECT_EQ(values(candidates, "order"), std::set<std::string>{"reference"});
    EXPECT_THROW(grid(GridKind::paper, "uoro", kPublished, 10, {{"kernel-scale", "1"}}), std::invalid_argument);
    EXPECT_THROW(grid(GridKind::none, "oracle", kPublished, 10), std::invalid_argument);
}

TEST(PublishedFigures, AreFoundByTheFoldersRateAndTheTrueOne)
{
    for (const double rate_hz : {3.33, 10.0 / 3}) {
        const PublishedFigure* snap1 = find_published("snap1", rate_hz);
        ASSERT_NE(snap1, nullptr);
        EXPECT_EQ(snap1->nrmse, .3347);
    }
    EXPECT_EQ(find_published("snap1", 20), nullptr);
    EXPECT_EQ(find_published("foretide", 10), nullptr);
    // Each nRMSE is an RMSE over the spread of the same sessions: their ratio says it for all algorithms of a rate.
    for (const PublishedFigure& f : published_figures()) {
        EXPECT_GT(f.rmse_mm, f.mae_mm) << f.algorithm;
        EXPECT_GT(f.max_mm, f.rmse_mm) << f.algorithm;
        EXPECT_NEAR(f.rmse_mm / f.nrmse, 4.6, 0.25) << f.algorithm << " at " << f.rate_hz;
    }
}

}  // namespace
}  // namespace foretide::validation
