// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <arpa/inet.h>
#include <chrono>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/live/fault_schedule.h"
#include "acquisition/ndi/ndi_source.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"

namespace foretide::apps {
namespace {

using namespace std::chrono_literals;

/// A port that nobody used a moment ago: what the command prints is seen only once it has ended.
int free_port()
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length), 0);
    ::close(descriptor);
    return ntohs(address.sin_port);
}

TEST(SimNdi, ListsEveryFault)
{
    const Outcome outcome = run({"sim", "ndi", "--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find(acquisition::fault_help()), std::string::npos);
    EXPECT_NE(outcome.out.find("Example:"), std::string::npos);
}

TEST(SimNdi, RefusesWhatItCannotDo)
{
    const std::vector<std::vector<std::string>> wrong{{"--fault", "tired@3"},
                                                      {"--patient", "nobody"},
                                                      {"--port", "70000"},
                                                      {"--listen", "here"},
                                                      {"--speed", "0"},
                                                      {"--once"},
                                                      {"--serial", "pty", "--port", "1"},
                                                      {"--api", "bx3"}};
    for (const auto& options : wrong) {
        std::vector<std::string> arguments{"sim", "ndi", "--duration", "0.1"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2) << options[0] << ": " << outcome.err;
        EXPECT_FALSE(outcome.err.empty());
    }
    EXPECT_EQ(run({"sim", "ndi", "--serial", "/dev/no-such-line"}).code, 1);
    EXPECT_EQ(run({"sim", "ndi", "--input", "no such file"}).code, 1);
}

TEST(SimNdi, ShowsARecordingOnceAndStampsItsFrames)
{
    const acquisition::TemporaryFolder folder;
    const auto session = folder.path() / "session.csv", stamps = folder.path() / "stamps.csv";
    ASSERT_EQ(run({"sim", "patient", "--duration", "1.5", "--rate", "30", "--out", session.string()}).code, 0);
    Outcome outcome;
    const std::string port = std::to_string(free_port());
    std::thread simulator([&] {
        outcome = run({"sim", "ndi", "--port", port, "--input", session.string(), "--once", "--stamp", stamps.string(),
                       "--duration", "8"});
    });
    acquisition::NdiConfig config;
    config.address = "127.0.0.1:" + port;
    acquisition::NdiSource source(config);
    core::MarkerFrame frame;
    std::vector<std::uint64_t> got;
    const core::TimePoint end = core::Clock::now() + 8s;
    while (core::Clock::now() < end && (got.empty() || got.back() < 40))
        if (source.next(frame, core::Clock::now() + 20ms) == acquisition::SourceResult::frame)
            got.push_back(frame.sequence);
    simulator.join();
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("port " + port), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("picked up after"), std::string::npos) << outcome.out;
    std::ifstream file(stamps);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto lines = lines_of(text);
    ASSERT_GE(lines.size(), got.size() + 1);
    EXPECT_EQ(lines[0], "frame,sent_monotonic_ns");
    ASSERT_GE(got.size(), 30U);
    for (std::size_t n = 0; n < got.size(); ++n) EXPECT_TRUE(lines[n + 1].starts_with(std::to_string(got[n]) + ","));
}

}  // namespace
}  // namespace foretide::apps
