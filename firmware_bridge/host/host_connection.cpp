// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/host_connection.h"

#include <algorithm>
#include <chrono>

namespace foretide::firmware_bridge {

namespace {

constexpr int kForeignStatuses = 2;  // one may have been under way when the connection began

std::uint32_t microseconds(core::Duration duration) noexcept
{
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 1, UINT32_MAX));
}

}  // namespace

const char* in_words(LinkProblem problem) noexcept
{
    switch (problem) {
    case LinkProblem::none:
        return "";
    case LinkProblem::no_answer:
        return "the gating controller does not answer: check that it is switched on, the cable and the address";
    case LinkProblem::lost:
        return "the gating controller answers no more: check cable and power; the beam needs a new release after that";
    case LinkProblem::version:
        return "the gating controller speaks another version of the protocol: bring both ends to the same release";
    case LinkProblem::reset:
        return "the gating controller was reset, or another host uses it: find out which; the beam needs a new release";
    }
    return "";
}

HostConnection::HostConnection(const HostConnectionConfig& config, std::uint32_t seed)
    : config_(config), random_(seed), retry_(config.first_retry)
{
    if (config_.age_limit <= core::Duration::zero()) config_.age_limit = config_.sample_period * 5 / 2;
}

void HostConnection::lose(LinkProblem problem, core::TimePoint now) noexcept
{
    if (connected()) ++voided_;
    id_ = {};
    problem_ = problem;
    hello_due_ = now;
    retry_ = config_.first_retry;
}

bool HostConnection::advance(core::TimePoint now) noexcept
{
    if (connected() && now - heard_ >= config_.answer_time) lose(LinkProblem::lost, now);
    return !connected() && now >= hello_due_;
}

core::TimePoint HostConnection::due() const noexcept { return connected() ? heard_ + config_.answer_time : hello_due_; }

EncodedFrame HostConnection::hello(core::TimePoint now, std::uint32_t sequence, std::uint32_t release_epoch) noexcept
{
    if (connected()) lose(problem_, now);
    const std::uint32_t before = nonce_;
    while (nonce_ == 0 || nonce_ == before) nonce_ = static_cast<std::uint32_t>(random_());
    hello_due_ = now + retry_;
    retry_ = std::min(2 * retry_, config_.longest_retry);
    ft_frame frame;
    frame.header = {FT_VERSION, FT_HELLO, nonce_, 0, sequence};
    frame.body.hello = {FT_VERSION,
                        FT_VERSION,
                        microseconds(config_.sample_period),
                        microseconds(config_.watchdog),
                        microseconds(config_.age_limit),
                        release_epoch};
    EncodedFrame encoded;
    encoded.size = ft_encode(&frame, encoded.bytes.data());
    encoded.sequence = sequence;
    return encoded;
}

HostConnection::Received HostConnection::receive(std::span<const std::uint8_t> bytes, core::TimePoint now) noexcept
{
    ft_frame frame;
    const ft_answer answer = ft_decode(bytes.data(), bytes.size(), &frame);
    if (answer == FT_ANSWER_VERSION && !connected()) problem_ = LinkProblem::version;
    if (answer != FT_ANSWER_TAKEN) return Received::unusable;
    if (frame.header.type == FT_WELCOME) return take_welcome(frame, now);
    if (frame.header.type == FT_STATUS) return take_status(frame, now);
    return Received::unusable;
}

HostConnection::Received HostConnection::take_welcome(const ft_frame& frame, core::TimePoint now) noexcept
{
    if (nonce_ == 0 || frame.header.host_nonce != nonce_) return Received::foreign;
    if (connected()) {
        if (frame.header.controller_nonce == id_.controller) return Received::foreign;  // a copy
        lose(LinkProblem::reset, now);
        return Received::foreign;
    }
    id_ = {nonce_, frame.header.controller_nonce};
    welcome_ = frame.body.welcome;
    status_ = {};
    status_.barred_epoch = welcome_.barred_epoch;
    status_.latches = welcome_.latches;
    status_number_ = welcome_.status_number;
    heard_ = now;
    retry_ = config_.first_retry;
    foreign_ = 0;
    problem_ = LinkProblem::none;
    ++connections_;
    ++voided_;
    return Received::connected;
}

HostConnection::Received HostConnection::take_status(const ft_frame& frame, core::TimePoint now) noexcept
{
    if (!connected()) {
        if (frame.body.status.answer == FT_ANSWER_VERSION) problem_ = LinkProblem::version;
        return Received::foreign;
    }
    if (frame.header.host_nonce != id_.host || frame.header.controller_nonce != id_.controller) {
        if (++foreign_ >= kForeignStatuses) lose(LinkProblem::reset, now);
        return Received::foreign;
    }
    foreign_ = 0;
    heard_ = now;
    if (!ft_newer(frame.header.sequence, status_number_)) return Received::status;  // overtaken by a newer one
    status_number_ = frame.header.sequence;
    if (frame.body.status.latches != status_.latches) ++voided_;
    status_ = frame.body.status;
    return Received::status;
}

}  // namespace foretide::firmware_bridge
