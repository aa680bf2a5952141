// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/firmware_bridge/controller_model.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <vector>

#include "tests/firmware_bridge/virtual_link.h"

namespace foretide::firmware_bridge {

namespace {

constexpr std::uint32_t kStep_us = 10000, kPoll_us = 1000;
constexpr std::uint32_t kWatchdog_us = 8 * kStep_us, kAge_us = 12 * kStep_us, kDwell_us = 11 * kStep_us;
constexpr std::uint32_t kAlike_us = 13 * kStep_us;  // beyond every limit
constexpr std::uint64_t kLong_us = 1000 * kStep_us;
constexpr std::uint32_t kEpoch0 = 0xFFFFFFFFU;  // releases wrap in the search
constexpr std::uint32_t kBase = 0xFFFFFFF0U;    // sequences, too

enum Event : std::uint8_t {
    time_step,
    on_fresh,
    on_aged,
    on_too_old,
    hold_fresh,
    on_in_doubt,
    release,
    status_arrives,
    old_sequence,
    far_sequence,
    old_host_nonce,
    old_controller_nonce,
    bad_crc,
    hello,
    hello_again,
    foreign_hello,
    reset,
    clock_back,
    events
};
constexpr std::array<const char*, events> kNames{"10 ms",
                                                 "ON",
                                                 "ON, sample 70 ms old",
                                                 "ON, sample too old",
                                                 "HOLD",
                                                 "ON in doubt",
                                                 "a release",
                                                 "a status arrives",
                                                 "an old ON",
                                                 "an ON far ahead",
                                                 "ON of another host",
                                                 "ON to another controller",
                                                 "a spoilt ON",
                                                 "HELLO",
                                                 "the same HELLO",
                                                 "another host's HELLO",
                                                 "reset",
                                                 "the clock goes back"};

/// What the search knows by itself: times of accepted frames, who is connected, which releases count.
struct Oracle {
    bool connected = false, mine = false;  // mine: by the host that sends the commands
    bool heard = false, newest_on = false;
    std::uint32_t since_frame = 0, age = 0;  // now, of the newest accepted command [µs]
    std::uint32_t good_for = 0;              // commands young enough and without a gap, for so long [µs]
    bool good = false;
    bool released = false;  // since the connection and the last trip that latches
    bool knowing = false;   // and that release was made by who had been told of it

    void lose_release(bool latch)
    {
        if (latch) released = false;
    }
};

struct State {
    ft_controller controller{};
    Oracle oracle;
    std::uint32_t sequence = kBase, epoch = kEpoch0, nonce = 1;
    std::uint32_t latches_known = 0, release_latches = 0;
    std::uint32_t hello_sequence = 0, hello_epoch = 0;
    std::uint32_t seen_nonce = 0;  // the controller's, as the host was told
    bool greeted = false;
};

std::uint32_t ago(std::uint64_t now, std::uint64_t then)
{
    // Beyond every limit all times are alike.
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(now - then, kAlike_us));
}

/// What tells two states apart: all that later behaviour depends on. Releases and numbers matter only by which is
/// newer.
std::vector<std::uint32_t> key(const State& s)
{
    const ft_controller& c = s.controller;
    const Oracle& o = s.oracle;
    const auto newer = [](std::uint32_t a, std::uint32_t b) -> std::uint32_t {
        return a == b ? 0 : ft_newer(a, b) ? 1 : 2;
    };
    return {c.connected,
            c.host_nonce == s.nonce,
            c.controller_nonce == s.seen_nonce,
            c.connected && c.last_sequence == s.sequence,
            c.taken,
            c.alive,
            c.wants_on,
            newer(c.epoch, c.barred_epoch),
            newer(s.epoch, c.barred_epoch),
            newer(s.epoch, c.epoch),
            c.release_latches == c.latches,
            s.release_latches == c.latches,
            s.latches_known == c.latches,
            c.taken ? c.age_at_arrival_us : 0,
            c.taken ? ago(c.now_us, c.arrival_us) : 0,
            c.fresh,
            c.fresh ? ago(c.now_us, c.fresh_since_us) : 0,
            c.enabled,
            s.greeted,
            s.greeted ? newer(s.epoch, s.hello_epoch) : 0,
            o.connected,
            o.mine,
            o.heard,
            o.newest_on,
            o.heard ? std::min(o.since_frame, kAlike_us) : 0,
            o.heard ? std::min(o.age, kAlike_us) : 0,
            o.good,
            o.good ? std::min(o.good_for, kAlike_us) : 0,
            o.released,
            o.knowing};
}

struct KeyHash {
    std::size_t operator()(const std::vector<std::uint32_t>& words) const noexcept
    {
        std::uint64_t hash = 0xCBF29CE484222325U;
        for (const std::uint32_t word : words) hash = (hash ^ word) * 0x100000001B3U ^ (hash >> 29U);
        return hash;
    }
};

class Search {
public:
    Search(const ControllerFunctions& sut, bool latch_watchdog, bool latch_age) : sut_(sut)
    {
        ft_controller_defaults(&config_);
        config_.watchdog_us = kWatchdog_us;
        config_.age_limit_us = kAge_us;
        config_.dwell_us = kDwell_us;
        config_.poll_period_us = kPoll_us;
        config_.latch_watchdog = latch_watchdog;
        config_.latch_age = latch_age;
    }

    ModelResult run(std::uint64_t most_states);

private:
    void apply(State& s, Event event) const;
    void pass(State& s) const;
    void command(State& s, Event event) const;
    void greet(State& s, Event event) const;
    /// Empty, or what is wrong with the state.
    std::string judge(const State& before, const State& after, Event event) const;

    const ControllerFunctions& sut_;
    ft_controller_config config_{};
};

bool is_over(std::uint32_t age) { return age + kPoll_us >= kAge_us; }

void Search::pass(State& s) const
{
    Oracle& o = s.oracle;
    sut_.poll(s.controller, s.controller.now_us + kStep_us);
    if (!o.heard) return;
    const bool was_silent = o.since_frame + kPoll_us >= kWatchdog_us;
    o.since_frame = std::min(o.since_frame + kStep_us, 100 * kStep_us);
    o.age = std::min(o.age + kStep_us, 100 * kStep_us);
    if (!was_silent && o.since_frame + kPoll_us >= kWatchdog_us) {
        o.good = false;
        o.lose_release(config_.latch_watchdog);
    }
    if (o.good && is_over(o.age)) {
        o.good = false;
        o.lose_release(config_.latch_age);
    }
    if (o.good) o.good_for = std::min(o.good_for + kStep_us, 100 * kStep_us);
}

void Search::command(State& s, Event event) const
{
    ft_frame frame{};
    frame.header = {FT_VERSION, FT_COMMAND, s.nonce, s.seen_nonce, ++s.sequence};
    LinkCommand link =
        good_command(at_us(0), event == hold_fresh ? core::BeamCommand::hold : core::BeamCommand::on, s.epoch);
    if (event == on_in_doubt) link.on.upper = link.off.upper = 3;
    const std::uint32_t age = event == on_too_old ? kAge_us : event == on_aged ? 7 * kStep_us : kStep_us;
    frame.body.command = to_wire(link, at_us(0));
    frame.body.command.sample_age_us = age;
    frame.body.command.release_latches = s.release_latches;
    bool valid = s.oracle.connected && s.oracle.mine;
    switch (event) {
    case old_sequence:
        frame.header.sequence = s.controller.last_sequence;
        --s.sequence;
        valid = false;
        break;
    case far_sequence:
        frame.header.sequence = s.controller.last_sequence + FT_SEQUENCE_JUMP + 1;
        --s.sequence;
        valid = false;
        break;
    case old_host_nonce:
        frame.header.host_nonce = s.nonce - 1;
        --s.sequence;
        valid = false;
        break;
    case old_controller_nonce:
        frame.header.controller_nonce = s.seen_nonce + 1;
        --s.sequence;
        valid = false;
        break;
    case bad_crc:
        --s.sequence;
        valid = false;
        break;
    default:
        break;
    }
    sut_.receive(s.controller, s.controller.now_us, frame, event == bad_crc);
    if (!valid) return;
    Oracle& o = s.oracle;
    o.heard = true;
    o.since_frame = 0;
    o.age = age;
    o.newest_on = event == on_fresh || event == on_aged || event == on_too_old;
    if (is_over(age)) {
        if (o.good) o.lose_release(config_.latch_age);
        o.good = false;
    } else if (!o.good) {
        o.good = true;
        o.good_for = 0;
    }
}

void Search::greet(State& s, Event event) const
{
    if (event == hello_again && !s.greeted) return;
    const bool foreign = event == foreign_hello;
    if (event == hello) {
        s.latches_known = 0;
        ++s.nonce;
        s.hello_sequence = ++s.sequence;
        s.hello_epoch = s.epoch;
        s.greeted = true;
    }
    ft_frame frame{};
    frame.header = {FT_VERSION, FT_HELLO, foreign ? s.nonce + 1000 : s.nonce, 0, foreign ? 5 : s.hello_sequence};
    frame.body.hello = {1, 1, 100000, 10 * kWatchdog_us, 10 * kAge_us, foreign ? s.epoch : s.hello_epoch};
    sut_.receive(s.controller, s.controller.now_us, frame, false);
    s.oracle = {};
    s.oracle.connected = true;
    s.oracle.mine = !foreign;
    if (foreign) return;
    s.seen_nonce = s.controller.controller_nonce;
    s.latches_known = s.controller.latches;
}

void Search::apply(State& s, Event event) const
{
    switch (event) {
    case time_step:
        pass(s);
        return;
    case release:
        ++s.epoch;
        s.release_latches = s.latches_known;
        s.oracle.released = s.oracle.connected;
        s.oracle.knowing = s.oracle.released && s.latches_known == s.controller.latches;
        return;
    case status_arrives:
        if (s.oracle.connected && s.oracle.mine) s.latches_known = s.controller.latches;
        return;
    case hello:
    case hello_again:
    case foreign_hello:
        greet(s, event);
        return;
    case reset:
        ft_controller_init(&s.controller, &config_, s.controller.boot_count + 1, 77, s.controller.now_us);
        s.oracle = {};
        return;
    case clock_back:
        sut_.poll(s.controller, s.controller.now_us - 1);
        s.controller.now_us += 1;
        s.oracle = {};
        return;
    default:
        command(s, event);
        return;
    }
}

std::string Search::judge(const State& before, const State& after, Event event) const
{
    const Oracle& o = after.oracle;
    const bool on = ft_controller_enabled(&after.controller);
    if (on && !o.connected) return "on without a connection";
    if (on && !o.mine) return "on with another host's connection";
    if (on && !o.heard) return "on without a command of this connection";
    if (on && !o.newest_on) return "on though the newest command is no ON that may be believed";
    if (on && o.since_frame + kPoll_us >= kWatchdog_us) return "on after a silence";
    if (on && is_over(o.age)) return "on with a sample too old";
    if (on && !(o.good && o.good_for >= kDwell_us)) return "on without the dwell time";
    if (on && !o.released) return "on without a release since the connection or the trip";
    if (on && !ft_controller_enabled(&before.controller) && event != on_fresh && event != on_aged && event != time_step)
        return "came on by what is no command";
    if (!on && o.connected && o.mine && o.heard && o.newest_on && o.good && o.good_for >= kDwell_us && o.released &&
        o.knowing && after.controller.epoch == after.epoch)
        return "held though everything is fulfilled";
    return "";
}

ModelResult Search::run(std::uint64_t most_states)
{
    struct Visit {
        std::uint32_t parent = 0;
        std::uint8_t event = 0;
        std::uint16_t depth = 0;
    };
    ModelResult result;
    std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, KeyHash> known;
    std::vector<Visit> visits;
    std::deque<std::pair<std::uint32_t, State>> open;
    const auto path = [&visits](std::uint32_t at, Event last) {
        std::string events = kNames[last];
        for (; at != 0; at = visits[at].parent) events = std::string(kNames[visits[at].event]) + ", " + events;
        return events;
    };
    State first;
    ft_controller_init(&first.controller, &config_, 1, 77, kLong_us);
    known.emplace(key(first), 0);
    visits.push_back({});
    open.emplace_back(0, first);
    while (!open.empty() && known.size() < most_states) {
        const auto [number, state] = open.front();
        open.pop_front();
        result.depth = visits[number].depth;
        for (std::uint8_t e = 0; e < events; ++e) {
            State next = state;
            apply(next, static_cast<Event>(e));
            ++result.transitions;
            const std::string wrong = judge(state, next, static_cast<Event>(e));
            if (!wrong.empty()) {
                result.violation = wrong + " after: " + path(number, static_cast<Event>(e));
                result.states = known.size();
                return result;
            }
            const auto id = static_cast<std::uint32_t>(visits.size());
            if (!known.emplace(key(next), id).second) continue;
            if (ft_controller_enabled(&next.controller)) ++result.enabled;
            visits.push_back({number, e, static_cast<std::uint16_t>(visits[number].depth + 1)});
            open.emplace_back(id, next);
        }
    }
    result.states = known.size();
    result.closed = open.empty();
    return result;
}

}  // namespace

ControllerFunctions real_controller()
{
    return {[](ft_controller& controller, std::uint64_t now_us, const ft_frame& frame, bool spoilt) {
                std::array<std::uint8_t, FT_FRAME_MAX> bytes{}, reply{};
                const std::size_t size = ft_encode(&frame, bytes.data());
                if (spoilt) bytes[32] ^= 1U;
                ft_controller_receive(&controller, now_us, bytes.data(), size, reply.data());
            },
            [](ft_controller& controller, std::uint64_t now_us) {
                std::array<std::uint8_t, FT_FRAME_MAX> reply{};
                ft_controller_poll(&controller, now_us, reply.data());
            }};
}

ModelResult search_controller(const ControllerFunctions& sut, bool latch_watchdog, bool latch_age,
                              std::uint64_t most_states)
{
    return Search(sut, latch_watchdog, latch_age).run(most_states);
}

}  // namespace foretide::firmware_bridge
