// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/igtl_source.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <igtlServerSocket.h>
#include <igtlTrackingDataMessage.h>
#include <igtlTransformMessage.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "tests/acquisition/igtl/igtl_test_support.h"
#include "tests/acquisition/igtl/simulator_run.h"
#include "tests/support/rt_guard.h"

namespace foretide::acquisition {
namespace {

using namespace std::chrono_literals;
using tests::frames_of;
using tests::SimulatorRun;
using tests::wait_until;

std::vector<core::MarkerFrame> expected_frames(std::size_t count)
{
    SimulatedPatient patient("regular", {.rate_hz = 60});
    std::vector<core::MarkerFrame> frames;
    for (std::size_t i = 0; i < count; ++i) frames.push_back(patient.next());
    return frames;
}

/// True where `frame` holds the positions of `truth`, to single precision.
bool same_positions(const core::MarkerFrame& frame, const core::MarkerFrame& truth)
{
    if (frame.marker_count != truth.marker_count) return false;
    for (std::size_t m = 0; m < static_cast<std::size_t>(truth.marker_count); ++m)
        for (std::size_t c = 0; c < 3; ++c)
            if (std::abs(frame.markers[m].position_mm[c] - truth.markers[m].position_mm[c]) > 1e-3) return false;
    return true;
}

class EveryForm : public ::testing::TestWithParam<IgtlForm> {};

TEST_P(EveryForm, GivesTheServersFrames)
{
    IgtlSimulatorSettings settings;
    settings.form = GetParam();
    SimulatorRun server(settings);
    IgtlSource sut(server.source());
    EXPECT_EQ(sut.markers(), 0) << "not learnt yet";
    const auto frames = frames_of(sut, 30);
    ASSERT_EQ(frames.size(), 30U) << sut.message();
    EXPECT_EQ(sut.state(), SourceState::streaming);
    EXPECT_EQ(sut.names(), (std::vector<std::string>{"Marker1", "Marker2", "Marker3"}));
    EXPECT_EQ(sut.markers(), 3);
    EXPECT_NEAR(sut.rate_hz(), 60, 10);
    EXPECT_NE(sut.message().find("3 markers (Marker1, Marker2, Marker3)"), std::string::npos) << sut.message();

    const auto truth = expected_frames(200);
    auto match = std::find_if(truth.begin(), truth.end(), [&](const auto& t) { return same_positions(frames[0], t); });
    for (const core::MarkerFrame& frame : frames) {
        ASSERT_NE(match, truth.end());
        EXPECT_TRUE(same_positions(frame, *match++));
        EXPECT_LE(frame.acquired, frame.arrived);
        EXPECT_LT(frame.arrived - frame.acquired, 50ms);
    }
    EXPECT_EQ(sut.counts().frames, 30);
    EXPECT_EQ(sut.counts().bad_checksums + sut.counts().malformed + sut.counts().surplus_markers, 0);
}

INSTANTIATE_TEST_SUITE_P(, EveryForm,
                         ::testing::Values(IgtlForm::tdata, IgtlForm::transform, IgtlForm::position, IgtlForm::qtdata,
                                           IgtlForm::point));

TEST(IgtlSource, TakesTheMarkersThatAreNamed)
{
    SimulatorRun server({});
    auto settings = server.source();
    settings.markers = {"Marker3", "Marker1"};
    settings.rate_hz = 60;
    IgtlSource sut(settings);
    EXPECT_EQ(sut.markers(), 2);
    const auto frames = frames_of(sut, 2);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].marker_count, 2);
    const auto truth = expected_frames(200);
    EXPECT_TRUE(std::any_of(truth.begin(), truth.end(), [&](const core::MarkerFrame& t) {
        return std::abs(t.markers[2].position_mm[1] - frames[1].markers[0].position_mm[1]) < 1e-3 &&
               std::abs(t.markers[0].position_mm[1] - frames[1].markers[1].position_mm[1]) < 1e-3;
    }));
    EXPECT_GE(sut.counts().surplus_markers, 2);
}

/// Runs until the simulation's second second is over and returns the frames since the first was handed out.
std::vector<core::MarkerFrame> through_fault(IgtlSource& sut, SimulatorRun& server)
{
    auto frames = frames_of(sut, 1);
    const auto more = frames_of(sut, 1000, 1500ms);
    frames.insert(frames.end(), more.begin(), more.end());
    server.end();
    return frames;
}

struct FaultCase {
    const char* fault;
    const char* name;
};

class MessageFault : public ::testing::TestWithParam<FaultCase> {};

TEST_P(MessageFault, CostsOnlyTheFrameItBefalls)
{
    IgtlSimulatorSettings settings;
    settings.faults = tests::faults({GetParam().fault});
    SimulatorRun server(settings);
    IgtlSource sut(server.source());
    const auto frames = through_fault(sut, server);
    ASSERT_GT(frames.size(), 60U) << sut.message();
    const std::string fault = GetParam().name;
    EXPECT_EQ(sut.counts().bad_checksums, fault == "bad-crc" || fault == "truncated" ? 1 : 0);
    EXPECT_EQ(sut.counts().malformed, 0);
    EXPECT_EQ(sut.counts().connections, 1);
    const auto truth = expected_frames(300);
    auto match = std::find_if(truth.begin(), truth.end(), [&](const auto& t) { return same_positions(frames[0], t); });
    int missing = 0;
    for (const auto& frame : frames) {
        while (match != truth.end() && !same_positions(frame, *match)) ++match, ++missing;
        ASSERT_NE(match, truth.end()) << "a frame that was never sent, or out of order";
        ++match;
    }
    EXPECT_EQ(missing, fault == "late" ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(, MessageFault,
                         ::testing::Values(FaultCase{"bad-crc@1", "bad-crc"}, FaultCase{"dropped@1", "dropped"},
                                           FaultCase{"truncated@1", "truncated"}, FaultCase{"late@1=0.1", "late"}));

TEST(IgtlSource, MarkersOutOfViewAreMissing)
{
    IgtlSimulatorSettings settings;
    settings.form = IgtlForm::transform;
    settings.faults = tests::faults({"occlusion@1+0.2=2"});
    SimulatorRun server(settings);
    IgtlSource sut(server.source());
    const auto frames = through_fault(sut, server);
    int missing = 0;
    for (const auto& frame : frames) {
        ASSERT_EQ(frame.marker_count, 3);
        EXPECT_EQ(frame.markers[0].visibility, core::Visibility::visible);
        missing += frame.markers[1].visibility == core::Visibility::missing ? 1 : 0;
    }
    EXPECT_EQ(missing, 12) << "0.2 s at 60 Hz";
}

TEST(IgtlSource, PhantomsAreSurplusAndDuplicatesPass)
{
    IgtlSimulatorSettings settings;
    settings.faults = tests::faults({"phantom@1+0.1=2", "duplicated@1.2+0.1"});
    SimulatorRun server(settings);
    IgtlSource sut(server.source());
    const auto frames = through_fault(sut, server);
    EXPECT_EQ(sut.counts().surplus_markers, 12) << "two in each of six frames";
    const auto equal = std::adjacent_find(frames.begin(), frames.end(), [](const auto& a, const auto& b) {
        return a.acquired == b.acquired && b.sequence == a.sequence + 1;
    });
    EXPECT_NE(equal, frames.end());
}

TEST(IgtlSource, FollowsAClockThatWasSet)
{
    IgtlSimulatorSettings settings;
    settings.faults = tests::faults({"clock-jump@1=-3600"});
    SimulatorRun server(settings);
    IgtlSource sut(server.source());
    const auto frames = through_fault(sut, server);
    ASSERT_GT(frames.size(), 60U);
    for (const auto& frame : frames) EXPECT_LT(frame.arrived - frame.acquired, 50ms);
}

TEST(IgtlSource, GoesByTheArrivalWithoutTimeStamps)
{
    SimulatorRun server({});
    auto settings = server.source();
    settings.use_time_stamps = false;
    settings.latency = 7ms;
    IgtlSource sut(settings);
    for (const auto& frame : frames_of(sut, 5)) EXPECT_EQ(frame.arrived - frame.acquired, 7ms);
}

TEST(IgtlSource, ConnectsAgainAfterALoss)
{
    IgtlSimulatorSettings settings;
    settings.faults = tests::faults({"disconnect@1+0.3"});
    SimulatorRun server(settings);
    IgtlSource sut(server.source());
    ASSERT_TRUE(wait_until(sut, [&] { return sut.state() == SourceState::streaming; })) << sut.message();
    const auto number = sut.message_number();
    ASSERT_TRUE(wait_until(sut, [&] { return sut.state() == SourceState::connecting; }));
    EXPECT_NE(sut.message_number(), number);
    EXPECT_NE(sut.message().find("closed the connection"), std::string::npos) << sut.message();
    ASSERT_TRUE(wait_until(sut, [&] { return sut.state() == SourceState::streaming; })) << sut.message();
    EXPECT_GE(sut.counts().connections, 2);
    EXPECT_EQ(sut.markers(), 3);
}

TEST(IgtlSource, SilenceIsALoss)
{
    IgtlSimulatorSettings settings;
    settings.faults = tests::faults({"silence@1+0.6"});
    SimulatorRun server(settings);
    IgtlSource sut(server.source());
    ASSERT_TRUE(wait_until(sut, [&] { return sut.state() == SourceState::streaming; }));
    ASSERT_TRUE(wait_until(sut, [&] { return sut.state() == SourceState::connecting; }));
    EXPECT_NE(sut.message().find("has sent no positions for 300 ms"), std::string::npos) << sut.message();
    EXPECT_EQ(sut.counts().missed_replies, 1);
    EXPECT_TRUE(wait_until(sut, [&] { return sut.state() == SourceState::streaming; })) << sut.message();
}

TEST(IgtlSource, SaysWhyItCannotConnect)
{
    IgtlSourceSettings settings;
    {
        SimulatorRun server({});
        settings = server.source();
    }
    IgtlSource refused(settings);
    ASSERT_TRUE(wait_until(refused, [&] { return refused.message().find("refuses") != std::string::npos; }))
        << refused.message();
    EXPECT_NE(refused.message().find(settings.server.text()), std::string::npos) << refused.message();

    settings.server.host = "no-such-host.invalid";
    IgtlSource unknown(settings);
    EXPECT_TRUE(wait_until(unknown, [&] {
        return unknown.message().find("'no-such-host.invalid' is not known") != std::string::npos;
    })) << unknown.message();
}

/// A server that sends these bytes to whoever connects.
class ByteServer {
public:
    ByteServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof where;
        if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&where), size) != 0 ||
            ::listen(listener_.get(), 4) != 0 ||
            ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&where), &size) != 0)
            throw std::runtime_error("cannot listen");
        port = ntohs(where.sin_port);
    }
    void accept() { peer_.reset(::accept(listener_.get(), nullptr, nullptr)); }
    void send(std::span<const std::byte> bytes)
    {
        if (::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            throw std::runtime_error("cannot send");
    }
    std::uint16_t port = 0;

private:
    Descriptor listener_, peer_;
};

IgtlSourceSettings impatient(std::uint16_t port)
{
    IgtlSourceSettings settings;
    settings.server = {"127.0.0.1", port};
    settings.learn_for = 50ms;
    return settings;
}

TEST(IgtlSource, SaysThatAServerSendsNothing)
{
    ByteServer server;  // accepts by itself, in the kernel: half open
    IgtlSource sut(impatient(server.port));
    EXPECT_TRUE(wait_until(sut, [&] { return sut.message().find("but it sends nothing") != std::string::npos; }))
        << sut.message();
}

TEST(IgtlSource, SaysThatAServerIsNoOpenIgtLinkServer)
{
    ByteServer server;
    IgtlSource sut(impatient(server.port));
    ASSERT_TRUE(wait_until(sut, [&] { return sut.counts().connections == 1; }));
    server.accept();
    const std::string greeting = "SSH-2.0-OpenSSH_9.2p1 and so on, longer than the header of a message\r\n";
    server.send(std::as_bytes(std::span(greeting)));
    EXPECT_TRUE(wait_until(sut, [&] { return sut.message().find("is not OpenIGTLink") != std::string::npos; }))
        << sut.message();
}

TEST(IgtlSource, SaysWhatComesInPlaceOfPositions)
{
    ByteServer server;
    auto settings = impatient(server.port);
    settings.markers = {"Chest"};
    IgtlSource sut(settings);
    ASSERT_TRUE(wait_until(sut, [&] { return sut.counts().connections == 1; }));
    server.accept();
    IgtlBytes bytes;
    append_igtl_status(bytes, {"Tracker"}, IgtlStatusCode::not_ready, 0, "WARMUP", "wait");
    server.send(bytes);
    ASSERT_TRUE(wait_until(sut, [&] { return sut.message().find("status 13 WARMUP wait") != std::string::npos; }))
        << sut.message();
    EXPECT_TRUE(wait_until(sut, [&] {
        return sut.message().find("it sends STATUS and no positions of Chest") != std::string::npos;
    })) << sut.message();
}

TEST(IgtlSource, TakesArrivalWhereTheStampStandsStill)
{
    ByteServer server;
    IgtlSource sut(impatient(server.port));
    ASSERT_TRUE(wait_until(sut, [&] { return sut.counts().connections == 1; }));
    server.accept();
    const std::array<TrackedPosition, 1> tools{{{"A", {1, 2, 3}}}};
    IgtlBytes bytes;
    append_igtl_tdata(bytes, {"Tracker", 5s}, tools);
    std::vector<core::MarkerFrame> frames;
    const auto until = core::Clock::now() + 5s;
    core::MarkerFrame frame;
    while (frames.size() < 10 && core::Clock::now() < until) {
        server.send(bytes);
        if (sut.next(frame, core::Clock::now() + 10ms) == SourceResult::frame) frames.push_back(frame);
    }
    ASSERT_EQ(frames.size(), 10U);
    EXPECT_EQ(frames.back().acquired, frames.back().arrived);
}

TEST(IgtlSource, CanBeInterrupted)
{
    ByteServer server;
    IgtlSource sut(impatient(server.port));
    ASSERT_TRUE(wait_until(sut, [&] { return sut.counts().connections == 1; }));
    core::MarkerFrame frame;
    sut.interrupt();
    const auto begin = core::Clock::now();
    EXPECT_EQ(sut.next(frame, begin + 10s), SourceResult::nothing);
    EXPECT_LT(core::Clock::now() - begin, 1s);
}

TEST(IgtlSource, ReturnsInTime)
{
    ByteServer server;
    for (const std::uint16_t port : {server.port, std::uint16_t{1}}) {
        IgtlSource sut(impatient(port));
        core::MarkerFrame frame;
        core::Duration worst{0};
        for (int i = 0; i < 40; ++i) {
            const auto until = core::Clock::now() + 10ms;
            EXPECT_EQ(sut.next(frame, until), SourceResult::nothing);
            worst = std::max(worst, core::Clock::now() - until);
        }
        EXPECT_LT(worst, 100ms) << "of a machine that is busy with other tests";
    }
}

TEST(IgtlSource, RefusesSettingsThatCannotWork)
{
    EXPECT_THROW(IgtlSource({}), std::invalid_argument);
    auto settings = impatient(1);
    settings.rate_hz = 0;
    EXPECT_THROW(IgtlSource{settings}, std::invalid_argument);
    settings = impatient(1);
    settings.silence = 0s;
    EXPECT_THROW(IgtlSource{settings}, std::invalid_argument);
    settings = impatient(1);
    settings.latency = -1ms;
    EXPECT_THROW(IgtlSource{settings}, std::invalid_argument);
}

// The acquisition thread calls next() for every frame: what it allocates delays the command to the gate.
TEST(IgtlSource, DoesNotAllocateWhileStreaming)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    for (const IgtlForm form : {IgtlForm::tdata, IgtlForm::transform}) {
        IgtlSimulatorSettings settings;
        settings.form = form;
        settings.faults = tests::faults({"bad-crc@0.9", "occlusion@1+0.1=1", "phantom@1.2+0.1"});
        SimulatorRun server(settings);
        IgtlSource sut(server.source());
        ASSERT_EQ(frames_of(sut, 1).size(), 1U);
        core::MarkerFrame frame;
        int frames = 0;
        const auto until = core::Clock::now() + 1500ms;
        foretide::tests::RtGuard guard;
        while (core::Clock::now() < until)
            if (sut.next(frame, core::Clock::now() + 3ms) == SourceResult::frame) ++frames;
        guard.disarm();
        EXPECT_EQ(guard.total(), 0) << guard.describe();
        EXPECT_GT(frames, 50);
        EXPECT_EQ(sut.counts().bad_checksums, 1);
    }
}

/// libopenigtlink's own server, as its examples are: waits for a client and sends to it.
template <class Send>
void serve_with_library(Send&& send)
{
    auto listener = igtl::ServerSocket::New();
    ASSERT_EQ(listener->CreateServer(0), 0);
    IgtlSource sut(impatient(static_cast<std::uint16_t>(listener->GetServerPort())));
    core::MarkerFrame frame;
    while (sut.counts().connections == 0) sut.next(frame, core::Clock::now() + 5ms);
    auto peer = listener->WaitForConnection(1000);
    ASSERT_TRUE(peer.IsNotNull());
    // What it asks for is read by the library, too.
    std::array<std::byte, kIgtlHeaderBytes + 36> request{};
    ASSERT_EQ(peer->Receive(request.data(), static_cast<int>(request.size())), static_cast<int>(request.size()));
    EXPECT_EQ(tests::unpacked_by_library<igtl::StartTrackingDataMessage>(request)->GetResolution(), 0);
    std::vector<core::MarkerFrame> frames;
    for (int i = 0; i < 2000 && frames.size() < 10; ++i) {
        send(*peer, i);
        if (sut.next(frame, core::Clock::now() + 10ms) == SourceResult::frame) frames.push_back(frame);
    }
    ASSERT_EQ(frames.size(), 10U) << sut.message();
    EXPECT_EQ(sut.names(), (std::vector<std::string>{"Chest", "Abdomen"}));
    for (const auto& f : frames) EXPECT_EQ(f.markers[1].position_mm[2], f.markers[0].position_mm[2] + 100);
}

TEST(IgtlSource, ReadsTheLibrarysTrackerServer)
{
    serve_with_library([](igtl::ClientSocket& peer, int i) {
        auto message = igtl::TrackingDataMessage::New();
        message->SetDeviceName("Tracker");
        for (const char* name : {"Chest", "Abdomen"}) {
            auto tool = igtl::TrackingDataElement::New();
            tool->SetName(name);
            tool->SetType(igtl::TrackingDataElement::TYPE_6D);
            tool->SetPosition(1, 2, static_cast<float>(i + (name[0] == 'A' ? 100 : 0)));
            message->AddTrackingDataElement(tool);
        }
        auto stamp = igtl::TimeStamp::New();
        stamp->GetTime();
        message->SetTimeStamp(stamp);
        message->Pack();
        EXPECT_EQ(peer.Send(message->GetPackPointer(), message->GetPackSize()), 1);
    });
}

TEST(IgtlSource, ReadsTheLibrarysTransformServer)
{
    serve_with_library([](igtl::ClientSocket& peer, int i) {
        auto stamp = igtl::TimeStamp::New();
        stamp->GetTime();
        for (const char* name : {"Chest", "Abdomen"}) {
            auto message = igtl::TransformMessage::New();
            message->SetDeviceName(name);
            message->SetPosition(1, 2, static_cast<float>(i + (name[0] == 'A' ? 100 : 0)));
            message->SetTimeStamp(stamp);
            message->Pack();
            EXPECT_EQ(peer.Send(message->GetPackPointer(), message->GetPackSize()), 1);
        }
    });
}

}  // namespace
}  // namespace foretide::acquisition
