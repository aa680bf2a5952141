// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/tcp_connector.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace foretide::acquisition {

namespace {

struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
};

/// Returns getaddrinfo's code.
int look_up(const HostPort& target, int flags, std::vector<Address>& addresses)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &list);
    if (code != 0) return code;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        Address address;
        address.size = entry->ai_addrlen;
        std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
        addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    return 0;
}

[[noreturn]] void refuse(std::string_view text)
{
    throw std::invalid_argument("'" + std::string(text) +
                                "' is no address: give HOST or HOST:PORT with a port from 1 to 65535, for example "
                                "192.168.0.5:18944 or [::1]:18944");
}

}  // namespace

std::string HostPort::text() const
{
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

HostPort parse_host_port(std::string_view text, std::uint16_t default_port)
{
    std::string_view host = text;
    std::optional<std::string_view> port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) refuse(text);
        host = text.substr(1, end - 1);
        if (const auto rest = text.substr(end + 1); !rest.empty()) {
            if (rest.front() != ':') refuse(text);
            port = rest.substr(1);
        }
    } else if (const std::size_t colon = text.rfind(':');
               colon != std::string_view::npos && text.find(':') == colon) {  // several: an IPv6 address alone
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    HostPort result{std::string(host), default_port};
    if (port) {
        const char* end = port->data() + port->size();
        const auto [stop, error] = std::from_chars(port->data(), end, result.port);
        if (error != std::errc{} || stop != end) refuse(text);
    }
    const bool sound = std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c != '/' && c < '\x7f'; });
    if (host.empty() || host.size() > 255 || !sound || result.port == 0) refuse(text);
    return result;
}

/// Shared with the thread that looks the name up, which may outlive the connector.
struct TcpConnector::Lookup {
    std::vector<Address> addresses;
    int code = 0;
    std::atomic<bool> done{false};  // releases the two above
    WakeEvent finished;
};

TcpConnector::TcpConnector(HostPort target, std::string peer, core::Duration patience)
    : target_(std::move(target)),
      peer_(std::move(peer)),
      patience_(patience),
      give_up_(core::Clock::now() + patience),
      lookup_(std::make_shared<Lookup>())
{
    lookup_->code = look_up(target_, AI_NUMERICHOST, lookup_->addresses);
    if (lookup_->code == 0) {
        lookup_->done = true;
        lookup_->finished.signal();
        return;
    }
    std::thread([lookup = lookup_, target = target_] {
        lookup->code = look_up(target, 0, lookup->addresses);
        lookup->done.store(true, std::memory_order_release);
        lookup->finished.signal();
    }).detach();
}

TcpConnector::~TcpConnector() = default;

TcpConnector::State TcpConnector::fail(const std::string& why)
{
    socket_.reset();
    error_ = why;
    return State::failed;
}

std::string TcpConnector::in_words(int error) const
{
    const std::string where = target_.text();
    switch (error) {
    case ECONNREFUSED:
        return where + " refuses the connection: is the " + peer_ + " running, and is this its port?";
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
        return "there is no way to " + where + ": check the cable, the network and the address";
    case ETIMEDOUT:
        return "no answer from " + where + " within " +
               std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(patience_).count()) +
               " ms: is the machine of the " + peer_ + " on, is this its address, does a firewall stand between?";
    default:
        return "cannot connect to " + where + ": " + std::generic_category().message(error);
    }
}

TcpConnector::State TcpConnector::connect_next()
{
    if (next_address_ >= lookup_->addresses.size())
        return fail(error_.empty() ? "'" + target_.host + "' has no address" : error_);
    const Address& address = lookup_->addresses[next_address_++];
    socket_.reset(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!socket_.open()) {
        error_ = in_words(errno);
        return State::working;
    }
    // Commands and requests are small and must not wait for company; that the option could fail changes nothing else.
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0)
        return State::connected;
    if (errno == EINPROGRESS) return State::working;
    error_ = in_words(errno);
    socket_.reset();
    return State::working;
}

/// The socket became writable: connected, or not.
TcpConnector::State TcpConnector::finish_connecting()
{
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0) return State::connected;
    error_ = in_words(error);
    socket_.reset();
    return State::working;
}

TcpConnector::State TcpConnector::advance(WakeEvent& wake, core::TimePoint until, bool& woken)
{
    woken = false;
    for (;;) {
        const bool found = lookup_->done.load(std::memory_order_acquire);
        if (found && lookup_->code != 0)
            return fail("the name '" + target_.host + "' is not known (" + ::gai_strerror(lookup_->code) +
                        "): check it, or give the number of the address");
        if (found && !socket_.open()) {
            if (const State state = connect_next(); state != State::working) return state;
            if (!socket_.open()) continue;  // refused at once: the next address
        }
        const int waited = found ? socket_.get() : lookup_->finished.descriptor();
        const WaitResult result = wait_for(waited, found, wake, std::min(until, give_up_));
        woken = result == WaitResult::woken;
        if (result == WaitResult::ready && found) {
            if (const State state = finish_connecting(); state != State::working) return state;
        } else if (result != WaitResult::ready) {
            return core::Clock::now() >= give_up_ ? fail(in_words(ETIMEDOUT)) : State::working;
        }
    }
}

}  // namespace foretide::acquisition
