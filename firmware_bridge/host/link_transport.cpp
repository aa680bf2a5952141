// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/link_transport.h"

#include <algorithm>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <time.h>

#include "firmware_bridge/host/serial_transport.h"
#include "firmware_bridge/host/udp_transport.h"

namespace foretide::firmware_bridge {

namespace {

constexpr int kUsualBaud = 115200;

struct Address {
    bool serial = false;
    std::string where;  // host or device
    int number = 0;     // port or baud
};

[[noreturn]] void refuse(const std::string& address)
{
    throw std::invalid_argument("controller '" + address + "': give udp:HOST:PORT or serial:DEVICE[:BAUD]");
}

bool is_number(std::string_view text)
{
    return !text.empty() && text.size() <= 7 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Address parse(const std::string& address)
{
    const std::size_t first = address.find(':'), last = address.rfind(':');
    if (first == std::string::npos) refuse(address);
    const std::string kind = address.substr(0, first);
    const std::string tail = last > first ? address.substr(last + 1) : "";
    if (kind == "udp") {
        if (last == first + 1 || !is_number(tail) || std::stoi(tail) < 1 || std::stoi(tail) > 65535) refuse(address);
        std::string host = address.substr(first + 1, last > first ? last - first - 1 : 0);
        if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
        if (host.empty()) refuse(address);
        return {false, host, std::stoi(tail)};
    }
    if (kind != "serial") refuse(address);
    Address serial{true, address.substr(first + 1), kUsualBaud};
    if (is_number(tail)) {
        serial.where = address.substr(first + 1, last - first - 1);
        serial.number = std::stoi(tail);
    }
    if (serial.where.empty()) refuse(address);
    if (!SerialTransport::knows_baud(serial.number))
        throw std::invalid_argument("controller '" + address + "': no serial line has " +
                                    std::to_string(serial.number) +
                                    " baud; give 57600, 115200, 230400, 460800, 921600 or 1000000");
    return serial;
}

}  // namespace

void LinkTransport::wait(core::TimePoint until) const noexcept
{
    pollfd watched{descriptor(), POLLIN, 0};
    const auto left = std::max<std::int64_t>((until - core::Clock::now()).count(), 0);
    const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
    if (::ppoll(&watched, 1, &timeout, nullptr) == 1 && (watched.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 &&
        (watched.revents & POLLIN) == 0)
        ::clock_nanosleep(CLOCK_MONOTONIC, 0, &timeout, nullptr);  // a broken line is always "ready"
}

void check_link_address(const std::string& address) { parse(address); }

std::unique_ptr<LinkTransport> open_link_transport(const std::string& address)
{
    const Address parsed = parse(address);
    if (parsed.serial) return std::make_unique<SerialTransport>(parsed.where, parsed.number);
    return std::make_unique<UdpTransport>(parsed.where, parsed.number);
}

}  // namespace foretide::firmware_bridge
