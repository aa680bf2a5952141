// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "apps/engine/engine.h"

namespace foretide::apps {

/// The summary as `foretide serve --json` writes it: counts, alarms, holds by reason, percentiles of the latencies
/// [µs], live accuracy by horizon, duty cycle. NaN is null.
nlohmann::ordered_json to_json(const EngineSummary& summary);

/// A gate's latencies: sums, preset or parts, whether TG-76's half second is exceeded, and the text for people.
nlohmann::ordered_json budget_json(const core::LatencyBudget& budget);

/// The link to the gating controller and what the controller says of itself; null where there is none.
nlohmann::ordered_json controller_json(const ControllerSnapshot& controller);

}  // namespace foretide::apps
