// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/judgement.h"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "core/session/session_reader.h"

namespace foretide::tests {

namespace {

using namespace std::chrono_literals;
using core::SampleFlag;

constexpr core::Duration kTick = 20ms;         // the engine's, when no frame comes
constexpr core::Duration kSlack = 20ms;        // of a busy machine
constexpr core::Duration kAfterwards = 500ms;  // a fault that must not be felt is not felt then either
constexpr core::Duration kMostLost = 250ms;

constexpr SampleFlag kDoubtful = SampleFlag::invalid | SampleFlag::frozen | SampleFlag::discontinuity |
                                 SampleFlag::time_reversed | SampleFlag::step_accepted | SampleFlag::no_time;

/// First state since `begin` of which the condition holds, from `from` on.
template <class Condition>
std::optional<double> first_state_s(const Station& station, core::TimePoint begin, core::TimePoint from,
                                    Condition&& condition)
{
    for (const SeenState& state : station.states())
        if (state.received >= begin && condition(state)) return core::to_seconds(state.received - from);
    return std::nullopt;
}

}  // namespace

Measured measure(const Row& row, const Made& made, const Station& station)
{
    Measured m;
    m.remark = made.remark;
    const auto& commands = station.commands();
    const auto held = std::ranges::find_if(
        commands, [&](const SeenCommand& c) { return c.received >= made.began && !c.on && row.beam != Beam::not_yet; });
    if (held != commands.end()) {
        m.hold_after_s = core::to_seconds(held->received - made.began);
        const auto again = std::find_if(held, commands.end(), [](const SeenCommand& c) { return c.on; });
        if (again != commands.end()) m.on_again_after_s = core::to_seconds(again->received - made.ended);
    }
    if (row.beam == Beam::not_yet)
        m.on_again_after_s = first_state_s(station, made.ended, made.ended, [](const SeenState& s) {
            return s.json["source"]["state"] == "streaming" && s.json["sample"]["index"] >= 0;
        });
    if (*row.alarm != '\0')
        m.alarm_after_s =
            first_state_s(station, made.began, made.began, [&](const SeenState& s) { return s.shows(row.alarm); });
    return m;
}

void expect_beam(const Row& row, const Made& made, const Measured& m, const Station& station)
{
    const auto& commands = station.commands();
    switch (row.beam) {
    case Beam::stays: {
        for (const SeenCommand& c : commands)
            if (c.received >= made.began && c.received < made.ended + kAfterwards) {
                EXPECT_TRUE(c.on) << "held " << core::to_seconds(c.received - made.began)
                                  << " s after the begin: " << core::to_string(c.reason);
                if (!c.on) return;
            }
        return;
    }
    case Beam::held:
        ASSERT_TRUE(m.hold_after_s) << "never held";
        EXPECT_LE(*m.hold_after_s, row.hold_within_s);
        ASSERT_TRUE(m.on_again_after_s) << "did not go on";
        EXPECT_LE(*m.on_again_after_s, row.on_again_within_s);
        // Data are good one period after the last bad ones at the earliest.
        EXPECT_GE(*m.on_again_after_s, core::to_seconds(kDwell - kPeriod - kSlack)) << "on before the dwell time";
        break;
    case Beam::not_yet:
        ASSERT_TRUE(m.on_again_after_s) << "never streaming";
        EXPECT_LE(*m.on_again_after_s, row.on_again_within_s);
        for (const SeenCommand& c : commands) ASSERT_FALSE(c.on && c.received < made.ended);
        break;
    case Beam::no_word:
        for (const SeenCommand& c : commands) ASSERT_LE(c.handed_over, made.began + kSlack);
        return;
    }
    ASSERT_FALSE(commands.empty());
    EXPECT_EQ(station.newest()["source"]["state"], "streaming");
}

void expect_alarm(const Row& row, const Made& made, const Measured& m, const Station& station)
{
    for (const SeenState& s : station.states())
        if (s.received < made.began && row.beam != Beam::not_yet) {
            EXPECT_TRUE(s.json["alarms"].empty()) << "before the fault: " << s.json["alarms"].dump();
            break;
        }
    if (*row.alarm == '\0') {
        const auto none = first_state_s(station, made.began, made.began,
                                        [](const SeenState& s) { return !s.json["alarms"].empty(); });
        EXPECT_FALSE(none) << "an alarm, " << station.newest()["alarms"].dump();
        return;
    }
    ASSERT_TRUE(m.alarm_after_s) << "no alarm";
    EXPECT_LE(*m.alarm_after_s, row.alarm_within_s);
}

void expect_beam_off_in_doubt(const std::filesystem::path& session, const Station& station)
{
    core::SessionReader reader(session);
    core::FrameRecord frame;
    core::SampleRecord sample;
    core::TimePoint doubted = core::kUnknownTime, arrived = core::kUnknownTime;
    std::int64_t on = 0;
    bool more = reader.next(frame);
    while (reader.next(sample)) {
        for (; more && frame.number <= sample.frame; more = reader.next(frame)) {
            const bool old = frame.frame.arrived - frame.frame.acquired > kMaxAge;
            const bool silent =
                arrived != core::kUnknownTime && frame.frame.arrived - arrived > kMaxAge + kTick + kSlack;
            arrived = frame.frame.arrived;
            if (old || silent) doubted = arrived;
        }
        if (sample.warming_up || has(sample.flags, kDoubtful)) doubted = arrived;
        if (sample.beam != core::BeamCommand::on) continue;
        ++on;
        // A silence ends with a good frame; the engine's last look at it was up to a tick before.
        ASSERT_TRUE(doubted == core::kUnknownTime || arrived - doubted >= kDwell - kTick)
            << "sample " << sample.index << " lets the beam on " << core::to_seconds(arrived - doubted)
            << " s after a doubt";
    }
    EXPECT_GT(on, 0) << "nothing was looked at";
    for (const SeenCommand& c : station.commands()) {
        if (!c.on) continue;
        ASSERT_LE(c.handed_over - c.exposure, kMaxAge + kPeriod + kTick + kSlack) << "on with old data";
    }
}

std::string expect_record(const Row& row, const Made& made, Rig& rig)
{
    const auto verdict_file = rig.folder() / "verify.json";
    Process verify({"session", "verify", rig.session().string(), "--json", verdict_file.string()},
                   rig.folder() / "verify.txt");
    const int code = verify.end(0, 60s);
    EXPECT_EQ(code, 0) << verify.output();
    const auto verdict = nlohmann::json::parse(std::ifstream(verdict_file));
    EXPECT_TRUE(verdict["replay"]["identical"].get<bool>()) << verdict.dump();
    core::SessionReader reader(rig.session());
    core::FrameRecord frame;
    std::int64_t frames = 0, before = 0;
    core::TimePoint newest{};
    while (reader.next(frame)) {
        ++frames;
        newest = frame.frame.arrived;
        if (newest < made.began) {
            EXPECT_EQ(frame.number, before) << "a frame from before the fault is missing";
            before = frame.number + 1;
        }
    }
    EXPECT_TRUE(before > 0 || row.beam == Beam::not_yet);
    if (row.record == Record::broken_off) {
        const core::Duration lost = made.began - newest;
        EXPECT_LE(lost, kMostLost);
        return "sound; the last " + std::to_string(lost / 1ms) + " ms are missing";
    }
    EXPECT_EQ(frames, rig.summary()["samples_in"].get<std::int64_t>());
    return "complete";
}

}  // namespace foretide::tests
