// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <array>
#include <deque>
#include <set>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "core/gate/beam_gate.h"

/// Every state that the real BeamGate can get into, by any order of commands, decisions and passing time, against what
/// must hold of it. Times that are longer ago than any of its limits are all the same to it.
namespace foretide::core {

constexpr int kOldest = 12;  // time units; larger than every sum of limits below

/// Whole state of a gate, times as ages in units.
struct BeamGateAges {
    static int age(TimePoint then, TimePoint now)
    {
        if (then == kUnknownTime) return -1;
        return static_cast<int>(std::min<std::int64_t>((now - then) / std::chrono::seconds(1), kOldest));
    }
    static auto of(const BeamGate& g, TimePoint now)
    {
        const bool on = g.beam_ == BeamCommand::on;
        return std::tuple(g.held_, g.released_, on, age(g.armed_, now), age(g.doubted_, now),
                          on ? age(g.opened_, now) : 0, age(g.closed_, now), g.operator_.chars[0]);
    }
};

namespace {

constexpr Duration kUnit = std::chrono::seconds(1);
constexpr int kDwell = 3, kArming = 2, kEarlier = 2, kMinOn = 3, kMinOff = 5;

BeamGateConfig config()
{
    BeamGateConfig c;
    c.dwell = kDwell * kUnit;
    c.arming_time = kArming * kUnit;
    c.t_on = (1 + kEarlier) * kUnit;
    c.t_off = kUnit;
    c.min_on = kMinOn * kUnit;
    c.min_off = kMinOff * kUnit;
    return c;
}

FixedText<48> person(char name)
{
    FixedText<48> out;
    out.chars[0] = name;
    return out;
}
const FixedText<64> kStation{};

constexpr HoldReason kNone = HoldReason::none;
constexpr std::array kDoubts{kNone, HoldReason::no_source, HoldReason::stopping};
const std::array<GateJudgement, 7> kJudgements{{
    {kNone, kNone, true},
    {HoldReason::outside, HoldReason::outside, true},
    {HoldReason::uncertain, HoldReason::uncertain, true},
    {HoldReason::uncertain, HoldReason::uncertain, false},
    {HoldReason::outside, kNone, true},
    {kNone, HoldReason::outside, true},
    {},
}};

/// What was done and what it means for the patient, told without looking into the gate.
struct Witness {
    char armed_by = 0;
    int armed_age = 0, clean_age = -1, off_age = kOldest, on_age = 0;
    bool authorised = false, operator_held = false, on = false;

    auto key() const
    {
        return std::tuple(armed_by, armed_by != 0 ? armed_age : 0, clean_age, on ? 0 : off_age, on ? on_age : 0,
                          authorised, operator_held, on);
    }
    void pass()
    {
        for (int* age : {&armed_age, &off_age, &on_age}) *age = std::min(*age + 1, kOldest);
        if (clean_age >= 0) clean_age = std::min(clean_age + 1, kOldest);
    }
    void arm(char who)
    {
        if (authorised) return;
        armed_by = who;
        armed_age = 0;
    }
    void release(char who)
    {
        if (authorised || armed_by != who || armed_age > kArming) return;
        authorised = true;
        operator_held = false;
        armed_by = 0;
    }
    void hold()
    {
        authorised = false;
        operator_held = true;
        armed_by = 0;
    }
    /// What is wrong with a decision; empty: nothing.
    std::string decided(const BeamGate::Decision& d, HoldReason doubt, const GateJudgement& j)
    {
        if (clean_age < 0 || doubt != kNone) clean_age = 0;
        const bool was_on = on;
        on = d.beam == BeamCommand::on;
        if (was_on && !on) off_age = 0;
        if (on && !was_on) on_age = 0;
        if (on != (d.reason == kNone)) return "the reason does not fit the command";
        if (!on) return doubt == kNone && operator_held && d.reason != HoldReason::operator_hold ? "hold not told" : "";
        if (!authorised) return "on without a release";
        if (operator_held) return "on against an operator's hold";
        if (doubt != kNone) return "on in doubt";
        if (clean_age < kDwell) return "on before the dwell time";
        if (!was_on && j.open != kNone) return "opened although the range is not inside";
        if (!was_on && off_age + kEarlier < kMinOff) return "opened before the minimum off time";
        if (was_on && j.keep != kNone) {
            if (!j.by_forecast) return "stayed on without knowing where";
            const int beam_on_for = on_age - kEarlier;
            if (beam_on_for >= 0 && j.keep == HoldReason::outside) return "stayed on with the forecast outside";
            if (beam_on_for >= kMinOn) return "stayed on past the minimum on time";
        }
        return "";
    }
};

struct Findings {
    std::size_t states = 0, on = 0;
    std::set<std::string> wrong;
};

template <class Gate>
Findings explore(const BeamGateConfig& c)
{
    struct Node {
        Gate gate;
        Witness witness;
        TimePoint now;
    };
    using Key = decltype(std::tuple_cat(BeamGateAges::of(BeamGate(c), TimePoint{}), Witness().key()));
    std::set<Key> seen;
    std::deque<Node> open;
    Findings out;
    const auto visit = [&](const Node& n) {
        if (seen.insert(std::tuple_cat(BeamGateAges::of(n.gate, n.now), n.witness.key())).second) {
            open.push_back(n);
            out.on += n.witness.on ? 1 : 0;
        }
    };
    visit({Gate(c), {}, TimePoint{std::chrono::seconds(1000)}});
    while (!open.empty()) {
        const Node n = open.front();
        open.pop_front();
        const auto next = [&](auto&& act) {
            Node m = n;
            act(m);
            visit(m);
        };
        next([](Node& m) {
            m.now += kUnit;
            m.witness.pass();
        });
        next([](Node& m) {
            m.gate.hold();
            m.witness.hold();
        });
        for (const char who : {'a', 'b'}) {
            next([&](Node& m) {
                m.gate.arm(m.now, person(who), kStation);
                m.witness.arm(who);
            });
            next([&](Node& m) {
                m.gate.release(m.now, person(who), kStation);
                m.witness.release(who);
            });
        }
        for (const HoldReason doubt : kDoubts)
            for (const GateJudgement& judgement : kJudgements)
                next([&](Node& m) {
                    const auto decision = m.gate.decide(m.now, doubt, judgement);
                    if (const std::string wrong = m.witness.decided(decision, doubt, judgement); !wrong.empty())
                        out.wrong.insert(wrong);
                });
    }
    out.states = seen.size();
    return out;
}

TEST(BeamGateModel, NothingForbiddenCanBeReached)
{
    const Findings f = explore<BeamGate>(config());
    for (const std::string& wrong : f.wrong) ADD_FAILURE() << wrong;
    EXPECT_GT(f.on, 100U);  // the beam does come on
    EXPECT_GT(f.states, 5'000U);
    RecordProperty("states", static_cast<int>(f.states));
    RecordProperty("states_on", static_cast<int>(f.on));
}

// What the search must find, or it finds nothing.

struct ForgetsHolds : BeamGate {
    using BeamGate::BeamGate;
    void hold() {}
};
struct OverlooksDoubts : BeamGate {
    using BeamGate::BeamGate;
    Decision decide(TimePoint now, HoldReason, const GateJudgement& j) { return BeamGate::decide(now, kNone, j); }
};
struct OpensOnTheRangeAtTOff : BeamGate {
    using BeamGate::BeamGate;
    Decision decide(TimePoint now, HoldReason doubt, GateJudgement j)
    {
        if (j.open != HoldReason::no_gate) j.open = j.keep;
        return BeamGate::decide(now, doubt, j);
    }
};
struct ReleasesForAnybody : BeamGate {
    using BeamGate::BeamGate;
    const char* release(TimePoint now, const FixedText<48>&, const FixedText<64>& station)
    {
        return BeamGate::release(now, released_by(), station);
    }
};

TEST(BeamGateModel, TheSearchFindsWhatIsBroken)
{
    EXPECT_TRUE(explore<ForgetsHolds>(config()).wrong.contains("on without a release"));
    EXPECT_TRUE(explore<OverlooksDoubts>(config()).wrong.contains("on in doubt"));
    EXPECT_TRUE(explore<OpensOnTheRangeAtTOff>(config()).wrong.contains("opened although the range is not inside"));
    EXPECT_TRUE(explore<ReleasesForAnybody>(config()).wrong.contains("on without a release"));
    BeamGateConfig hasty = config();
    hasty.dwell -= kUnit;
    EXPECT_TRUE(explore<BeamGate>(hasty).wrong.contains("on before the dwell time"));
    hasty = config();
    hasty.min_off -= kUnit;
    EXPECT_TRUE(explore<BeamGate>(hasty).wrong.contains("opened before the minimum off time"));
    hasty = config();
    hasty.min_on += kUnit;
    EXPECT_TRUE(explore<BeamGate>(hasty).wrong.contains("stayed on past the minimum on time"));
    hasty = config();
    hasty.arming_time += kUnit;
    EXPECT_TRUE(explore<BeamGate>(hasty).wrong.contains("on without a release"));
}

}  // namespace
}  // namespace foretide::core
