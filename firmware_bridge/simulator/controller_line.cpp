// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/simulator/controller_line.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <time.h>
#include <unistd.h>

namespace foretide::firmware_bridge {

namespace {

/// The system stamps datagrams with the time of day; on our clock that moment was as long ago as on that one.
core::TimePoint arrival(const timespec& stamp) noexcept
{
    timespec day{};
    ::clock_gettime(CLOCK_REALTIME, &day);
    const core::TimePoint now = core::Clock::now();
    const core::Duration ago =
        std::chrono::seconds(day.tv_sec - stamp.tv_sec) + core::Duration(day.tv_nsec - stamp.tv_nsec);
    return now - std::max(ago, core::Duration::zero());
}

core::TimePoint arrival(msghdr& message) noexcept
{
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        return arrival(stamp);
    }
    return core::Clock::now();
}

}  // namespace

ControllerLine::~ControllerLine()
{
    if (socket_ >= 0) ::close(socket_);
}

void ControllerLine::open_udp(const std::string& bind, int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, bind.c_str(), &address.sin_addr) != 1)
        throw std::runtime_error("'" + bind + "' is no IPv4 address to listen on; give 127.0.0.1 or 0.0.0.0");
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t length = sizeof address;
    if (socket_ < 0 || ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        throw std::runtime_error("cannot listen on " + bind + " UDP port " + std::to_string(port) + ": " +
                                 std::system_category().message(errno) +
                                 "; does another program use it? Port 0 takes any that is free");
    const int yes = 1;
    (void)::setsockopt(socket_, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);  // else the time of reading
    port_ = ntohs(address.sin_port);
}

void ControllerLine::open_serial(const std::string& device, int baud)
{
    if (device == "pty") {
        terminal_.open();
        const int own = ::fcntl(terminal_.near(), F_DUPFD_CLOEXEC, 0);
        if (own < 0)
            throw std::runtime_error("the pseudo-terminal cannot be used: " + std::system_category().message(errno));
        serial_ = std::make_unique<SerialTransport>(own);
    } else {
        serial_ = std::make_unique<SerialTransport>(device, baud);
    }
}

ControllerLine::Received ControllerLine::receive() noexcept
{
    if (serial_) {
        const auto bytes = serial_->receive();
        const bool broken = serial_->broken() != broken_;
        broken_ = serial_->broken();
        return {bytes, core::Clock::now(), broken};
    }
    std::array<char, 128> control;
    iovec part{datagram_.data(), datagram_.size()};
    msghdr message{};
    message.msg_name = &sender_;
    message.msg_namelen = sizeof sender_;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    for (;;) {
        const ssize_t size = ::recvmsg(socket_, &message, MSG_DONTWAIT);
        if (size > 0) return {{datagram_.data(), static_cast<std::size_t>(size)}, arrival(message), false};
        if (size < 0 && errno != EINTR && errno != ECONNREFUSED) return {};
    }
}

void ControllerLine::wait(core::TimePoint until) noexcept
{
    if (serial_) {
        serial_->wait(until);
        return;
    }
    pollfd watched{socket_, POLLIN, 0};
    const auto left = std::max<std::int64_t>((until - core::Clock::now()).count(), 0);
    const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
    (void)::ppoll(&watched, 1, &timeout, nullptr);  // ends early where there is something, or a signal
}

bool ControllerLine::send(std::span<const std::uint8_t> bytes, const sockaddr_in& to) noexcept
{
    if (serial_) return serial_->send(bytes);
    if (to.sin_port == 0) return false;
    return ::sendto(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&to), sizeof to) == static_cast<ssize_t>(bytes.size());
}

}  // namespace foretide::firmware_bridge
