// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace foretide::tests {

/// What went through a chain, as told by the engine and as seen from outside.
struct ChainFigures {
    nlohmann::json engine;  ///< `foretide serve --json`
    /// Reply handed to the simulator's socket → datagram in the receiver's [µs], of each frame that has both;
    /// ascending.
    std::vector<double> outside_us;
    std::int64_t repeated = 0;  ///< datagrams sent because no frame came
    int refused = 0;            ///< datagrams with a wrong size or checksum

    double engine_us(const char* percentile) const { return engine["sample_to_command_us"][percentile]; }
    /// The smallest value that `percent` % do not exceed.
    double outside_percentile_us(double percent) const;
    std::string text() const;
};

/// Runs a simulated Polaris (30 Hz, irregular patient), an engine with the default forecaster, a gate and a record, and
/// a receiver, each a process or thread of its own, over the loopback. The simulator, which stands for another machine,
/// gets real-time rights below the engine's where this process may give them. Throws std::runtime_error.
ChainFigures run_live_chain(double duration_s);

}  // namespace foretide::tests
