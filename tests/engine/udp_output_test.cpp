// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/udp_output.h"

#include <arpa/inet.h>
#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/crc.hpp>
#include <gtest/gtest.h>

namespace foretide::apps {
namespace {

class Receiver {
public:
    Receiver() : socket_(socket(AF_INET, SOCK_DGRAM, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        socklen_t size = sizeof address;
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
        const timeval patience{2, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~Receiver() { close(socket_); }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    ssize_t receive() { return recv(socket_, bytes.data(), bytes.size(), 0); }
    template <class T>
    T at(std::size_t offset) const
    {
        T value;
        std::memcpy(&value, bytes.data() + offset, sizeof value);
        return value;
    }

    int port = 0;
    std::array<unsigned char, 100> bytes{};

private:
    int socket_;
};

TEST(UdpOutput, SendsWhatItsLayoutSays)
{
    Receiver receiver;
    UdpOutput sut("datagram:127.0.0.1:" + std::to_string(receiver.port));
    core::SampleRecord record;
    record.time = core::TimePoint{core::Duration{123456789}};
    record.beam = core::BeamCommand::on;
    record.reason = core::HoldReason::none;
    record.decision = core::StepDecision::main_in_time;
    record.gate_on_lower_mm = 1;
    record.gate_on_upper_mm = 4;
    const auto before = core::Clock::now().time_since_epoch().count();
    ASSERT_TRUE(sut.send(record, 77, false));
    ASSERT_TRUE(sut.send(record, 78, true));
    ASSERT_EQ(receiver.receive(), 48);
    EXPECT_EQ(std::memcmp(receiver.bytes.data(), "FTB1", 4), 0);
    EXPECT_EQ(receiver.at<std::uint32_t>(4), 1U);
    EXPECT_EQ(receiver.at<std::uint64_t>(8), 77U);
    EXPECT_EQ(receiver.at<std::int64_t>(16), 123456789);
    EXPECT_GE(receiver.at<std::int64_t>(24), before);
    EXPECT_EQ(receiver.at<double>(32), 2.5);
    EXPECT_EQ(receiver.bytes[40], 1);
    EXPECT_EQ(receiver.bytes[41], 0);
    EXPECT_EQ(receiver.bytes[42], 1);
    EXPECT_EQ(receiver.bytes[43], 0);
    boost::crc_32_type crc;
    crc.process_bytes(receiver.bytes.data(), 44);
    EXPECT_EQ(receiver.at<std::uint32_t>(44), crc.checksum());
    ASSERT_EQ(receiver.receive(), 48);
    EXPECT_EQ(receiver.at<std::uint64_t>(8), 78U);
    EXPECT_EQ(receiver.bytes[43], 1);
    EXPECT_EQ(sut.sent(), 2);
}

TEST(UdpOutput, CountsWhatNobodyTakes)
{
    int port = 0;
    {
        const Receiver gone;
        port = gone.port;
    }
    UdpOutput sut("datagram:127.0.0.1:" + std::to_string(port));
    const core::SampleRecord record;
    for (int k = 0; k < 20; ++k) sut.send(record, 1, false);
    EXPECT_GT(sut.refused(), 0);
    EXPECT_EQ(sut.sent() + sut.refused(), 20);
}

TEST(UdpOutput, SaysWhatIsWrongWithAnAddress)
{
    for (const char* address : {"", "datagram:", "datagram:host", "datagram::5", "udp:host:5",
                                "datagram:127.0.0.1:", "datagram:127.0.0.1:port"}) {
        try {
            const UdpOutput sut(address);
            ADD_FAILURE() << address;
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find(address), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace foretide::apps
