// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/gate/gate_window.h"

namespace foretide::core {

/// A gate window as people ask for it: typed bounds, or to be learned (automatic_exhale_window()).
struct WindowRequest {
    std::optional<GateWindow> typed;
    double share = 0.4, from_s = 30, to_s = 60;  ///< where none is typed
    int holds = 0;                               ///< > 0: from so many practice breath holds instead (HoldLevels)
    double half_width_mm = 2.5;
};

/// "lower,upper" in mm with lower < upper, "auto:SHARE@FROM-TO" with a share of 0.02 … 0.5 and FROM, TO in s, or
/// "holds:COUNT@HALF" with 1 … 10 holds and half a window of 0.5 … 20 mm.
/// Throws std::invalid_argument with what is allowed.
WindowRequest parse_window_request(std::string_view text);

/// The text that gives the same request.
std::string to_string(const WindowRequest& request);

}  // namespace foretide::core
