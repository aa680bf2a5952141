// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/station.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <thread>

#include "apps/engine/udp_output.h"

namespace foretide::tests {

namespace {

using namespace std::chrono_literals;
using apps::TelemetryClient;
using core::Clock;

constexpr core::Duration kSlice = 2ms;  // the two ends are looked at in turn
const TelemetryClient::Attributes kOperator{
    {"Operator", "tester"}, {"Token", "0123456789abcdef0123456789abcdef"}, {"Station", "console"}};

template <class T>
T at(const unsigned char* bytes)
{
    T value;
    std::memcpy(&value, bytes, sizeof value);  // little-endian, as every machine that runs these tests
    return value;
}

const nlohmann::json* find_alarm(const nlohmann::json& state, const std::string& alarm)
{
    const auto alarms = state.find("alarms");
    if (alarms == state.end()) return nullptr;
    const auto found = std::ranges::find_if(*alarms, [&](const auto& a) { return a["name"] == alarm; });
    return found == alarms->end() ? nullptr : &*found;
}

}  // namespace

bool SeenState::shows(const std::string& alarm) const { return find_alarm(json, alarm) != nullptr; }

bool SeenState::active(const std::string& alarm) const
{
    const nlohmann::json* found = find_alarm(json, alarm);
    return found != nullptr && (*found)["active"].get<bool>();
}

std::uint16_t listen_on_loopback(acquisition::Descriptor& socket, int type)
{
    socket.reset(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&where), &size) != 0 ||
        (type == SOCK_STREAM && ::listen(socket.get(), 16) != 0))
        throw std::runtime_error("no socket on loopback can be made");
    return ntohs(where.sin_port);
}

std::uint16_t free_port()
{
    acquisition::Descriptor socket;
    return listen_on_loopback(socket, SOCK_STREAM);
}

Station::Station() { port_ = listen_on_loopback(socket_, SOCK_DGRAM); }

std::string Station::controller() const { return "datagram:127.0.0.1:" + std::to_string(port_); }

void Station::connect(std::uint16_t telemetry_port, core::Duration patience)
{
    const auto until = Clock::now() + patience;
    for (;;) {
        try {
            telemetry_ = std::make_unique<TelemetryClient>(acquisition::HostPort{"127.0.0.1", telemetry_port}, 1s);
            return;
        } catch (const std::runtime_error&) {
            if (Clock::now() > until) throw;
            std::this_thread::sleep_for(kSlice);
        }
    }
}

void Station::take_commands()
{
    std::array<unsigned char, apps::UdpOutput::kSize> bytes;
    while (::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) ==
           static_cast<ssize_t>(apps::UdpOutput::kSize)) {
        SeenCommand c;
        c.received = Clock::now();
        c.frame = at<std::uint64_t>(&bytes[8]);
        c.exposure = core::TimePoint{core::Duration{at<std::int64_t>(&bytes[16])}};
        c.handed_over = core::TimePoint{core::Duration{at<std::int64_t>(&bytes[24])}};
        c.on = bytes[40] == 1;
        c.reason = static_cast<core::HoldReason>(bytes[41]);
        c.repeated = bytes[43] == 1;
        commands_.push_back(c);
    }
}

void Station::take(const acquisition::IgtlMessage& message)
{
    std::string_view text;
    if (message.header.device_name() == "Foretide.State" && acquisition::decode_igtl_string(message, text))
        states_.push_back({Clock::now(), nlohmann::json::parse(text)});
}

void Station::watch(core::TimePoint until)
{
    do {
        const auto now = Clock::now();
        try {
            if (telemetry_ && now - said_alive_ > 1s) {
                said_alive_ = now;
                telemetry_->send("Alive", kOperator);
            }
            acquisition::IgtlMessage message;
            if (!telemetry_)
                std::this_thread::sleep_for(kSlice);
            else if (telemetry_->next(message, std::min(until, now + kSlice)))
                take(message);
        } catch (const std::runtime_error&) {
            telemetry_.reset();  // the engine has gone
        }
        take_commands();
    } while (Clock::now() < until);
}

bool Station::await(const std::function<bool()>& condition, core::Duration patience)
{
    const auto until = Clock::now() + patience;
    while (!condition()) {
        if (Clock::now() > until) return false;
        watch(Clock::now() + kSlice);
    }
    return true;
}

TelemetryClient::Answer Station::command(const std::string& name)
{
    if (!telemetry_) throw std::runtime_error("the telemetry has ended");
    return telemetry_->command(name, kOperator, 3s, [this](const acquisition::IgtlMessage& m) { take(m); });
}

}  // namespace foretide::tests
