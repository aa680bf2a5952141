// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "apps/engine/engine_config.h"
#include "apps/engine/toml_section.h"

/// Any text is read or refused with ConfigError; what is read can be written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace foretide::apps;
    EngineConfig config;
    try {
        config = parse_engine_config({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
    } catch (const ConfigError&) {
        return 0;
    }
    const std::string written = to_toml(config);
    if (to_toml(parse_engine_config(written, "again")) != written) {
        std::cerr << "does not come back the same:\n" << written;
        std::abort();
    }
    return 0;
}
