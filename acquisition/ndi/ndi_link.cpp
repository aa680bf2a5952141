// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_link.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/serial_port.hpp>

#include "acquisition/live/wake_event.h"

namespace foretide::acquisition {

namespace asio = boost::asio;

namespace {

constexpr std::array kBauds{9600, 19200, 38400, 57600, 115200, 230400, 921600};

[[noreturn]] void refuse(std::string_view text, const std::string& problem)
{
    throw std::invalid_argument("tracker address '" + std::string(text) + "': " + problem +
                                "; give HOST, HOST:PORT (8765 if left out), or a serial DEVICE or DEVICE:BAUD "
                                "(/dev/ttyUSB0:115200)");
}

std::optional<int> whole_number(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string in_words(const boost::system::error_code& error, const NdiAddress& address)
{
    if (error == asio::error::host_not_found || error == asio::error::host_not_found_try_again ||
        error == asio::error::no_data)
        return "the name " + address.name + " is not known: is it spelt right? Try the tracker's IP address";
    const std::string where = address.name + " port " + std::to_string(address.port);
    if (error == asio::error::connection_refused)
        return "connection refused by " + where +
               ": a machine answers there, but nothing listens on this port; is "
               "this the tracker's address and port (8765 is usual), and has it started up?";
    if (error == asio::error::host_unreachable || error == asio::error::network_unreachable)
        return "no way to " + address.name +
               ": is the cable plugged in, and is this computer in the tracker's network?";
    return "cannot connect to " + where + ": " + error.message();
}

}  // namespace

std::string NdiAddress::text() const { return name + ":" + std::to_string(serial ? baud : port); }

NdiAddress parse_ndi_address(std::string_view text)
{
    NdiAddress address;
    address.serial = text.starts_with('/');
    std::string_view name = text, number;
    if (const std::size_t colon = text.rfind(':');
        colon != std::string_view::npos && (text.find(':') == colon || text[colon - 1] == ']')) {
        name = text.substr(0, colon);
        number = text.substr(colon + 1);
        const std::optional<int> value = whole_number(number);
        if (address.serial) {
            if (!value || std::find(kBauds.begin(), kBauds.end(), *value) == kBauds.end())
                refuse(text, "'" + std::string(number) +
                                 "' is not a speed of 9600, 19200, 38400, 57600, 115200, "
                                 "230400 or 921600 baud");
            address.baud = *value;
        } else {
            if (!value || *value < 1 || *value > 65535)
                refuse(text, "'" + std::string(number) + "' is not a port of 1 to 65535");
            address.port = *value;
        }
    }
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    if (name.empty()) refuse(text, "there is no host");
    address.name = name;
    return address;
}

struct NdiLink::Impl {
    explicit Impl(NdiAddress a) : address(std::move(a)), resolver(context), socket(context), line(context) {}

    void fail(std::string text)
    {
        problem = std::move(text);
        state = State::failed;
        close();
    }
    void close() noexcept
    {
        boost::system::error_code ignored;
        resolver.cancel();
        socket.close(ignored);
        line.close(ignored);
        handle = -1;
        ++attempt;
    }
    void open_line();
    void connect();
    void connected(const boost::system::error_code& error);

    NdiAddress address;
    asio::io_context context;
    asio::ip::tcp::resolver resolver;
    asio::ip::tcp::socket socket;
    asio::serial_port line;
    WakeEvent wake;
    State state = State::closed;
    std::string problem;
    core::TimePoint deadline{};
    int handle = -1;
    int attempt = 0;  // handlers of an older one do nothing
};

void NdiLink::Impl::open_line()
{
    boost::system::error_code error;
    line.open(address.name, error);
    if (error) {
        namespace errc = boost::system::errc;
        const char* advice = error == errc::permission_denied ? "; add this user to the group that owns it (dialout)"
                             : error == errc::inappropriate_io_control_operation ? "; is it a serial device?"
                                                                                 : "; is it plugged in?";
        fail("cannot open the serial device " + address.name + ": " + error.message() + advice);
        return;
    }
    using Port = asio::serial_port_base;
    line.set_option(Port::baud_rate(kNdiFirstBaud), error);
    if (!error) line.set_option(Port::character_size(8U), error);
    if (!error) line.set_option(Port::parity(Port::parity::none), error);
    if (!error) line.set_option(Port::stop_bits(Port::stop_bits::one), error);
    if (!error) line.set_option(Port::flow_control(Port::flow_control::none), error);
    if (error) {
        fail(address.name + " cannot be set to 9600 baud, 8N1: " + error.message() + "; is it a serial device?");
        return;
    }
    handle = line.native_handle();  // Asio opens it without blocking
    state = State::open;
}

void NdiLink::Impl::connect()
{
    resolver.async_resolve(address.name, std::to_string(address.port), asio::ip::tcp::resolver::numeric_service,
                           [this, mine = attempt](const boost::system::error_code& error, const auto& endpoints) {
                               if (mine != attempt) return;
                               if (error) {
                                   fail(in_words(error, address));
                                   return;
                               }
                               asio::async_connect(socket, endpoints,
                                                   [this, mine](const boost::system::error_code& e, const auto&) {
                                                       if (mine == attempt) connected(e);
                                                   });
                           });
}

void NdiLink::Impl::connected(const boost::system::error_code& error)
{
    if (error) {
        fail(in_words(error, address));
        return;
    }
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.native_non_blocking(true, ignored);
    handle = socket.native_handle();
    state = State::open;
}

NdiLink::NdiLink(NdiAddress address) : impl_(std::make_unique<Impl>(std::move(address))) {}
NdiLink::~NdiLink() { impl_->close(); }

const NdiAddress& NdiLink::address() const noexcept { return impl_->address; }
const std::string& NdiLink::problem() const noexcept { return impl_->problem; }

void NdiLink::open(core::Duration time_limit)
{
    impl_->close();
    impl_->deadline = core::Clock::now() + time_limit;
    impl_->state = State::opening;
    impl_->address.serial ? impl_->open_line() : impl_->connect();
}

NdiLink::State NdiLink::advance(core::TimePoint until)
{
    constexpr core::Duration kSlice = std::chrono::milliseconds(2);
    Impl& impl = *impl_;
    while (impl.state == State::opening) {
        impl.context.restart();
        impl.context.poll();
        const core::TimePoint now = core::Clock::now();
        if (impl.state != State::opening || now >= until) break;
        if (now >= impl.deadline) {
            impl.fail("no answer from " + impl.address.name + " port " + std::to_string(impl.address.port) +
                      ": is the tracker on, and is this its address?");
            break;
        }
        if (impl.wake.wait(std::min(until, now + kSlice))) break;
    }
    return impl.state;
}

void NdiLink::close() noexcept
{
    impl_->close();
    impl_->state = State::closed;
}

NdiLink::Event NdiLink::wait(core::TimePoint until) noexcept FORETIDE_NONBLOCKING
{
    Impl& impl = *impl_;
    bool readable = false;
    if (impl.wake.wait(until, impl.handle, readable)) return Event::interrupted;
    return readable ? Event::readable : Event::nothing;
}

bool NdiLink::send(std::span<const std::uint8_t> bytes) noexcept FORETIDE_NONBLOCKING
{
    Impl& impl = *impl_;
    const ssize_t sent = impl.address.serial ? ::write(impl.handle, bytes.data(), bytes.size())
                                             : ::send(impl.handle, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(bytes.size());
}

int NdiLink::receive(std::span<std::uint8_t> into) noexcept FORETIDE_NONBLOCKING
{
    Impl& impl = *impl_;
    const ssize_t count = ::read(impl.handle, into.data(), into.size());
    if (count > 0) return static_cast<int>(count);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return 0;
    return -1;
}

void NdiLink::set_break(bool on)
{
    if (::ioctl(impl_->handle, on ? TIOCSBRK : TIOCCBRK, 0) != 0 && errno != ENOTTY)
        throw std::runtime_error(impl_->address.name + ": the line's break cannot be set");
}

void NdiLink::set_baud(int baud)
{
    boost::system::error_code error;
    impl_->line.set_option(asio::serial_port_base::baud_rate(static_cast<unsigned>(baud)), error);
    if (error)
        throw std::runtime_error(impl_->address.name + " cannot be set to " + std::to_string(baud) +
                                 " baud: " + error.message() + "; choose a lower speed");
}

void NdiLink::interrupt() noexcept { impl_->wake.signal(); }

}  // namespace foretide::acquisition
