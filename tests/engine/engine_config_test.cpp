// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/engine_config.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "apps/engine/toml_section.h"

namespace foretide::apps {
namespace {

std::string error_of(const std::string& text)
{
    try {
        parse_engine_config(text, "site.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(EngineConfig, TakesLatenciesFromAPresetOrParts)
{
    const auto gate = [](const std::string& text) { return *parse_engine_config("[gate]\n" + text, "x").gate; };
    EXPECT_DOUBLE_EQ(gate("preset = 'truebeam'").t_on_s, 0.28);
    EXPECT_DOUBLE_EQ(gate("preset = 'truebeam'").t_off_s, 0.131);
    const GateSettings parts = gate("tracker_ms = 14.2\nlinac_on_ms = 300\nlinac_off_ms = 90");
    EXPECT_NEAR(parts.t_on_s, 0.3142, 1e-12);
    EXPECT_NEAR(parts.t_off_s, 0.1042, 1e-12);
    for (const char* text : {"preset = 'truebeam'", "tracker_ms = 14.2\nlinac_on_ms = 300.1\nlinac_off_ms = 90",
                             "preset = 'iba-interface'\ntracker_ms = 12.3"}) {
        EngineConfig c = parse_engine_config("[gate]\n" + std::string(text), "x");
        const EngineConfig again = parse_engine_config(to_toml(c), "again");
        EXPECT_EQ(again.gate->t_on_s, c.gate->t_on_s) << text;  // to the bit: recordings depend on it
        EXPECT_EQ(again.gate->t_off_s, c.gate->t_off_s) << text;
        EXPECT_EQ(to_toml(again), to_toml(c));
    }
    EXPECT_NE(error_of("[gate]\npreset = 'nonsense'").find("truebeam"), std::string::npos);
    EXPECT_NE(error_of("[gate]\npreset = 'truebeam'\nt_on_s = 1").find("t_on_s"), std::string::npos);
    EXPECT_NE(error_of("[gate]\npreset = 'truebeam'\ntracker_ms = 1").find("count from the tracker"),
              std::string::npos);
    EXPECT_NE(error_of("[gate]\nkind = 'dibh'").find("breath-hold"), std::string::npos);
    EXPECT_NE(error_of("[gate]\nwindow = '-1,1'\nmargin_lower_mm = 2").find("margins"), std::string::npos);
    EXPECT_NE(error_of("[gate]\nphase_to_percent = 30").find("phase"), std::string::npos);
    EXPECT_NE(error_of("[gate]\naxis = 'tumour.si'").find("correspondence"), std::string::npos);
}

TEST(EngineConfig, AnEmptyFileGivesTheDefaults)
{
    const EngineConfig c = parse_engine_config("", "site.toml");
    EXPECT_EQ(c.source.address, "sim:regular");
    EXPECT_EQ(c.algorithm.name, "foretide");
    EXPECT_EQ(c.fallback, "rls");
    EXPECT_FALSE(c.gate);
    EXPECT_EQ(c.telemetry.listen, "127.0.0.1");
    EXPECT_EQ(c.realtime, RealtimePolicy::automatic);
}

TEST(EngineConfig, TakesEveryKeyAndGivesItBack)
{
    const std::string text = R"(
[source]
address = "ndi:10.0.0.5:8765"
markers = 4
rate_hz = 60
latency_ms = 14.2
speed = 1
marker_reach_mm = 25
names = ["upper", "lower"]
seed = 3
[forecast]
algorithm = "uoro"
seed = 7
parameters = { hidden = 60, precision = "double" }
fallback = "last"
deadline_ms = 3
step_deadline_share = 0.5
warm_up_s = 20
display_until_s = 1.5
max_bridged_gap_s = 0.5
[gate]
window = "-1.5,2"
axis = "m2.y"
confidence = 0.9
kind = "breath-hold"
t_on_s = 1.65
t_off_s = 0.23
margin_lower_mm = 0.5
margin_upper_mm = 0.25
phase_from_percent = 25
phase_to_percent = 75
inhale = "down"
hold_settle_s = 1.5
hold_longest_s = 18
hold_slow_mm_s = 1
min_on_s = 0.4
min_off_s = 3
drift_alarm_mm = 1.5
dwell_s = 3
max_age_ms = 120
hold_on_fallback = true
[session]
patient = "P-17"
patient_identity = "Doe"
operator = "mk"
site = "room 2"
file = "today.session"
[telemetry]
port = 18945
listen = "0.0.0.0"
token_file = "/etc/foretide/tokens"
station_timeout_s = 8
[controller]
address = "udp:10.0.0.9:5000"
[realtime]
policy = "require"
cpu = 1
[calibration]
rotation = [0, -1, 0, 1, 0, 0, 0, 0, 1]
translation_mm = [10, 20.5, -3]
)";
    const EngineConfig c = parse_engine_config(text, "site.toml");
    EXPECT_EQ(c.source.markers, 4);
    EXPECT_EQ(c.source.names, (std::vector<std::string>{"upper", "lower"}));
    EXPECT_EQ(c.algorithm.parameters.at("hidden"), "60");
    EXPECT_EQ(c.algorithm.parameters.at("precision"), "double");
    ASSERT_TRUE(c.gate && c.gate->window.typed);
    EXPECT_EQ(c.gate->window.typed->lower_mm, -1.5);
    EXPECT_EQ(c.gate->t_on_s, 1.65);
    EXPECT_EQ(c.session.patient_identity, "Doe");
    EXPECT_EQ(c.realtime, RealtimePolicy::require);
    ASSERT_TRUE(c.room_from_tracker);
    const auto room = *c.room_from_tracker * core::Position<core::TrackerFrame>{{1, 2, 3}};
    EXPECT_TRUE(room.mm.isApprox(Eigen::Vector3d(8, 21.5, 0)));
    // Written and read again, nothing changes.
    const std::string written = to_toml(c);
    EXPECT_EQ(to_toml(parse_engine_config(written, "again")), written);
}

TEST(EngineConfig, ErrorsNameFileLineKeyAndWhatIsAllowed)
{
    const std::string error = error_of("[gate]\naxis = \"pc1\"\nconfidence = 1.5\n");
    EXPECT_NE(error.find("site.toml:3: gate.confidence = 1.5"), std::string::npos) << error;
    EXPECT_NE(error.find("0 to 0.98"), std::string::npos) << error;
}

TEST(EngineConfig, RefusesWhatCannotBeMeant)
{
    for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
             {"[gate]\nconfidenc = 0.5", "no such key; known are window"},
             {"[gatte]\n", "sections are source"},
             {"markers = 3", "no section or key 'markers'"},
             {"gate = 3", "must be a section"},
             {"[source]\nmarkers = 33", "0 to 32"},
             {"[source]\nmarkers = 2.5", "whole number"},
             {"[source]\nmarkers = \"3\"", "whole number"},
             {"[source]\naddress = 5", "text in quotes"},
             {"[source]\nrate_hz = nan", "from 0 to 120"},
             {"[source]\nnames = [1]", "text in quotes"},
             {"[forecast]\nalgorithm = \"magic\"", "magic"},
             {"[forecast]\nalgorithm = \"svr\"", "not for real time"},
             {"[forecast]\nalgorithm = \"rls\"\nparameters = { nonsense = 1 }", "nonsense"},
             {"[forecast]\nfallback = \"svr\"", "not for real time"},
             {"[gate]\nwindow = \"5,2\"", "lower < upper"},
             {"[gate]\naxis = \"m1.w\"", "m1.w"},
             {"[gate]\nhold_on_fallback = 1", "true or false"},
             {"[realtime]\npolicy = \"maybe\"", "\"auto\", \"require\", \"off\""},
             {"[calibration]\nrotation = [1,0,0,0,1,0,0,0,1]", "both or neither"},
             {"[calibration]\nrotation = [1,0,0,0,1,0,0,0,-1]\ntranslation_mm = [0,0,0]", "not a rotation"},
             {"[calibration]\nrotation = [1,0]\ntranslation_mm = [0,0,0]", "list of 9 numbers"},
             {"[telemetry]\nport = 70000", "0 to 65535"},
             {"[source\n", "not TOML"},
             {"a = 1\na = 2", "not TOML"}}) {
        const std::string error = error_of(text);
        EXPECT_NE(error.find(part), std::string::npos) << text << "\n" << error;
        EXPECT_EQ(error.find("site.toml"), 0U) << error;
    }
}

TEST(EngineConfig, SaysWhyAFileCannotBeRead)
{
    try {
        load_engine_config("/nowhere/site.toml");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_NE(std::string(error.what()).find("/nowhere/site.toml: cannot be read"), std::string::npos);
    }
}

TEST(EngineConfig, TheExampleIsRightAndSaysTheDefaults)
{
    const EngineConfig c = load_engine_config(FORETIDE_SOURCE_DIR "/apps/engine/foretide.example.toml");
    EngineConfig defaults;
    defaults.gate.emplace();
    EXPECT_EQ(to_toml(c), to_toml(defaults));
}

}  // namespace
}  // namespace foretide::apps
