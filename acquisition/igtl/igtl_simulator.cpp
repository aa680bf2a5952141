// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/igtl_simulator.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace foretide::acquisition {

namespace {

constexpr std::array<std::string_view, 5> kForms{"tdata", "transform", "position", "qtdata", "point"};
constexpr std::array<std::string_view, 9> kTypes{"TRANSFORM", "POSITION",  "TDATA",     "QTDATA",    "POINT",
                                                 "STATUS",    "STT_TDATA", "STP_TDATA", "GET_STATUS"};
constexpr std::size_t kStampsReserved = std::size_t{1} << 18U;  ///< two hours at 30 Hz
constexpr double kPhantomOffset_mm = 60;

Descriptor listen_at(const std::string& address, std::uint16_t port)
{
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1)
        throw std::invalid_argument("cannot listen at '" + address + "': give a numeric IPv4 address");
    const int on = 1;
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0 || ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 || ::listen(socket, 16) != 0) {
        const int error = errno;
        Descriptor{socket}.reset();
        throw std::system_error(error, std::generic_category(),
                                "cannot listen at " + address + " port " + std::to_string(port));
    }
    return Descriptor{socket};
}

std::uint16_t port_of(int socket)
{
    sockaddr_in where{};
    socklen_t size = sizeof where;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&where), &size) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot tell the port");
    return ntohs(where.sin_port);
}

void occlude(core::MarkerFrame& frame, int marker)
{
    for (int m = 0; m < frame.marker_count; ++m)
        if (marker == 0 || marker == m + 1) frame.markers[static_cast<std::size_t>(m)] = {};
}

void append_tools(IgtlBytes& out, IgtlForm form, const IgtlEnvelope& envelope, std::span<const TrackedPosition> tools)
{
    switch (form) {
    case IgtlForm::tdata:
        append_igtl_tdata(out, envelope, tools);
        return;
    case IgtlForm::qtdata:
        append_igtl_qtdata(out, envelope, tools);
        return;
    case IgtlForm::point:
        append_igtl_point(out, envelope, tools);
        return;
    case IgtlForm::transform:
        for (const TrackedPosition& tool : tools) append_igtl_transform(out, envelope, tool);
        return;
    case IgtlForm::position:
        for (const TrackedPosition& tool : tools) append_igtl_position(out, envelope, tool);
        return;
    }
}

}  // namespace

IgtlForm parse_igtl_form(std::string_view name)
{
    const auto found = std::find(kForms.begin(), kForms.end(), name);
    if (found == kForms.end()) {
        std::string names;
        for (const std::string_view form : kForms) names += (names.empty() ? "" : ", ") + std::string(form);
        throw std::invalid_argument("no message is called '" + std::string(name) + "': there are " + names);
    }
    return static_cast<IgtlForm>(found - kForms.begin());
}

IgtlSimulator::IgtlSimulator(IgtlSimulatorSettings settings, FrameFeed frames)
    : settings_(std::move(settings)),
      frames_(std::move(frames)),
      schedule_(settings_.faults),
      listener_(listen_at(settings_.listen, settings_.port)),
      port_(port_of(listener_.get()))
{
    if (settings_.keep_stamps) stamps_.reserve(kStampsReserved);
}

void IgtlSimulator::stop() noexcept
{
    stopped_ = true;
    wake_.signal();
}

void IgtlSimulator::run()
{
    started_ = core::Clock::now();
    started_unix_ = std::chrono::duration_cast<core::Duration>(std::chrono::system_clock::now().time_since_epoch());
    core::MarkerFrame frame;
    bool more = frames_.next(frame);
    const auto due = [&] { return started_ + frame.arrived.time_since_epoch(); };
    while (!stopped_ && (more || !pending_.empty())) {
        const core::TimePoint now = core::Clock::now();
        if (settings_.duration > core::Duration{0} && now >= started_ + settings_.duration) break;
        if (!pending_.empty() && now >= pending_.front().due) {
            send_frame(pending_.front());
            pending_.pop_front();
        } else if (more && now >= due()) {
            prepare(frame);
            more = frames_.next(frame);
        } else {
            core::TimePoint until = more ? due() : core::TimePoint::max();
            if (!pending_.empty()) until = std::min(until, pending_.front().due);
            if (settings_.duration > core::Duration{0}) until = std::min(until, started_ + settings_.duration);
            wait(until);
        }
        clients_.remove_if([](const Client& client) { return client.gone; });
    }
    clients_.clear();
}

/// Applies the faults and puts the frame's bytes among those to be sent.
void IgtlSimulator::prepare(const core::MarkerFrame& frame)
{
    const core::Duration since_start = frame.arrived.time_since_epoch();
    const ActiveFaults faults = schedule_.at(since_start);
    const std::uint64_t number = frame_++;
    if (faults.has(FaultKind::disconnect)) {
        clients_.clear();
        closed_until_ = core::Clock::now() + faults.remaining(FaultKind::disconnect);
        return;
    }
    if (faults.has(FaultKind::dropped) || faults.has(FaultKind::silence)) return;
    core::Duration stamp = unix_time(frame.acquired.time_since_epoch());
    if (faults.has(FaultKind::clock_jump)) stamp += core::from_seconds(faults.value(FaultKind::clock_jump));
    Pending pending{started_ + since_start, number, encode(frame, stamp, faults),
                    faults.has(FaultKind::duplicated) ? 2 : 1};
    if (faults.has(FaultKind::late)) pending.due += core::from_seconds(faults.value(FaultKind::late));
    if (!pending_.empty()) pending.due = std::max(pending.due, pending_.back().due);
    pending_.push_back(std::move(pending));
}

IgtlBytes IgtlSimulator::encode(core::MarkerFrame frame, core::Duration stamp, const ActiveFaults& faults)
{
    if (faults.has(FaultKind::frozen) && frame_ > 1) frame = last_;
    last_ = frame;
    if (faults.has(FaultKind::swap) && frame.marker_count > 1) std::swap(frame.markers[0], frame.markers[1]);
    if (faults.has(FaultKind::occlusion)) occlude(frame, static_cast<int>(faults.value(FaultKind::occlusion)));
    std::vector<std::string> names;
    std::vector<std::array<double, 3>> positions;
    for (int m = 0; m < frame.marker_count; ++m) {
        const core::MarkerSample& marker = frame.markers[static_cast<std::size_t>(m)];
        if (marker.visibility == core::Visibility::missing) continue;
        names.push_back("Marker" + std::to_string(m + 1));
        positions.push_back(marker.position_mm);
    }
    for (int k = 0; k < static_cast<int>(faults.value(FaultKind::phantom)); ++k) {
        names.push_back("Phantom" + std::to_string(k + 1));
        positions.push_back({kPhantomOffset_mm * (k + 1), kPhantomOffset_mm, kPhantomOffset_mm});
    }
    std::vector<TrackedPosition> tools;
    for (std::size_t i = 0; i < names.size(); ++i) tools.push_back({names[i], positions[i]});
    IgtlBytes bytes;
    append_tools(bytes, settings_.form, {settings_.device, stamp}, tools);
    if (bytes.empty()) return bytes;  // single tools, none seen: silence
    if (faults.has(FaultKind::bad_crc)) bytes[kIgtlHeaderBytes - 1] ^= std::byte{0x5a};
    if (faults.has(FaultKind::truncated)) bytes.resize(bytes.size() / 2);
    return bytes;
}

void IgtlSimulator::wait(core::TimePoint until)
{
    std::vector<pollfd> waited{{wake_.descriptor(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const Client& client : clients_) waited.push_back({client.socket.get(), POLLIN, 0});
    const core::Duration left =
        std::clamp(until - core::Clock::now(), core::Duration{0}, core::Duration{std::chrono::hours{1}});
    constexpr core::Duration::rep second = 1'000'000'000;
    const timespec timeout{left.count() / second, left.count() % second};
    if (::ppoll(waited.data(), waited.size(), &timeout, nullptr) <= 0) return;
    if (waited[0].revents != 0) wake_.clear();
    std::size_t i = 2;
    for (Client& client : clients_)
        if (waited[i++].revents != 0) serve(client);
    if (waited[1].revents != 0) accept_client();
}

void IgtlSimulator::accept_client()
{
    Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.open() || core::Clock::now() < closed_until_) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients_.emplace_back().socket.reset(socket.release());
    ++clients_seen_;
}

void IgtlSimulator::serve(Client& client)
{
    const auto space = client.reader.space();
    const ssize_t n = ::recv(client.socket.get(), space.data(), space.size(), MSG_DONTWAIT);
    if (n <= 0) {
        client.gone = n == 0 || (errno != EAGAIN && errno != EINTR);
        return;
    }
    client.reader.received(static_cast<std::size_t>(n));
    IgtlMessage message;
    IgtlStreamReader::Result result{};
    while ((result = client.reader.next(message)) == IgtlStreamReader::Result::message) answer(client, message);
    client.gone = client.gone || result == IgtlStreamReader::Result::lost;
}

void IgtlSimulator::answer(Client& client, const IgtlMessage& message)
{
    const std::string_view type = message.header.type_name();
    const IgtlEnvelope envelope{settings_.device, unix_time(core::Clock::now() - started_)};
    IgtlBytes bytes;
    if (decode_igtl_start(message, client.resolution)) {
        client.streaming = true;
        append_igtl_reply(bytes, envelope, type == "STT_TDATA" ? "RTS_TDATA" : "RTS_QTDATA", true);
    } else if (type == "STP_TDATA" || type == "STP_QTDATA") {
        client.streaming = false;
        append_igtl_reply(bytes, envelope, type == "STP_TDATA" ? "RTS_TDATA" : "RTS_QTDATA", true);
    } else if (type == "GET_STATUS") {
        append_igtl_status(bytes, envelope, IgtlStatusCode::ok, 0, "OK", "simulated tracker");
    } else if (type == "GET_CAPABIL") {
        append_igtl_capability(bytes, envelope, kTypes);
    }
    send(client, bytes);
}

void IgtlSimulator::send(Client& client, std::span<const std::byte> bytes)
{
    if (bytes.empty() || client.gone) return;
    const ssize_t n = ::send(client.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    client.gone = n != static_cast<ssize_t>(bytes.size());
}

void IgtlSimulator::send_frame(const Pending& pending)
{
    if (pending.bytes.empty()) return;
    bool first = true;
    for (Client& client : clients_) {
        const core::TimePoint now = core::Clock::now();
        if (!client.streaming || now - client.last_sent < client.resolution) continue;
        if (first && settings_.keep_stamps) stamps_.push_back({pending.frame, now});
        frames_sent_ += first ? 1 : 0;
        first = false;
        client.last_sent = now;
        for (int i = 0; i < pending.times; ++i) send(client, pending.bytes);
    }
}

}  // namespace foretide::acquisition
