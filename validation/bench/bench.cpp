// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/bench/bench.h"

#include <algorithm>
#include <ostream>
#include <regex>
#include <stdexcept>

#include "rnn/aligned.h"
#include "validation/bench/hot_path.h"
#include "validation/bench/yardsticks.h"
#include "validation/text.h"
#include "validation/version.h"

namespace foretide::validation::bench {

namespace {

using core::Clock;
using core::LatencyHistogram;
using rnn::LearningRule;

// Limits of the project: multiples of the yardsticks, and µs within the sampling interval of 30 Hz.
constexpr double kStreamingLimit = 2.0;
constexpr double kProductLimit = 1.5;
constexpr double kForecastMedian_us = 20;
constexpr double kStepP99_us = 1000;
constexpr double kRtrlStepP99_us = 6000;
constexpr double kForecasterForecastMedian_us = 500;
constexpr double kForecasterStepP999_us = 5000;
constexpr int kBurst = 10;  // steps, then yardsticks, in turn

StepTimes times_of(const LatencyHistogram& h)
{
    return {h.percentile_us(50), h.percentile_us(99), h.percentile_us(99.9), 1e6 * core::to_seconds(h.max())};
}

/// The memory a step of this rule has to go through once, and how to go through it at best.
class Yardstick {
public:
    Yardstick(const HotPathCase& which, std::size_t weight_count)
        : tool_(select_yardsticks(rnn::kernels::select_kernels<float>().name)),
          product_(which.rule == LearningRule::rtrl),
          hidden_(static_cast<std::size_t>(which.hidden))
    {
        const bool influence = which.rule == LearningRule::snap1 || which.rule == LearningRule::uoro;
        a_.assign(product_ ? hidden_ * hidden_ : weight_count * (influence ? 2 : 1), 0.5F);
        if (product_) {
            columns_ = weight_count;
            b_.assign(hidden_ * columns_, 0.5F);
            c_.assign(hidden_ * columns_, 0.0F);
            name_ = "plain GEMM " + std::to_string(hidden_) + " x " + std::to_string(hidden_) + " x " +
                    std::to_string(columns_);
        } else {
            const std::string what = which.rule == LearningRule::snap1  ? "W and J"
                                     : which.rule == LearningRule::uoro ? "W and theta"
                                                                        : "W";
            name_ = "read and write " + what + " once, " +
                    fixed(static_cast<double>(a_.size() * sizeof(float)) / 1e6, 2) + " MB";
        }
    }

    void run()
    {
        if (product_)
            tool_.gemm(a_.data(), b_.data(), c_.data(), hidden_, columns_);
        else
            tool_.read_write(a_.data(), a_.size());
    }
    const std::string& name() const noexcept { return name_; }
    double limit() const noexcept { return product_ ? kProductLimit : kStreamingLimit; }

private:
    const Yardsticks& tool_;
    bool product_;
    std::size_t hidden_, columns_ = 0;
    rnn::AlignedVector<float> a_, b_, c_;
    std::string name_;
};

CaseResult run_case(const HotPathCase& which, int steps)
{
    HotPathLoop loop(which);
    Yardstick yardstick(which, loop.weight_count());
    LatencyHistogram step, forecast, plain;
    yardstick.run();
    for (int k = 0; k < steps; k += kBurst) {
        for (int i = 0; i < kBurst; ++i) {
            const auto begin = Clock::now();
            loop.forecast();
            const auto made = Clock::now();
            loop.learn();
            const auto end = Clock::now();
            // The first step of a burst finds its memory displaced by the yardstick's.
            if (i > 0) {
                forecast.record(made - begin);
                step.record(end - begin);
            }
        }
        for (int i = 0; i < kBurst; ++i) {
            const auto begin = Clock::now();
            yardstick.run();
            const auto end = Clock::now();
            if (i > 0) plain.record(end - begin);
        }
    }
    CaseResult result;
    result.name = which.name;
    result.step = times_of(step);
    result.forecast = times_of(forecast);
    const double yardstick_us = plain.percentile_us(50);
    result.comparisons.push_back(
        {yardstick.name(), yardstick_us, result.step.median_us / yardstick_us, yardstick.limit()});
    result.bounds.push_back({"forecast median", result.forecast.median_us, kForecastMedian_us});
    if (which.rate_hz == 30)
        result.bounds.push_back(
            {"step p99", result.step.p99_us, which.rule == LearningRule::rtrl ? kRtrlStepP99_us : kStepP99_us});
    return result;
}

CaseResult run_case(const ForecasterCase& which, int steps)
{
    ForecasterLoop loop(which);
    LatencyHistogram step, forecast;
    for (int k = 0; k < steps; ++k) {
        const auto begin = Clock::now();
        loop.forecast();
        const auto made = Clock::now();
        loop.learn();
        const auto end = Clock::now();
        forecast.record(made - begin);
        step.record(end - begin);
    }
    CaseResult result;
    result.name = which.name;
    result.step = times_of(step);
    result.forecast = times_of(forecast);
    result.bounds.push_back({"forecast median", result.forecast.median_us, kForecasterForecastMedian_us});
    result.bounds.push_back({"step p99.9", result.step.p999_us, kForecasterStepP999_us});
    return result;
}

nlohmann::ordered_json times_json(const StepTimes& t)
{
    return {{"median", t.median_us}, {"p99", t.p99_us}, {"p999", t.p999_us}, {"max", t.max_us}};
}

}  // namespace

bool CaseResult::within_limits() const
{
    return std::all_of(comparisons.begin(), comparisons.end(),
                       [](const Comparison& c) { return c.ratio <= c.limit; }) &&
           std::all_of(bounds.begin(), bounds.end(), [](const Bound& b) { return b.value_us <= b.limit_us; });
}

std::vector<CaseResult> run_bench(const BenchOptions& options)
{
    const int steps = std::max(100, options.steps);
    std::vector<std::function<CaseResult()>> cases;
    try {
        const std::regex filter(options.filter);
        const auto add = [&](const auto& all) {
            for (const auto& c : all)
                if (std::regex_search(c.name, filter)) cases.push_back([c, steps] { return run_case(c, steps); });
        };
        add(hot_path_cases());
        add(forecaster_cases());
    } catch (const std::regex_error& error) {
        throw std::invalid_argument("'" + options.filter + "' is not a regular expression: " + error.what());
    }
    if (cases.empty()) throw std::invalid_argument("no benchmark's name holds '" + options.filter + "'");
    std::vector<CaseResult> results;
    for (std::size_t k = 0; k < cases.size(); ++k) {
        results.push_back(cases[k]());
        if (options.progress) options.progress(static_cast<double>(k + 1) / static_cast<double>(cases.size()));
    }
    return results;
}

nlohmann::ordered_json bench_json(const std::vector<CaseResult>& results)
{
    nlohmann::ordered_json json = {{"version", version_text()}, {"precision", "float"}, {"markers", 3}};
    for (const CaseResult& r : results) {
        nlohmann::ordered_json entry = {
            {"name", r.name}, {"step_us", times_json(r.step)}, {"forecast_us", times_json(r.forecast)}};
        for (const Comparison& c : r.comparisons) {
            entry["yardstick"] = c.yardstick;
            entry["yardstick_us"] = c.yardstick_us;
            entry["ratio"] = c.ratio;
            entry["ratio_limit"] = c.limit;
        }
        for (const Bound& b : r.bounds)
            entry["bounds"].push_back({{"what", b.what}, {"us", b.value_us}, {"limit_us", b.limit_us}});
        entry["within_limits"] = r.within_limits();
        json["cases"].push_back(std::move(entry));
    }
    return json;
}

void print_bench(std::ostream& out, const std::vector<CaseResult>& results)
{
    out << version_text() << "; single precision, three markers, one core; µs\n\n";
    for (const CaseResult& r : results) {
        out << r.name << (r.within_limits() ? "" : "   OVER ITS LIMIT") << "\n    step "
            << significant(r.step.median_us, 3) << " (p99 " << significant(r.step.p99_us, 3) << ", p99.9 "
            << significant(r.step.p999_us, 3) << ", max " << significant(r.step.max_us, 3) << "), of it forecast "
            << significant(r.forecast.median_us, 3) << "\n";
        for (const Comparison& c : r.comparisons)
            out << "    " << fixed(c.ratio, 2) << " x (limit " << fixed(c.limit, 1) << ") " << c.yardstick << ": "
                << significant(c.yardstick_us, 3) << "\n";
    }
}

}  // namespace foretide::validation::bench
