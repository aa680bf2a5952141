// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/bench/bench.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rnn/aligned.h"
#include "rnn/kernels/kernels.h"
#include "validation/bench/hot_path.h"
#include "validation/bench/yardsticks.h"

namespace foretide::validation::bench {
namespace {

CaseResult made_up(double ratio, double limit, double value_us, double limit_us)
{
    CaseResult result;
    result.name = "made/up";
    result.step = {10, 20, 30, 40};
    result.forecast = {1, 2, 3, 4};
    result.comparisons.push_back({"read and write W once, 0.5 MB", 5, ratio, limit});
    result.bounds.push_back({"step p99", value_us, limit_us});
    return result;
}

TEST(Bench, KeepsALimitThatIsJustReached)
{
    EXPECT_TRUE(made_up(1.0, 2.0, 10, 20).within_limits());
    EXPECT_TRUE(made_up(2.0, 2.0, 20, 20).within_limits());
    EXPECT_TRUE(CaseResult{}.within_limits());
}

TEST(Bench, IsOverALimitWhereOneOfThemIs)
{
    EXPECT_FALSE(made_up(2.01, 2.0, 10, 20).within_limits());
    EXPECT_FALSE(made_up(1.0, 2.0, 20.1, 20).within_limits());
    EXPECT_FALSE(made_up(core::kNaN, 2.0, 10, 20).within_limits()) << "what was not measured is not within limits";
    CaseResult second = made_up(1.0, 2.0, 10, 20);
    second.bounds.push_back({"forecast median", 21, 20});
    EXPECT_FALSE(second.within_limits());
    second.bounds.pop_back();
    second.comparisons.push_back({"another", 1, 3, 2});
    EXPECT_FALSE(second.within_limits());
}

TEST(Bench, WritesWhatItFound)
{
    const auto json = nlohmann::json::parse(bench_json({made_up(1.5, 2.0, 10, 20), made_up(2.5, 2.0, 10, 20)}).dump());
    EXPECT_EQ(json["precision"], "float");
    EXPECT_EQ(json["markers"], 3);
    EXPECT_FALSE(json["version"].get<std::string>().empty());
    ASSERT_EQ(json["cases"].size(), 2U);
    const auto& c = json["cases"][0];
    EXPECT_EQ(c["name"], "made/up");
    EXPECT_EQ(c["step_us"]["median"], 10);
    EXPECT_EQ(c["step_us"]["p99"], 20);
    EXPECT_EQ(c["step_us"]["p999"], 30);
    EXPECT_EQ(c["step_us"]["max"], 40);
    EXPECT_EQ(c["forecast_us"]["median"], 1);
    EXPECT_EQ(c["yardstick"], "read and write W once, 0.5 MB");
    EXPECT_EQ(c["yardstick_us"], 5);
    EXPECT_EQ(c["ratio"], 1.5);
    EXPECT_EQ(c["ratio_limit"], 2.0);
    EXPECT_EQ(c["bounds"][0]["what"], "step p99");
    EXPECT_EQ(c["bounds"][0]["us"], 10);
    EXPECT_EQ(c["bounds"][0]["limit_us"], 20);
    EXPECT_EQ(c["within_limits"], true);
    EXPECT_EQ(json["cases"][1]["within_limits"], false);
}

TEST(Bench, PrintsWhatIsOverItsLimit)
{
    std::ostringstream text;
    print_bench(text, {made_up(1.5, 2.0, 10, 20)});
    EXPECT_NE(text.str().find("made/up\n"), std::string::npos);
    EXPECT_NE(text.str().find("1.50 x (limit 2.0) read and write W once"), std::string::npos);
    EXPECT_EQ(text.str().find("OVER"), std::string::npos);
    print_bench(text, {made_up(2.5, 2.0, 10, 20)});
    EXPECT_NE(text.str().find("made/up   OVER ITS LIMIT"), std::string::npos);
}

TEST(Bench, HasTheLargestSizesOfThePublishedGrid)
{
    std::set<std::string> names;
    for (const HotPathCase& c : hot_path_cases()) {
        EXPECT_TRUE(names.insert(c.name).second) << c.name << " is there twice";
        EXPECT_EQ(c.history, 6 * c.rate_hz) << c.name;
        EXPECT_EQ(c.hidden, c.rule == rnn::LearningRule::rtrl ? 40 : 180) << c.name;
    }
    EXPECT_EQ(names, (std::set<std::string>{"snap1/10Hz/shl60/hidden180", "snap1/30Hz/shl180/hidden180",
                                            "uoro/10Hz/shl60/hidden180", "uoro/30Hz/shl180/hidden180",
                                            "dni/10Hz/shl60/hidden180", "dni/30Hz/shl180/hidden180",
                                            "rtrl/10Hz/shl60/hidden40", "rtrl/30Hz/shl180/hidden40"}));
}

TEST(Bench, RunsWhatTheFilterFinds)
{
    BenchOptions options;
    options.steps = 100;
    options.filter = "^(dni|snap1)/10Hz";
    std::vector<double> shares;
    options.progress = [&shares](double share) { shares.push_back(share); };
    const auto results = run_bench(options);
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].name, "snap1/10Hz/shl60/hidden180");
    EXPECT_EQ(results[1].name, "dni/10Hz/shl60/hidden180");
    EXPECT_EQ(shares, (std::vector<double>{0.5, 1}));
    for (const CaseResult& r : results) {
        ASSERT_EQ(r.comparisons.size(), 1U);
        EXPECT_GT(r.comparisons[0].yardstick_us, 0);
        EXPECT_NEAR(r.comparisons[0].ratio, r.step.median_us / r.comparisons[0].yardstick_us, 1e-9);
        EXPECT_EQ(r.comparisons[0].limit, 2.0);
        EXPECT_GT(r.forecast.median_us, 0);
        EXPECT_LE(r.forecast.median_us, r.step.median_us);
        EXPECT_LE(r.step.median_us, r.step.p99_us);
        ASSERT_EQ(r.bounds.size(), 1U) << "the step's p99 is bounded at 30 Hz";
        EXPECT_EQ(r.bounds[0].what, "forecast median");
        EXPECT_EQ(r.bounds[0].value_us, r.forecast.median_us);
        EXPECT_EQ(r.bounds[0].limit_us, 20);
    }
    // W is 180 × (180 + 540 + 1), SnAp-1's J as large again; rows are padded to whole cache lines.
    EXPECT_NE(results[0].comparisons[0].yardstick.find("W and J once, 1.06 MB"), std::string::npos);
    EXPECT_NE(results[1].comparisons[0].yardstick.find("W once, 0.53 MB"), std::string::npos);
}

TEST(Bench, RefusesAFilterThatFindsNothing)
{
    for (const char* filter : {"(", "[", "*", "no such case"}) {
        BenchOptions options;
        options.filter = filter;
        EXPECT_THROW(run_bench(options), std::invalid_argument) << filter;
    }
}

TEST(HotPathLoop, GoesRoundItsSeries)
{
    const HotPathCase small{"fixed/small", rnn::LearningRule::fixed, 10, 4, 3};
    HotPathLoop sut(small);
    // The window of 4 · 9 values and the whole row are padded to cache lines of 16.
    EXPECT_EQ(sut.weight_count(), 3U * (48 + 16));
    for (int k = 0; k < 5000; ++k) {  // three minutes are 1800 samples
        sut.forecast();
        sut.learn();
    }
}

/// Yardsticks of every instruction set that this processor has.
std::vector<std::string> instruction_sets()
{
    const std::vector<std::string> all{"baseline", "avx2", "avx512"};
    const auto best = std::find(all.begin(), all.end(), rnn::kernels::select_kernels<float>().name);
    EXPECT_NE(best, all.end());
    return {all.begin(), best + 1};
}

// A yardstick that skips its work would make every limit meaningless.
TEST(Yardsticks, DoTheirWork)
{
    for (const std::string& isa : instruction_sets()) {
        const Yardsticks& sut = select_yardsticks(isa.c_str());
        EXPECT_EQ(sut.name, isa);

        rnn::AlignedVector<float> data(1000);
        for (std::size_t k = 0; k < data.size(); ++k) data[k] = static_cast<float>(k);
        EXPECT_NEAR(sut.read(data.data(), data.size()), 499500, 1);
        sut.read_write(data.data(), data.size());
        for (std::size_t k = 0; k < data.size(); ++k)
            ASSERT_NEAR(data[k], 0.999 * static_cast<double>(k) + 0.001, 1e-3) << isa << " " << k;

        constexpr std::size_t q = 16, columns = 32;
        rnn::AlignedVector<float> A(q * q), B(q * columns), C(q * columns, -1.0F);
        for (std::size_t k = 0; k < A.size(); ++k) A[k] = static_cast<float>(k % 7) - 3;
        for (std::size_t k = 0; k < B.size(); ++k) B[k] = static_cast<float>(k % 5) - 2;
        sut.gemm(A.data(), B.data(), C.data(), q, columns);
        for (std::size_t i = 0; i < q; ++i)
            for (std::size_t j = 0; j < columns; ++j) {
                float sum = 0;
                for (std::size_t k = 0; k < q; ++k) sum += A[k * q + i] * B[j * q + k];
                ASSERT_EQ(C[j * q + i], sum) << isa << " " << i << " " << j;
            }
    }
}

TEST(Yardsticks, FallBackToTheBaseline)
{
    EXPECT_STREQ(select_yardsticks("baseline").name, "baseline");
    EXPECT_STREQ(select_yardsticks("unknown").name, "baseline");
}

}  // namespace
}  // namespace foretide::validation::bench
