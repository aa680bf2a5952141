// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// From the tracker's socket to the gating controller's, through real processes.

#include <cmath>
#include <csignal>
#include <iostream>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/apps/command_line.h"
#include "tests/endtoend/live_chain.h"
#include "tests/endtoend/study_form.h"
#include "tests/support/build_kind.h"

namespace foretide::tests {
namespace {

constexpr double kFull_s = 600, kShort_s = 8;

/// Limits of the full form are the project's; those of the short one are as much wider as a machine that builds and
/// tests other things at the same time needs.
struct Limits {
    double p999_us, agreement_us;
};

/// stress-ng on every core in the full form, threads that count in the short one: no package for a few seconds.
class FullLoad {
public:
    FullLoad()
    {
        if (full_form()) {
            stress_ = ::fork();
            if (stress_ != 0) return;
            ::execlp("stress-ng", "stress-ng", "--cpu", "0", "--quiet", nullptr);
            ::_exit(127);
        }
        for (unsigned k = 0; k < std::max(1U, std::thread::hardware_concurrency()); ++k)
            threads_.emplace_back([this](const std::stop_token& stop) {
                while (!stop.stop_requested()) ++counted_;
            });
    }
    FullLoad(const FullLoad&) = delete;
    FullLoad& operator=(const FullLoad&) = delete;
    ~FullLoad() { end(); }

    /// False: there was no load.
    bool end()
    {
        threads_.clear();
        if (stress_ <= 0) return stress_ == 0;
        const int code = apps::end_process(stress_, SIGTERM);
        stress_ = 0;
        return code != 127;
    }

private:
    pid_t stress_ = 0;
    std::atomic<std::uint64_t> counted_{0};
    std::vector<std::jthread> threads_;
};

bool has_priority(const ChainFigures& figures)
{
    for (const std::string text : figures.engine["realtime"])
        if (text.starts_with("SCHED_FIFO")) return true;
    return false;
}

void expect_in_time(const ChainFigures& figures, double duration_s, const Limits& limits)
{
    std::cout << "figures: " << figures.text() << std::endl;
    // Bringing the tracker up and finding out its rate takes up to 2 s.
    EXPECT_GT(figures.engine["forecasts_out"].get<double>(), 30 * (duration_s - 2));
    EXPECT_GT(static_cast<double>(figures.outside_us.size()), 30 * (duration_s - 4));
    EXPECT_EQ(figures.refused, 0);
    EXPECT_EQ(figures.engine["not_recorded"], 0);
    EXPECT_LT(figures.engine_us("p999"), limits.p999_us);
    EXPECT_LT(figures.outside_percentile_us(99.9), limits.p999_us + limits.agreement_us);
    EXPECT_NEAR(figures.outside_percentile_us(50), figures.engine_us("p50"), limits.agreement_us);
    EXPECT_NEAR(figures.outside_percentile_us(99), figures.engine_us("p99"), limits.agreement_us);
    if (full_form()) {  // of a few hundred frames it is the largest, which is one wake-up
        EXPECT_NEAR(figures.outside_percentile_us(99.9), figures.engine_us("p999"), limits.agreement_us);
    }
}

TEST(EndToEnd, CommandsFollowSamplesWithinAMillisecond)
{
    FORETIDE_SKIP_WITHOUT_FAIR_TIMES();
    const double duration_s = by_form(kFull_s, kShort_s);
    const ChainFigures figures = run_live_chain(duration_s);
    expect_in_time(figures, duration_s, by_form(Limits{1000, 200}, Limits{20000, 5000}));
    if (full_form()) {
        EXPECT_EQ(figures.engine["deadline_misses"], 0);
    }
}

TEST(EndToEnd, CommandsFollowSamplesWithinThreeMillisecondsUnderFullLoad)
{
    FORETIDE_SKIP_WITHOUT_FAIR_TIMES();
    const double duration_s = by_form(kFull_s, kShort_s);
    FullLoad load;
    const ChainFigures figures = run_live_chain(duration_s);
    ASSERT_TRUE(load.end()) << "stress-ng is not installed";
    if (!has_priority(figures)) {
        ASSERT_FALSE(full_form()) << "needs the right to real-time priority: " << figures.engine["realtime"];
        std::cout << "without real-time rights there is no limit: " << figures.text() << std::endl;
        return;
    }
    expect_in_time(figures, duration_s, by_form(Limits{3000, 200}, Limits{30000, 10000}));
}

}  // namespace
}  // namespace foretide::tests
