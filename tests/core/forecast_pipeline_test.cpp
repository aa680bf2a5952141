// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/forecast_pipeline.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/conditioner_harness.h"
#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

constexpr double kRate_hz = 10;
constexpr int kMarkers = 2;
constexpr std::size_t kCoordinates = 3 * kMarkers;

/// What a FakeForecaster was asked to do.
struct Call {
    char what;  ///< o: observe, f: forecast, l: learn
    std::int64_t sample;
    bool operator==(const Call&) const = default;
};

/// Forecasts position + slope · horizon for each coordinate c (slope = 1 + c mm a sample), and keeps a record.
class FakeForecaster final : public Forecaster {
public:
    explicit FakeForecaster(std::vector<int> horizons, int markers = kMarkers)
        : layout_{markers, kRate_hz}, horizons_(std::move(horizons)), position_(static_cast<std::size_t>(3 * markers))
    {
        calls.reserve(20000);
        means.reserve(20000);
    }

    const SeriesLayout& layout() const noexcept override { return layout_; }
    std::span<const int> horizons() const noexcept override { return horizons_; }
    void observe(const ConditionedSample& sample, const Standardisation& standardisation) noexcept override
    {
        calls.push_back({'o', sample.index});
        sample_ = sample.index;
        std::copy(sample.positions_mm.begin(), sample.positions_mm.end(), position_.begin());
        means.push_back(standardisation.mean_mm[0]);
        deviation = standardisation.sd_mm[0];
        frozen = standardisation.frozen;
    }
    bool forecast(std::span<double> out_mm) noexcept override
    {
        calls.push_back({'f', sample_});
        const std::size_t p = position_.size();
        for (std::size_t h = 0; h < horizons_.size(); ++h)
            for (std::size_t c = 0; c < p; ++c)
                out_mm[h * p + c] = position_[c] + slope_mm(c) * horizons_[h] * (ready ? 1 : 0) + offset;
        return ready;
    }
    void learn() noexcept override { calls.push_back({'l', sample_}); }
    void save_state(std::ostream&) const override { throw std::runtime_error("not part of these tests"); }
    void load_state(std::istream&) override { throw std::runtime_error("not part of these tests"); }

    static double slope_mm(std::size_t c) { return 1 + static_cast<double>(c); }

    std::vector<Call> calls;
    std::vector<double> means;  ///< of the first coordinate, as handed over
    double deviation = 0;
    double offset = 0;
    bool frozen = false;
    bool ready = true;

private:
    SeriesLayout layout_;
    std::vector<int> horizons_;
    std::vector<double> position_;
    std::int64_t sample_ = -1;
};

ConditionerConfig conditioner_config(int markers = kMarkers)
{
    ConditionerConfig config;
    config.markers = markers;
    config.rate_hz = kRate_hz;
    return config;
}

class Pipeline : public testing::Test {
protected:
    explicit Pipeline(std::vector<int> horizons = {3, 6}, StepOrder order = StepOrder::forecast_first)
    {
        auto forecaster = std::make_unique<FakeForecaster>(std::move(horizons));
        fake_ = forecaster.get();
        sut_ = std::make_unique<ForecastPipeline>(conditioner_config(), StandardiserConfig{}, std::move(forecaster),
                                                  order);
    }

    /// One frame as the engine takes it; how many samples it completed.
    int step(const MarkerFrame& frame)
    {
        const int samples = sut_->ingest(frame);
        for (int i = 0; i < samples; ++i) {
            sut_->forecast(i);
            sut_->learn();
        }
        return samples;
    }

    /// A frame of slow motion at `k` sample intervals.
    static MarkerFrame frame(int k) { return tests::frames_at({k / kRate_hz}, kMarkers, 7).front(); }

    /// Frames with numbers of their own, for the conditioner drops repeats.
    static MarkerFrame numbered_frame(int k)
    {
        MarkerFrame out = frame(k);
        out.sequence = static_cast<std::uint64_t>(k);
        return out;
    }

    FakeForecaster* fake_ = nullptr;
    std::unique_ptr<ForecastPipeline> sut_;
};

class LearnFirstPipeline : public Pipeline {
protected:
    LearnFirstPipeline() : Pipeline({3, 6}, StepOrder::learn_first) {}
};

class UnsortedPipeline : public Pipeline {
protected:
    UnsortedPipeline() : Pipeline({8, 2, 8}) {}
};

TEST_F(Pipeline, ForecastsAndThenLearns)
{
    for (int k = 0; k < 3; ++k) EXPECT_EQ(step(numbered_frame(k)), 1);
    EXPECT_EQ(
        fake_->calls,
        (std::vector<Call>{{'o', 0}, {'f', 0}, {'l', 0}, {'o', 1}, {'f', 1}, {'l', 1}, {'o', 2}, {'f', 2}, {'l', 2}}));
}

TEST_F(LearnFirstPipeline, LearnsAndThenForecasts)
{
    for (int k = 0; k < 2; ++k) EXPECT_EQ(step(numbered_frame(k)), 1);
    EXPECT_EQ(fake_->calls, (std::vector<Call>{{'o', 0}, {'l', 0}, {'f', 0}, {'o', 1}, {'l', 1}, {'f', 1}}));
}

TEST_F(Pipeline, DoesNotLearnUnlessTold)
{
    for (int k = 0; k < 5; ++k) {
        ASSERT_EQ(sut_->ingest(numbered_frame(k)), 1);
        sut_->forecast(0);
    }
    EXPECT_TRUE(std::none_of(fake_->calls.begin(), fake_->calls.end(), [](const Call& c) { return c.what == 'l'; }));
}

TEST_F(Pipeline, HandsOutTheForecastsHorizonByHorizon)
{
    step(numbered_frame(0));
    const auto position = sut_->conditioner().sample(0).positions_mm;
    ASSERT_EQ(sut_->forecasts_mm().size(), 2 * kCoordinates);
    for (std::size_t c = 0; c < kCoordinates; ++c) {
        EXPECT_EQ(sut_->forecasts_mm()[c], position[c] + 3 * FakeForecaster::slope_mm(c));
        EXPECT_EQ(sut_->forecasts_mm()[kCoordinates + c], position[c] + 6 * FakeForecaster::slope_mm(c));
    }
}

TEST_F(Pipeline, StandardisesByWhatIsKnownAtTheSample)
{
    std::vector<double> seen;
    for (int k = 0; k < 310; ++k) {
        step(numbered_frame(k));
        if (k < 300) seen.push_back(sut_->conditioner().sample(0).positions_mm[0]);
        double mean = 0, square = 0;
        for (const double v : seen) mean += v / static_cast<double>(seen.size());
        for (const double v : seen) square += (v - mean) * (v - mean) / static_cast<double>(seen.size());
        ASSERT_NEAR(fake_->means.back(), mean, 1e-9) << k;
        ASSERT_NEAR(fake_->deviation, std::max(0.05, std::sqrt(square)), 1e-9) << k;
        ASSERT_EQ(fake_->frozen, k >= 299) << k;
        ASSERT_EQ(sut_->warming_up(), k < 299) << k;
    }
    EXPECT_EQ(fake_->means[299], fake_->means.back());
}

TEST_F(Pipeline, IsWarmingUpWhileTheForecasterIs)
{
    fake_->ready = false;
    for (int k = 0; k < 305; ++k) step(numbered_frame(k));
    EXPECT_TRUE(sut_->standardiser().frozen());
    EXPECT_TRUE(sut_->warming_up());
    fake_->ready = true;
    step(numbered_frame(305));
    EXPECT_FALSE(sut_->warming_up());
}

TEST_F(Pipeline, IsWarmingUpBeforeTheFirstSample) { EXPECT_TRUE(sut_->warming_up()); }

/// Position of each sample that a frame after a gap of `missing` samples completes, and its flags.
struct Bridged {
    std::vector<double> before_mm;  ///< position at the sample before the gap
    std::vector<std::vector<double>> positions_mm;
    std::vector<SampleFlag> flags;
};

Bridged bridge(ForecastPipeline& sut, int missing, const std::vector<MarkerFrame>& frames_before,
               const MarkerFrame& after)
{
    Bridged out;
    for (const MarkerFrame& frame : frames_before) {
        const int samples = sut.ingest(frame);
        for (int i = 0; i < samples; ++i) {
            sut.forecast(i);
            sut.learn();
        }
    }
    const auto before = sut.conditioner().sample(0).positions_mm;
    out.before_mm.assign(before.begin(), before.end());
    const int samples = sut.ingest(after);
    EXPECT_EQ(samples, missing + 1);
    for (int i = 0; i < samples; ++i) {
        const auto position = sut.conditioner().sample(i).positions_mm;
        out.positions_mm.emplace_back(position.begin(), position.end());
        out.flags.push_back(sut.conditioner().flags(i));
        sut.forecast(i);
        sut.learn();
    }
    return out;
}

TEST_F(Pipeline, BridgesAGapWithItsForecasts)
{
    const Bridged gap = bridge(*sut_, 5, {numbered_frame(0), numbered_frame(1)}, numbered_frame(7));
    for (std::size_t k = 0; k < 5; ++k) {
        EXPECT_TRUE(has(gap.flags[k], SampleFlag::gap)) << k;
        EXPECT_TRUE(has(gap.flags[k], SampleFlag::predicted)) << k;
        for (std::size_t c = 0; c < kCoordinates; ++c)
            EXPECT_NEAR(gap.positions_mm[k][c],
                        gap.before_mm[c] + static_cast<double>(k + 1) * FakeForecaster::slope_mm(c), 1e-9);
    }
    EXPECT_FALSE(has(gap.flags[5], kFilledIn));
    // Each of the samples is forecast and learned from, in order.
    std::vector<Call> expected;
    for (std::int64_t n = 0; n <= 7; ++n)
        for (const char what : {'o', 'f', 'l'}) expected.push_back({what, n});
    EXPECT_EQ(fake_->calls, expected);
}

/// A step without time to learn bridges the next gap all the same.
TEST_F(Pipeline, BridgesAGapAfterSkippedLearning)
{
    for (const int k : {0, 1}) {
        ASSERT_EQ(sut_->ingest(numbered_frame(k)), 1);
        sut_->forecast(0);
        sut_->learn(false);
    }
    ASSERT_GT(sut_->ingest(numbered_frame(7)), 1);
    EXPECT_TRUE(has(sut_->conditioner().flags(0), SampleFlag::predicted));
    EXPECT_TRUE(
        std::none_of(fake_->calls.begin(), fake_->calls.end(), [](const auto& call) { return call.what == 'l'; }));
}

TEST_F(Pipeline, BridgesPastItsLastHorizonWithThatForecast)
{
    const Bridged gap = bridge(*sut_, 9, {numbered_frame(0), numbered_frame(1)}, numbered_frame(11));
    for (std::size_t k = 6; k < 9; ++k)
        EXPECT_NEAR(gap.positions_mm[k][0], gap.before_mm[0] + 6 * FakeForecaster::slope_mm(0), 1e-9) << k;
}

// The bridge is a second long: what lies beyond does not count as good, so nothing is made up for it.
TEST_F(Pipeline, HoldsThePositionPastTheBridge)
{
    const Bridged gap = bridge(*sut_, 15, {numbered_frame(0), numbered_frame(1)}, numbered_frame(17));
    for (std::size_t k = 0; k < 15; ++k) {
        EXPECT_EQ(has(gap.flags[k], SampleFlag::predicted), k < 10) << k;
        EXPECT_EQ(has(gap.flags[k], SampleFlag::held), k >= 10) << k;
        EXPECT_EQ(has(gap.flags[k], SampleFlag::invalid), k >= 10) << k;
    }
    EXPECT_EQ(gap.positions_mm[14], gap.positions_mm[9]);
}

TEST_F(UnsortedPipeline, BridgesWhateverTheOrderOfTheHorizons)
{
    const Bridged gap = bridge(*sut_, 5, {numbered_frame(0), numbered_frame(1)}, numbered_frame(7));
    for (std::size_t k = 0; k < 5; ++k)
        EXPECT_NEAR(gap.positions_mm[k][1], gap.before_mm[1] + static_cast<double>(k + 1) * FakeForecaster::slope_mm(1),
                    1e-9);
    EXPECT_EQ(sut_->forecasts_mm().size(), 3 * kCoordinates);
}

TEST_F(Pipeline, BridgesAMarkerThatIsNotSeen)
{
    MarkerFrame hidden = numbered_frame(2);
    hidden.markers[1].visibility = Visibility::missing;
    hidden.markers[1].position_mm = {kNaN, kNaN, kNaN};
    const Bridged one = bridge(*sut_, 0, {numbered_frame(0), numbered_frame(1)}, hidden);
    EXPECT_TRUE(has(one.flags[0], SampleFlag::predicted));
    EXPECT_NEAR(one.positions_mm[0][4], one.before_mm[4] + FakeForecaster::slope_mm(4), 1e-9);
    EXPECT_EQ(one.positions_mm[0][0], hidden.markers[0].position_mm[0]);
}

TEST_F(Pipeline, HoldsThePositionWhileItCannotForecast)
{
    fake_->ready = false;
    const Bridged gap = bridge(*sut_, 3, {numbered_frame(0), numbered_frame(1)}, numbered_frame(5));
    for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_TRUE(has(gap.flags[k], SampleFlag::held)) << k;
        EXPECT_EQ(gap.positions_mm[k], gap.before_mm) << k;
    }
}

TEST_F(Pipeline, HoldsThePositionWhereAForecastIsNotFinite)
{
    fake_->offset = kNaN;
    const Bridged gap = bridge(*sut_, 3, {numbered_frame(0), numbered_frame(1)}, numbered_frame(5));
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(gap.positions_mm[k], gap.before_mm) << k;
}

TEST(ForecastPipeline, IsMadeForOneNumberOfMarkers)
{
    const auto make = [](std::unique_ptr<Forecaster> forecaster) {
        ForecastPipeline sut(conditioner_config(), {}, std::move(forecaster));
    };
    EXPECT_THROW(make(nullptr), std::invalid_argument);
    EXPECT_THROW(make(std::make_unique<FakeForecaster>(std::vector<int>{1}, 3)), std::invalid_argument);
    EXPECT_NO_THROW(make(std::make_unique<FakeForecaster>(std::vector<int>{1})));
}

TEST(ForecastPipeline, DoesNotMakeUpAConditioner)
{
    EXPECT_THROW(ForecastPipeline(conditioner_config(0), {}, std::make_unique<FakeForecaster>(std::vector<int>{1}, 0)),
                 std::runtime_error);
}

// ---- intervals

TEST_F(Pipeline, StatesAnIntervalAroundEachForecastOnceErrorsAreKnown)
{
    for (int k = 0; k < 60; ++k) step(numbered_frame(k));
    EXPECT_TRUE(std::isnan(sut_->lower_mm()[kCoordinates])) << "6 samples ahead, five seconds of errors and more";
    for (int k = 60; k < 200; ++k) step(numbered_frame(k));
    for (std::size_t i = 0; i < 2 * kCoordinates; ++i) {
        EXPECT_LT(sut_->lower_mm()[i], sut_->forecasts_mm()[i]) << i;
        EXPECT_GT(sut_->upper_mm()[i], sut_->forecasts_mm()[i]) << i;
        EXPECT_NEAR((sut_->lower_mm()[i] + sut_->upper_mm()[i]) / 2, sut_->forecasts_mm()[i], 1e-9) << i;
    }
}

TEST_F(Pipeline, StatesNoIntervalWhileTheForecasterIsNotReady)
{
    for (int k = 0; k < 200; ++k) step(numbered_frame(k));
    fake_->ready = false;
    step(numbered_frame(200));
    for (std::size_t i = 0; i < 2 * kCoordinates; ++i) EXPECT_TRUE(std::isnan(sut_->lower_mm()[i])) << i;
    fake_->ready = true;
    step(numbered_frame(201));
    EXPECT_FALSE(std::isnan(sut_->lower_mm()[0]));
}

// A position that the forecaster itself filled in says nothing about its accuracy.
TEST_F(Pipeline, DoesNotJudgeForecastsByPositionsItFilledIn)
{
    for (const bool hidden : {false, true}) {
        auto forecaster = std::make_unique<FakeForecaster>(std::vector<int>{3, 6});
        ForecastPipeline sut(conditioner_config(), StandardiserConfig{}, std::move(forecaster));
        for (int k = 0; k < 100; ++k) {
            MarkerFrame f = numbered_frame(k);
            const bool gone = hidden && k % 10 > 3;
            if (gone) f.markers[1].visibility = Visibility::missing;
            ASSERT_EQ(sut.ingest(f), 1);
            sut.forecast(0);
            sut.learn();
            EXPECT_FALSE(std::isnan(sut.measured_mm()[0]));
            if (gone) {
                EXPECT_TRUE(std::isnan(sut.measured_mm()[4])) << k;
            }
        }
        EXPECT_FALSE(std::isnan(sut.lower_mm()[0])) << "ten seconds of errors";
        EXPECT_EQ(std::isnan(sut.lower_mm()[4]), hidden) << "at most four";
    }
}

// From the frame to the forecast is what the linac waits for; learning runs on the same thread.
TEST_F(Pipeline, DoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    const std::vector<MarkerFrame> frames = tests::faulty_frames(3000, kRate_hz, kMarkers, 5);
    for (std::size_t k = 0; k < 100; ++k) step(frames[k]);
    int samples = 0;
    tests::RtGuard guard;
    for (std::size_t k = 100; k < frames.size(); ++k) samples += step(frames[k]);
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_GT(samples, 2000);
    ASSERT_LT(fake_->calls.size(), fake_->calls.capacity()) << "the record grew: the test allocated, not the pipeline";
}

}  // namespace
}  // namespace foretide::core
