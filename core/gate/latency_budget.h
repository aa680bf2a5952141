// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <span>
#include <string>

namespace foretide::core {

/// What a linac or a gating chain needs, as published.
struct LatencyPreset {
    const char* name;   ///< "truebeam"
    const char* title;  ///< what was measured
    const char* source;
    double on_s, off_s;
    bool
        whole;  ///< exposure of the tracker to beam; false: of the linac's interface alone, the other parts come on top
};

std::span<const LatencyPreset> latency_presets() noexcept;
/// Null for a name that is none.
const LatencyPreset* find_latency_preset(const std::string& name) noexcept;
/// All names, for messages: "truebeam, versa-hd, …".
std::string latency_preset_names();

/// Where the time between a marker's exposure and the beam goes [ms].
struct LatencyParts {
    double tracker_ms = 0;   ///< exposure to last byte
    double software_ms = 0;  ///< last byte to command
    double link_ms = 0;      ///< command to the gating controller
    double linac_on_ms = 0, linac_off_ms = 0;

    double before_linac_ms() const noexcept { return tracker_ms + software_ms + link_ms; }
};

/// AAPM TG-76: the whole delay should not exceed it.
inline constexpr double kTg76Delay_s = 0.5;

/// The two latencies of a gate and what they are made of: a preset, typed parts (with a preset of the linac alone: the
/// parts before it), or typed sums.
struct LatencyBudget {
    double on_s = 0, off_s = 0;
    const LatencyPreset* preset = nullptr;
    std::optional<LatencyParts> parts;

    bool too_long() const noexcept { return on_s > kTg76Delay_s || off_s > kTg76Delay_s; }
};

/// The budget of a preset ("": none) and typed parts (none: all 0). Precondition: one of them is given. Throws
/// std::invalid_argument: no such preset; parts that its figures hold already; parts that are negative.
LatencyBudget latency_budget(const std::string& preset, const std::optional<LatencyParts>& parts);

/// Lines for people: each part, the sums, the source, and a warning where TG-76's half second is exceeded.
std::string describe(const LatencyBudget& budget);

}  // namespace foretide::core
