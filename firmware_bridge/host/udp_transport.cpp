// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/udp_transport.h"

#include <cerrno>
#include <netdb.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace foretide::firmware_bridge {

UdpTransport::UdpTransport(const std::string& host, int port)
{
    const std::string name = "controller udp:" + host + ":" + std::to_string(port) + ": ";
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
        throw std::runtime_error(name + ::gai_strerror(error) + "; give a host name or address, and a port number");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    socket_ = ::socket(found->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || ::connect(socket_, found->ai_addr, found->ai_addrlen) != 0) {
        const int error = errno;
        if (socket_ >= 0) ::close(socket_);
        throw std::runtime_error(name + std::system_category().message(error) + "; is the network up?");
    }
    const int class_of_service = 0xB8;  // expedited forwarding; where it is refused, nothing is lost
    (void)::setsockopt(socket_, IPPROTO_IP, IP_TOS, &class_of_service, sizeof class_of_service);
}

UdpTransport::~UdpTransport() { ::close(socket_); }

bool UdpTransport::send(std::span<const std::uint8_t> frame) noexcept FORETIDE_NONBLOCKING
{
    return ::send(socket_, frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(frame.size());
}

std::span<const std::uint8_t> UdpTransport::receive() noexcept
{
    for (;;) {
        const ssize_t size = ::recv(socket_, datagram_.data(), datagram_.size(), MSG_DONTWAIT);
        if (size > 0) return {datagram_.data(), static_cast<std::size_t>(size)};
        if (size < 0 && errno != EINTR && errno != ECONNREFUSED) return {};  // refused: told once, then it is empty
    }
}

}  // namespace foretide::firmware_bridge
