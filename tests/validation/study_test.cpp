// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/recording_reader.h"
#include "core/metrics.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/validation/html_checks.h"
#include "tests/validation/study_support.h"
#include "validation/study/sequences.h"
#include "validation/study/study_plan.h"
#include "validation/study/study_report.h"
#include "validation/study/study_tables.h"

namespace foretide::validation {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

class Study : public testing::Test {
protected:
    Study()
    {
        write_sequence(data_, "seq1", 30);
        write_sequence(data_, "seq2", 26, [](double t, int c) { return 0.8 * breathing_mm(1.15 * t, c); });
    }

    StudyResult run(const StudyOptions& options, int jobs = 1)
    {
        StudyConduct conduct;
        conduct.journal = folder_.path() / ("journal" + std::to_string(journals_++));
        conduct.jobs = jobs;
        return run_study(options, conduct);
    }

    acquisition::TemporaryFolder folder_;
    fs::path data_ = folder_.path() / "data";
    int journals_ = 0;
};

Json tables(const StudyResult& result) { return tables_json(result, study_settings(result)); }

TEST_F(Study, FindsTheSameWhateverTheNumberOfJobs)
{
    const StudyOptions options = small_study(data_);
    const std::string one = tables_of(options, folder_.path() / "a");
    EXPECT_EQ(tables_of(options, folder_.path() / "b", 3), one);
    EXPECT_NE(one.find("snap1"), std::string::npos);
}

TEST_F(Study, FindsTheSameWhereverItWasCutOff)
{
    const StudyOptions options = small_study(data_);
    const fs::path journal = folder_.path() / "journal";
    const std::string whole = tables_of(options, journal);
    std::ifstream in(journal, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const double share : {0.1, 0.5, 0.9, 0.999}) {
        std::ofstream(journal, std::ios::binary)
            << text.substr(0, static_cast<std::size_t>(share * static_cast<double>(text.size())));
        EXPECT_EQ(tables_of(options, journal, 2, true), whole) << share;
    }
    EXPECT_EQ(tables_of(options, journal, 1, true), whole) << "nothing was left to do";
}

TEST_F(Study, DoesNotResumeAnotherStudy)
{
    const fs::path journal = folder_.path() / "journal";
    const StudyOptions options = small_study(data_);
    static_cast<void>(tables_of(options, journal));
    StudyOptions other = options;
    other.seed = 2;
    EXPECT_THROW(tables_of(other, journal, 1, true), std::invalid_argument);
    other = options;
    other.algorithms[1].fixed = {{"clip", "1"}, {"variant", "published"}};
    other.algorithms[1].label = "snap1:clip=1";
    EXPECT_THROW(tables_of(other, journal, 1, true), std::invalid_argument);
    write_sequence(data_, "seq1", 30, [](double t, int c) { return breathing_mm(t, c) + (t > 25 ? 0.001 : 0); });
    EXPECT_THROW(tables_of(options, journal, 1, true), std::invalid_argument) << "other data";
}

TEST_F(Study, ChoosesWithoutTheTestPart)
{
    const StudyOptions options = small_study(data_);
    const Json before = tables(run(options));
    write_sequence(data_, "seq1", 24, [](double t, int c) {
        return t < 15.95 ? breathing_mm(t, c) : 5 * std::sin(7 * t + c);  // from the first target of the test on
    });
    const Json after = tables(run(options));
    EXPECT_EQ(before.at("choices"), after.at("choices"));
    EXPECT_NE(before.at("results").at(0).at("nrmse"), after.at("results").at(0).at("nrmse"));
    EXPECT_GT(before.at("choices").back().at("candidates"), 1);
}

TEST_F(Study, ChoosesTheLowestErrorBetweenTrainingAndTest)
{
    StudyOptions options = small_study(data_);
    options.algorithms = {{"lms", "lms", {}}};
    options.sequences = {"1"};
    const StudyResult result = run(options);
    ASSERT_EQ(result.choices.size(), 2U);
    // Again by hand: a plain replay of the recording up to the test, a candidate at a time.
    core::Recording recording = acquisition::read_recording({data_ / "10Hz" / "seq1.csv"});
    recording.frames.resize(160);
    for (const StudyChoice& choice : result.choices) {
        std::map<double, std::string> by_nrmse;
        for (const char* eta : {"1e-05", "5e-05", "1e-04", "5e-04"})
            for (const char* shl : {"24", "60"}) {
                ReplayOptions replay_with =
                    options_for("lms", {options.horizons_s[choice.horizons.front()]}, {{"eta", eta}, {"shl", shl}});
                replay_with.train_end_s = 8;
                replay_with.eval_start_s = 8;
                by_nrmse[replay(recording, replay_with).horizons[0].metrics.nrmse] =
                    parameters_text(replay_with.algorithm.parameters);
            }
        EXPECT_EQ(parameters_text(choice.chosen), by_nrmse.begin()->second);
        EXPECT_EQ(choice.nrmse, by_nrmse.begin()->first);
        EXPECT_EQ(choice.candidates, 8U);
    }
}

TEST_F(Study, ScoresAsAReplayWithTheChosenParametersDoes)
{
    const StudyOptions options = small_study(data_);
    const StudyResult result = run(options);
    ASSERT_EQ(result.cells.size(), 2U * 2 * 2);
    for (const StudyCell& cell : result.cells) {
        ReplayOptions replay_with =
            options_for(options.algorithms[cell.algorithm].name, {options.horizons_s[cell.horizon]}, cell.parameters);
        replay_with.algorithm.seed = options.seed;
        replay_with.runs = options.runs;
        replay_with.train_end_s = 8;
        replay_with.eval_start_s = 16;
        const auto recording =
            acquisition::read_recording({data_ / "10Hz" / (result.sequences[cell.sequence].name + ".csv")});
        const HorizonResult expected = replay(recording, replay_with).horizons.front();
        const StudyMean mean = study_mean(result, "nrmse", [&](const StudyCell& other) { return &other == &cell; });
        EXPECT_EQ(mean.mean, expected.mean_over_runs.at("nrmse"));
        EXPECT_EQ(mean.half_width, expected.ci95_over_runs.at("nrmse"));
    }
}

TEST_F(Study, AveragesEachSeedFirst)
{
    const StudyResult result = run(small_study(data_));
    std::vector<double> by_seed(2, 0);
    for (const StudyCell& cell : result.cells)
        if (cell.algorithm == 1)
            for (std::size_t r = 0; r < 2; ++r) by_seed[r] += cell.by_seed.at(r).at("nrmse") / 4;
    const core::MeanCi95 expected = core::mean_ci95(by_seed);
    const Json row = tables(result).at("means").at(1);
    EXPECT_EQ(row.at("algorithm"), "snap1");
    EXPECT_EQ(row.at("cells"), 4);
    EXPECT_NEAR(row.at("nrmse").get<double>(), expected.mean, 1e-12);
    EXPECT_NEAR(row.at("nrmse_ci95").get<double>(), expected.half_width, 1e-12);
    EXPECT_GT(expected.half_width, 0);
    EXPECT_EQ(tables(result).at("means").at(0).at("nrmse_ci95"), 0) << "the seed changes nothing for `last`";
}

TEST_F(Study, ComparesSeedBySeed)
{
    StudyOptions options = small_study(data_);
    options.against = 0;
    const StudyResult result = run(options);
    std::vector<double> by_seed(2, 0);
    for (std::size_t k = 0; k < result.cells.size(); ++k)
        for (std::size_t r = 0; r < 2; ++r) {
            const StudyCell& cell = result.cells[k];
            const double nrmse = cell.by_seed[std::min(r, cell.by_seed.size() - 1)].at("nrmse");
            by_seed[r] += (cell.algorithm == 1 ? nrmse : -nrmse) / 4;
        }
    const core::MeanCi95 expected = core::mean_ci95(by_seed);
    const Json means = tables(result).at("means");
    EXPECT_FALSE(means.at(0).contains("difference"));
    const Json& difference = means.at(1).at("difference");
    EXPECT_EQ(difference.at("against"), "last");
    EXPECT_EQ(difference.at("cells"), 4);
    EXPECT_NEAR(difference.at("nrmse").get<double>(), expected.mean, 1e-12);
    EXPECT_NEAR(difference.at("nrmse_ci95").get<double>(), expected.half_width, 1e-12);
}

TEST_F(Study, ReportsWhatFailsAndGoesOn)
{
    write_sequence(data_, "seq3", 14);  // ends before the test
    const StudyResult result = run(small_study(data_));
    ASSERT_EQ(result.failures.size(), 4U);
    for (const StudyFailure& failure : result.failures) {
        EXPECT_EQ(result.sequences[failure.sequence].name, "seq3");
        EXPECT_NE(failure.what.find("the recording ends at 13.9 s"), std::string::npos) << failure.what;
    }
    const Json json = tables(result);
    EXPECT_EQ(json.at("results").size(), 8U);
    EXPECT_EQ(json.at("failures").size(), 4U);
    EXPECT_EQ(json.at("means").at(0).at("cells"), 4);
}

TEST_F(Study, RunsBothProtocolsAndTheLeakedTarget)
{
    StudyOptions options = small_study(data_);
    options.protocols = {rnn::Protocol::published, rnn::Protocol::live};
    options.algorithms = {{"last", "last", {}}, {"rls", "rls", {}}};
    options.horizons_s = {0.1, 0.5};
    const Json json = tables(run(options));
    ASSERT_EQ(json.at("means").size(), 3U) << "rls knows the live protocol only";
    for (const Json& row : json.at("results")) {
        if (row.at("algorithm") != "last" || row.at("horizon_s") != 0.1) continue;
        EXPECT_EQ(json.at("leaked_target").at("by_sequence").at(row.at("sequence").get<std::string>()),
                  row.at("nrmse"));
    }
}

TEST_F(Study, ScoresAGateOfOwnLatenciesOnce)
{
    StudyOptions options = small_study(data_);
    options.grid = GridKind::none;
    options.algorithms.push_back({"rls", "rls", {}});
    options.gate = GateRequest{"auto:0.4@8-16", "pc1", 0.4, 0.2};
    const StudyResult result = run(options);
    for (const StudyCell& cell : result.cells) {
        // 0.5 s is nearest to T_on.
        EXPECT_EQ(cell.by_seed.front().contains("gating.accuracy"), options.horizons_s[cell.horizon] == 0.5);
        if (options.algorithms[cell.algorithm].name != "rls" || cell.horizon == 0) continue;
        ReplayOptions replay_with = options_for("rls", options.horizons_s);
        replay_with.train_end_s = 8;
        replay_with.eval_start_s = 16;
        replay_with.gate = options.gate;
        const auto recording =
            acquisition::read_recording({data_ / "10Hz" / (result.sequences[cell.sequence].name + ".csv")});
        EXPECT_EQ(cell.by_seed.front().at("gating.accuracy"),
                  replay(recording, replay_with).horizons[1].gating.value().forecast.accuracy);
    }
}

TEST_F(Study, RefusesWhatCannotBe)
{
    const auto refused = [&](const std::function<void(StudyOptions&)>& change) {
        StudyOptions options = small_study(data_);
        change(options);
        EXPECT_THROW(run(options), std::invalid_argument);
    };
    refused([](StudyOptions& o) { o.horizons_s = {}; });
    refused([](StudyOptions& o) { o.horizons_s = {0.5, 0.5}; });
    refused([](StudyOptions& o) { o.horizons_s = {0.01}; });
    refused([](StudyOptions& o) { o.algorithms = {{"oracle", "oracle", {}}}; });
    refused([](StudyOptions& o) { o.algorithms.push_back(o.algorithms.front()); });
    refused([](StudyOptions& o) { o.algorithms.front().fixed = {{"eta", "1"}}; });
    refused([](StudyOptions& o) { o.sequences = {"9"}; });
    refused([](StudyOptions& o) { o.eval_start_s = 8; });
    refused([](StudyOptions& o) { o.runs = 0; });
    refused([](StudyOptions& o) { o.gate = GateRequest{"auto:0.4@8-16", "pc1", 0.5, std::nullopt}; });
    refused([](StudyOptions& o) {
        o.protocols = {rnn::Protocol::published};
        o.algorithms = {{"rls", "rls", {}}};
    });
    StudyOptions options = small_study(data_);
    options.rate_hz = 30;
    EXPECT_THROW(run(options), std::runtime_error);
    fs::copy(data_ / "10Hz", data_ / "30Hz");
    EXPECT_THROW(run(options), std::runtime_error) << "10 Hz data in the folder of 30 Hz";
}

TEST_F(Study, TakesSequencesInTheirOrder)
{
    for (const char* name : {"seq10", "seq12"}) write_sequence(data_, name, 20);
    std::vector<std::string> names;
    for (const Sequence& sequence : load_sequences(small_study(data_))) {
        names.push_back(sequence.name);
        ASSERT_EQ(sequence.selection.frames.size(), 160U);
        EXPECT_LT(core::to_seconds(sequence.selection.frames.back().acquired), 16 - 0.05);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"seq1", "seq2", "seq10", "seq12"}));
}

TEST_F(Study, ChoosesWithSeedsOfItsOwn)
{
    StudyOptions options = small_study(data_);
    options.algorithms = {{"snap1", "snap1", {{"shl", "5"}, {"hidden", "6"}}}};
    options.sequences = {"1"};
    options.runs = 1;
    options.select_runs = 3;
    const StudyResult result = run(options);
    core::Recording recording = acquisition::read_recording({data_ / "10Hz" / "seq1.csv"});
    recording.frames.resize(160);
    for (const StudyChoice& choice : result.choices) {
        ReplayOptions replay_with = options_for("snap1", {options.horizons_s[choice.horizons.front()]}, choice.chosen);
        replay_with.algorithm.seed = options.seed;
        replay_with.runs = 3;
        replay_with.train_end_s = 8;
        replay_with.eval_start_s = 8;
        EXPECT_EQ(choice.nrmse, replay(recording, replay_with).horizons[0].mean_over_runs.at("nrmse"));
    }
    EXPECT_EQ(result.cells.front().by_seed.size(), 1U);
    options.select_runs = 0;
    EXPECT_EQ(options.choosing_seeds(), 1);
    options.grid = GridKind::paper;
    EXPECT_EQ(options.choosing_seeds(), 10);
}

TEST_F(Study, SharesItsJobsByCost)
{
    const StudyOptions options = small_study(data_);
    const auto sequences = load_sequences(options);
    const auto tasks = plan_study(options, sequences);
    const auto cost = [&](const rnn::Parameters& p) {
        return estimated_seconds(options, tasks.back(), p, sequences[0].whole, 1);
    };
    EXPECT_GT(cost({{"hidden", "180"}}), 2 * cost({{"hidden", "60"}}));
    EXPECT_GT(cost({}), 0);
}

TEST_F(Study, WritesASoundReportAndTable)
{
    StudyOptions options = small_study(data_);
    options.protocols = {rnn::Protocol::published, rnn::Protocol::live};
    options.algorithms.push_back({"<b>&", "uoro", {{"shl", "5"}, {"hidden", "6"}}});
    options.gate = GateRequest{"auto:0.4@8-16", "pc1", std::nullopt, std::nullopt};
    write_sequence(data_, "seq3", 14);
    const StudyResult result = run(options);
    const Json json = tables(result);
    std::ostringstream report, csv;
    write_study_report(report, result, json, "foretide validate --out 'a b'");
    const std::string html = report.str();
    EXPECT_EQ(nesting_fault(html), "");
    for (const char* part :
         {"Not a medical device", "id=\"accuracy\"", "id=\"horizons\"", "id=\"sequences\"", "id=\"traces\"",
          "id=\"gating\"", "id=\"published\"", "What the published protocol hides", "id=\"choices\"", "id=\"failures\"",
          "To find the same again", "&lt;b&gt;&amp;", "foretide validate --out &#39;a b&#39;", "arXiv 2403.01607",
          "Published protocol: not achievable accuracy", "parts failed"})
        EXPECT_NE(html.find(part), std::string::npos) << part;
    for (const char* outside : {"http:", "https:", " src=", "@import", "url(", "<link", "<b>"})
        EXPECT_EQ(html.find(outside), std::string::npos) << outside;
    EXPECT_EQ(html.find("id=\"intervals\"") != std::string::npos,
              json.at("means").dump().find("coverage90") != std::string::npos);

    write_tables_csv(csv, json);
    std::istringstream lines(csv.str());
    std::string line;
    std::size_t columns = 0, rows = 0;
    for (; std::getline(lines, line); ++rows) {
        const auto n = static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
        if (rows == 0) columns = n;
        EXPECT_EQ(n, columns) << line;
    }
    EXPECT_EQ(rows, 1 + json.at("results").size() + json.at("by_horizon").size() + json.at("by_sequence").size() +
                        json.at("means").size());
}

TEST_F(Study, ShowsIntervalsWhereTheyAreStated)
{
    StudyResult result = run(small_study(data_));
    for (StudyCell& cell : result.cells)
        for (auto& measures : cell.by_seed) {
            measures["coverage90"] = cell.sequence == 0 ? 0.84 : 0.91;
            measures["interval_width_mm"] = 1.25;
        }
    std::ostringstream report;
    write_study_report(report, result, tables(result), "foretide validate");
    const std::string html = report.str();
    EXPECT_EQ(nesting_fault(html), "");
    EXPECT_NE(html.find("id=\"intervals\""), std::string::npos);
    EXPECT_NE(html.find("Coverage [%] against the horizon"), std::string::npos);
    EXPECT_NE(html.find("Mean width [mm] against the horizon"), std::string::npos);
    EXPECT_NE(html.find("<td class=\"best\">84.0"), std::string::npos) << "coverage below 85 % stands out";
    EXPECT_EQ(html.find("<td class=\"best\">91.0"), std::string::npos);
}

TEST(StudySeeds, ChangeNothingWhereAnAlgorithmSaysSo)
{
    const core::Recording recording = recording_of(regular_times(240, 10), 1, breathing_mm);
    int seeded = 0;
    for (const rnn::AlgorithmInfo& info : rnn::algorithms(rnn::Protocol::live, 10)) {
        if (!info.available) continue;
        ReplayOptions one = options_for(info.name, {0.3}, info.selection());
        one.train_end_s = 8;
        one.eval_start_s = 16;
        ReplayOptions two = one;
        two.algorithm.seed = one.algorithm.seed + 1;
        const bool same = same_forecasts(replay(recording, one).horizons[0], replay(recording, two).horizons[0]);
        EXPECT_TRUE(same || info.seeded) << info.name;
        const bool draws = info.variant == "published" && (info.name == "snap1" || info.name == "uoro");
        EXPECT_FALSE(same && draws) << info.name;
        seeded += info.seeded ? 1 : 0;
    }
    EXPECT_GE(seeded, 5);
}

}  // namespace
}  // namespace foretide::validation
