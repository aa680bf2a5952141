// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

namespace foretide::apps {

/// What a gating system must keep to pass. TG-142 (2009): temporal accuracy of the gate within 100 ms of expected; the
/// others are this project's, to be set by the physicist.
struct GateTolerances {
    double latency_ms = 100;      ///< |measured − expected|, on and off each
    double noise_mm = 0.5;        ///< standard deviation, still phantom
    double beam_on_percent = 99;  ///< of the time, still phantom inside
    double interruptions = 0;     ///< of the beam, still phantom inside
    double overshoot_mm = 1.0;    ///< |position at beam off − window's edge|, slow drift
};

/// Reads a TOML file with the tables [latency] accuracy_ms, [static] noise_mm, beam_on_percent, interruptions, [drift]
/// overshoot_mm; what is absent keeps its default. Throws ConfigError (toml_section.h).
GateTolerances read_gate_tolerances(const std::string& file);
/// The same of a text; `name` stands for the file in errors.
GateTolerances parse_gate_tolerances(const std::string& text, const std::string& name);

}  // namespace foretide::apps
