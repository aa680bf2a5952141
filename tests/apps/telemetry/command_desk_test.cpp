// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/command_desk.h"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

#include "tests/apps/telemetry/fake_engine.h"

namespace foretide::apps {
namespace {

using namespace std::chrono_literals;
using core::CommandKind;

struct Reply {
    std::uint64_t sender = 0;
    std::string uid;
    bool success = false;
    std::string text;
};

class Desk : public ::testing::Test {
protected:
    Desk()
        : sut(engine, OperatorTokens(file.path()),
              [this](std::uint64_t sender, const std::string& uid, bool success, const std::string& text) {
                  replies.push_back({sender, uid, success, text});
              })
    {
    }

    /// Gives a command and returns the answer, if there is one by then.
    std::optional<Reply> give(const std::string& xml)
    {
        const std::size_t before = replies.size();
        sut.handle(console, "7", xml, now);
        sut.poll(now);
        if (replies.size() == before) return std::nullopt;
        EXPECT_EQ(replies.size(), before + 1);
        return replies.back();
    }
    static std::string by_anna(const std::string& rest)
    {
        return "<Command Operator=\"anna\" Token=\"" + std::string(tests::kToken) + "\" " + rest + "/>";
    }

    tests::FakeEngine engine;
    tests::TokenFile file;
    std::vector<Reply> replies;
    CommandSender console{1, "10.0.0.1", "10.0.0.1:5000", ""};
    core::TimePoint now{1h};
    CommandDesk sut;
};

TEST_F(Desk, HoldsForAnybody)
{
    const auto reply = give(R"(<Command Name="Hold"/>)");
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->success);
    EXPECT_EQ(reply->uid, "7");
    EXPECT_EQ(reply->text, "done");
    ASSERT_EQ(engine.commands().size(), 1U);
    EXPECT_EQ(engine.commands()[0].kind, CommandKind::hold);
    EXPECT_STREQ(engine.commands()[0].station.c_str(), "10.0.0.1:5000");
    EXPECT_STREQ(engine.commands()[0].operator_name.c_str(), "");
    EXPECT_EQ(engine.commands()[0].received, now);
    EXPECT_TRUE(give(R"(<Command Name="Hold" Operator="anna" Token="wrong"/>)")->success);
}

TEST_F(Desk, TiesCommandsToOperatorAndStation)
{
    EXPECT_TRUE(give(by_anna(R"(Name="Arm" Station="console-1")"))->success);
    const auto release = give(by_anna(R"(Name="Release")"));
    EXPECT_FALSE(release->success) << "what the engine refuses";
    EXPECT_EQ(release->text, "arm first");
    const auto commands = engine.commands();
    ASSERT_EQ(commands.size(), 2U);
    EXPECT_EQ(commands[0].kind, CommandKind::arm);
    EXPECT_EQ(commands[1].kind, CommandKind::release);
    EXPECT_LT(commands[0].number, commands[1].number);
    for (const auto& command : commands) {
        EXPECT_STREQ(command.operator_name.c_str(), "anna");
        EXPECT_STREQ(command.station.c_str(), "console-1@10.0.0.1");
    }
}

TEST_F(Desk, RefusesCommandsWithoutTheRightToken)
{
    EXPECT_EQ(give(R"(<Command Name="Release"/>)")->text, "this command needs Operator and Token");
    EXPECT_EQ(give(R"(<Command Name="Release" Operator="anna" Token="0123456789abcdeg"/>)")->text,
              "operator or token is wrong");
    EXPECT_TRUE(engine.commands().empty());
    EXPECT_EQ(sut.refused(), 2);
    // The session's log tells who tried what, never the token.
    ASSERT_EQ(engine.notes.size(), 2U);
    EXPECT_EQ(engine.notes[1].find("refused Release of 'anna' at"), 0U) << engine.notes[1];
    EXPECT_EQ(engine.notes[1].find("0123456789abcdeg"), std::string::npos);
}

TEST_F(Desk, StopsGuessingButNotHolding)
{
    const std::string guess = R"(<Command Name="Release" Operator="anna" Token="guess"/>)";
    for (int i = 0; i < 5; ++i) EXPECT_EQ(give(guess)->text, "operator or token is wrong");
    EXPECT_NE(give(by_anna(R"(Name="Arm")"))->text.find("too many failed tries"), std::string::npos);
    EXPECT_EQ(engine.notes.size(), 4U);  // the fifth try blocks the address: no more lines for the log
    EXPECT_TRUE(give(R"(<Command Name="Hold"/>)")->success);
    now += 30s;
    EXPECT_TRUE(give(by_anna(R"(Name="Arm")"))->success);
}

TEST_F(Desk, ReadsWhatTheCommandsNeed)
{
    EXPECT_TRUE(give(by_anna(R"(Name="SetGate" Lower="-1.5" Upper="2")"))->success);
    EXPECT_TRUE(give(by_anna(R"(Name="MarkEvent" Text="coughs &amp; talks")"))->success);
    EXPECT_TRUE(give(by_anna(R"(Name="AcknowledgeAlarm" Alarm="source_lost")"))->success);
    for (const char* name :
         {"FreezeLearning", "ResumeLearning", "ResetForecaster", "RebaseGate", "StartRecording", "StopRecording"})
        EXPECT_TRUE(give(by_anna("Name=\"" + std::string(name) + "\""))->success) << name;
    const auto commands = engine.commands();
    ASSERT_EQ(commands.size(), 9U);
    EXPECT_EQ(commands[6].kind, CommandKind::rebase_gate);
    EXPECT_EQ(commands[0].gate_lower_mm, -1.5);
    EXPECT_EQ(commands[0].gate_upper_mm, 2);
    EXPECT_STREQ(commands[1].text.c_str(), "coughs & talks");
    EXPECT_STREQ(commands[2].text.c_str(), "source_lost");
    EXPECT_EQ(commands[8].kind, CommandKind::stop_recording);
}

TEST_F(Desk, RefusesWhatCannotBeMeant)
{
    for (const char* rest :
         {R"(Name="SetGate")", R"(Name="SetGate" Lower="2" Upper="1")", R"(Name="SetGate" Lower="1" Upper="1")",
          R"(Name="SetGate" Lower="nan" Upper="1")", R"(Name="SetGate" Lower="1" Upper="2mm")",
          R"(Name="SetGate" Lower="-inf" Upper="inf")", R"(Name="AcknowledgeAlarm" Alarm="nothing")",
          R"(Name="AcknowledgeAlarm")", R"(Name="Explode")", R"()"})
        EXPECT_FALSE(give(by_anna(rest))->success) << rest;
    EXPECT_FALSE(give(by_anna("Name=\"MarkEvent\" Text=\"" + std::string(160, 'x') + "\""))->success);
    EXPECT_FALSE(give("<Command")->success);
    EXPECT_FALSE(give("<Order Name=\"Hold\"/>")->success);
    EXPECT_TRUE(engine.commands().empty());
}

TEST_F(Desk, KeepsAReleaseAliveForTheOperatorsStationOnly)
{
    EXPECT_TRUE(give(R"(<Command Name="Alive"/>)")->success);
    EXPECT_TRUE(engine.stations().empty()) << "nobody has authenticated";
    EXPECT_TRUE(give(by_anna(R"(Name="Alive" Station="c1")"))->success);
    EXPECT_TRUE(give(R"(<Command Name="Alive"/>)")->success);
    EXPECT_EQ(engine.stations(), (std::vector<std::string>{"c1@10.0.0.1", "c1@10.0.0.1"}));
    engine.publish([](EngineSnapshot& s) {
        s.armed = true;
        s.armed_station.assign("another@10.0.0.2");
    });
    sut.seen(*engine.fetch());
    EXPECT_TRUE(give(R"(<Command Name="Alive"/>)")->success);
    EXPECT_EQ(engine.stations().size(), 2U) << "another station's release is not this one's to keep";
    EXPECT_FALSE(give(R"(<Command Name="Alive" Operator="anna" Token="wrong"/>)")->success);
}

TEST_F(Desk, SaysThatTheEngineDoesNotAnswer)
{
    engine.answer_none();
    EXPECT_FALSE(give(by_anna(R"(Name="Arm")")));
    now += 700ms;
    sut.poll(now);
    EXPECT_TRUE(replies.empty());
    now += 100ms;
    sut.poll(now);
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_FALSE(replies[0].success);
    EXPECT_NE(replies[0].text.find("has not confirmed arm"), std::string::npos) << replies[0].text;
}

TEST_F(Desk, ASnapshotConfirmsAHoldWhoseAnswerWasLost)
{
    engine.answer_none();
    now = core::Clock::now() - 300ms;
    EXPECT_FALSE(give(R"(<Command Name="Hold"/>)"));
    engine.publish([](EngineSnapshot& s) { s.armed = true; });
    sut.seen(*engine.fetch());
    EXPECT_TRUE(replies.empty());
    engine.publish([](EngineSnapshot& s) { s.armed = false; });
    sut.seen(*engine.fetch());
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_TRUE(replies[0].success);
}

TEST_F(Desk, IsBounded)
{
    engine.answer_none();
    for (int i = 0; i < 16; ++i) EXPECT_FALSE(give(by_anna(R"(Name="Arm")")));
    EXPECT_FALSE(give(by_anna(R"(Name="Arm")"))->success);
    EXPECT_FALSE(give(R"(<Command Name="Hold"/>)")) << "goes through";
    EXPECT_EQ(engine.commands().size(), 17U);
    now += 1s;
    sut.poll(now);
    engine.refuse_posts();
    EXPECT_NE(give(by_anna(R"(Name="Arm")"))->text.find("too many commands"), std::string::npos);
}

TEST(DeskWithoutTokens, HoldsOnly)
{
    tests::FakeEngine engine;
    std::vector<bool> replies;
    CommandDesk sut(engine, {}, [&](std::uint64_t, const std::string&, bool success, const std::string&) {
        replies.push_back(success);
    });
    CommandSender sender{1, "a", "a:1", ""};
    sut.handle(sender, "1", R"(<Command Name="Arm" Operator="" Token=""/>)", {});
    sut.handle(sender, "2", R"(<Command Name="Hold"/>)", {});
    sut.poll({});
    EXPECT_EQ(replies, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace foretide::apps
