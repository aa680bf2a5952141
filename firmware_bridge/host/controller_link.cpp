// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/controller_link.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <thread>

#include "core/rt/latest_value.h"
#include "core/rt/thread.h"
#include "firmware_bridge/host/command_stream.h"
#include "firmware_bridge/host/link_transport.h"

namespace foretide::firmware_bridge {

namespace {

constexpr core::Duration kTurn = std::chrono::milliseconds(10);  // longest wait of the link's thread
constexpr int kMostFrames = 64;  // received in a turn: a babbling controller does not keep the heartbeat waiting
constexpr core::Duration kRetry = std::chrono::milliseconds(2);  // after a heartbeat that the system did not take

/// When a frame was handed to the system, for round trips. Threads: any. A slot read while it is overwritten gives
/// another frame's time, told apart by its number.
class SendTimes {
public:
    void record(std::uint32_t sequence, core::TimePoint time) noexcept
    {
        times_[sequence % kSlots].store(time.time_since_epoch().count(), std::memory_order_relaxed);
        numbers_[sequence % kSlots].store(sequence, std::memory_order_release);
    }
    core::TimePoint find(std::uint32_t sequence) const noexcept
    {
        if (numbers_[sequence % kSlots].load(std::memory_order_acquire) != sequence) return core::kUnknownTime;
        return core::TimePoint{core::Duration{times_[sequence % kSlots].load(std::memory_order_relaxed)}};
    }

private:
    static constexpr std::size_t kSlots = 64;  // frames of about a second
    std::array<std::atomic<std::int64_t>, kSlots> times_{};
    std::array<std::atomic<std::uint32_t>, kSlots> numbers_{};
};

}  // namespace

struct ControllerLink::Impl {
    explicit Impl(const LinkConfig& c)
        : config(c),
          transport(open_link_transport(c.address)),
          stream(c.stall_time),
          connection(c.connection, std::random_device{}())
    {
    }

    bool send(const EncodedFrame& frame, core::TimePoint now) noexcept;
    void run() noexcept;
    void turn() noexcept;
    void greet(core::TimePoint now) noexcept;
    void beat(core::TimePoint now) noexcept;
    void receive(std::span<const std::uint8_t> bytes, core::TimePoint now) noexcept;
    void publish() noexcept;

    const LinkConfig config;
    std::unique_ptr<LinkTransport> transport;
    CommandStream stream;
    SendTimes sent_at;
    std::atomic<std::int64_t> last_sent_ns{0};  // of either thread
    std::atomic<std::uint64_t> commands{0}, unsent{0};
    std::atomic<bool> connected{false}, stopping{false};
    std::atomic<std::uint32_t> voided{0};
    core::LatestValue<LinkStatus> published{LinkStatus{}};

    HostConnection connection;  // from here on the link's thread
    LinkStatus status;
    std::uint32_t broken_seen = 0;
    core::TimePoint next_try{};
    std::thread thread;
};

bool ControllerLink::Impl::send(const EncodedFrame& frame, core::TimePoint now) noexcept
{
    sent_at.record(frame.sequence, now);
    if (!transport->send(frame.span())) {
        unsent.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    last_sent_ns.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    return true;
}

void ControllerLink::Impl::greet(core::TimePoint now) noexcept
{
    stream.connect({}, 0);
    const std::uint32_t sequence = stream.take_number();
    send(connection.hello(now, sequence, stream.release_epoch()), now);
}

void ControllerLink::Impl::beat(core::TimePoint now) noexcept
{
    const EncodedFrame frame = stream.repeat(now);
    next_try = now + kRetry;
    if (frame.size == 0 || stream.overtaken(frame)) return;
    if (send(frame, now)) ++status.heartbeats;
}

void ControllerLink::Impl::receive(std::span<const std::uint8_t> bytes, core::TimePoint now) noexcept
{
    switch (connection.receive(bytes, now)) {
    case HostConnection::Received::unusable:
        ++status.unusable;
        return;
    case HostConnection::Received::foreign:
        ++status.foreign;
        return;
    case HostConnection::Received::connected:
        voided.store(connection.voided(), std::memory_order_release);  // before anything is sent on it
        stream.connect(connection.id(), connection.latches());
        return;
    case HostConnection::Received::status:
        break;
    }
    voided.store(connection.voided(), std::memory_order_release);  // before a release counts again
    stream.connect(connection.id(), connection.latches());
    ++status.statuses;
    status.controller_time = now;
    const ft_status& answer = connection.status();
    if (answer.answer != FT_ANSWER_TAKEN && answer.answer != FT_ANSWER_AGE) return;
    const core::TimePoint sent = sent_at.find(answer.last_sequence);
    if (sent != core::kUnknownTime) status.round_trip.record(now - sent);
}

void ControllerLink::Impl::publish() noexcept
{
    status.connected = connection.connected();
    status.stalled = stream.stalled();
    status.problem = connection.problem();
    status.connections = connection.connections();
    status.voided = connection.voided();
    status.welcome = connection.welcome();
    status.controller = connection.status();
    status.commands = commands.load(std::memory_order_relaxed);
    status.unsent = unsent.load(std::memory_order_relaxed);
    status.unusable += transport->broken() - broken_seen;
    broken_seen = transport->broken();
    voided.store(status.voided, std::memory_order_release);
    connected.store(status.connected, std::memory_order_release);
    published.back() = status;
    published.publish();
}

void ControllerLink::Impl::turn() noexcept
{
    const auto beat_due = [this] {
        const core::TimePoint sent{core::Duration{last_sent_ns.load(std::memory_order_relaxed)}};
        return std::max(sent + config.heartbeat, next_try);
    };
    core::TimePoint now = core::Clock::now();
    const core::TimePoint due = connection.connected() ? std::min(connection.due(), beat_due()) : connection.due();
    transport->wait(std::min(due, now + kTurn));
    now = core::Clock::now();
    for (int i = 0; i < kMostFrames; ++i) {
        const auto bytes = transport->receive();
        if (bytes.empty()) break;
        receive(bytes, now);
        now = core::Clock::now();
    }
    stream.watch(now);
    if (connection.advance(now)) greet(now);
    if (!connection.connected()) stream.connect({}, 0);
    if (connection.connected() && now >= beat_due()) beat(now);
    publish();
}

void ControllerLink::Impl::run() noexcept
{
    (void)core::set_thread_name("controller_link");
    if (config.realtime) (void)core::set_fifo_priority();  // where it is not granted the controller's watchdog tells
    while (!stopping.load(std::memory_order_relaxed)) turn();
}

ControllerLink::ControllerLink(const LinkConfig& config) : impl_(std::make_unique<Impl>(config))
{
    impl_->thread = std::thread([this] { impl_->run(); });
}

ControllerLink::~ControllerLink()
{
    impl_->stopping.store(true, std::memory_order_relaxed);
    impl_->thread.join();
}

bool ControllerLink::send(const LinkCommand& command) noexcept FORETIDE_NONBLOCKING
{
    const core::TimePoint now = core::Clock::now();
    const EncodedFrame frame = impl_->stream.next(command, now);
    if (frame.size == 0 || !impl_->send(frame, now)) return false;
    impl_->commands.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void ControllerLink::alive() noexcept FORETIDE_NONBLOCKING { impl_->stream.alive(); }

bool ControllerLink::connected() const noexcept FORETIDE_NONBLOCKING
{
    return impl_->connected.load(std::memory_order_acquire);
}

std::uint32_t ControllerLink::voided() const noexcept FORETIDE_NONBLOCKING
{
    return impl_->voided.load(std::memory_order_acquire);
}

bool ControllerLink::fetch_status() noexcept FORETIDE_NONBLOCKING { return impl_->published.fetch(); }

const LinkStatus& ControllerLink::status() const noexcept FORETIDE_NONBLOCKING { return impl_->published.front(); }

}  // namespace foretide::firmware_bridge
