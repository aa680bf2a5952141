// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/timed_faults.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace foretide::core {

namespace {

constexpr double kLongest_s = 1e7;

[[noreturn]] void refuse(std::string_view text, const std::string& problem)
{
    throw std::invalid_argument("fault '" + std::string(text) + "': " + problem +
                                "; give NAME@T, NAME@T+DURATION or NAME@T+DURATION=VALUE in seconds, for example "
                                "silence@20+3");
}

std::optional<double> number(std::string_view text) noexcept
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

double seconds(std::string_view whole, std::string_view part, const char* name)
{
    const std::optional<double> value = number(part);
    if (!value || !(*value >= 0 && *value <= kLongest_s))
        refuse(whole, std::string(name) + " '" + std::string(part) + "' is not a number of seconds from 0 to 1e7");
    return *value;
}

std::string plain(double value)
{
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

double checked_value(std::string_view whole, std::string_view part, const FaultName& kind)
{
    if (!kind.takes_value) refuse(whole, std::string(kind.name) + " takes no VALUE");
    const std::optional<double> value = number(part);
    if (!value || !(*value >= kind.least && *value <= kind.most))
        refuse(whole, "VALUE '" + std::string(part) + "' is not a number from " + plain(kind.least) + " to " +
                          plain(kind.most));
    return *value;
}

}  // namespace

std::string fault_help(std::span<const FaultName> kinds)
{
    std::string help;
    for (const FaultName& kind : kinds) help += "  " + std::string(kind.name) + ": " + std::string(kind.what) + "\n";
    return help;
}

TimedFault parse_fault(std::string_view text, std::span<const FaultName> kinds)
{
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) refuse(text, "there is no '@T'");
    const std::string_view name = text.substr(0, at);
    const auto found = std::find_if(kinds.begin(), kinds.end(), [name](const FaultName& k) { return k.name == name; });
    if (found == kinds.end()) {
        std::string names;
        for (const FaultName& kind : kinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
        refuse(text, "no fault is called '" + std::string(name) + "' (there are " + names + ")");
    }
    std::string_view times = text.substr(at + 1);
    TimedFault fault{static_cast<std::size_t>(found - kinds.begin()), {}, found->duration, found->value};
    if (const std::size_t equals = times.find('='); equals != std::string_view::npos) {
        fault.value = checked_value(text, times.substr(equals + 1), *found);
        times = times.substr(0, equals);
    }
    if (const std::size_t plus = times.find('+'); plus != std::string_view::npos) {
        fault.duration = from_seconds(seconds(text, times.substr(plus + 1), "DURATION"));
        times = times.substr(0, plus);
    }
    fault.begin = from_seconds(seconds(text, times, "T"));
    return fault;
}

TimedFaults::TimedFaults(const std::vector<TimedFault>& faults)
{
    entries_.reserve(faults.size());
    for (const TimedFault& fault : faults) entries_.push_back({fault, false});
}

ActiveFaultKinds TimedFaults::at(Duration time) noexcept FORETIDE_NONBLOCKING
{
    ActiveFaultKinds active;
    for (Entry& entry : entries_) {
        const TimedFault& fault = entry.fault;
        if (entry.over || time < fault.begin) continue;
        const Duration end = fault.begin + fault.duration;
        const bool single = fault.duration == Duration::zero();
        if (!single && time >= end) {
            entry.over = true;
            continue;
        }
        entry.over = single;
        const std::size_t i = fault.kind;
        active.active_[i] = true;
        active.value_[i] += fault.value;
        active.remaining_[i] = std::max(active.remaining_[i], single ? Duration::zero() : end - time);
    }
    return active;
}

}  // namespace foretide::core
