// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/snapshot_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "acquisition/igtl/message_writer.h"
#include "tests/apps/telemetry/fake_engine.h"

namespace foretide::apps {
namespace {

using Json = nlohmann::json;

TEST(SessionJson, SaysWhatDoesNotChangeAndNotWhoThePatientIs)
{
    tests::FakeEngine engine;
    const std::string text = session_json(engine.description());
    const Json json = Json::parse(text);
    EXPECT_EQ(json["type"], "session");
    EXPECT_EQ(json["patient"], "P-17");
    EXPECT_EQ(text.find("Jane"), std::string::npos);
    EXPECT_EQ(json["markers"], 3);
    EXPECT_EQ(json["horizons_s"].size(), 4U);
    EXPECT_EQ(json["t_on_s"], 0.5);
    EXPECT_EQ(json["started"]["unix_s"], 1.7e9);
    EXPECT_EQ(json["alarms"].size(), static_cast<std::size_t>(core::kAlarms));
    EXPECT_EQ(json["configuration"], "[gate]\n");
}

TEST(SessionJson, LeavesOutWhatDoesNotFit)
{
    tests::FakeEngine engine;
    engine.mutable_description().session.configuration.assign(100'000, '#');
    const Json json = Json::parse(session_json(engine.description()));
    EXPECT_EQ(json["configuration_omitted"], true);
    EXPECT_FALSE(json.contains("configuration"));
    engine.mutable_description().session.site.assign(100'000, '#');
    EXPECT_EQ(Json::parse(session_json(engine.description()))["too_long"], true);
}

TEST(StateJson, SaysWhatAnOperatorNeedsToSee)
{
    tests::FakeEngine engine;
    engine.publish([](EngineSnapshot& s) {
        s.beam_since = s.published - std::chrono::seconds(2);
        s.sample_age = std::chrono::milliseconds(7);
        s.counts.forecasts = 5;
        s.arrival_to_command_us.p999 = 410;
        s.gate_lower_mm = -1;
        s.gate_upper_mm = 1.23456;
        s.visible[1] = 0;
    });
    engine.alarms().raise(core::Alarm::marker_missing, core::Clock::now());
    const EngineSnapshot& snapshot = *engine.fetch();
    const Json json = Json::parse(state_json(engine.description(), snapshot, engine));
    EXPECT_EQ(json["type"], "state");
    EXPECT_EQ(json["beam"], "hold");
    EXPECT_NEAR(json["beam_for_s"], 2.0, 1e-6);
    EXPECT_EQ(json["reason"], "not_armed");
    EXPECT_EQ(json["reason_text"], "the beam has not been released");
    EXPECT_EQ(json["gate"]["window_mm"], Json::array({-1.0, 1.235}));
    EXPECT_TRUE(json["gate"]["coordinate_mm"].is_null()) << "not known";
    EXPECT_EQ(json["sample"]["positions_mm"].size(), 9U);
    EXPECT_EQ(json["sample"]["visible"], Json::array({1, 0, 1}));
    EXPECT_NEAR(json["sample"]["age_ms"], 7.0, 1e-6);
    EXPECT_EQ(json["source"]["message"], "all is well");
    EXPECT_EQ(json["arrival_to_command_us"]["p999"], 410.0);
    EXPECT_EQ(json["counts"]["forecasts"], 5);
    ASSERT_EQ(json["alarms"].size(), 1U);
    EXPECT_EQ(json["alarms"][0]["name"], "marker_missing");
    EXPECT_EQ(json["alarms"][0]["priority"], "high");
    const double since_start = core::to_seconds(snapshot.published - engine.description().session.started);
    EXPECT_NEAR(json["clock"]["unix_s"], 1.7e9 + since_start, 1e-6);
    EXPECT_NEAR(json["clock"]["engine_s"], core::to_seconds(snapshot.published), 1e-6);
}

TEST(StateJson, OfAnEngineThatHasNoSampleYet)
{
    tests::FakeEngine engine;
    const EngineDescription nothing;
    EngineSnapshot empty;
    empty.sample.index = -1;
    const Json json = Json::parse(state_json(nothing, empty, engine));
    EXPECT_EQ(json["sample"]["index"], -1);
    EXPECT_TRUE(forecast_json(nothing, empty).empty());
}

TEST(ForecastJson, HoldsEveryHorizonWithItsBand)
{
    tests::FakeEngine engine;
    engine.publish();
    const auto texts = forecast_json(engine.description(), *engine.fetch());
    ASSERT_EQ(texts.size(), 1U);
    const Json json = Json::parse(texts[0]);
    ASSERT_EQ(json["markers"].size(), 3U);
    const Json& marker = json["markers"][2];
    EXPECT_EQ(marker["marker"], 3);
    ASSERT_EQ(marker["mean_mm"].size(), 4U);
    EXPECT_EQ(marker["mean_mm"][1], Json::array({115.0, 116.0, 117.0})) << "horizon 1, marker 2 of 3";
    EXPECT_EQ(marker["lower_mm"][1][0], 99.0);
    EXPECT_TRUE(marker["upper_mm"][1][0].is_null());
}

TEST(ForecastJson, IsSplitWhereItDoesNotFit)
{
    EngineDescription description;
    description.horizons_s.assign(63, 2.0 / 3.0);
    EngineSnapshot snapshot;
    const std::size_t p = 3 * static_cast<std::size_t>(core::kMaxMarkers);
    snapshot.sample.resize(p, description.horizons_s.size());
    for (auto* values : {&snapshot.sample.lower_mm, &snapshot.sample.upper_mm}) values->assign(p * 63, -999999.999F);
    snapshot.sample.forecasts_mm.assign(p * 63, -999999.999);
    const auto texts = forecast_json(description, snapshot);
    ASSERT_GT(texts.size(), 1U);
    int expected = 1;
    for (const std::string& text : texts) {
        EXPECT_LE(text.size(), acquisition::kIgtlMaxString);
        const Json json = Json::parse(text);
        for (const Json& marker : json["markers"]) EXPECT_EQ(marker["marker"], expected++);
    }
    EXPECT_EQ(expected, core::kMaxMarkers + 1);
    snapshot.sample.forecasts_mm[0] = 1.2345678901234567e17;
    EXPECT_TRUE(Json::parse(forecast_json(description, snapshot)[0])["markers"][0]["mean_mm"][0][0].is_null());
    description.horizons_s.assign(10'000, 1);
    snapshot.sample.resize(p, 10'000);
    EXPECT_TRUE(forecast_json(description, snapshot).empty());
}

}  // namespace
}  // namespace foretide::apps
