// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <chrono>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "acquisition/live/socket_wait.h"
#include "apps/engine/telemetry/telemetry_server.h"
#include "tests/apps/command_line.h"
#include "tests/apps/telemetry/fake_engine.h"

namespace foretide::apps {
namespace {

using namespace std::chrono_literals;

TEST(HoldCommand, HoldsAndSaysSo)
{
    tests::FakeEngine engine;
    TelemetryConfig config;
    config.port = 0;
    const TelemetryServer server(config, engine);
    const Outcome outcome = run({"hold", "--connect", "127.0.0.1:" + std::to_string(server.port())});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "HOLD: done\n");
    ASSERT_EQ(engine.commands().size(), 1U);
    EXPECT_EQ(engine.commands()[0].kind, core::CommandKind::hold);
}

TEST(HoldCommand, SaysWithinASecondThatTheEngineDoesNotAnswer)
{
    tests::FakeEngine engine;
    engine.answer_none();
    TelemetryConfig config;
    config.port = 0;
    const TelemetryServer server(config, engine);
    const auto begin = core::Clock::now();
    const Outcome outcome = run({"hold", "--connect", "127.0.0.1:" + std::to_string(server.port())});
    EXPECT_LT(core::Clock::now() - begin, 1s);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("has NOT been held"), std::string::npos) << outcome.err;
}

TEST(HoldCommand, SaysThatThereIsNoEngine)
{
    const acquisition::Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&where), size), 0);
    ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&where), &size), 0);
    const std::string address = "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
    const Outcome closed = run({"hold", "--connect", address});
    EXPECT_EQ(closed.code, 1);
    EXPECT_NE(closed.err.find(address + " refuses the connection"), std::string::npos) << closed.err;

    ASSERT_EQ(::listen(listener.get(), 1), 0);  // half open: connected by the kernel, answered by nobody
    const auto begin = core::Clock::now();
    const Outcome silent = run({"hold", "--connect", address});
    EXPECT_LT(core::Clock::now() - begin, 1s);
    EXPECT_EQ(silent.code, 1);
    EXPECT_NE(silent.err.find("has not answered Hold"), std::string::npos) << silent.err;
    EXPECT_EQ(run({"hold", "--connect", "a:b:c:"}).code, 1) << "an IPv6 address that is none";
    EXPECT_EQ(run({"hold", "--connect", ":1"}).code, 2);
}

}  // namespace
}  // namespace foretide::apps
