// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/fault_schedule.h"

#include <chrono>

#include "core/marker_frame.h"

namespace foretide::acquisition {

namespace {

constexpr core::Duration kToTheEnd = std::chrono::hours{24 * 365};

constexpr std::array<core::FaultName, kFaultKinds> kKinds{{
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

std::vector<core::TimedFault> timed(const std::vector<Fault>& faults)
{
    std::vector<core::TimedFault> timed;
    timed.reserve(faults.size());
    for (const Fault& fault : faults)
        timed.push_back({static_cast<std::size_t>(fault.kind), fault.begin, fault.duration, fault.value});
    return timed;
}

}  // namespace

std::string_view to_string(FaultKind kind) noexcept { return kKinds[static_cast<std::size_t>(kind)].name; }

std::string fault_help() { return core::fault_help(kKinds); }

Fault parse_fault(std::string_view text)
{
    const core::TimedFault fault = core::parse_fault(text, kKinds);
    return {static_cast<FaultKind>(fault.kind), fault.begin, fault.duration, fault.value};
}

FaultSchedule::FaultSchedule(const std::vector<Fault>& faults) : faults_(timed(faults)) {}

}  // namespace foretide::acquisition
