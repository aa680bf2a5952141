// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/command_desk.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace foretide::apps {

namespace {

using core::CommandKind;

constexpr core::Duration kPatience = std::chrono::milliseconds(800);
constexpr std::ptrdiff_t kMaxWaiting = 16;  ///< of a sender; holds aside
constexpr std::size_t kMaxStation = 32;
constexpr double kMaxGate_mm = 1e4;

struct Named {
    std::string_view name;
    CommandKind kind;
};
constexpr std::array<Named, 12> kCommands{{
    {"Hold", CommandKind::hold},
    {"Arm", CommandKind::arm},
    {"Release", CommandKind::release},
    {"SetGate", CommandKind::set_gate},
    {"FreezeLearning", CommandKind::freeze_learning},
    {"ResumeLearning", CommandKind::resume_learning},
    {"ResetForecaster", CommandKind::reset_forecaster},
    {"MarkEvent", CommandKind::mark_event},
    {"StartRecording", CommandKind::start_recording},
    {"StopRecording", CommandKind::stop_recording},
    {"AcknowledgeAlarm", CommandKind::acknowledge_alarm},
    {"RebaseGate", CommandKind::rebase_gate},
}};

std::string names_of_commands()
{
    std::string names = "Alive";
    for (const Named& command : kCommands) names += ", " + std::string(command.name);
    return names;
}

std::string_view value_of(const XmlElement& command, std::string_view attribute)
{
    const std::string* value = command.find(attribute);
    return value != nullptr ? std::string_view(*value) : std::string_view();
}

std::optional<double> number_of(const XmlElement& command, std::string_view attribute)
{
    const std::string_view text = value_of(command, attribute);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(std::abs(value) <= kMaxGate_mm))
        return std::nullopt;
    return value;
}

/// Fills in what the command's kind asks for; returns what is wrong with it.
std::string fill(core::CommandRecord& record, const XmlElement& command)
{
    if (record.kind == CommandKind::set_gate) {
        const auto lower = number_of(command, "Lower"), upper = number_of(command, "Upper");
        if (!lower || !upper || !(*lower < *upper))
            return "SetGate needs Lower and Upper, numbers of mm up to 10000, Lower below Upper";
        record.gate_lower_mm = *lower;
        record.gate_upper_mm = *upper;
    } else if (record.kind == CommandKind::mark_event) {
        const std::string text(value_of(command, "Text"));
        if (text.size() >= sizeof record.text.chars) return "Text of MarkEvent has more than 159 bytes";
        record.text.assign(text.c_str());
    } else if (record.kind == CommandKind::acknowledge_alarm) {
        const std::string alarm(value_of(command, "Alarm"));
        for (int a = 0; a < core::kAlarms; ++a)
            if (alarm == core::alarm_info(static_cast<core::Alarm>(a)).name) record.text.assign(alarm.c_str());
        if (record.text.c_str()[0] == '\0') return "AcknowledgeAlarm needs Alarm, the name of an alarm";
    }
    return {};
}

bool is_station(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= kMaxStation && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

}  // namespace

CommandDesk::CommandDesk(EngineControl& engine, OperatorTokens tokens, Reply reply)
    : engine_(engine), tokens_(std::move(tokens)), reply_(std::move(reply))
{
}

void CommandDesk::answer(std::uint64_t sender, const std::string& uid, bool success, const std::string& text)
{
    ++(success ? accepted_ : refused_);
    reply_(sender, uid, success, text);
}

void CommandDesk::handle(CommandSender& sender, const std::string& uid, std::string_view xml, core::TimePoint now)
{
    try {
        const XmlElement command = parse_xml_element(xml);
        if (command.name != "Command") throw XmlError("not a command: the element is '" + command.name + "'");
        if (const std::string* station = command.find("Station")) {
            if (is_station(*station)) sender.station = *station + "@" + sender.address;
        }
        if (value_of(command, "Name") == "Alive")
            alive(sender, uid, command, now);
        else
            carry_out(sender, uid, command, now);
    } catch (const XmlError& error) {
        answer(sender.id, uid, false, error.what());
    }
}

void CommandDesk::carry_out(CommandSender& sender, const std::string& uid, const XmlElement& command,
                            core::TimePoint now)
{
    const std::string_view name = value_of(command, "Name");
    const auto found =
        std::find_if(kCommands.begin(), kCommands.end(), [name](const Named& n) { return n.name == name; });
    if (found == kCommands.end()) {
        answer(sender.id, uid, false,
               "no command is called '" + std::string(name.substr(0, kMaxXmlName)) + "': there are " +
                   names_of_commands());
        return;
    }
    core::CommandRecord record;
    record.kind = found->kind;
    if (record.kind == CommandKind::hold) {
        post(sender, uid, record, now);
        return;
    }
    std::string refusal;
    if (authenticate(sender, command, now, refusal)) refusal = fill(record, command);
    const auto waiting =
        std::count_if(pending_.begin(), pending_.end(), [&](const Pending& p) { return p.sender == sender.id; });
    if (refusal.empty() && waiting >= kMaxWaiting) refusal = "too many commands of this station wait: send them slower";
    if (!refusal.empty()) {
        // Bounded: an address that goes on guessing is no longer noted.
        if (!tries_.blocked(sender.address, now))
            engine_.note("refused " + std::string(found->name) + " of '" +
                         std::string(value_of(command, "Operator").substr(0, kMaxXmlName)) + "' at " + sender.station +
                         ": " + refusal);
        answer(sender.id, uid, false, refusal);
        return;
    }
    keep_alive(sender);
    post(sender, uid, record, now);
}

bool CommandDesk::authenticate(CommandSender& sender, const XmlElement& command, core::TimePoint now,
                               std::string& refusal)
{
    const std::string_view name = value_of(command, "Operator"), token = value_of(command, "Token");
    if (tokens_.empty())
        refusal = "only Hold is accepted: the engine was started without a token file";
    else if (name.empty() || token.empty())
        refusal = "this command needs Operator and Token";
    else if (tries_.blocked(sender.address, now))
        refusal = "too many failed tries from this address: wait half a minute (Hold is accepted all the time)";
    else if (!tokens_.matches(name, token)) {
        tries_.failed(sender.address, now);
        refusal = "operator or token is wrong";
    } else {
        tries_.succeeded(sender.address);
        sender.operator_name = name;
        return true;
    }
    return false;
}

void CommandDesk::alive(CommandSender& sender, const std::string& uid, const XmlElement& command, core::TimePoint now)
{
    std::string refusal;
    if (command.find("Token") != nullptr && !authenticate(sender, command, now, refusal)) {
        answer(sender.id, uid, false, refusal);
        return;
    }
    keep_alive(sender);
    answer(sender.id, uid, true,
           sender.operator_name.empty() ? "nobody has authenticated over this connection: it keeps no release alive"
                                        : "keeps a release by " + sender.station + " alive");
}

/// What another station released is not this one's to keep.
void CommandDesk::keep_alive(const CommandSender& sender)
{
    if (!sender.operator_name.empty() && (armed_station_.empty() || armed_station_ == sender.station))
        engine_.station_seen(sender.station.c_str());
}

void CommandDesk::post(const CommandSender& sender, const std::string& uid, core::CommandRecord record,
                       core::TimePoint now)
{
    record.number = ++number_;
    record.received = now;
    record.operator_name.assign(sender.operator_name.c_str());
    record.station.assign(sender.station.c_str());
    if (!engine_.post(record)) {
        answer(sender.id, uid, false, "the engine has too many commands to carry out: try again");
        return;
    }
    pending_.push_back({record.number, sender.id, record.kind, uid, now});
}

void CommandDesk::poll(core::TimePoint now)
{
    core::CommandRecord done;
    while (engine_.take_answer(done)) {
        const auto found =
            std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) { return p.number == done.number; });
        if (found == pending_.end()) continue;  // answered late: told already
        const Pending pending = *found;
        pending_.erase(found);
        answer(pending.sender, pending.uid, done.accepted, done.answer.c_str());
    }
    while (!pending_.empty() && now - pending_.front().posted >= kPatience) {
        const Pending pending = pending_.front();
        pending_.erase(pending_.begin());
        answer(pending.sender, pending.uid, false,
               std::string("the engine has not confirmed ") + core::to_string(pending.kind) +
                   " within 0.8 s: look at its state; it may still be carried out");
    }
}

void CommandDesk::seen(const EngineSnapshot& snapshot)
{
    armed_station_ = snapshot.armed ? snapshot.armed_station.c_str() : "";
    if (snapshot.armed || snapshot.sample.beam != core::BeamCommand::hold) return;
    for (std::size_t i = 0; i < pending_.size();) {
        const Pending pending = pending_[i];
        if (pending.kind != CommandKind::hold || snapshot.published <= pending.posted + kPatience / 4) {
            ++i;
            continue;
        }
        pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
        answer(pending.sender, pending.uid, true, "the beam is held");
    }
}

}  // namespace foretide::apps
