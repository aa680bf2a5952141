// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/firmware_bridge/controller_model.h"

#include <iostream>
#include <string>

#include <gtest/gtest.h>

namespace foretide::firmware_bridge {
namespace {

constexpr std::uint64_t kMostStates = 400000;

class Model : public testing::TestWithParam<std::pair<bool, bool>> {};

TEST_P(Model, IsNeverOnButWhenEverythingIsFulfilled)
{
    const ModelResult result = search_controller(real_controller(), GetParam().first, GetParam().second, kMostStates);
    std::cout << result.states << " states, " << result.transitions << " transitions, depth " << result.depth
              << (result.closed ? ", closed" : ", not closed") << ", " << result.enabled << " with the beam on\n";
    EXPECT_EQ(result.violation, "");
    EXPECT_TRUE(result.closed);
    EXPECT_GT(result.states, 1000U);
    EXPECT_GT(result.enabled, 10U) << "a controller that never comes on proves nothing";
}

INSTANTIATE_TEST_SUITE_P(Latches, Model,
                         testing::Values(std::pair{true, false}, std::pair{false, false}, std::pair{true, true}));

/// Breaks the controller in one way after each call; the search must see it.
struct Mutation {
    const char* name;
    void (*spoil)(ft_controller& controller, const ft_controller& before, bool spoilt_frame);
};

void keep_enabled(ft_controller& c, const ft_controller& before)
{
    if (before.enabled && c.connected) c.enabled = true;
}

const std::vector<Mutation>& mutations()
{
    static const std::vector<Mutation> all{
        {"watchdog forgotten",
         [](ft_controller& c, const ft_controller& before, bool) {
             if (c.why == FT_REASON_WATCHDOG && before.alive) keep_enabled(c, before);
         }},
        {"age forgotten",
         [](ft_controller& c, const ft_controller& before, bool) {
             if (c.why == FT_REASON_AGE && before.fresh && !c.fresh) keep_enabled(c, before);
         }},
        {"dwell forgotten",
         [](ft_controller& c, const ft_controller&, bool) {
             if (c.fresh) c.fresh_since_us = c.now_us - c.config.dwell_us;
             c.enabled = c.enabled || (c.connected && c.fresh && c.wants_on && ft_newer(c.epoch, c.barred_epoch));
         }},
        {"latch forgotten",
         [](ft_controller& c, const ft_controller& before, bool) {
             if (c.last_trip == FT_REASON_WATCHDOG && c.connected) {
                 c.barred_epoch = before.barred_epoch;
                 c.latches = before.latches;
             }
         }},
        {"HELLO bars no release",
         [](ft_controller& c, const ft_controller& before, bool) {
             if (c.controller_nonce != before.controller_nonce && c.connected) {
                 --c.barred_epoch;
                 c.latches = c.release_latches;
             }
         }},
        {"doubtful ON believed",
         [](ft_controller& c, const ft_controller&, bool) {
             if (c.taken && !c.confident) c.wants_on = true;
         }},
        {"spoilt frame refreshes the watchdog",
         [](ft_controller& c, const ft_controller&, bool spoilt) {
             if (spoilt && c.alive) c.arrival_us = c.now_us;
         }},
        {"HELLO does not hold",
         [](ft_controller& c, const ft_controller& before, bool) {
             if (before.enabled && c.connected && !c.taken) c.enabled = true;
         }},
        {"output stuck on",
         [](ft_controller& c, const ft_controller& before, bool) {
             if (before.enabled) c.enabled = true;
         }},
        {"never on", [](ft_controller& c, const ft_controller&, bool) { c.enabled = false; }},
    };
    return all;
}

TEST(ModelCheck, FindsEveryFaultThatIsBuiltIn)
{
    const ControllerFunctions real = real_controller();
    for (const Mutation& mutation : mutations()) {
        const ControllerFunctions broken{
            [&](ft_controller& c, std::uint64_t now_us, const ft_frame& frame, bool spoilt) {
                const ft_controller before = c;
                real.receive(c, now_us, frame, spoilt);
                mutation.spoil(c, before, spoilt);
            },
            [&](ft_controller& c, std::uint64_t now_us) {
                const ft_controller before = c;
                real.poll(c, now_us);
                mutation.spoil(c, before, false);
            }};
        const ModelResult result = search_controller(broken, true, false, kMostStates);
        EXPECT_NE(result.violation, "") << mutation.name << " was not found";
        std::cout << mutation.name << ": " << result.violation << '\n';
    }
}

}  // namespace
}  // namespace foretide::firmware_bridge
