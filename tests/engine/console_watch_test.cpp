// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/console_watch.h"

#include <sstream>

#include <gtest/gtest.h>

#include "tests/apps/telemetry/fake_engine.h"

namespace foretide::apps {
namespace {

TEST(ConsoleWatch, TellsMessagesAndAlarmsThatComeAndGo)
{
    tests::FakeEngine engine;
    std::ostringstream out;
    engine.alarms().raise(core::Alarm::source_lost, core::Clock::now());
    {
        const ConsoleWatch watch(engine, out);
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        engine.alarms().clear(core::Alarm::source_lost, core::Clock::now());
    }
    const std::string text = out.str();
    EXPECT_NE(text.find(engine.source_message()), std::string::npos);
    const auto raised = text.find("ALARM (high) source_lost: No marker data");
    ASSERT_NE(raised, std::string::npos) << text;
    EXPECT_NE(text.find("over: source_lost", raised), std::string::npos) << text;
    EXPECT_EQ(text.find("ALARM", raised + 1), std::string::npos) << text;
}

}  // namespace
}  // namespace foretide::apps
