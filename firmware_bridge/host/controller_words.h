// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

namespace foretide::firmware_bridge {

/// A controller's ft_state and ft_reason as one word for files and telemetry; "unknown" for other numbers.
const char* controller_state_name(std::uint8_t state) noexcept;
const char* controller_reason_name(std::uint8_t reason) noexcept;

}  // namespace foretide::firmware_bridge
