// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/baselines/kernel_svr.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

#define SKIP_WITHOUT_SVR()       \
    if (!kernel_svr_available()) \
    GTEST_SKIP() << "SKIPPED: this build has no OpenCV (the presets with a sanitizer leave it out)"

KernelSvrConfig small_svr()
{
    KernelSvrConfig config;
    config.coordinates = 1;
    config.history = 4;
    config.horizon = 2;
    config.train_samples = 80;
    config.kernel_scale = 4;
    config.epsilon = 0.05;
    config.box = 1000;
    return config;
}

/// With a box this large nothing is sacrificed: every training target lies in the tube of half-width ε, and the tube
/// is made use of.
TEST(KernelSvr, FitsItsTrainingTargetsToEpsilon)
{
    SKIP_WITHOUT_SVR();
    const KernelSvrConfig config = small_svr();
    const Series series = periodic_series(1, 130, 20);
    const auto sut = make_kernel_svr(config);
    const auto forecasts = run_live(*sut, series);
    // Trained when sample 79 arrives; the series repeats, so that later forecasts are of inputs trained on.
    double largest = 0;
    for (std::size_t n = 0; n + 2 < forecasts.size(); ++n) {
        ASSERT_EQ(forecasts[n].ready, n >= 79) << "sample " << n;
        if (n >= 79) largest = std::max(largest, std::abs(forecasts[n].y_hat[0] - series[n + 2][0]));
    }
    EXPECT_LT(largest, 1.1 * config.epsilon);
    EXPECT_GT(largest, 0.5 * config.epsilon);
}

TEST(KernelSvr, LearnsTheSameFromRevealedTargets)
{
    SKIP_WITHOUT_SVR();
    const Series series = breathing_series(1, 130);
    const auto live = run_live(*make_kernel_svr(small_svr()), series);
    const auto published = run_published(*make_kernel_svr(small_svr()), series);
    for (std::size_t n = 79; n + 2 < series.size(); ++n) ASSERT_EQ(live[n].y_hat, published[n].y_hat) << "sample " << n;
    EXPECT_TRUE(published[78].ready) << "target 79 is revealed at sample 77";
}

TEST(KernelSvr, SaysWhatIsMissing)
{
    if (kernel_svr_available()) {
        EXPECT_NO_THROW(make_kernel_svr(small_svr()));
        return;
    }
    try {
        make_kernel_svr(small_svr());
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("OpenCV"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace foretide::rnn
