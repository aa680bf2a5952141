// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/udp_output.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <boost/crc.hpp>

namespace foretide::apps {

namespace {

static_assert(std::endian::native == std::endian::little, "datagrams are written as they lie in memory");

template <class T>
void put(std::array<unsigned char, UdpOutput::kSize>& datagram, std::size_t at, T value) noexcept
{
    std::memcpy(datagram.data() + at, &value, sizeof value);
}

}  // namespace

UdpOutput::UdpOutput(const std::string& address)
{
    const std::size_t colon = address.rfind(':');
    constexpr std::string_view scheme = "datagram:";
    if (!address.starts_with(scheme) || colon == std::string::npos || colon <= scheme.size() ||
        colon + 1 == address.size())
        throw std::runtime_error("controller '" + address + "': give datagram:HOST:PORT");
    const std::string host = address.substr(scheme.size(), colon - scheme.size()), port = address.substr(colon + 1);
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
        throw std::runtime_error("controller '" + address + "': " + gai_strerror(error) +
                                 ": give a host name or address and a port number");
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, &freeaddrinfo);
    socket_ = socket(found->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || connect(socket_, found->ai_addr, found->ai_addrlen) != 0) {
        const int error = errno;
        if (socket_ >= 0) close(socket_);
        throw std::runtime_error("controller '" + address + "': " + std::system_category().message(error));
    }
    std::memcpy(datagram_.data(), "FTB1", 4);
}

UdpOutput::~UdpOutput() { close(socket_); }

bool UdpOutput::send(const core::SampleRecord& record, std::uint64_t frame_sequence, bool repeated) noexcept
{
    put(datagram_, 4, ++number_);
    put(datagram_, 8, frame_sequence);
    put(datagram_, 16, std::int64_t{record.time.time_since_epoch().count()});
    put(datagram_, 32, 0.5 * (record.gate_on_lower_mm + record.gate_on_upper_mm));
    put(datagram_, 40, static_cast<std::uint8_t>(record.beam == core::BeamCommand::on));
    put(datagram_, 41, static_cast<std::uint8_t>(record.reason));
    put(datagram_, 42, static_cast<std::uint8_t>(record.decision));
    put(datagram_, 43, static_cast<std::uint8_t>(repeated));
    put(datagram_, 24, std::int64_t{core::Clock::now().time_since_epoch().count()});
    boost::crc_32_type crc;
    crc.process_bytes(datagram_.data(), kSize - 4);
    put(datagram_, kSize - 4, static_cast<std::uint32_t>(crc.checksum()));
    const bool taken = ::send(socket_, datagram_.data(), kSize, MSG_DONTWAIT | MSG_NOSIGNAL) == kSize;
    if (!taken) ++refused_;
    return taken;
}

}  // namespace foretide::apps
