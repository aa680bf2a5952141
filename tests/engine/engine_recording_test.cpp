// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "apps/engine/engine.h"
#include "apps/engine/replayed_engine.h"
#include "apps/engine/toml_section.h"
#include "core/session/session_reader.h"
#include "tests/engine/scripted_source.h"

namespace foretide::apps {
namespace {

namespace fs = std::filesystem;
using core::CommandKind;
using std::chrono::milliseconds;
using tests::Act;
using tests::breathing;
using tests::ScriptedSource;

class EngineRecording : public testing::Test {
protected:
    EngineRecording()
        : folder_(fs::temp_directory_path() / ("foretide_" + std::to_string(::getpid()) + "_" +
                                               testing::UnitTest::GetInstance()->current_test_info()->name()))
    {
        fs::create_directories(folder_);
    }
    ~EngineRecording() override { fs::remove_all(folder_); }

    EngineConfig config() const
    {
        EngineConfig c;
        c.algorithm.name = "foretide";
        c.warm_up_s = 5;
        c.realtime = RealtimePolicy::off;
        c.gate.emplace();
        c.gate->axis = "pc1";
        c.gate->window = core::parse_window_request("auto:0.4@5-15");
        c.session.file = (folder_ / "a.session").string();
        c.session.patient = "P-17";
        c.session.patient_identity = "Doe, Jane";
        return c;
    }
    static Act act(Act::What what, std::function<void()> call = {}, core::Duration wait = {})
    {
        Act a;
        a.what = what;
        a.call = std::move(call);
        a.wait = wait;
        return a;
    }
    static void append(std::vector<Act>& to, const std::vector<Act>& acts)
    {
        to.insert(to.end(), acts.begin(), acts.end());
    }

    /// Repeats every frame of a session as `session verify` does; the number of samples that are equal bit for bit.
    static std::int64_t repeat(core::SessionReader& session);

    fs::path folder_;
};

std::int64_t EngineRecording::repeat(core::SessionReader& session)
{
    const auto engine = make_replayed_engine(session.header());
    core::FrameRecord frame;
    core::SampleRecord sample;
    core::CommandRecord command;
    bool more_samples = session.next(sample), more_commands = session.next(command);
    std::int64_t equal = 0, next = 0;
    while (session.next(frame)) {
        std::vector<core::SampleRecord> samples;
        std::vector<core::SampleRecord> recorded;
        for (; more_samples && sample.frame == frame.number; more_samples = session.next(sample)) {
            samples.push_back(sample);
            recorded.push_back(sample);
        }
        for (; more_commands && command.before_sample <= next; more_commands = session.next(command))
            if (command.accepted) engine->command(command);
        const auto repeated = engine->frame(frame, recorded);
        EXPECT_EQ(repeated.size(), samples.size());
        for (std::size_t k = 0; k < std::min(repeated.size(), samples.size()); ++k) {
            const auto bits = [](const core::SampleRecord& r) {
                return std::string(reinterpret_cast<const char*>(r.forecasts_mm.data()),
                                   r.forecasts_mm.size() * sizeof(double)) +
                       std::string(reinterpret_cast<const char*>(r.lower_mm.data()), r.lower_mm.size() * sizeof(float));
            };
            EXPECT_EQ(repeated[k].index, samples[k].index);
            EXPECT_EQ(repeated[k].flags, samples[k].flags);
            EXPECT_EQ(repeated[k].beam, samples[k].beam) << samples[k].index;
            EXPECT_STREQ(to_string(repeated[k].reason), to_string(samples[k].reason)) << samples[k].index;
            if (bits(repeated[k]) == bits(samples[k])) ++equal;
        }
        next += static_cast<std::int64_t>(samples.size());
    }
    return equal;
}

TEST_F(EngineRecording, HoldsEverythingAndRepeatsBitForBit)
{
    std::vector<Act> script;
    Engine* engine = nullptr;
    const auto post = [&](CommandKind kind) {
        core::CommandRecord c;
        c.kind = kind;
        c.operator_name.assign("mk");
        ASSERT_TRUE(engine->control().post(c));
    };
    append(script, breathing(120, 10, 2));
    script.push_back(act(Act::What::silence, {}, milliseconds(200)));  // the axis is learned
    append(script, breathing(80, 10, 2, 12));
    script.push_back(act(Act::What::silence, {}, milliseconds(200)));  // the window is learned
    append(script, breathing(30, 10, 2, 20));
    append(script, breathing(100, 10, 2, 23.7));  // after a gap
    script.push_back(act(Act::What::call, [&] { post(CommandKind::freeze_learning); }));
    append(script, breathing(20, 10, 2, 33.7));
    script.push_back(
        act(Act::What::call, [&] { post(CommandKind::resume_learning), post(CommandKind::reset_forecaster); }));
    append(script, breathing(140, 10, 2, 35.7));
    script.push_back(act(Act::What::silence, {}, milliseconds(1000)));  // the axis
    append(script, breathing(15, 10, 2, 49.7));
    script.push_back(act(Act::What::silence, {}, milliseconds(1000)));  // the window
    // A command, much later a reset, and at once another: each belongs before its sample.
    script.push_back(act(Act::What::call, [&] { post(CommandKind::mark_event); }));
    append(script, breathing(40, 10, 2, 51.2));
    script.push_back(act(Act::What::silence, {}, milliseconds(1000)));
    script.push_back(act(Act::What::call, [&] { post(CommandKind::reset_forecaster); }));
    script.push_back(act(Act::What::silence, {}, milliseconds(1000)));
    script.push_back(act(Act::What::call, [&] { post(CommandKind::reset_forecaster); }));
    append(script, breathing(60, 10, 2, 55.2));
    std::vector<core::CommandRecord> answers;
    script.push_back(act(Act::What::call, [&] {
        for (core::CommandRecord answer; engine->control().take_answer(answer);) answers.push_back(answer);
    }));
    Engine sut(config(), std::make_unique<ScriptedSource>(script, 10, 2));
    engine = &sut;
    const EngineSummary s = sut.run();
    ASSERT_EQ(answers.size(), 6U);
    for (const core::CommandRecord& answer : answers) EXPECT_TRUE(answer.accepted) << answer.answer.c_str();
    EXPECT_EQ(s.recording_problem, "");
    EXPECT_EQ(s.not_recorded, 0);
    EXPECT_EQ(s.counts.frames, 605);
    EXPECT_EQ(s.counts.samples, 612);

    core::SessionReader session(config().session.file);
    EXPECT_EQ(session.header().patient_pseudonym, "P-17");
    EXPECT_EQ(session.header().patient_identity, "Doe, Jane");
    EXPECT_EQ(session.header().configuration.find("Doe"), std::string::npos);
    ASSERT_TRUE(session.summary());
    EXPECT_EQ(repeat(session), 612);
}

/// Releases, operators' holds, silences and a slow release: what the beam did is made again from the record alone.
TEST_F(EngineRecording, RepeatsEveryBeamDecision)
{
    EngineConfig c = config();
    c.algorithm.name = "lms";
    c.gate->axis = "m1.z";
    c.gate->window = core::parse_window_request("-100,100");
    c.gate->confidence = 0;
    c.gate->dwell_s = 0.5;
    c.gate->min_off_s = 1;
    Engine* engine = nullptr;
    const auto post = [&](CommandKind kind) {
        core::CommandRecord command;
        command.kind = kind;
        command.received = core::Clock::now();
        command.operator_name.assign("mk");
        ASSERT_TRUE(engine->control().post(command));
    };
    const auto release = act(Act::What::call, [&] {
        engine->control().station_seen("x");
        post(CommandKind::arm);
        post(CommandKind::release);
    });
    std::vector<Act> script = breathing(100, 10, 2);
    script.push_back(release);
    append(script, breathing(40, 10, 2, 10));
    script.push_back(act(Act::What::silence, {}, milliseconds(400)));  // off, and on again after the dwell
    append(script, breathing(40, 10, 2, 14.4));
    script.push_back(act(Act::What::call, [&] { post(CommandKind::hold); }));
    script.push_back(act(Act::What::silence, {}, milliseconds(50)));  // held between frames
    append(script, breathing(10, 10, 2, 18.5));
    script.push_back(release);
    append(script, breathing(40, 10, 2, 19.5));
    script.push_back(act(Act::What::call, [&] { post(CommandKind::rebase_gate); }));  // refused: released
    append(script, breathing(10, 10, 2, 23.5));
    Engine sut(c, std::make_unique<ScriptedSource>(script, 10, 2));
    engine = &sut;
    const EngineSummary s = sut.run();
    EXPECT_EQ(s.not_recorded, 0);

    core::SessionReader session(c.session.file);
    int on = 0, silences = 0, changes = 0;
    core::SampleRecord sample;
    for (core::BeamCommand before = core::BeamCommand::hold; session.next(sample); before = sample.beam) {
        on += sample.beam == core::BeamCommand::on ? 1 : 0;
        silences += sample.idle_from != core::kUnknownTime ? 1 : 0;
        changes += sample.beam != before ? 1 : 0;
    }
    EXPECT_GT(on, 60);
    EXPECT_GE(silences, 2);
    EXPECT_GE(changes, 5);
    session.rewind();
    EXPECT_EQ(repeat(session), s.counts.samples);
}

TEST_F(EngineRecording, AnotherBuildIsNotCompared)
{
    core::SessionHeader header;
    header.build = "another";
    try {
        make_replayed_engine(header);
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("another build"), std::string::npos);
    }
    header.build = build_identity();
    header.algorithm = "{}";
    EXPECT_THROW(make_replayed_engine(header), std::runtime_error);
    header.configuration = "[gate]\nnonsense = 1";
    EXPECT_THROW(make_replayed_engine(header), ConfigError);
}

TEST_F(EngineRecording, RefusesToRunWithoutTheFileItShallWrite)
{
    EngineConfig c = config();
    c.session.file = "/nowhere/a.session";
    Engine sut(c, std::make_unique<ScriptedSource>(breathing(50, 10, 2), 10, 2));
    EXPECT_THROW(sut.run(), std::runtime_error);
}

TEST_F(EngineRecording, StartsAndStopsOnCommandInFilesOfTheirOwn)
{
    EngineConfig c = config();
    std::vector<Act> script;
    Engine* engine = nullptr;
    std::vector<core::CommandRecord> answers;
    const auto post = [&](CommandKind kind) {
        core::CommandRecord command;
        command.kind = kind;
        ASSERT_TRUE(engine->control().post(command));
    };
    const auto take = [&] {
        core::CommandRecord answer;
        while (engine->control().take_answer(answer)) answers.push_back(answer);
    };
    append(script, breathing(30, 10, 2));
    script.push_back(act(Act::What::call, [&] { post(CommandKind::stop_recording); }));
    script.push_back(act(Act::What::silence, {}, milliseconds(500)));
    script.push_back(act(Act::What::call, [&] { take(), post(CommandKind::start_recording); }));
    script.push_back(act(Act::What::silence, {}, milliseconds(500)));
    append(script, breathing(30, 10, 2, 3));
    script.push_back(act(Act::What::call, [&] { take(); }));
    Engine sut(c, std::make_unique<ScriptedSource>(script, 10, 2));
    engine = &sut;
    const EngineSummary s = sut.run();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].accepted) << answers[0].answer.c_str();
    EXPECT_TRUE(answers[1].accepted) << answers[1].answer.c_str();
    EXPECT_NE(s.recording, c.session.file);
    core::FrameRecord frame;
    int first = 0, second = 0;
    for (core::SessionReader session(c.session.file); session.next(frame);) ++first;
    for (core::SessionReader session(s.recording); session.next(frame);) ++second;
    EXPECT_EQ(first, 30);
    EXPECT_EQ(second, 30);
}

}  // namespace
}  // namespace foretide::apps
