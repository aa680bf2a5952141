// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/simulator/simulated_controller.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <random>
#include <utility>

#include "core/rt/thread.h"
#include "firmware_bridge/controller/ft_bytes.h"
#include "firmware_bridge/controller/ft_crc32c.h"
#include "firmware_bridge/simulator/controller_line.h"

namespace foretide::firmware_bridge {

namespace {

enum Kind : std::size_t { reset, trip, clock_jump, silence, deaf, slow, drop, version, corrupt, babble, kinds };

constexpr int kMostFrames = 64;  // received in a turn: a babbling host does not keep the clock waiting
constexpr core::Duration kSecond = std::chrono::seconds(1);

constexpr std::array<core::FaultName, kinds> kFaults{{
    {"reset", "switched off and on: connection, counters and release are forgotten"},
    {"trip", "the platform finds a fault: holds until a new connection and release"},
    {"clock-jump", "its clock jumps by VALUE seconds (1), back where negative", true, 1, -1e6, 1e6},
    {"silence", "no replies, without DURATION for a second", false, 0, 0, 0, kSecond},
    {"deaf", "takes nothing, without DURATION for a second", false, 0, 0, 0, kSecond},
    {"slow", "replies are VALUE seconds (0.05) late, without DURATION for a second", true, 0.05, 0, 10, kSecond},
    {"drop", "loses the share VALUE (0.5) of the frames, without DURATION for a second", true, 0.5, 0, 1, kSecond},
    {"version", "replies carry another version, without DURATION for a second", false, 0, 0, 0, kSecond},
    {"corrupt", "replies have a bit flipped, without DURATION for a second", false, 0, 0, 0, kSecond},
    {"babble", "sends VALUE (5) frames of nonsense each millisecond, without DURATION for a second", true, 5, 1, 100,
     kSecond},
}};

void add(ft_counters& sum, const ft_counters& more) noexcept
{
    sum.accepted += more.accepted;
    sum.wrong_crc += more.wrong_crc;
    sum.wrong_version += more.wrong_version;
    sum.wrong_nonce += more.wrong_nonce;
    sum.wrong_order += more.wrong_order;
    sum.too_old += more.too_old;
    sum.malformed += more.malformed;
}

struct Reply {
    std::array<std::uint8_t, FT_FRAME_MAX> bytes{};
    std::size_t size = 0;
    bool asked = false;  // to who sent the frame, else to the subscriber
    core::TimePoint due{};
};

}  // namespace

std::span<const core::FaultName> controller_faults() { return kFaults; }

struct SimulatedController::Impl {
    explicit Impl(SimulatedControllerConfig c) : config(std::move(c)), faults(config.faults), random(config.entropy)
    {
        if (config.entropy == 0) random.seed(std::random_device{}());
        restart();
    }

    void restart();
    std::uint64_t clock_us(core::TimePoint now) const noexcept;
    void befall(core::TimePoint now);
    void receive_all();
    void take(const ControllerLine::Received& received, core::TimePoint now);
    void answer(Reply reply, core::TimePoint now);
    void send_due(core::TimePoint now);
    void send(const Reply& reply);
    void noise();
    void measure(const ft_frame& frame, const ControllerLine::Received& received, ControllerTraceRow& row);
    void settle(core::TimePoint now);
    void turn(core::TimePoint end);

    SimulatedControllerConfig config;
    ControllerLine line;
    core::TimedFaults faults;
    core::ActiveFaultKinds active;
    std::mt19937 random;
    ft_controller controller{};
    std::uint32_t boots = 0;
    core::TimePoint start = core::kUnknownTime;  // first frame received
    core::TimePoint last_look = core::kUnknownTime, enabled_since{};
    core::Duration clock_offset = std::chrono::hours(1);  // jumps back are possible
    std::deque<Reply> late;
    std::atomic<bool> on{false}, stopping{false};
    std::uint32_t last_sample = 0;
    bool any_sample = false;
    SimulatedControllerCounts counts;
    std::vector<ControllerTraceRow> trace;
};

std::uint64_t SimulatedController::Impl::clock_us(core::TimePoint now) const noexcept
{
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>((now.time_since_epoch() + clock_offset).count() / 1000, 0));
}

void SimulatedController::Impl::restart()
{
    if (boots > 0) {
        add(counts.counters, controller.counters);
        counts.trips += controller.trips;
    }
    ft_controller_init(&controller, &config.limits, ++boots, static_cast<std::uint32_t>(random()),
                       clock_us(core::Clock::now()));
}

void SimulatedController::Impl::befall(core::TimePoint now)
{
    active = start == core::kUnknownTime ? core::ActiveFaultKinds{} : faults.at(now - start);
    if (active.has(reset)) {
        restart();
        ++counts.resets;
    }
    if (active.has(clock_jump)) clock_offset += core::from_seconds(active.value(clock_jump));
    if (active.has(trip)) ft_controller_trip(&controller, clock_us(now));
    if (active.has(babble)) noise();
}

void SimulatedController::Impl::noise()
{
    for (int i = static_cast<int>(active.value(babble)); i > 0; --i) {
        Reply reply;
        reply.size = 1 + random() % FT_FRAME_MAX;
        for (std::size_t b = 0; b < reply.size; ++b) reply.bytes[b] = static_cast<std::uint8_t>(random());
        send(reply);
    }
}

void SimulatedController::Impl::send(const Reply& reply)
{
    const std::span<const std::uint8_t> bytes(reply.bytes.data(), reply.size);
    if (reply.asked ? line.reply(bytes) : line.tell(bytes)) ++counts.replies;
}

void SimulatedController::Impl::answer(Reply reply, core::TimePoint now)
{
    if (reply.size == 0 || active.has(silence)) return;
    if (active.has(version)) {
        reply.bytes[4] = FT_VERSION + 1;
        const std::size_t body = reply.size - FT_CRC_SIZE;
        ft_put_u32(reply.bytes.data() + body, ft_crc32c(reply.bytes.data(), body));
    }
    if (active.has(corrupt)) reply.bytes[random() % reply.size] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    if (!active.has(slow)) {
        send(reply);
        return;
    }
    reply.asked = false;  // who sent it may not be the last one by then
    reply.due = now + core::from_seconds(active.value(slow));
    late.push_back(reply);
}

void SimulatedController::Impl::send_due(core::TimePoint now)
{
    for (; !late.empty() && late.front().due <= now; late.pop_front()) send(late.front());
}

void SimulatedController::Impl::measure(const ft_frame& frame, const ControllerLine::Received& received,
                                        ControllerTraceRow& row)
{
    const ft_command& command = frame.body.command;
    row.command = true;
    row.repeat = (command.flags & FT_COMMAND_REPEAT) != 0;
    row.on = command.beam == FT_BEAM_ON;
    row.sample = command.sample;
    row.sent_ns = command.sent_ns;
    row.exposure_ns = command.exposure_ns;
    const core::TimePoint sent{core::Duration{command.sent_ns}}, exposure{core::Duration{command.exposure_ns}};
    if (row.answer != FT_ANSWER_TAKEN && row.answer != FT_ANSWER_AGE) return;
    counts.sent_to_received.record(received.time - sent);
    if (row.repeat || exposure == core::kUnknownTime || (any_sample && command.sample == last_sample)) return;
    any_sample = true;
    last_sample = command.sample;
    counts.sample_to_command.record(received.time - exposure);
}

void SimulatedController::Impl::take(const ControllerLine::Received& received, core::TimePoint now)
{
    if (start == core::kUnknownTime) start = now;
    if (active.has(deaf) || (active.has(drop) && static_cast<double>(random()) * 0x1p-32 < active.value(drop))) return;
    Reply reply;
    reply.asked = true;
    if (received.broken) reply.size = ft_controller_receive_broken(&controller, clock_us(now), reply.bytes.data());
    if (received.bytes.empty()) {
        answer(reply, now);
        return;
    }
    ++counts.frames;
    reply.size = ft_controller_receive(&controller, clock_us(now), received.bytes.data(), received.bytes.size(),
                                       reply.bytes.data());
    ft_frame frame;
    ControllerTraceRow row;
    row.answer = static_cast<ft_answer>(controller.last_answer);
    const bool read = ft_decode(received.bytes.data(), received.bytes.size(), &frame) == FT_ANSWER_TAKEN;
    if (read && frame.header.type == FT_HELLO && controller.connected) line.subscribe();
    if (read && frame.header.type == FT_COMMAND) measure(frame, received, row);
    if (config.keep_trace) {
        row.received_ns = received.time.time_since_epoch().count();
        row.sequence = read ? frame.header.sequence : 0;
        row.state = ft_controller_state(&controller);
        row.reason = ft_controller_reason(&controller);
        row.enabled = ft_controller_enabled(&controller);
        trace.push_back(row);
    }
    answer(reply, now);
}

void SimulatedController::Impl::receive_all()
{
    for (int i = 0; i < kMostFrames; ++i) {
        const ControllerLine::Received received = line.receive();
        if (received.bytes.empty() && !received.broken) break;
        const core::TimePoint now = core::Clock::now();
        take(received, now);
        settle(now);
    }
}

void SimulatedController::Impl::settle(core::TimePoint now)
{
    const bool enabled = ft_controller_enabled(&controller), before = on.load(std::memory_order_relaxed);
    if (enabled == before) return;
    if (enabled) {
        enabled_since = now;
        ++counts.enabled_times;
    } else {
        counts.enabled += now - enabled_since;
    }
    on.store(enabled, std::memory_order_release);
}

void SimulatedController::Impl::turn(core::TimePoint end)
{
    const core::Duration period = std::chrono::microseconds(config.limits.poll_period_us);
    line.wait(std::min(end, core::Clock::now() + period / 2));
    const core::TimePoint now = core::Clock::now();
    if (last_look != core::kUnknownTime) counts.poll_interval.record(now - last_look);
    last_look = now;
    befall(now);
    Reply reply;
    reply.size = ft_controller_poll(&controller, clock_us(now), reply.bytes.data());
    answer(reply, now);
    settle(now);
    receive_all();
    send_due(core::Clock::now());
}

SimulatedController::SimulatedController(SimulatedControllerConfig config)
    : impl_(std::make_unique<Impl>(std::move(config)))
{
    const SimulatedControllerConfig& c = impl_->config;
    if (c.serial.empty())
        impl_->line.open_udp(c.bind, c.port);
    else
        impl_->line.open_serial(c.serial, c.baud);
}

SimulatedController::~SimulatedController() = default;

int SimulatedController::port() const noexcept { return impl_->line.port(); }
const std::string& SimulatedController::device() const noexcept { return impl_->line.device(); }
const SimulatedControllerCounts& SimulatedController::counts() const noexcept { return impl_->counts; }
const std::vector<ControllerTraceRow>& SimulatedController::trace() const noexcept { return impl_->trace; }
bool SimulatedController::enabled() const noexcept { return impl_->on.load(std::memory_order_acquire); }

void SimulatedController::run()
{
    (void)core::set_fifo_priority();  // where it is refused, poll_interval tells what that costs
    const core::TimePoint begin = core::Clock::now();
    const core::TimePoint end = impl_->config.duration ? begin + *impl_->config.duration : core::TimePoint::max();
    while (!impl_->stopping.load(std::memory_order_relaxed) && core::Clock::now() < end) impl_->turn(end);
    const core::TimePoint now = core::Clock::now();
    SimulatedControllerCounts& counts = impl_->counts;
    if (impl_->on.exchange(false)) counts.enabled += now - impl_->enabled_since;
    counts.run = now - begin;
    add(counts.counters, impl_->controller.counters);
    counts.trips += impl_->controller.trips;
    counts.state = ft_controller_state(&impl_->controller);
    counts.reason = ft_controller_reason(&impl_->controller);
    counts.last_trip = static_cast<ft_reason>(impl_->controller.last_trip);
}

void SimulatedController::stop() noexcept { impl_->stopping.store(true, std::memory_order_relaxed); }

}  // namespace foretide::firmware_bridge
