// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The host's code and the controller's in virtual time, with a link between them that does everything wrong. An oracle
// that sees the link from outside says when the beam may be on. FORETIDE_LONG=1: a million frames of each kind.

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "firmware_bridge/controller/ft_bytes.h"
#include "firmware_bridge/controller/ft_crc32c.h"
#include "tests/firmware_bridge/virtual_link.h"

namespace foretide::firmware_bridge {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kWatchdog_us = 100000, kAge_us = 83000, kDwell_us = 1000000;
constexpr std::int64_t kSample_us = 33000, kHeartbeat_us = 20000;

struct Kind {
    const char* name;
    double loss = 0, duplicate = 0, delay = 0, corrupt = 0, replay = 0, wrong_version = 0, babble = 0, foreign = 0;
    double silence = 0, stall = 0, camera_gap = 0, reset = 0;  // a second
    double reply_loss = 0;
};

const std::vector<Kind>& all_kinds()
{
    static const std::vector<Kind> kinds = [] {
        std::vector<Kind> k(16);
        k[0].name = "nothing wrong";
        k[1].name = "loss of 10 %", k[1].loss = 0.1;
        k[2].name = "loss of 50 %", k[2].loss = 0.5;
        k[3].name = "reordering", k[3].delay = 0.3;
        k[4].name = "duplicates", k[4].duplicate = 0.5, k[4].delay = 0.2;
        k[5].name = "corruption", k[5].corrupt = 0.3;
        k[6].name = "stale replays", k[6].replay = 0.5;
        k[7].name = "wrong version", k[7].wrong_version = 0.3;
        k[8].name = "silence", k[8].silence = 0.1;
        k[9].name = "babble", k[9].babble = 1;
        k[10].name = "another host's HELLO", k[10].foreign = 0.02;
        k[11].name = "controller resets", k[11].reset = 0.05, k[11].replay = 0.1;
        k[12].name = "no replies", k[12].reply_loss = 0.7;
        k[13].name = "stalled engine", k[13].stall = 0.1;
        k[14].name = "gaps of the camera", k[14].camera_gap = 0.2;
        k[15] = {"all at once", 0.03, 0.1, 0.05, 0.02, 0.1, 0.02, 0.1, 0.0002, 0.02, 0.02, 0.02, 0.01, 0.05};
        return k;
    }();
    return kinds;
}

struct Parcel {
    std::int64_t due = 0;
    Bytes bytes;
    bool genuine = false;  // as the host sent it
};

class Campaign {
public:
    explicit Campaign(const Kind& kind, std::uint64_t seed) : kind_(kind), random_(seed) { restart(); }

    void run(std::int64_t frames)
    {
        while (sent_ < frames && !testing::Test::HasFailure()) millisecond();
    }

    std::int64_t sent() const { return sent_; }
    std::int64_t on_ms() const { return on_ms_; }
    std::int64_t trips() const { return trips_ + controller_.state.trips; }
    std::int64_t wrong() const { return wrong_; }
    std::int64_t injected() const { return injected_; }

private:
    bool happens(double probability) { return probability > 0 && uniform_(random_) < probability; }
    std::int64_t between(std::int64_t least, std::int64_t most)
    {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
    }
    core::TimePoint time() const { return at_us(now_); }

    void restart()
    {
        ft_controller_config config = default_controller();
        trips_ += controller_.state.trips;
        controller_ = VirtualController(config, ++boots_, static_cast<std::uint32_t>(random_()),
                                        static_cast<std::uint64_t>(now_));
        forget_connection();
    }
    /// Nothing that came before counts.
    void forget_connection()
    {
        heard_at_ = -1;
        released_here_ = false;
        good_since_ = -1;
    }

    void millisecond();
    void host();
    void transmit(const EncodedFrame& frame);
    void post(Bytes bytes, bool genuine, std::int64_t delay)
    {
        const Parcel parcel{now_ + delay, std::move(bytes), genuine};
        const auto later = [](const Parcel& a, const Parcel& b) { return a.due < b.due; };
        to_controller_.insert(std::upper_bound(to_controller_.begin(), to_controller_.end(), parcel, later), parcel);
    }
    void deliver(const Parcel& parcel);
    void watch(const Parcel& parcel);
    void reply(Bytes bytes);
    void inject();
    void judge();

    const Kind& kind_;
    std::mt19937_64 random_;
    std::uniform_real_distribution<double> uniform_{0, 1};
    std::int64_t now_ = 10'000'000, sent_ = 0, injected_ = 0;
    std::uint32_t boots_ = 0;
    std::int64_t trips_ = 0, on_ms_ = 0, wrong_ = 0;
    VirtualController controller_;
    VirtualHost host_{11, HostConnectionConfig{33000us, 100ms, 0ms, 300ms, 100ms, 1s}};
    std::deque<Parcel> to_controller_, to_host_;
    std::vector<Bytes> old_;
    // Host.
    std::int64_t next_sample_ = 0, last_sent_ = 0, silent_until_ = 0, stalled_until_ = 0, no_camera_until_ = 0;
    std::int64_t release_at_ = 0, exposure_ = 0, beam_until_ = 0;
    bool beam_ = false;
    std::uint32_t epoch_ = 1, voided_ = 0;
    // Oracle: what was delivered as sent, in order, of the controller's present connection.
    std::int64_t heard_at_ = -1, age_ = 0, good_since_ = -1;
    std::uint32_t number_ = 0, released_epoch_ = 0;
    bool newest_on_ = false, released_here_ = false;
    std::uint32_t nonce_ = 0, controller_nonce_ = 0;
};

void Campaign::host()
{
    if (happens(kind_.silence / 1000)) silent_until_ = now_ + between(20000, 600000);
    if (happens(kind_.stall / 1000)) stalled_until_ = now_ + between(20000, 600000);
    if (happens(kind_.camera_gap / 1000)) no_camera_until_ = now_ + between(20000, 600000);
    const bool moves = now_ >= stalled_until_;
    if (moves) host_.stream.alive();
    // The operator: releases again a while after the old release became void.
    if (host_.connection.voided() != voided_) {
        voided_ = host_.connection.voided();
        release_at_ = now_ + between(0, 400000);
    }
    if (release_at_ > 0 && now_ >= release_at_ && moves && host_.connection.connected()) {
        ++epoch_;
        release_at_ = 0;
    }
    if (const EncodedFrame hello = host_.advance(time()); hello.size > 0) transmit(hello);
    host_.stream.watch(time());
    if (now_ >= beam_until_) {
        beam_ = !beam_;
        beam_until_ = now_ + between(300000, 3000000);
    }
    if (now_ >= next_sample_) {
        next_sample_ = now_ + kSample_us;
        if (now_ >= no_camera_until_) exposure_ = now_ - between(10000, 20000);
        if (moves) {
            const bool on = beam_ && release_at_ == 0;
            const EncodedFrame frame = host_.stream.next(
                good_command(at_us(exposure_), on ? core::BeamCommand::on : core::BeamCommand::hold, epoch_), time());
            if (frame.size > 0) transmit(frame);
        }
    }
    if (now_ - last_sent_ >= kHeartbeat_us && host_.connection.connected())
        if (const EncodedFrame frame = host_.stream.repeat(time()); frame.size > 0) transmit(frame);
}

void Campaign::transmit(const EncodedFrame& frame)
{
    last_sent_ = now_;
    ++sent_;
    Bytes bytes(frame.span().begin(), frame.span().end());
    if (old_.size() < 4000)
        old_.push_back(bytes);
    else
        old_[random_() % old_.size()] = bytes;
    if (now_ < silent_until_ || happens(kind_.loss)) return;
    bool genuine = true;
    if (happens(kind_.corrupt)) {
        for (std::int64_t bits = between(1, 5); bits > 0; --bits)
            bytes[random_() % bytes.size()] ^= static_cast<std::uint8_t>(1U << (random_() % 8));
        if (happens(0.1)) bytes.resize(random_() % bytes.size());
        genuine = std::ranges::equal(bytes, frame.span());  // two flips of one bit undo each other
    }
    if (happens(kind_.wrong_version)) {
        bytes[4] = static_cast<std::uint8_t>(between(2, 255));
        ft_put_u32(bytes.data() + bytes.size() - 4, ft_crc32c(bytes.data(), bytes.size() - 4));
        genuine = false;
    }
    const std::int64_t delay = happens(kind_.delay) ? between(1000, 80000) : between(0, 1000);
    if (happens(kind_.duplicate)) post(bytes, genuine, delay + between(0, 50000));
    post(std::move(bytes), genuine, delay);
}

void Campaign::inject()
{
    if (happens(kind_.replay) && !old_.empty()) {
        const Bytes& old = old_[random_() % old_.size()];
        if (old[5] != FT_HELLO || happens(0.002)) {  // each of these ends a connection, and leaves nothing to spoil
            ++injected_;
            post(old, true, 0);  // old, but once sent like this
        }
    }
    if (happens(kind_.babble)) {
        ++injected_;
        Bytes noise(1 + random_() % 120);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random_());
        if (happens(0.5)) {  // well-formed nonsense
            ft_frame frame{};
            frame.header = {FT_VERSION, FT_COMMAND, static_cast<std::uint32_t>(random_()),
                            static_cast<std::uint32_t>(random_()), static_cast<std::uint32_t>(random_())};
            frame.body.command = to_wire(good_command(at_us(now_), core::BeamCommand::on, epoch_ + 1), time());
            noise = encoded(frame);
        }
        post(noise, false, 0);
    }
    if (happens(kind_.foreign / 10)) {
        ++injected_;
        ft_frame frame{};
        frame.header = {FT_VERSION, FT_HELLO, static_cast<std::uint32_t>(random_() | 1U), 0, 1};
        frame.body.hello = {1, 1, 33000, 100000, 83000, 0};
        post(encoded(frame), true, 0);
    }
    if (happens(kind_.reset / 1000)) restart();
}

/// The oracle's account, from the bytes delivered: those that are as somebody sent them.
void Campaign::watch(const Parcel& parcel)
{
    ft_frame frame;
    if (!parcel.genuine || ft_decode(parcel.bytes.data(), parcel.bytes.size(), &frame) != FT_ANSWER_TAKEN) return;
    if (frame.header.type == FT_HELLO) {
        forget_connection();
        number_ = frame.header.sequence;
        nonce_ = frame.header.host_nonce;
        controller_nonce_ = controller_.state.controller_nonce;
        released_epoch_ = frame.body.hello.release_epoch;
        return;
    }
    const ft_command& command = frame.body.command;
    if (frame.header.type != FT_COMMAND || frame.header.host_nonce != nonce_ ||
        frame.header.controller_nonce != controller_nonce_ ||
        static_cast<std::int32_t>(frame.header.sequence - number_) <= 0)
        return;
    const bool silent = heard_at_ < 0 || now_ - heard_at_ >= kWatchdog_us - 1000;
    if (silent || now_ - heard_at_ + age_ >= kAge_us - 1000 || command.sample_age_us >= kAge_us - 1000)
        good_since_ = -1;
    if (good_since_ < 0 && command.sample_age_us < kAge_us - 1000) good_since_ = now_;
    number_ = frame.header.sequence;
    heard_at_ = now_;
    age_ = command.sample_age_us;
    newest_on_ = command.beam == FT_BEAM_ON;
    if (command.release_epoch != released_epoch_) released_here_ = true;
    released_epoch_ = command.release_epoch;
}

void Campaign::deliver(const Parcel& parcel)
{
    Bytes answer = controller_.receive(static_cast<std::uint64_t>(now_), parcel.bytes);
    watch(parcel);
    judge();
    if (!answer.empty()) reply(std::move(answer));
}

void Campaign::reply(Bytes bytes)
{
    if (happens(kind_.reply_loss)) return;
    if (happens(kind_.corrupt)) bytes[random_() % bytes.size()] ^= 4U;
    to_host_.push_back({now_ + between(0, 1000), std::move(bytes), true});
}

void Campaign::judge()
{
    if (heard_at_ >= 0 && now_ - heard_at_ >= kWatchdog_us - 1000) released_here_ = false;  // latched
    if (!controller_.enabled()) return;
    const char* why = nullptr;
    if (heard_at_ < 0)
        why = "no command of this connection";
    else if (!newest_on_)
        why = "the newest command says hold";
    else if (now_ - heard_at_ >= kWatchdog_us)
        why = "silence";
    else if (now_ - heard_at_ + age_ >= kAge_us)
        why = "the sample is too old";
    else if (good_since_ < 0 || now_ - good_since_ < kDwell_us)
        why = "no dwell time";
    else if (!released_here_)
        why = "no release since connection or trip";
    if (why == nullptr) return;
    ++wrong_;
    ADD_FAILURE() << kind_.name << ": on at " << now_ << " us though " << why;
}

void Campaign::millisecond()
{
    now_ += 1000;
    inject();
    host();
    for (; !to_controller_.empty() && to_controller_.front().due <= now_; to_controller_.pop_front())
        deliver(to_controller_.front());
    if (Bytes status = controller_.poll(static_cast<std::uint64_t>(now_)); !status.empty()) reply(std::move(status));
    judge();
    on_ms_ += controller_.enabled() ? 1 : 0;
    for (; !to_host_.empty() && to_host_.front().due <= now_; to_host_.pop_front())
        host_.receive(to_host_.front().bytes, time());
}

class LinkFaults : public testing::TestWithParam<std::size_t> {};

TEST_P(LinkFaults, NeverEnableTheBeamWrongly)
{
    const Kind& kind = all_kinds()[GetParam()];
    const std::int64_t frames = std::getenv("FORETIDE_LONG") != nullptr ? 1'000'000 : 20'000;
    Campaign campaign(kind, 100 + GetParam());
    campaign.run(frames);
    std::cout << kind.name << ": " << campaign.sent() << " frames sent, " << campaign.injected()
              << " injected, beam on for " << campaign.on_ms() / 1000 << " s, " << campaign.trips()
              << " trips, wrongly on " << campaign.wrong() << '\n';
    EXPECT_EQ(campaign.wrong(), 0);
    EXPECT_GE(campaign.sent(), frames);
    if (kind.reply_loss < 0.5) {
        EXPECT_GT(campaign.on_ms(), 0) << "a beam that is never on proves nothing";
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds, LinkFaults, testing::Range<std::size_t>(0, 16));

}  // namespace
}  // namespace foretide::firmware_bridge
