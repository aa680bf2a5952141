// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/snapshot_messages.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "apps/engine/telemetry/snapshot_json.h"

namespace foretide::apps {

namespace {

using acquisition::IgtlStatusCode;

constexpr const char* kDevice = "Foretide";
constexpr double kWithoutLatency_s = 0.5;  ///< horizon shown where no gate gives one

/// Index of the horizon nearest to `wanted_s`.
std::size_t nearest(const std::vector<double>& horizons_s, double wanted_s)
{
    const double s = std::isnan(wanted_s) ? kWithoutLatency_s : wanted_s;
    return static_cast<std::size_t>(
        std::min_element(horizons_s.begin(), horizons_s.end(),
                         [s](double a, double b) { return std::abs(a - s) < std::abs(b - s); }) -
        horizons_s.begin());
}

std::string forecast_name(std::size_t marker, double horizon_s)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "M%zu@%.2fs", marker + 1, horizon_s);
    return text.data();
}

/// Names and positions that outlive the making of a message.
struct Tools {
    std::vector<std::string> names;
    std::vector<std::array<double, 3>> positions;

    void add(std::string name, const double* xyz)
    {
        if (!std::isfinite(xyz[0]) || !std::isfinite(xyz[1]) || !std::isfinite(xyz[2])) return;
        names.push_back(std::move(name));
        positions.push_back({xyz[0], xyz[1], xyz[2]});
    }
};

IgtlStatusCode code_of(core::HoldReason reason) noexcept
{
    using enum core::HoldReason;
    switch (reason) {
    case none:
    case outside:
    case uncertain:
    case settling:
    case hold_over:
    case minimum_off:
        return IgtlStatusCode::ok;
    case no_gate:
    case not_armed:
    case warming_up:
    case dwell:
        return IgtlStatusCode::not_ready;
    case operator_hold:
        return IgtlStatusCode::manual_mode;
    case no_source:
    case stale:
    case station_lost:
    case link_down:
        return IgtlStatusCode::timeout;
    case invalid_sample:
    case forecast_late:
    case phase_unreliable:
    case model_invalid:
        return IgtlStatusCode::unknown_error;
    case stopping:
        return IgtlStatusCode::shut_down;
    }
    return IgtlStatusCode::unknown_error;
}

}  // namespace

void append_positions(acquisition::IgtlBytes& out, const EngineDescription& description, const EngineSnapshot& snapshot)
{
    const core::SampleRecord& sample = snapshot.sample;
    const std::size_t p = sample.positions_mm.size(), horizons = description.horizons_s.size();
    Tools tools;
    for (std::size_t m = 0; m < p / 3; ++m)
        if (m < snapshot.visible.size() && snapshot.visible[m] != 0)
            tools.add("M" + std::to_string(m + 1), &sample.positions_mm[3 * m]);
    if (horizons > 0 && sample.forecasts_mm.size() == horizons * p) {
        const std::size_t on = nearest(description.horizons_s, description.session.t_on_s);
        const std::size_t off = nearest(description.horizons_s, description.session.t_off_s);
        for (const std::size_t h : on == off ? std::vector{on} : std::vector{on, off})
            for (std::size_t m = 0; m < p / 3; ++m)
                tools.add(forecast_name(m, description.horizons_s[h]), &sample.forecasts_mm[h * p + 3 * m]);
    }
    std::vector<acquisition::TrackedPosition> list;
    for (std::size_t i = 0; i < tools.names.size(); ++i) list.push_back({tools.names[i], tools.positions[i]});
    acquisition::append_igtl_tdata(out, {kDevice, time_of_day(description, sample.time)}, list);
}

void append_state(acquisition::IgtlBytes& out, const EngineDescription& description, const EngineSnapshot& snapshot)
{
    const core::HoldReason reason = snapshot.sample.reason;
    const bool on = snapshot.sample.beam == core::BeamCommand::on;
    const std::string text = on ? "BEAM ON" : std::string("HOLD: ") + core::in_words(reason);
    acquisition::append_igtl_status(out, {kDevice, time_of_day(description, snapshot.published)},
                                    on ? IgtlStatusCode::ok : code_of(reason), static_cast<std::int64_t>(reason),
                                    on ? "on" : core::to_string(reason), text);
}

}  // namespace foretide::apps
