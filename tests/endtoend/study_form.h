// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace foretide::tests {

/// Each test here has a short form for every build, and a full one whose figures stand in validation/STUDY.md:
/// scripts/engine_study.sh runs it (FORETIDE_LONG=1).
inline bool full_form()
{
    const char* const value = std::getenv("FORETIDE_LONG");
    return value != nullptr && std::string_view(value) == "1";
}

/// Full or short.
template <class T>
T by_form(T full, T brief)
{
    return full_form() ? full : brief;
}

}  // namespace foretide::tests
