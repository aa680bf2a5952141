// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/igtl/igtl_simulator.h"
#include "acquisition/igtl/igtl_source.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/support/build_kind.h"

namespace foretide::apps {
namespace {

using namespace std::chrono_literals;

/// A port that was free a moment ago.
std::string free_port()
{
    acquisition::IgtlSimulatorSettings settings;
    settings.port = 0;
    return std::to_string(acquisition::IgtlSimulator(settings, acquisition::FrameFeed("regular", {})).port());
}

acquisition::IgtlSourceSettings source_of(const std::string& port)
{
    acquisition::IgtlSourceSettings settings;
    settings.server = acquisition::parse_host_port("127.0.0.1:" + port, 1);
    settings.markers = {"Marker1", "Marker2", "Marker3"};
    settings.rate_hz = 50;
    return settings;
}

TEST(SimIgtlCommand, StreamsAndStampsWhatItSends)
{
    const acquisition::TemporaryFolder folder;
    const auto file = folder.path() / "stamps.csv";
    const std::string port = free_port();
    Outcome outcome;
    std::thread server([&] {
        outcome = run({"sim", "igtl", "--port", port, "--patient", "drifting", "--rate", "50", "--message", "transform",
                       "--duration", "2", "--stamp", file.string()});
    });
    acquisition::IgtlSource source(source_of(port));
    std::vector<core::MarkerFrame> frames;
    core::MarkerFrame frame;
    const auto until = core::Clock::now() + 2500ms;
    while (core::Clock::now() < until && source.counts().connections < 2)
        if (source.next(frame, core::Clock::now() + 20ms) == acquisition::SourceResult::frame) frames.push_back(frame);
    server.join();
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.starts_with("OpenIGTLink server with 3 markers at 127.0.0.1 port " + port)) << outcome.out;

    const NumberTable stamps = read_numbers(file);
    const std::size_t number = stamps.column("frame"), sent = stamps.column("sent_monotonic_ns");
    ASSERT_EQ(stamps.rows.size(), frames.size()) << "every frame that was handed to the socket arrived";
    ASSERT_GT(frames.size(), 50U);
    EXPECT_NE(outcome.out.find("Sent " + std::to_string(frames.size()) + " frames; 1 clients"), std::string::npos)
        << outcome.out;
    std::vector<double> delays_us;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_GT(stamps.rows[i][number], i > 0 ? stamps.rows[i - 1][number] : -1);
        delays_us.push_back(1e-3 *
                            (static_cast<double>(frames[i].arrived.time_since_epoch().count()) - stamps.rows[i][sent]));
        EXPECT_GT(delays_us.back(), -1.0) << "a frame that arrived before it was sent; doubles round to 1 us at most";
    }
    if (tests::kSanitized || !tests::kOptimised) return;  // times say nothing there
    std::sort(delays_us.begin(), delays_us.end());
    std::cout << "socket to source: median " << delays_us[delays_us.size() / 2] << " us, max " << delays_us.back()
              << " us\n";
    EXPECT_LT(delays_us[delays_us.size() / 2], 1000) << "us";
}

TEST(SimIgtlCommand, SendsARecordingOnce)
{
    const acquisition::TemporaryFolder folder;
    const auto input = folder.write("session.csv", "time_s,m1_x_mm,m1_y_mm,m1_z_mm\n0,1,2,3\n0.1,2,3,4\n0.2,3,4,5\n");
    const Outcome outcome =
        run({"sim", "igtl", "--port", "0", "--input", input.string(), "--once", "--rate", "100", "--message", "point"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.starts_with("OpenIGTLink server with 1 markers")) << outcome.out;
}

TEST(SimIgtlCommand, EndsAtASignalAndStillWritesItsStamps)
{
    const acquisition::TemporaryFolder folder;
    const auto file = folder.path() / "stamps.csv";
    const std::string port = free_port();
    const pid_t child = start_process({"sim", "igtl", "--port", port, "--stamp", file.string()});
    auto settings = source_of(port);
    acquisition::IgtlSource source(settings);
    core::MarkerFrame frame;
    const auto until = core::Clock::now() + 5s;
    while (source.counts().frames < 3 && core::Clock::now() < until) source.next(frame, until);
    EXPECT_EQ(end_process(child, SIGTERM), 0);
    EXPECT_GE(read_numbers(file).rows.size(), 3U);
}

TEST(SimIgtlCommand, RefusesWhatCannotBeMeant)
{
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--message", "image"},
                                                      {"--fault", "explode@1"},
                                                      {"--patient", "nobody"},
                                                      {"--rate", "0"},
                                                      {"--patient", "regular", "--input", "x"},
                                                      {"--once"},
                                                      {"--port", "70000"}}) {
        std::vector<std::string> all{"sim", "igtl", "--port", "0", "--duration", "0.1"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        EXPECT_EQ(run(all).code, 2) << arguments[0] << " " << arguments.back();
    }
    EXPECT_EQ(run({"sim", "igtl", "--port", "0", "--input", "no such file"}).code, 1);
    EXPECT_EQ(run({"sim", "igtl", "--listen", "192.0.2.1", "--port", "0"}).code, 1) << "an address of nobody";
}

}  // namespace
}  // namespace foretide::apps
