// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/endtoend/datagram_receiver.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

#include <boost/crc.hpp>

#include "apps/engine/udp_output.h"

namespace foretide::tests {

namespace {

using Datagram = std::array<unsigned char, 2 * apps::UdpOutput::kSize>;

template <class T>
T at(const Datagram& datagram, std::size_t offset)
{
    T value;
    std::memcpy(&value, datagram.data() + offset, sizeof value);
    return value;
}

std::int64_t now_ns(clockid_t clock)
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

void check(bool good, const char* what)
{
    if (!good) throw std::system_error(errno, std::system_category(), what);
}

/// The system's time stamp of a message, which is of the time of day, on the monotonic clock.
std::int64_t arrival_ns(msghdr& message)
{
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        const std::int64_t before = now_ns(CLOCK_MONOTONIC), day = now_ns(CLOCK_REALTIME);
        const std::int64_t monotonic = before + (now_ns(CLOCK_MONOTONIC) - before) / 2;
        return stamp.tv_sec * std::int64_t{1'000'000'000} + stamp.tv_nsec - day + monotonic;
    }
    throw std::runtime_error("the system does not stamp datagrams");
}

}  // namespace

DatagramReceiver::DatagramReceiver() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
{
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    const int on = 1;
    check(socket_.open(), "socket");
    check(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&where), size) == 0, "bind");
    check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&where), &size) == 0, "getsockname");
    check(::setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0, "SO_TIMESTAMPNS");
    port_ = ntohs(where.sin_port);
    thread_ = std::thread([this] { receive_all(); });
}

DatagramReceiver::~DatagramReceiver() { finish(); }

const std::vector<ReceivedCommand>& DatagramReceiver::finish()
{
    end_ = true;
    if (thread_.joinable()) thread_.join();
    return received_;
}

void DatagramReceiver::receive_all()
{
    constexpr int kPatience_ms = 50;
    while (!end_) {
        pollfd polled{socket_.get(), POLLIN, 0};
        ::poll(&polled, 1, kPatience_ms);
        while (receive_one()) {
        }
    }
}

bool DatagramReceiver::receive_one()
{
    Datagram datagram{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control{};
    iovec into{datagram.data(), datagram.size()};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket_.get(), &message, 0);
    if (size < 0) return false;
    constexpr std::size_t kChecked = apps::UdpOutput::kSize - 4;
    boost::crc_32_type crc;
    crc.process_bytes(datagram.data(), kChecked);
    if (size != apps::UdpOutput::kSize || crc.checksum() != at<std::uint32_t>(datagram, kChecked)) {
        ++refused_;
        return true;
    }
    received_.push_back({at<std::uint32_t>(datagram, 4), at<std::uint64_t>(datagram, 8), datagram[43] != 0,
                         at<std::int64_t>(datagram, 24), arrival_ns(message)});
    return true;
}

}  // namespace foretide::tests
