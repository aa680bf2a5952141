// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// What the client makes of everything that can go wrong on the wire and at the tracker.

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/acquisition/ndi/ndi_test_support.h"

namespace foretide::acquisition {
namespace {

struct Session {
    std::vector<core::MarkerFrame> frames;
    SourceCounts counts;
    std::vector<std::string> messages;  ///< each once, in order

    bool said(const std::string& text) const
    {
        return std::any_of(messages.begin(), messages.end(),
                           [&](const std::string& m) { return m.find(text) != std::string::npos; });
    }
    std::string all_messages() const
    {
        std::string all;
        for (const std::string& m : messages) all += "\n  " + m;
        return all;
    }
};

/// 60 Hz for `length` from the first frame on, with one fault after half a second.
Session session_with(const std::string& fault, core::Duration length = 1200ms, const std::string& serial = "")
{
    NdiSimulatorConfig config;
    config.faults = {parse_fault(fault)};
    config.serial = serial;
    RunningSimulator simulator(config);
    NdiSource sut(config_for(simulator.address()));
    Session session;
    std::uint64_t number = 0;
    core::TimePoint end = core::Clock::now() + 8s;
    core::MarkerFrame frame;
    while (core::Clock::now() < end) {
        if (sut.next(frame, core::Clock::now() + 10ms) == SourceResult::frame) {
            if (session.frames.empty()) end = core::Clock::now() + length;
            session.frames.push_back(frame);
        }
        if (number != sut.message_number()) session.messages.push_back(sut.message());
        number = sut.message_number();
    }
    session.counts = sut.counts();
    return session;
}

core::Duration longest_gap(const Session& session)
{
    core::Duration longest{0};
    for (std::size_t n = 1; n < session.frames.size(); ++n)
        longest = std::max(longest, session.frames[n].arrived - session.frames[n - 1].arrived);
    return longest;
}

bool in_order(const Session& session)
{
    return std::adjacent_find(session.frames.begin(), session.frames.end(), [](const auto& a, const auto& b) {
               return a.sequence >= b.sequence;
           }) == session.frames.end();
}

TEST(NdiFault, BadCrcIsCounted)
{
    const Session session = session_with("bad-crc@0.5+0.1");
    EXPECT_GE(session.counts.bad_checksums, 4);
    EXPECT_EQ(session.counts.connections, 1);
    EXPECT_GT(session.frames.size(), 50U);
    EXPECT_TRUE(in_order(session));
}

TEST(NdiFault, LateFramesAreWaitedFor)
{
    const Session session = session_with("late@0.5=0.3");
    EXPECT_GE(longest_gap(session), 250ms);
    EXPECT_EQ(session.counts.connections, 1);
    EXPECT_TRUE(in_order(session));
    EXPECT_GT(session.frames.back().sequence, 60U);
}

TEST(NdiFault, DroppedFramesLeaveAGap)
{
    const Session session = session_with("dropped@0.5+0.2");
    EXPECT_GE(longest_gap(session), 190ms);
    EXPECT_EQ(session.counts.connections, 1);
    for (const core::MarkerFrame& frame : session.frames)
        EXPECT_TRUE(frame.sequence < 31 || frame.sequence > 42) << frame.sequence;
}

TEST(NdiFault, DuplicatedFramesComeOnce)
{
    const Session session = session_with("duplicated@0.3+0.6");
    EXPECT_TRUE(in_order(session));
    EXPECT_GT(session.frames.size(), 50U);
    EXPECT_EQ(session.counts.malformed, 0);
}

TEST(NdiFault, TruncatedRepliesAreGivenUp)
{
    const Session session = session_with("truncated@0.5");
    EXPECT_EQ(session.counts.malformed, 1);
    EXPECT_GE(session.counts.missed_replies, 1);
    EXPECT_EQ(session.counts.connections, 1);
    EXPECT_GT(session.frames.back().sequence, 60U);
}

TEST(NdiFault, PhantomsAreToldAsSuch)
{
    const Session session = session_with("phantom@0.5+0.2=2");
    int phantoms = 0;
    for (const core::MarkerFrame& frame : session.frames)
        for (int m = 0; m < frame.marker_count; ++m)
            phantoms += frame.markers[static_cast<std::size_t>(m)].visibility == core::Visibility::phantom ? 1 : 0;
    EXPECT_GE(phantoms, 16);
    EXPECT_EQ(session.counts.phantoms, phantoms);
}

TEST(NdiFault, OccludedMarkersAreNotReported)
{
    const Session session = session_with("occlusion@0.5+0.2=2");
    const auto two = std::count_if(session.frames.begin(), session.frames.end(),
                                   [](const auto& frame) { return frame.marker_count == 2; });
    EXPECT_GE(two, 8);
    EXPECT_EQ(session.frames.front().marker_count, 3);
    EXPECT_EQ(session.frames.back().marker_count, 3);
}

TEST(NdiFault, SwapAndFreezeAreSeen)
{
    const Session swapped = session_with("swap@0.5+0.2");
    const auto& normal = swapped.frames.front().markers;
    const auto exchanged = std::count_if(swapped.frames.begin(), swapped.frames.end(), [&](const auto& frame) {
        return std::abs(frame.markers[0].position_mm[1] - normal[1].position_mm[1]) <
               std::abs(frame.markers[0].position_mm[1] - normal[0].position_mm[1]);
    });
    EXPECT_GE(exchanged, 8);
    EXPECT_LE(exchanged, 14);

    const Session frozen = session_with("frozen@0.5+0.2");
    int repeats = 0;
    for (std::size_t n = 1; n < frozen.frames.size(); ++n)
        repeats += frozen.frames[n].markers[0].position_mm == frozen.frames[n - 1].markers[0].position_mm ? 1 : 0;
    EXPECT_GE(repeats, 8);
    EXPECT_LE(repeats, 14);
    EXPECT_TRUE(in_order(frozen));
}

TEST(NdiFault, AJumpOfTheTrackersClockDoesNotMoveTheExposures)
{
    for (const char* fault : {"clock-jump@0.5", "clock-jump@0.5=-3600", "clock-jump@0.5+0.2=7"}) {
        const Session session = session_with(fault);
        EXPECT_GT(session.frames.size(), 55U);
        for (const core::MarkerFrame& frame : session.frames) {
            EXPECT_GE(frame.arrived - frame.acquired, 14ms) << fault;
            EXPECT_LE(frame.arrived - frame.acquired, 300ms) << fault;
        }
    }
}

TEST(NdiFault, AShortSilenceIsBridged)
{
    const Session session = session_with("silence@0.5+0.5", 1500ms);
    EXPECT_EQ(session.counts.connections, 1);
    EXPECT_GE(session.counts.missed_replies, 3);
    EXPECT_GE(longest_gap(session), 450ms);
    EXPECT_LE(longest_gap(session), 750ms) << "asked again while it lasted";
}

TEST(NdiFault, ALongSilenceIsALoss)
{
    const Session session = session_with("silence@0.5+2", 4200ms);
    EXPECT_EQ(session.counts.connections, 2) << session.all_messages();
    EXPECT_TRUE(session.said("has not answered for a second")) << session.all_messages();
    EXPECT_GT(session.frames.back().sequence, 240U);
}

TEST(NdiFault, ADisconnectionIsALoss)
{
    const Session session = session_with("disconnect@0.5+0.6", 2500ms);
    EXPECT_EQ(session.counts.connections, 2) << session.all_messages();
    EXPECT_TRUE(session.said("closed the connection")) << session.all_messages();
    EXPECT_TRUE(session.said("connection refused")) << session.all_messages();
    EXPECT_GT(session.frames.back().sequence, 120U);
}

TEST(NdiFault, ATrackerThatRestartedOnASerialLineIsBroughtUpAgain)
{
    const Session session = session_with("disconnect@0.5", 2000ms, "pty");
    EXPECT_EQ(session.counts.connections, 2) << session.all_messages();
    EXPECT_TRUE(session.said("not initialised")) << session.all_messages();
    EXPECT_GT(session.frames.back().sequence, 90U);
}

TEST(NdiFault, ATrackerThatHangsIsLostWithinTwoSeconds)
{
    RunningSimulator simulator;
    NdiSource sut(config_for(simulator.address()));
    ASSERT_EQ(collect(sut, 10).size(), 10U);
    simulator.end();  // its socket stays open, and nobody reads
    EXPECT_TRUE(run_until(
        sut, [&] { return sut.state() == SourceState::connecting; }, 2s));
    EXPECT_NE(sut.message().find("has not answered"), std::string::npos) << sut.message();
}

/// A server that does to each client what it is told, and is no tracker.
class OtherServer {
public:
    template <class Serve>
    explicit OtherServer(Serve serve) : listener_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
        EXPECT_EQ(::listen(listener_, 8), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, serve] {
            for (int client = ::accept(listener_, nullptr, nullptr); client >= 0;
                 client = ::accept(listener_, nullptr, nullptr)) {
                serve(client);
                clients_.push_back(client);
            }
        });
    }
    OtherServer(const OtherServer&) = delete;
    OtherServer& operator=(const OtherServer&) = delete;
    ~OtherServer()
    {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
        for (const int client : clients_) ::close(client);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    int listener_;
    int port_ = 0;
    std::vector<int> clients_;  // the thread's until it has ended
    std::thread thread_;
};

void expect_message(const std::string& address, const std::string& text, core::Duration limit = 4s)
{
    NdiSource sut(config_for(address));
    EXPECT_TRUE(run_until(
        sut, [&] { return sut.message().find(text) != std::string::npos; }, limit))
        << address << ": " << sut.message();
    EXPECT_EQ(sut.state(), SourceState::connecting);
    EXPECT_EQ(sut.counts().connections, 0);
}

TEST(NdiDiagnosis, PortClosed) { expect_message("127.0.0.1:1", "nothing listens on this port"); }
TEST(NdiDiagnosis, NameNotKnown) { expect_message("no..such..name", "is not known"); }
TEST(NdiDiagnosis, NoSuchDevice) { expect_message("/dev/no-such-line", "cannot open the serial device"); }
TEST(NdiDiagnosis, NoSerialDevice) { expect_message("/dev/null", "is it a serial device?"); }

TEST(NdiDiagnosis, SomethingElseListens)
{
    const OtherServer server([](int client) {
        const std::string banner = "SSH-2.0-OpenSSH_9.2\r\n";
        EXPECT_EQ(::send(client, banner.data(), banner.size(), MSG_NOSIGNAL), static_cast<ssize_t>(banner.size()));
    });
    expect_message(server.address(), "is no NDI tracker");
}

TEST(NdiDiagnosis, ConnectionIsClosedAtOnce)
{
    const OtherServer server([](int client) { ::shutdown(client, SHUT_RDWR); });
    expect_message(server.address(), "does another program use it");
}

TEST(NdiDiagnosis, NobodyAnswersInit)
{
    const OtherServer server([](int) {});
    expect_message(server.address(), "nothing answers INIT within 5 s", 7s);
}

}  // namespace
}  // namespace foretide::acquisition
