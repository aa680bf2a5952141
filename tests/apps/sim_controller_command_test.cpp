// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/timed_faults.h"
#include "firmware_bridge/host/controller_link.h"
#include "firmware_bridge/simulator/controller_line.h"
#include "firmware_bridge/simulator/simulated_controller.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"

namespace foretide::apps {
namespace {

using namespace std::chrono_literals;

TEST(SimController, ListsEveryFault)
{
    const Outcome outcome = run({"sim", "controller", "--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find(core::fault_help(firmware_bridge::controller_faults())), std::string::npos);
    EXPECT_NE(outcome.out.find("Example:"), std::string::npos);
}

TEST(SimController, RefusesWhatItCannotDo)
{
    const std::vector<std::vector<std::string>> wrong{{"--fault", "tired@3"},
                                                      {"--udp", "70000"},
                                                      {"--listen", "here"},
                                                      {"--watchdog-ms", "0"},
                                                      {"--serial", "pty", "--udp", "1"},
                                                      {"--baud", "115200"},
                                                      {"--fault", "drop@1=2"}};
    for (const auto& options : wrong) {
        std::vector<std::string> arguments{"sim", "controller", "--duration", "0.1"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2) << options[0] << ": " << outcome.err;
        EXPECT_FALSE(outcome.err.empty());
    }
    EXPECT_EQ(run({"sim", "controller", "--serial", "/dev/no-such-line", "--duration", "0.1"}).code, 1);
}

TEST(SimController, CountsMeasuresAndTraces)
{
    const acquisition::TemporaryFolder folder;
    const std::string json = (folder.path() / "out.json").string(), trace = (folder.path() / "trace.csv").string();
    int port = 0;
    {
        firmware_bridge::ControllerLine free;
        free.open_udp("127.0.0.1", 0);
        port = free.port();
    }
    Outcome outcome;
    std::thread simulator([&] {
        outcome = run({"sim", "controller", "--udp", std::to_string(port), "--dwell", "0.1", "--duration", "1.5",
                       "--json", json, "--trace", trace});
    });
    {
        firmware_bridge::LinkConfig config;
        config.address = "udp:127.0.0.1:" + std::to_string(port);
        firmware_bridge::ControllerLink link(config);
        firmware_bridge::LinkCommand command;
        const core::TimePoint end = core::Clock::now() + 1200ms;
        while (core::Clock::now() < end) {
            ++command.sample;
            command.exposure = core::Clock::now() - 20ms;
            command.release_epoch = link.connected() ? 2 : 1;
            command.beam = core::BeamCommand::on;
            command.reason = core::HoldReason::none;
            command.on = command.off = {0.5, 0.4, 0.6};
            command.window_lower = 0;
            command.window_upper = 1;
            link.send(command);
            std::this_thread::sleep_for(10ms);  // the rate of the samples
        }
    }
    simulator.join();
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    std::ifstream in(json);
    const nlohmann::json result = nlohmann::json::parse(in);
    EXPECT_EQ(result["enabled_times"], 1);
    EXPECT_GT(result["enabled_s"], 0.3);
    EXPECT_GT(result["accepted"], 50);
    EXPECT_EQ(result["last_trip"], FT_REASON_WATCHDOG) << "the host went without a word";
    EXPECT_GE(result["sample_to_command"]["p50_us"], 20000.0);
    EXPECT_LT(result["sent_to_received"]["p50_us"], 20000.0);
    std::ifstream rows(trace);
    const std::string text{std::istreambuf_iterator<char>(rows), {}};
    EXPECT_EQ(text.find("sequence,sample,"), 0U);
    EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 50);
}

}  // namespace
}  // namespace foretide::apps
