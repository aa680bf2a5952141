// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/html_report.h"

#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/validation/html_checks.h"
#include "tests/validation/synthetic_replay.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string report(std::vector<ReplayResult> results, ReportOptions options = {})
{
    if (options.created.empty()) options.created = "2024-01-01 12:00 UTC";
    std::ostringstream out;
    write_html_report(out, results, options);
    return out.str();
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(NestingFault, FindsFaults)
{
    EXPECT_EQ(nesting_fault("<p>a<br><svg><path d=\"a>b\"/></svg></p><script>if (a<b) '</p>'</script>"), "");
    EXPECT_NE(nesting_fault("<p><b></p></b>"), "");
    EXPECT_NE(nesting_fault("<div><p></p>"), "");
    EXPECT_NE(nesting_fault("a < b <p></p>"), "");
}

TEST(HtmlReport, IsWellNested)
{
    auto second = synthetic_replay({.with_gate = true, .with_intervals = true});
    second.algorithm = "foretide";
    second.runs = 3;
    second.horizons[0].mean_over_runs["nrmse"] = 0.2;
    second.horizons[0].ci95_over_runs["nrmse"] = 0.01;
    EXPECT_EQ(nesting_fault(report({synthetic_replay({.with_gate = true}), second})), "");
}

TEST(HtmlReport, SaysWhatWasRun)
{
    const std::string html = report({synthetic_replay()}, {.title = "Session 12"});
    for (const std::string_view part :
         {std::string_view("<title>Session 12</title>"), std::string_view("patient/session.csv"),
          std::string_view("Foretide 0.1.0"), std::string_view("2024-01-01 12:00 UTC"), std::string_view("0.5, 1.0 s"),
          std::string_view("time repaired"), std::string_view("bridged"), kNotAMedicalDevice}) {
        EXPECT_TRUE(contains(html, part)) << part;
    }
}

TEST(HtmlReport, FetchesNothing)
{
    const std::string html = report({synthetic_replay({.with_gate = true})});
    for (const char* outside : {"http:", "https:", "//cdn", " src=", "@import", "url(", "<link", "fetch(", "<img"}) {
        EXPECT_FALSE(contains(html, outside)) << outside;
    }
}

TEST(HtmlReport, EscapesWhatComesFromFiles)
{
    const std::string attack = "<script>alert(1)</script>\"'</title><!--";
    auto result = synthetic_replay();
    result.inputs = {attack + ".csv"};
    result.algorithm = attack;
    result.protocol = attack;
    result.version = attack;
    result.notes = {{attack, 1, attack}};
    result.conditioning = {{attack, 1}};
    result.parameters = {{attack, attack}};
    const std::string html = report({result, result}, {.title = attack});
    EXPECT_FALSE(contains(html, "<script>alert"));
    EXPECT_FALSE(contains(html, "<!--"));
    EXPECT_TRUE(contains(html, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_EQ(nesting_fault(html), "");
}

TEST(HtmlReport, WarnsOfThePublishedProtocolOnly)
{
    auto result = synthetic_replay();
    EXPECT_FALSE(contains(report({result}), "class=\"warning\""));
    result.protocol = "published";
    const std::string html = report({result});
    EXPECT_TRUE(contains(html, "class=\"warning\""));
    EXPECT_TRUE(contains(html, "samples of the future"));
    EXPECT_TRUE(contains(html, "not achievable accuracy"));
}

TEST(HtmlReport, ShowsTheMetricsWithHalfWidths)
{
    auto result = synthetic_replay({.with_intervals = true});
    result.runs = 4;
    result.horizons[0].mean_over_runs["nrmse"] = 0.1234;
    result.horizons[0].ci95_over_runs["nrmse"] = 0.0056;
    const std::string html = report({result});
    EXPECT_TRUE(contains(html, "0.123 <span class=\"ci\">± 0.006</span>"));
    EXPECT_TRUE(contains(html, "<td>90.5</td>"));   // coverage in per cent
    EXPECT_TRUE(contains(html, "<td>0.150</td>"));  // RMSE at 0.5 s
}

TEST(HtmlReport, MarksTheBestAlgorithmOfEachHorizon)
{
    auto better = synthetic_replay();
    better.algorithm = "rls";
    better.horizons[1].metrics.nrmse = 0.0421;
    const std::string html = report({synthetic_replay(), better});
    EXPECT_TRUE(contains(html, "<td class=\"best\">0.042</td>"));
    EXPECT_FALSE(contains(report({synthetic_replay()}), "class=\"best\""));
}

TEST(HtmlReport, HasAStaticFirstView)
{
    const std::string html = report({synthetic_replay({.with_gate = true})});
    for (const char* id : {"id=\"fig-overview\"", "id=\"fig-trace\"", "id=\"fig-difference\""}) {
        const auto at = html.find(id);
        ASSERT_NE(at, std::string::npos) << id;
        EXPECT_LT(html.find("class=\"line ", at), html.find("class=\"label", at)) << id << " has no line";
    }
    for (const char* id : {"id=\"error-over-time\"", "id=\"error-over-horizon\"", "id=\"gating\"", "id=\"timing\""}) {
        EXPECT_TRUE(contains(html, id)) << id;
    }
    EXPECT_TRUE(contains(html, "gate window"));
}

TEST(HtmlReport, GatingShowsMeansAndItsLatencies)
{
    auto result = synthetic_replay({.with_gate = true});
    result.runs = 3;
    result.horizons[0].mean_over_runs["gating.accuracy"] = 0.912;
    result.horizons[0].ci95_over_runs["gating.accuracy"] = 0.004;
    const std::string html = report({result});
    EXPECT_TRUE(contains(html, "91.2 <span class=\"ci\">± 0.4</span>"));
    EXPECT_TRUE(contains(html, "<span class=\"meter\"><i style=\"width:80.0%\"></i></span>80.0</td>"));
    EXPECT_TRUE(contains(html, "Beam-on latency 0.30 s, beam-off latency 0.10 s."));

    result.horizons[1].gating->t_on_s = 1.0;
    EXPECT_TRUE(contains(report({result}), "stands for both latencies"));
}

TEST(HtmlReport, PartsCountFromTheFirstSample)
{
    auto result = synthetic_replay();
    for (double& t : result.time_s) t += 1000;
    for (HorizonResult& horizon : result.horizons) {
        for (double& t : horizon.made_time_s) t += 1000;
        for (double& t : horizon.target_time_s) t += 1000;
    }
    EXPECT_TRUE(contains(report({result}), R"("marks":[[1030.0,"training ends"],[1060.0,"scored from here"]])"));
}

TEST(HtmlReport, OneHorizonHasNoPlotAgainstTheHorizon)
{
    const std::string html = report({synthetic_replay({.horizons_s = {0.5}})});
    EXPECT_FALSE(contains(html, "id=\"error-over-horizon\""));
    EXPECT_FALSE(contains(html, "id=\"gating\""));
    EXPECT_EQ(nesting_fault(html), "");
}

TEST(HtmlReport, AlgorithmsMayHaveDifferentHorizons)
{
    auto other = synthetic_replay({.horizons_s = {0.5, 2.0}});
    other.algorithm = "rls";
    const std::string html = report({synthetic_replay(), other});
    EXPECT_TRUE(contains(html, "0.5, 1.0, 2.0 s"));
    EXPECT_EQ(nesting_fault(html), "");
}

TEST(HtmlReport, StandsUnseenMarkersAndUnknownMetrics)
{
    auto result = synthetic_replay();
    for (std::size_t k = 100; k < 2000; ++k) result.measured_mm[k] = kNan;
    result.horizons[0].metrics.nrmse = kNan;
    const std::string some = report({result});
    EXPECT_FALSE(contains(some, "nan"));
    EXPECT_EQ(nesting_fault(some), "");

    std::fill(result.measured_mm.begin(), result.measured_mm.end(), kNan);
    const std::string none = report({result});
    EXPECT_FALSE(contains(none, ">nan"));
    EXPECT_EQ(nesting_fault(none), "");
}

TEST(HtmlReport, StandsARecordingTooShortToPlot)
{
    auto result = synthetic_replay();
    result.time_s.resize(1);
    result.measured_mm.resize(6);
    const std::string html = report({result});
    EXPECT_TRUE(contains(html, "nothing to plot"));
    EXPECT_FALSE(contains(html, "<script"));
    EXPECT_EQ(nesting_fault(html), "");
}

TEST(HtmlReport, NineAlgorithmsAtFourHorizonsStayBelowFiveMegabytes)
{
    const auto result = synthetic_replay({.markers = 3, .duration_s = 300, .horizons_s = {0.1, 0.5, 1.0, 2.0}});
    std::vector<ReplayResult> results(9, result);
    for (std::size_t a = 0; a < results.size(); ++a) results[a].algorithm = "algorithm " + std::to_string(a);
    const std::string html = report(std::move(results));
    EXPECT_LT(html.size(), 5'000'000U);
    EXPECT_FALSE(contains(html, "is embedded.")) << "all coordinates should have found room";
}

TEST(HtmlReport, RefusesWhatItCannotReport)
{
    EXPECT_THROW(report({}), std::runtime_error);
    EXPECT_THROW(report({synthetic_replay()}, {.stretch_s = 0}), std::runtime_error);
    std::ostringstream broken;
    broken.setstate(std::ios::badbit);
    const std::vector<ReplayResult> results{synthetic_replay()};
    EXPECT_THROW(write_html_report(broken, results), std::runtime_error);
}

}  // namespace
}  // namespace foretide::validation
