// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "firmware_bridge/controller/ft_controller.h"

namespace foretide::firmware_bridge {

/// The controller's functions that the search calls; a test puts a faulty one in their place.
struct ControllerFunctions {
    std::function<void(ft_controller&, std::uint64_t now_us, const ft_frame&, bool spoilt)> receive;
    std::function<void(ft_controller&, std::uint64_t now_us)> poll;
};

/// The real ones. `spoilt`: the frame arrives with a bit flipped.
ControllerFunctions real_controller();

struct ModelResult {
    std::uint64_t states = 0, transitions = 0;
    int depth = 0;
    bool closed = false;        ///< no new state is left
    std::uint64_t enabled = 0;  ///< states with the output on
    std::string violation;      ///< empty: none; else what, and the events that lead there
};

/// Runs every sequence of events through the real controller, breadth first, each state once, and compares with an
/// oracle that keeps its own, simpler account of what came and when.
///
/// Time goes in steps of 10 ms; limits are a few steps, so that the search ends. A state is the controller's whole
/// memory with times taken relative to now and counters left out, and the oracle's.
ModelResult search_controller(const ControllerFunctions& sut, bool latch_watchdog, bool latch_age,
                              std::uint64_t most_states);

}  // namespace foretide::firmware_bridge
