// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/internal_point.h"

#include <string_view>

namespace foretide::core {

int internal_axis(const std::string& name) noexcept
{
    constexpr std::string_view prefix = "tumour.";
    const std::string_view all(name);
    if (!all.starts_with(prefix)) return -1;
    const std::string_view axis = all.substr(prefix.size());
    if (axis == "x" || axis == "lr") return 0;
    if (axis == "y" || axis == "si") return 1;
    if (axis == "z" || axis == "ap") return 2;
    return -1;
}

}  // namespace foretide::core
