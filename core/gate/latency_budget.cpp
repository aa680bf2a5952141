// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/latency_budget.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace foretide::core {

namespace {

constexpr std::array<LatencyPreset, 8> kPresets{{
    {"truebeam", "surface camera (AlignRT) to Varian TrueBeam",
     "on: doi 10.1016/j.zemedi.2025.06.001; off: doi 10.1016/j.ejmp.2025.105181", 0.280, 0.131, true},
    {"versa-hd", "surface camera (AlignRT) to Elekta Versa HD, 6 MV", "doi 10.1016/j.zemedi.2025.06.001", 1.650, 0.230,
     true},
    {"versa-hd-low-dose-rate", "the same at a low dose rate", "doi 10.1016/j.zemedi.2025.06.001", 2.000, 0.230, true},
    {"elekta-response", "camera to Elekta linac through the Response interface", "doi 10.1002/acm2.13768", 1.490, 0.340,
     true},
    {"mr-linac", "0.35 T MR-linac gating on cine images", "AAPM annual meeting 2026, abstract 2151", 0.337, 0.231,
     true},
    {"proton-sgrt", "surface camera to proton or ion beam", "High Power Laser and Particle Beams, hplpb 202537.250229",
     0.073, 0.115, true},
    {"rpm", "Varian RPM's gate signal, without a linac: add its latencies", "doi 10.1002/acm2.14349", 0.104, 0.114,
     true},
    {"iba-interface", "IBA proton triggering interface, as guaranteed; the parts before it come on top",
     "IBA PBS interface manual, p. 48-3", 0.200, 0.100, false},
}};

std::string formatted(const char* format, auto... values)
{
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), format, values...);
    return text.data();
}

}  // namespace

std::span<const LatencyPreset> latency_presets() noexcept { return kPresets; }

const LatencyPreset* find_latency_preset(const std::string& name) noexcept
{
    const auto found = std::ranges::find_if(kPresets, [&](const LatencyPreset& p) { return name == p.name; });
    return found == kPresets.end() ? nullptr : &*found;
}

std::string latency_preset_names()
{
    std::string names;
    for (const LatencyPreset& preset : kPresets) names += (names.empty() ? "" : ", ") + std::string(preset.name);
    return names;
}

LatencyBudget latency_budget(const std::string& preset, const std::optional<LatencyParts>& parts)
{
    LatencyBudget out;
    out.parts = parts;
    const LatencyParts typed = parts.value_or(LatencyParts{});
    for (const double part :
         {typed.tracker_ms, typed.software_ms, typed.link_ms, typed.linac_on_ms, typed.linac_off_ms})
        if (!(part >= 0) || !std::isfinite(part)) throw std::invalid_argument("a latency cannot be negative");
    double linac_on_s = 1e-3 * typed.linac_on_ms, linac_off_s = 1e-3 * typed.linac_off_ms;
    if (!preset.empty()) {
        out.preset = find_latency_preset(preset);
        if (out.preset == nullptr)
            throw std::invalid_argument("there is no linac '" + preset + "': use " + latency_preset_names());
        if (linac_on_s > 0 || linac_off_s > 0)
            throw std::invalid_argument("give the linac's latencies or a preset of it, not both");
        if (out.preset->whole && typed.before_linac_ms() > 0)
            throw std::invalid_argument("the figures of '" + preset +
                                        "' count from the tracker's exposure: leave tracker, software and link away");
        linac_on_s = out.preset->on_s;
        linac_off_s = out.preset->off_s;
    }
    out.on_s = 1e-3 * typed.before_linac_ms() + linac_on_s;
    out.off_s = 1e-3 * typed.before_linac_ms() + linac_off_s;
    return out;
}

std::string describe(const LatencyBudget& b)
{
    std::string text = formatted("Latency from exposure: beam on %.3f s, beam off %.3f s", b.on_s, b.off_s);
    if (b.parts) {
        const LatencyParts& p = *b.parts;
        const double before_ms = p.before_linac_ms();
        text += formatted(" = tracker %.1f + software %.1f + link %.1f + linac %.1f on, %.1f off [ms]", p.tracker_ms,
                          p.software_ms, p.link_ms, 1e3 * b.on_s - before_ms, 1e3 * b.off_s - before_ms);
    }
    text += "\n";
    if (b.preset != nullptr)
        text += formatted("  %s: %s (%s)\n", b.preset->name, b.preset->title, b.preset->source);
    else if (!b.parts)
        text += "  as typed: measure them for your chain\n";
    if (b.too_long())
        text += formatted("WARNING: longer than %.1f s, which AAPM TG-76 says the whole delay should not exceed\n",
                          kTg76Delay_s);
    return text;
}

}  // namespace foretide::core
