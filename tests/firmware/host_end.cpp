// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/firmware/host_end.h"

#include <stdexcept>
#include <utility>

namespace foretide::tests {

namespace {

using firmware_bridge::HostConnection;

constexpr core::Duration kPeriod = std::chrono::milliseconds(10);
constexpr std::uint32_t kSeed = 385;

firmware_bridge::HostConnectionConfig connection_config()
{
    firmware_bridge::HostConnectionConfig config;
    config.sample_period = std::chrono::milliseconds(100);
    return config;
}

}  // namespace

HostEnd::HostEnd(int line) : line_(line), connection_(connection_config(), kSeed), stream_(std::chrono::seconds(1)) {}

bool HostEnd::receive()
{
    bool any = false;
    for (auto frame = line_.receive(); !frame.empty(); frame = line_.receive()) {
        switch (connection_.receive(frame, core::Clock::now())) {
        case HostConnection::Received::status:
            any = true;
            ++statuses_;
            break;
        case HostConnection::Received::connected:
            break;
        case HostConnection::Received::foreign:
            ++foreign_;
            break;
        case HostConnection::Received::unusable:
            ++unusable_;
            break;
        }
        stream_.connect(connection_.id(), connection_.latches());
    }
    return any;
}

void HostEnd::connect(core::Duration patience)
{
    const auto until = core::Clock::now() + patience;
    const std::uint32_t before = connection_.connections();
    auto due = core::Clock::now();
    while (connection_.connections() == before) {
        const auto now = core::Clock::now();
        if (now > until) throw std::runtime_error("the controller does not welcome");
        if (now >= due) {
            line_.send(connection_.hello(now, stream_.take_number(), epoch_).span());
            due = now + std::chrono::milliseconds(200);
        }
        line_.wait(due);
        receive();
    }
}

bool HostEnd::try_send(core::BeamCommand beam)
{
    firmware_bridge::LinkCommand command;
    command.sample = ++sample_;
    command.exposure = core::Clock::now();
    command.beam = beam;
    command.reason = beam == core::BeamCommand::on ? core::HoldReason::none : core::HoldReason::operator_hold;
    command.release_epoch = epoch_;
    command.on = command.off = {1.0, 0.5, 1.5};
    command.window_lower = -2;
    command.window_upper = 2;
    const auto frame = stream_.next(command, core::Clock::now());
    if (!line_.send(frame.span())) return false;
    sent_number_ = frame.sequence;
    return true;
}

core::TimePoint HostEnd::send(core::BeamCommand beam)
{
    const auto until = core::Clock::now() + std::chrono::seconds(1);
    while (!try_send(beam)) {
        if (core::Clock::now() > until) throw std::runtime_error("the line takes no command");
        line_.wait(core::Clock::now() + std::chrono::milliseconds(1));
        receive();
    }
    return core::Clock::now();
}

void HostEnd::run(core::BeamCommand beam, const std::function<bool()>& done, core::Duration patience)
{
    const auto until = core::Clock::now() + patience;
    auto due = core::Clock::now();
    do {
        const auto now = core::Clock::now();
        if (now > until) throw std::runtime_error("what was waited for has not come about");
        if (now >= due) {
            try_send(beam);
            due = now + kPeriod;
        }
        line_.wait(due);
        receive();
    } while (!done());
}

void HostEnd::run_for(core::BeamCommand beam, core::Duration time)
{
    const auto end = core::Clock::now() + time;
    run(
        beam, [end] { return core::Clock::now() >= end; }, time + std::chrono::seconds(5));
}

void HostEnd::bring_on()
{
    connect();
    release();
    run(core::BeamCommand::on, [this, before = statuses_] { return statuses_ != before && status().enabled == 1; });
}

core::Duration HostEnd::round_trip(core::BeamCommand beam, core::Duration patience)
{
    const auto sent = send(beam);
    const std::uint32_t number = sent_number_;
    while (!receive() || status().last_sequence != number) {
        if (core::Clock::now() > sent + patience) throw std::runtime_error("a command is not answered");
        line_.wait(sent + patience);
    }
    return core::Clock::now() - sent;
}

}  // namespace foretide::tests
