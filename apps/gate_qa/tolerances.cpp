// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/gate_qa/tolerances.h"

#include <sstream>

#include "acquisition/text_file.h"
#include "apps/engine/toml_section.h"

namespace foretide::apps {

GateTolerances parse_gate_tolerances(const std::string& text, const std::string& name)
{
    toml::table root;
    try {
        root = toml::parse(text, name);
    } catch (const toml::parse_error& error) {
        std::ostringstream where;
        where << error.source().begin;
        throw ConfigError(name + ": " + std::string(error.description()) + " (" + where.str() + ")");
    }
    for (const auto& [key, value] : root)
        if (key != "latency" && key != "static" && key != "drift")
            throw ConfigError(name + ": there is no [" + std::string(key.str()) +
                              "]; the tables are [latency], [static] and [drift]");
    GateTolerances t;
    TomlSection latency(root, "latency", name), still(root, "static", name), drift(root, "drift", name);
    latency.number("accuracy_ms", t.latency_ms, 1, 5000, "ms");
    latency.finish();
    still.number("noise_mm", t.noise_mm, 0.001, 100, "mm");
    still.number("beam_on_percent", t.beam_on_percent, 0, 100, "%");
    still.number("interruptions", t.interruptions, 0, 1e6, "interruptions");
    still.finish();
    drift.number("overshoot_mm", t.overshoot_mm, 0.01, 100, "mm");
    drift.finish();
    return t;
}

GateTolerances read_gate_tolerances(const std::string& file)
{
    return parse_gate_tolerances(acquisition::read_text_file(file, std::size_t{1} << 20U), file);
}

}  // namespace foretide::apps
