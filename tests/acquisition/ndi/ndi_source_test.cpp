// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The client against the shipped simulator, over real sockets and pseudo-terminals.

#include "acquisition/ndi/ndi_source.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "tests/acquisition/ndi/ndi_test_support.h"
#include "tests/support/build_kind.h"
#include "tests/support/rt_guard.h"

namespace foretide::acquisition {
namespace {

using tests::RtGuard;

/// The frames that the simulator was fed with.
std::vector<core::MarkerFrame> fed(std::size_t count, double rate_hz = 60)
{
    FrameFeed feed = patient_feed(rate_hz);
    std::vector<core::MarkerFrame> frames(count);
    for (core::MarkerFrame& frame : frames) feed.next(frame);
    return frames;
}

void expect_as_fed(const core::MarkerFrame& got, const core::MarkerFrame& sent, double tolerance_mm)
{
    ASSERT_EQ(got.marker_count, sent.marker_count);
    for (std::size_t m = 0; m < static_cast<std::size_t>(sent.marker_count); ++m) {
        EXPECT_EQ(got.markers[m].visibility, sent.markers[m].visibility);
        for (std::size_t a = 0; a < 3; ++a)
            EXPECT_NEAR(got.markers[m].position_mm[a], sent.markers[m].position_mm[a], tolerance_mm);
    }
}

class NdiSourceOver : public testing::TestWithParam<std::tuple<const char*, NdiTracking>> {};

TEST_P(NdiSourceOver, HandsOutTheMarkersThatAreShown)
{
    const auto [transport, tracking] = GetParam();
    NdiSimulatorConfig config;
    if (std::string(transport) == "pty") config.serial = "pty";
    config.best = tracking;
    RunningSimulator simulator(config);
    NdiSource sut(config_for(simulator.address()));
    const auto frames = collect(sut, 60);
    ASSERT_EQ(frames.size(), 60U) << sut.message();
    const auto sent = fed(200);
    for (const core::MarkerFrame& frame : frames) {
        ASSERT_LE(frame.sequence, sent.size());
        ASSERT_GE(frame.sequence, 1U);
        // TX carries hundredths of a millimetre, the others single precision.
        expect_as_fed(frame, sent[frame.sequence - 1], tracking == NdiTracking::tx ? 0.0051 : 1e-3);
    }
    EXPECT_TRUE(std::is_sorted(frames.begin(), frames.end(),
                               [](const auto& a, const auto& b) { return a.sequence < b.sequence; }));
    EXPECT_EQ(sut.state(), SourceState::streaming);
    EXPECT_EQ(sut.counts().frames, 60);
    EXPECT_EQ(sut.counts().connections, 1);
    EXPECT_EQ(sut.counts().bad_checksums + sut.counts().malformed, 0);
    EXPECT_EQ(sut.description(), "ndi " + simulator.address() + (config.serial.empty() ? "" : ":115200"));
    const char* name = tracking == NdiTracking::tx ? "TX" : tracking == NdiTracking::bx ? "BX" : "BX2";
    EXPECT_NE(sut.message().find(std::string("with ") + name), std::string::npos) << sut.message();
}

INSTANTIATE_TEST_SUITE_P(, NdiSourceOver,
                         testing::Combine(testing::Values("tcp", "pty"),
                                          testing::Values(NdiTracking::bx2, NdiTracking::bx, NdiTracking::tx)));

TEST(NdiSource, TellsExposureByTheTrackersClock)
{
    RunningSimulator simulator({}, 30);
    NdiSource sut(config_for(simulator.address()));
    const auto frames = collect(sut, 45);
    ASSERT_EQ(frames.size(), 45U) << sut.message();
    double worst_ms = 0;
    for (std::size_t n = 15; n < frames.size(); ++n) {  // the clocks' offset is known after some frames
        const double interval_ms = 1e3 * core::to_seconds(frames[n].acquired - frames[n - 1].acquired);
        const double steps = static_cast<double>(frames[n].sequence - frames[n - 1].sequence);
        worst_ms = std::max(worst_ms, std::abs(interval_ms - steps * 1000 / 30));
        EXPECT_GE(frames[n].arrived - frames[n].acquired, 14200us) << "before the tracker could have it";
    }
    EXPECT_LT(worst_ms, 3) << "stamps 33.3 ms apart, whatever the arrival";
    EXPECT_NEAR(sut.rate_hz(), 30, 3);
}

TEST(NdiSource, PicksFramesUpAsTheyCome)
{
    FORETIDE_SKIP_WITHOUT_FAIR_TIMES();
    double best_us = 1e9;
    for (int attempt = 0; attempt < 3 && best_us >= 500; ++attempt) {  // the best counts: machines are shared
        RunningSimulator simulator({}, 30);
        NdiSource sut(config_for(simulator.address()));
        ASSERT_EQ(collect(sut, 75).size(), 75U) << sut.message();
        best_us = std::min(best_us, simulator.end().counts().pick_up.percentile_us(80));
    }
    EXPECT_LT(best_us, 500) << "from when a frame can be asked for until it is";
}

TEST(NdiSource, AllocatesNothingWhileStreaming)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    NdiSimulatorConfig config;
    config.faults = {parse_fault("bad-crc@1"),      parse_fault("dropped@1.2"),   parse_fault("phantom@1.3+0.5=30"),
                     parse_fault("duplicated@1.4"), parse_fault("truncated@1.6"), parse_fault("clock-jump@1.8")};
    for (const char* transport : {"", "pty"}) {
        config.serial = transport;
        RunningSimulator simulator(config);
        NdiSource sut(config_for(simulator.address()));
        ASSERT_EQ(collect(sut, 20).size(), 20U) << sut.message();
        core::MarkerFrame frame;
        int frames = 0;
        RtGuard guard;
        const core::TimePoint end = core::Clock::now() + 2s;
        while (core::Clock::now() < end)
            frames += sut.next(frame, core::Clock::now() + 20ms) == SourceResult::frame ? 1 : 0;
        guard.disarm();
        EXPECT_EQ(guard.total(), 0) << guard.describe();
        EXPECT_GT(frames, 80);
        EXPECT_GE(sut.counts().bad_checksums, 1);
        EXPECT_GE(sut.counts().malformed, 1);
        EXPECT_GE(sut.counts().phantoms, 20);
        EXPECT_EQ(sut.counts().connections, 1);
    }
}

TEST(NdiSource, ReturnsInTimeWhileItConnects)
{
    NdiSource sut(config_for("127.0.0.1:1"));
    core::MarkerFrame frame;
    for (int i = 0; i < 20; ++i) {
        const core::TimePoint begin = core::Clock::now();
        EXPECT_EQ(sut.next(frame, begin + 5ms), SourceResult::nothing);
        EXPECT_LT(core::Clock::now() - begin, 200ms);
    }
    EXPECT_EQ(sut.state(), SourceState::connecting);
}

TEST(NdiSource, IsInterrupted)
{
    NdiSource sut(config_for("127.0.0.1:1"));
    core::MarkerFrame frame;
    run_until(sut, [&] { return sut.message().find("refused") != std::string::npos; });
    sut.interrupt();
    const core::TimePoint begin = core::Clock::now();
    EXPECT_EQ(sut.next(frame, begin + 10s), SourceResult::nothing);
    EXPECT_LT(core::Clock::now() - begin, 5s);
}

TEST(NdiSource, StopsTheTrackerAtItsEnd)
{
    RunningSimulator simulator;
    {
        NdiSource first(config_for(simulator.address()));
        EXPECT_EQ(collect(first, 5).size(), 5U);
    }
    NdiSource second(config_for(simulator.address()));
    EXPECT_EQ(collect(second, 5).size(), 5U) << second.message();
}

TEST(NdiAddressTest, ReadsHostsAndDevices)
{
    EXPECT_EQ(parse_ndi_address("192.168.0.30").text(), "192.168.0.30:8765");
    EXPECT_EQ(parse_ndi_address("polaris.local:1234").text(), "polaris.local:1234");
    EXPECT_EQ(parse_ndi_address("[fe80::1]:99").name, "fe80::1");
    EXPECT_EQ(parse_ndi_address("fe80::1").name, "fe80::1");
    EXPECT_EQ(parse_ndi_address("/dev/ttyUSB0").text(), "/dev/ttyUSB0:115200");
    EXPECT_TRUE(parse_ndi_address("/dev/ttyS1:9600").serial);
    EXPECT_EQ(parse_ndi_address("/dev/ttyS1:9600").baud, 9600);
    for (const char* bad : {"", ":8765", "host:", "host:0", "host:65536", "host:x", "/dev/ttyS0:", "/dev/ttyS0:1000"})
        EXPECT_THROW(parse_ndi_address(bad), std::invalid_argument) << bad;
}

}  // namespace
}  // namespace foretide::acquisition
