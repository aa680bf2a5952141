// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/controller_output.h"

#include <stdexcept>

#include "firmware_bridge/host/link_transport.h"

namespace foretide::apps {

namespace {

using firmware_bridge::GateForecast;
using firmware_bridge::LinkCommand;

bool is_datagram(const std::string& address) { return address.starts_with("datagram:"); }

firmware_bridge::LinkConfig link_config(const ControllerOutputConfig& config)
{
    firmware_bridge::LinkConfig link;
    link.address = config.address;
    link.connection.sample_period = config.sample_period;
    link.realtime = config.realtime;
    return link;
}

GateForecast forecast(double lower_mm, double upper_mm) noexcept
{
    return {0.5 * (lower_mm + upper_mm), lower_mm, upper_mm};
}

/// The same decision, so that there is nothing to tell before the link's own heartbeat.
bool same_decision(const LinkCommand& a, const LinkCommand& b) noexcept
{
    return a.exposure == b.exposure && a.beam == b.beam && a.reason == b.reason && a.release_epoch == b.release_epoch;
}

}  // namespace

ControllerOutput::ControllerOutput(const ControllerOutputConfig& config) : config_(config)
{
    check(config.address);
    if (is_datagram(config.address))
        datagrams_.emplace(config.address);
    else
        link_.emplace(link_config(config));
}

void ControllerOutput::check(const std::string& address)
{
    if (is_datagram(address)) {
        const UdpOutput probe(address);
        return;
    }
    try {
        firmware_bridge::check_link_address(address);
    } catch (const std::invalid_argument& error) {
        throw std::runtime_error(error.what());
    }
}

void ControllerOutput::alive() noexcept
{
    if (link_) link_->alive();
}

bool ControllerOutput::send(const core::SampleRecord& record, std::uint64_t frame_sequence, bool repeated,
                            std::uint32_t epoch) noexcept
{
    if (datagrams_) return datagrams_->send(record, frame_sequence, repeated);
    return send_on_link(record, epoch);
}

void ControllerOutput::set_ranges(const core::SampleRecord& record, LinkCommand& command) const noexcept
{
    command.t_on = config_.t_on;
    command.t_off = config_.t_off;
    if (config_.phase) {
        constexpr double cycle = 0.01;  // of a percent
        const core::BreathReading& b = record.breath;
        command.gate = firmware_bridge::GateKind::phase;
        command.on = forecast(cycle * b.phase_on_lower_percent, cycle * b.phase_on_upper_percent);
        command.off = forecast(cycle * b.phase_off_lower_percent, cycle * b.phase_off_upper_percent);
        command.window_lower = cycle * config_.phase->from_percent;
        command.window_upper = cycle * config_.phase->to_percent;
    } else {
        command.on = forecast(record.gate_on_lower_mm, record.gate_on_upper_mm);
        command.off = forecast(record.gate_off_lower_mm, record.gate_off_upper_mm);
        command.window_lower = record.window_lower_mm;
        command.window_upper = record.window_upper_mm;
    }
}

bool ControllerOutput::send_on_link(const core::SampleRecord& record, std::uint32_t epoch) noexcept
{
    LinkCommand command;
    command.sample = static_cast<std::uint32_t>(record.index);
    if (record.index >= 0) command.exposure = record.time;
    command.beam = record.beam;
    command.reason = record.reason;
    command.fallback = !core::has(record.decision, core::StepDecision::main_in_time);
    command.release_epoch = epoch;
    set_ranges(record, command);
    if (record.beam != core::BeamCommand::on) {
        opened_ = core::kUnknownTime;
    } else if (opened_ == core::kUnknownTime) {
        opened_ = record.time;
        opening_ = command.on;
    } else if (const core::Duration since = record.time - opened_; since < config_.t_on - config_.t_off) {
        command.t_on = config_.t_on - since;
        command.on = opening_;
    }
    if (same_decision(command, told_)) return false;
    told_ = command;
    return link_->send(command);
}

}  // namespace foretide::apps
