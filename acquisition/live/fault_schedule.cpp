// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/fault_schedule.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/marker_frame.h"

namespace foretide::acquisition {

namespace {

constexpr double kLongest_s = 1e7;
constexpr core::Duration kToTheEnd = std::chrono::hours{24 * 365};

struct KindInfo {
    std::string_view name;
    std::string_view what;
    bool takes_value = false;
    double value = 0;  ///< where none is given
    double least = 0, most = 0;
    core::Duration duration{0};  ///< where none is given
};

constexpr std::array<KindInfo, kFaultKinds> kKinds{{
    {"bad-crc", "wrong checksum"},
    {"late", "sent VALUE seconds late (0.05)", true, 0.05, 0, 3600},
    {"dropped", "never sent"},
    {"duplicated", "sent twice"},
    {"truncated", "the message ends halfway"},
    {"phantom", "VALUE reflections (1) beside the markers", true, 1, 1, core::kMaxMarkers},
    {"occlusion", "marker VALUE (1) is not seen; 0: none is", true, 1, 0, core::kMaxMarkers},
    {"swap", "the first two markers are exchanged"},
    {"frozen", "positions repeat"},
    {"clock-jump", "time stamps are VALUE seconds (3600) off, without DURATION to the end", true, 3600, -1e7, 1e7,
     kToTheEnd},
    {"silence", "nothing is sent, without DURATION for a second", false, 0, 0, 0, std::chrono::seconds{1}},
    {"disconnect", "the connection is closed, and none accepted for DURATION"},
}};

const KindInfo& info(FaultKind kind) noexcept { return kKinds[static_cast<std::size_t>(kind)]; }

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

double checked_value(std::string_view whole, std::string_view part, const KindInfo& kind)
{
    if (!kind.takes_value) refuse(whole, std::string(kind.name) + " takes no VALUE");
    const std::optional<double> value = number(part);
    if (!value || !(*value >= kind.least && *value <= kind.most))
        refuse(whole, "VALUE '" + std::string(part) + "' is not a number from " + plain(kind.least) + " to " +
                          plain(kind.most));
    return *value;
}

}  // namespace

std::string_view to_string(FaultKind kind) noexcept { return info(kind).name; }

std::string fault_help()
{
    std::string help;
    for (const KindInfo& kind : kKinds) help += "  " + std::string(kind.name) + ": " + std::string(kind.what) + "\n";
    return help;
}

Fault parse_fault(std::string_view text)
{
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) refuse(text, "there is no '@T'");
    const std::string_view name = text.substr(0, at);
    const auto found = std::find_if(kKinds.begin(), kKinds.end(), [name](const KindInfo& k) { return k.name == name; });
    if (found == kKinds.end()) {
        std::string names;
        for (const KindInfo& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
        refuse(text, "no fault is called '" + std::string(name) + "' (there are " + names + ")");
    }
    std::string_view times = text.substr(at + 1);
    Fault fault{static_cast<FaultKind>(found - kKinds.begin()), {}, found->duration, found->value};
    if (const std::size_t equals = times.find('='); equals != std::string_view::npos) {
        fault.value = checked_value(text, times.substr(equals + 1), *found);
        times = times.substr(0, equals);
    }
    if (const std::size_t plus = times.find('+'); plus != std::string_view::npos) {
        fault.duration = core::from_seconds(seconds(text, times.substr(plus + 1), "DURATION"));
        times = times.substr(0, plus);
    }
    fault.begin = core::from_seconds(seconds(text, times, "T"));
    return fault;
}

FaultSchedule::FaultSchedule(std::vector<Fault> faults)
{
    entries_.reserve(faults.size());
    for (const Fault& fault : faults) entries_.push_back({fault, false});
}

ActiveFaults FaultSchedule::at(core::Duration time) noexcept FORETIDE_NONBLOCKING
{
    ActiveFaults active;
    for (Entry& entry : entries_) {
        const Fault& fault = entry.fault;
        if (entry.over || time < fault.begin) continue;
        const core::Duration end = fault.begin + fault.duration;
        const bool single = fault.duration == core::Duration::zero();
        if (!single && time >= end) {
            entry.over = true;
            continue;
        }
        entry.over = single;
        const std::size_t i = ActiveFaults::index(fault.kind);
        active.active_[i] = true;
        active.value_[i] += fault.value;
        active.remaining_[i] = std::max(active.remaining_[i], single ? core::Duration::zero() : end - time);
    }
    return active;
}

}  // namespace foretide::acquisition
