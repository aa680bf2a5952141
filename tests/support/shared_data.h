// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace foretide::tests {

/// Path of a file or folder of the real data: below the environment variable FORETIDE_SHARED, else below
/// ../shared of the source root. It may be absent: see FORETIDE_SKIP_WITHOUT.
inline std::filesystem::path shared_path(const std::string& relative)
{
    const char* const root = std::getenv("FORETIDE_SHARED");
    const std::filesystem::path base = root != nullptr && *root != '\0'
                                           ? std::filesystem::path(root)
                                           : std::filesystem::path(FORETIDE_SOURCE_DIR) / ".." / "shared";
    return (base / relative).lexically_normal();
}

}  // namespace foretide::tests

/// First line of a test that needs real data.
#define FORETIDE_SKIP_WITHOUT(path)     \
    if (!std::filesystem::exists(path)) \
    GTEST_SKIP() << "SKIPPED: no real data at " << (path) << ": set FORETIDE_SHARED to the folder that holds it"
