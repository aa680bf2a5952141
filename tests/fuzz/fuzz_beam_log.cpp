// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cstddef>
#include <cstdint>
#include <string>

#include "acquisition/beam_log_csv.h"
#include "apps/engine/toml_section.h"
#include "apps/gate_qa/tolerances.h"
#include "tests/fuzz/reader_fuzzing.h"

/// A beam log, and a file of tolerances: read, or refused in words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace foretide;
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        const auto edges = acquisition::parse_beam_log(text, "fuzz.csv");
        acquisition::fuzz::require(!edges.empty() && edges.size() <= acquisition::kMaxBeamEdges, "some edges");
        for (std::size_t k = 1; k < edges.size(); ++k)
            acquisition::fuzz::require(edges[k].on != edges[k - 1].on && edges[k].time_s >= edges[k - 1].time_s,
                                       "edges alternate and do not go back");
    } catch (const acquisition::ReadError&) {
    }
    try {
        const apps::GateTolerances t = apps::parse_gate_tolerances(text, "fuzz.toml");
        acquisition::fuzz::require(t.latency_ms > 0 && t.overshoot_mm > 0, "tolerances are positive");
    } catch (const apps::ConfigError&) {
    }
    return 0;
}
