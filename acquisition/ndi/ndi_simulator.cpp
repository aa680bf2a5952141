// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_simulator.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/serial_port.hpp>

#include "acquisition/live/wake_event.h"
#include "acquisition/ndi/ndi_link.h"
#include "acquisition/ndi/ndi_simulated_device.h"
#include "acquisition/ndi/simulated_frames.h"
#include "core/pseudo_terminal.h"

namespace foretide::acquisition {

namespace asio = boost::asio;
using asio::ip::tcp;

struct NdiSimulator::Impl {
    Impl(NdiSimulatorConfig c, FrameFeed feed)
        : config(std::move(c)),
          acceptor(context),
          client(context),
          line(context),
          device(config.best),
          frames(std::move(feed), FaultSchedule(config.faults), config.speed, config.latency)
    {
    }

    void listen();
    void open_line();
    void set_baud(int baud);
    void serve(core::TimePoint until);
    void accept();
    void read();
    void answer(const std::string& command);
    void send();
    void drop_client() noexcept;
    void show_due(core::TimePoint now);
    void show();
    void fetch();

    NdiSimulatorConfig config;
    asio::io_context context;
    tcp::acceptor acceptor;
    tcp::socket client;
    asio::serial_port line;
    core::PseudoTerminal terminal;
    WakeEvent wake;
    std::atomic<bool> stopping{false};
    bool serial = false;
    int handle = -1;  // of the client or the line
    int port = 0;

    NdiSimulatedDevice device;
    SimulatedNdiFrames frames;
    SimulatedNdiFrame pending, shown;
    bool has_pending = false, ended = false;
    core::TimePoint silent_until{}, blocked_until{};
    NdiCommandBuffer commands;
    std::vector<std::uint8_t> reply;
    NdiSimulatorCounts counts;
    std::vector<NdiStamp> stamps;
};

void NdiSimulator::Impl::listen()
{
    boost::system::error_code error;
    const auto address = asio::ip::make_address(config.bind, error);
    if (error)
        throw std::runtime_error("'" + config.bind + "' is no IP address to listen on; give 127.0.0.1 or 0.0.0.0");
    const tcp::endpoint endpoint(address, static_cast<unsigned short>(port > 0 ? port : config.port));
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error)
        throw std::runtime_error("cannot listen on " + config.bind + " port " + std::to_string(config.port) + ": " +
                                 error.message() + "; does another program use it? Port 0 takes any that is free");
    port = acceptor.local_endpoint().port();
}

void NdiSimulator::Impl::open_line()
{
    serial = true;
    if (config.serial == "pty") {
        terminal.open();
        handle = terminal.near();
        return;
    }
    boost::system::error_code error;
    line.open(config.serial, error);
    if (error)
        throw std::runtime_error("cannot open the serial device " + config.serial + ": " + error.message() +
                                 "; is it plugged in, and may this user use it?");
    handle = line.native_handle();  // Asio opens it without blocking
    set_baud(kNdiFirstBaud);
}

void NdiSimulator::Impl::set_baud(int baud)
{
    if (!line.is_open()) return;  // a pseudo-terminal has no speed
    boost::system::error_code error;
    line.set_option(asio::serial_port_base::baud_rate(static_cast<unsigned>(baud)), error);
    if (error)
        throw std::runtime_error(config.serial + " cannot be set to " + std::to_string(baud) +
                                 " baud: " + error.message());
}

void NdiSimulator::Impl::fetch() { ended = !(has_pending = frames.next(pending)); }

/// Shows the pending frame: what the tracker has from now on.
void NdiSimulator::Impl::show()
{
    const ActiveFaults& faults = pending.faults;
    const auto until = [&](FaultKind kind) {
        return pending.available + core::from_seconds(core::to_seconds(faults.remaining(kind)));
    };
    if (faults.has(FaultKind::silence)) silent_until = std::max(silent_until, until(FaultKind::silence));
    if (faults.has(FaultKind::disconnect)) {
        blocked_until = std::max(blocked_until, until(FaultKind::disconnect));
        drop_client();
    }
    if (faults.has(FaultKind::dropped) || !device.tracking()) return;
    ++counts.frames;
    shown = pending;
    device.show(pending.frame, faults.has(FaultKind::duplicated));
}

void NdiSimulator::Impl::show_due(core::TimePoint now)
{
    while (has_pending && pending.available <= now) {
        show();
        fetch();
    }
    if (blocked_until <= now && !acceptor.is_open() && !serial) listen();
}

void NdiSimulator::Impl::drop_client() noexcept
{
    if (serial) {  // switched off and on
        ::tcflush(handle, TCIOFLUSH);
        silent_until = std::max(silent_until, blocked_until);
        device.reset();
        return;
    }
    boost::system::error_code ignored;
    client.close(ignored);
    if (blocked_until > core::Clock::now()) acceptor.close(ignored);
    handle = -1;
    commands = {};
}

void NdiSimulator::Impl::accept()
{
    boost::system::error_code error;
    acceptor.accept(client, error);
    if (error) return;
    client.set_option(tcp::no_delay(true), error);
    client.native_non_blocking(true, error);
    handle = client.native_handle();
    ++counts.clients;
}

void NdiSimulator::Impl::read()
{
    std::array<std::uint8_t, 4096> bytes;
    const ssize_t count = ::read(handle, bytes.data(), bytes.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        if (!serial) drop_client();
        return;
    }
    commands.receive(std::span(bytes).first(static_cast<std::size_t>(count)));
    for (std::string command; handle >= 0 && commands.take(command);) answer(command);
}

void NdiSimulator::Impl::answer(const std::string& command)
{
    ++counts.commands;
    const core::TimePoint now = core::Clock::now();
    show_due(now);
    if (handle < 0 || now < silent_until) return;
    reply.clear();
    const NdiSimulatedDevice::Outcome outcome = device.take(command, reply);
    if (outcome.started_tracking && !frames.started()) {
        frames.start(now);
        fetch();
    }
    if (outcome.frame_reported) {
        if (shown.faults.has(FaultKind::bad_crc)) reply.back() = static_cast<std::uint8_t>(reply.back() ^ 0x5AU);
        if (shown.faults.has(FaultKind::truncated)) reply.resize(reply.size() / 2);
        ++counts.reported;
        counts.pick_up.record(now - shown.available);
        if (config.keep_stamps) stamps.push_back({shown.frame.number, core::Clock::now().time_since_epoch().count()});
    }
    send();
    if (outcome.new_baud > 0) {
        if (line.is_open()) ::tcdrain(handle);
        set_baud(outcome.new_baud);
    }
}

void NdiSimulator::Impl::send()
{
    const ssize_t sent =
        serial ? ::write(handle, reply.data(), reply.size()) : ::send(handle, reply.data(), reply.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(reply.size()) && !serial) drop_client();  // gone, or has not read for long
}

void NdiSimulator::Impl::serve(core::TimePoint until)
{
    if (has_pending) until = std::min(until, pending.available);
    if (!serial && !acceptor.is_open()) until = std::min(until, blocked_until);
    const int watched = handle >= 0 ? handle : acceptor.is_open() ? acceptor.native_handle() : -1;
    bool readable = false;
    wake.wait(until, watched, readable);
    if (readable) handle >= 0 ? read() : accept();
    show_due(core::Clock::now());
}

NdiSimulator::NdiSimulator(NdiSimulatorConfig config, FrameFeed feed)
{
    if (!(config.speed > 0.01 && config.speed <= 1000))
        throw std::invalid_argument("a simulated tracker's speed of " + std::to_string(config.speed) +
                                    " is not possible; give 0.01 to 1000 (1 is real time)");
    constexpr double kStampedAtOnce_s = 600;
    const double rate_hz = feed.rate_hz() * config.speed;
    impl_ = std::make_unique<Impl>(std::move(config), std::move(feed));
    if (impl_->config.keep_stamps) {
        const double length_s = impl_->config.duration ? core::to_seconds(*impl_->config.duration) : kStampedAtOnce_s;
        impl_->stamps.reserve(static_cast<std::size_t>(std::min(length_s * rate_hz + 1000, 1e7)));
    }
    impl_->reply.reserve(4096);
    impl_->config.serial.empty() ? impl_->listen() : impl_->open_line();
}

NdiSimulator::~NdiSimulator() = default;

int NdiSimulator::port() const noexcept { return impl_->port; }
const std::string& NdiSimulator::device() const noexcept { return impl_->terminal.device(); }
const NdiSimulatorCounts& NdiSimulator::counts() const noexcept { return impl_->counts; }
const std::vector<NdiStamp>& NdiSimulator::stamps() const noexcept { return impl_->stamps; }

void NdiSimulator::run()
{
    const core::TimePoint end =
        impl_->config.duration ? core::Clock::now() + *impl_->config.duration : core::TimePoint::max();
    while (!impl_->stopping && !impl_->ended && core::Clock::now() < end) impl_->serve(end);
}

void NdiSimulator::stop() noexcept
{
    impl_->stopping = true;
    impl_->wake.signal();
}

}  // namespace foretide::acquisition
