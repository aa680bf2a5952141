// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/controller_words.h"

#include "firmware_bridge/controller/ft_controller.h"

namespace foretide::firmware_bridge {

const char* controller_state_name(std::uint8_t state) noexcept
{
    switch (state) {
    case FT_STATE_IDLE:
        return "idle";
    case FT_STATE_WAITING:
        return "waiting";
    case FT_STATE_DWELL:
        return "dwell";
    case FT_STATE_UNARMED:
        return "unarmed";
    case FT_STATE_HOLD:
        return "hold";
    case FT_STATE_ON:
        return "on";
    default:
        return "unknown";
    }
}

const char* controller_reason_name(std::uint8_t reason) noexcept
{
    switch (reason) {
    case FT_REASON_NONE:
        return "none";
    case FT_REASON_RESET:
        return "reset";
    case FT_REASON_CONNECTED:
        return "connected";
    case FT_REASON_WATCHDOG:
        return "watchdog";
    case FT_REASON_AGE:
        return "age";
    case FT_REASON_DWELL:
        return "dwell";
    case FT_REASON_RELEASE:
        return "release";
    case FT_REASON_HOST:
        return "host";
    case FT_REASON_CONFIDENCE:
        return "confidence";
    case FT_REASON_CLOCK:
        return "clock";
    case FT_REASON_EXTERNAL:
        return "external";
    default:
        return "unknown";
    }
}

}  // namespace foretide::firmware_bridge
