// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/step_engine.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/conditioner_harness.h"
#include "tests/support/rt_guard.h"

namespace foretide::apps {
namespace {

using core::MarkerFrame;
using core::SampleRecord;
using core::StepDecision;

StepEngineConfig config(double rate_hz = 10, const char* main = "lms", const char* fallback = "last")
{
    StepEngineConfig c;
    c.markers = 2;
    c.source_rate_hz = rate_hz;
    c.warm_up = std::chrono::seconds(5);
    c.main.name = main;
    c.fallback.name = fallback;
    core::GateMonitorConfig gate;
    gate.window = core::GateWindow{-20, 20};
    gate.axis = "m1.z";
    c.gate = gate;
    return c;
}

/// Answers from a list of decisions, one a sample; everything is in time past its end.
class FixedScheduler final : public StepScheduler {
public:
    explicit FixedScheduler(std::vector<StepDecision> decisions = {}) : decisions_(std::move(decisions)) {}
    void sample(bool) noexcept override { ++at_; }
    bool main_forecast_fits() noexcept override { return answer(StepDecision::main_in_time); }
    void main_forecast_made() noexcept override {}
    bool learning_fits() noexcept override { return answer(StepDecision::learned); }
    void learned() noexcept override {}
    bool fallback_learning_fits() noexcept override { return answer(StepDecision::fallback_learned); }

private:
    bool answer(StepDecision d) const { return at_ > decisions_.size() || has(decisions_[at_ - 1], d); }
    std::vector<StepDecision> decisions_;
    std::size_t at_ = 0;
};

struct Kept {
    std::vector<SampleRecord> decided, published, all;
};

class Keeper final : public StepListener {
public:
    void decided(SampleRecord& record) noexcept override { kept.decided.push_back(record); }
    void publish(SampleRecord& record) noexcept override { kept.published.push_back(record); }
    void done(const SampleRecord& record) noexcept override { kept.all.push_back(record); }
    Kept kept;
};

/// Drops everything: for what must not allocate.
class Nobody final : public StepListener {
public:
    void decided(SampleRecord&) noexcept override {}
    void publish(SampleRecord&) noexcept override {}
    void done(const SampleRecord&) noexcept override {}
};

Kept run(StepEngine& engine, const std::vector<MarkerFrame>& frames, StepScheduler& scheduler)
{
    Keeper keeper;
    std::int64_t number = 0;
    for (const MarkerFrame& frame : frames) engine.step(frame, number++, scheduler, keeper, core::HoldReason::none);
    return keeper.kept;
}

Kept run(const StepEngineConfig& c, const std::vector<MarkerFrame>& frames,
         const std::vector<StepDecision>& decisions = {})
{
    StepEngine engine(c);
    FixedScheduler scheduler(decisions);
    return run(engine, frames, scheduler);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

TEST(StepEngine, ForecastsWhatThePipelineForecasts)
{
    const auto frames = tests::frames_at(tests::regular_times(300, 10));
    StepEngineConfig c = config();
    c.fallback.name.clear();
    const Kept kept = run(c, frames);
    core::ConditionerConfig conditioner;
    conditioner.markers = 2;
    conditioner.rate_hz = 10;
    conditioner.warm_up = c.warm_up;
    core::StandardiserConfig standardiser;
    standardiser.duration = c.warm_up;
    const std::vector<int> horizons = c.horizons();
    core::ForecastPipeline pipeline(conditioner, standardiser, rnn::make_forecaster(c.main, {2, 10}, horizons));
    ASSERT_EQ(kept.all.size(), 300U);
    for (std::size_t k = 0; k < frames.size(); ++k) {
        ASSERT_EQ(pipeline.ingest(frames[k]), 1);
        pipeline.forecast(0);
        const std::vector<double> expected(pipeline.forecasts_mm().begin(), pipeline.forecasts_mm().end());
        ASSERT_TRUE(same_bits(kept.all[k].forecasts_mm, expected)) << k;
        pipeline.learn();
    }
}

TEST(StepEngine, DecidesOnTheForecastsThatItPublishesAfterwards)
{
    StepEngineConfig c = config(10, "foretide", "rls");
    c.warm_up = std::chrono::seconds(30);
    const Kept kept = run(c, tests::frames_at(tests::regular_times(450, 10)));
    ASSERT_EQ(kept.decided.size(), 450U);
    ASSERT_EQ(kept.published.size(), 450U);
    const std::vector<int> horizons = c.horizons();
    const auto t_on = std::ranges::find(horizons, 5) - horizons.begin();  // 0.5 s
    int known = 0;
    for (std::size_t k = 0; k < kept.published.size(); ++k) {
        const SampleRecord &before = kept.decided[k], &after = kept.published[k];
        EXPECT_EQ(before.beam, after.beam);
        EXPECT_EQ(before.reason, after.reason);
        if (after.warming_up) continue;
        ASSERT_EQ(before.gate_on_lower_mm, after.forecasts_mm[static_cast<std::size_t>(t_on) * 6 + 2]) << k;
        ++known;
    }
    EXPECT_GT(known, 80);
}

TEST(StepEngine, TheFallbackHasNoInfluenceOnTheMainForecasts)
{
    const auto frames = tests::frames_at(tests::regular_times(200, 10));
    StepEngineConfig without = config();
    without.fallback.name.clear();
    const Kept a = run(config(), frames), b = run(without, frames);
    for (std::size_t k = 0; k < a.all.size(); ++k) ASSERT_TRUE(same_bits(a.all[k].forecasts_mm, b.all[k].forecasts_mm));
}

TEST(StepEngine, PublishesTheFallbackWhereTheMainForecastIsLate)
{
    const auto frames = tests::frames_at(tests::regular_times(200, 10));
    std::vector<StepDecision> decisions(
        200, StepDecision::main_in_time | StepDecision::learned | StepDecision::fallback_learned);
    decisions[150] = StepDecision::learned | StepDecision::fallback_learned;
    const Kept all_main = run(config(), frames), late = run(config(), frames, decisions);
    const Kept all_fallback = run(config(10, "last", ""), frames);
    for (std::size_t k = 0; k < 200; ++k) {
        const bool fallback = k == 150;
        EXPECT_EQ(has(late.all[k].decision, StepDecision::main_in_time), !fallback);
        // The main forecaster has seen and learned from that sample all the same.
        EXPECT_TRUE(same_bits(late.all[k].forecasts_mm, (fallback ? all_fallback : all_main).all[k].forecasts_mm)) << k;
    }
}

TEST(StepEngine, TheSameDecisionsGiveTheSameForecasts)
{
    const auto frames = tests::faulty_frames(600, 10, 2, 3);
    std::mt19937 engine(1);
    std::vector<StepDecision> decisions;
    for (int k = 0; k < 3000; ++k) decisions.push_back(static_cast<StepDecision>(engine() % 8));
    const Kept a = run(config(10, "foretide", "rls"), frames, decisions);
    const Kept b = run(config(10, "foretide", "rls"), frames, decisions);
    ASSERT_EQ(a.all.size(), b.all.size());
    ASSERT_GT(a.all.size(), 400U);
    for (std::size_t k = 0; k < a.all.size(); ++k) ASSERT_TRUE(same_bits(a.all[k].forecasts_mm, b.all[k].forecasts_mm));
    // And other decisions give others, or this test could not fail.
    const Kept c = run(config(10, "foretide", "rls"), frames);
    bool differs = false;
    for (std::size_t k = 0; k < a.all.size(); ++k)
        differs = differs || !same_bits(a.all[k].forecasts_mm, c.all[k].forecasts_mm);
    EXPECT_TRUE(differs);
}

TEST(StepEngine, WhatItPublishesDoesNotKnowTheFuture)
{
    auto frames = tests::frames_at(tests::regular_times(400, 30));
    const StepEngineConfig c = config(30, "foretide", "rls");
    const Kept a = run(c, frames);
    for (std::size_t k = 250; k < frames.size(); ++k)
        for (auto& marker : frames[k].markers) marker.position_mm[2] += 5;
    const Kept b = run(c, frames);
    for (std::size_t k = 0; k < 250; ++k) {
        ASSERT_TRUE(same_bits(a.published[k].forecasts_mm, b.published[k].forecasts_mm));
        ASSERT_EQ(a.published[k].beam, b.published[k].beam);
    }
    EXPECT_FALSE(same_bits(a.published[250].forecasts_mm, b.published[250].forecasts_mm));
}

TEST(StepEngine, FrozenLearningForecastsButDoesNotLearn)
{
    StepEngine sut(config());
    sut.set_learning(false);
    FixedScheduler scheduler;
    const Kept kept = run(sut, tests::frames_at(tests::regular_times(100, 10)), scheduler);
    for (const SampleRecord& record : kept.all) {
        EXPECT_FALSE(has(record.decision, StepDecision::learned));
        EXPECT_TRUE(has(record.decision, StepDecision::main_in_time));
    }
}

TEST(StepEngine, GivesReasonsInOrder)
{
    StepEngine sut(config());
    FixedScheduler scheduler;
    Keeper keeper;
    const auto frames = tests::frames_at(tests::regular_times(300, 10));
    const auto step = [&](std::size_t k, core::HoldReason doubt) {
        sut.step(frames[k], static_cast<std::int64_t>(k), scheduler, keeper, doubt);
        return keeper.kept.published.back();
    };
    for (std::size_t k = 0; k < 48; ++k)
        EXPECT_EQ(step(k, core::HoldReason::none).reason, core::HoldReason::warming_up);
    std::size_t k = 48;
    while (keeper.kept.published.back().warming_up) step(k++, core::HoldReason::none);
    EXPECT_EQ(step(k++, core::HoldReason::none).reason, core::HoldReason::not_armed);
    core::FixedText<48> who;
    who.assign("mk");
    const core::FixedText<64> where{};
    const auto now = core::Clock::now();
    EXPECT_NE(sut.beam().release(now, who, where), nullptr);
    EXPECT_TRUE(sut.beam().arm(now, who, where));
    EXPECT_EQ(sut.beam().release(now, who, where), nullptr);
    for (std::size_t dwell = k + 30; k < dwell; ++k) step(k, core::HoldReason::none);
    EXPECT_EQ(keeper.kept.published.back().reason, core::HoldReason::none);
    EXPECT_EQ(keeper.kept.published.back().beam, core::BeamCommand::on);
    // Any doubt, and then steady data for the dwell time.
    EXPECT_EQ(step(k++, core::HoldReason::station_lost).reason, core::HoldReason::station_lost);
    for (int n = 0; n < 19; ++n) EXPECT_EQ(step(k++, core::HoldReason::none).reason, core::HoldReason::dwell);
    step(k++, core::HoldReason::none);
    EXPECT_EQ(step(k++, core::HoldReason::none).beam, core::BeamCommand::on);
    sut.beam().hold();
    EXPECT_EQ(step(k++, core::HoldReason::none).reason, core::HoldReason::operator_hold);
}

TEST(StepEngine, FindsAnonymousMarkersAndTakesThemToTheRoom)
{
    const auto frames = tests::frames_at(tests::regular_times(300, 30));
    StepEngineConfig c = config(30);
    Eigen::Matrix3d rotation;
    rotation << 0, -1, 0, 1, 0, 0, 0, 0, 1;
    c.room_from_tracker.emplace(rotation, Eigen::Vector3d(5, -7, 100));
    const Kept known = run(c, frames);
    auto shuffled = frames;
    for (std::size_t k = 0; k < shuffled.size(); ++k)
        if (k % 3 == 1) std::swap(shuffled[k].markers[0], shuffled[k].markers[1]);
    c.anonymous = true;
    const Kept found = run(c, shuffled);
    ASSERT_GT(found.all.size(), 280U);
    const std::size_t skipped = known.all.size() - found.all.size();
    // Numbered by falling y of the room: the second marker of these, at x = 60 in the tracker, comes first.
    for (std::size_t k = 0; k < found.all.size(); ++k) {
        const auto& a = found.all[k].positions_mm;
        const auto& b = known.all[k + skipped].positions_mm;
        for (std::size_t i = 0; i < 3; ++i) {
            ASSERT_EQ(a[i], b[3 + i]) << k;
            ASSERT_EQ(a[3 + i], b[i]) << k;
        }
    }
    EXPECT_NEAR(known.all[0].positions_mm[2], frames[0].markers[0].position_mm[2] + 100, 1e-9);
    EXPECT_NEAR(known.all[0].positions_mm[0], 5 - frames[0].markers[0].position_mm[1], 1e-9);
}

TEST(StepEngine, DecimatesFastSourcesAndLooksFartherAhead)
{
    StepEngineConfig c = config(60);
    EXPECT_EQ(c.decimation(), 2);
    EXPECT_EQ(c.rate_hz(), 30);
    // 0.5 s from the newest exposure are 15.25 samples from the middle of the two.
    const std::vector<int> horizons = c.horizons();
    EXPECT_TRUE(std::ranges::find(horizons, 15) != horizons.end() && std::ranges::find(horizons, 16) != horizons.end());
    const Kept kept = run(c, tests::frames_at(tests::regular_times(600, 60)));
    EXPECT_EQ(kept.all.size(), 300U);
}

TEST(StepEngine, AStepAllocatesNothing)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    for (const auto kind : {core::GateKind::amplitude, core::GateKind::phase, core::GateKind::breath_hold}) {
        StepEngineConfig c = config(30, "foretide", "rls");
        c.anonymous = kind != core::GateKind::amplitude;
        c.gate->rule.kind = kind;
        c.gate->confidence = 0.8;
        c.gate->axis = "pc1";
        c.gate->window.reset();
        StepEngine sut(c);
        FixedScheduler scheduler;
        Nobody nobody;
        const auto frames = tests::faulty_frames(1500, 30, 2, 11);
        int samples = 0;
        for (std::size_t k = 0; k < frames.size(); ++k) {
            tests::RtGuard guard;
            samples += sut.step(frames[k], static_cast<std::int64_t>(k), scheduler, nobody, core::HoldReason::none);
            guard.disarm();
            ASSERT_EQ(guard.total(), 0) << guard.describe();
        }
        EXPECT_GT(samples, 1000);
    }
}

}  // namespace
}  // namespace foretide::apps
