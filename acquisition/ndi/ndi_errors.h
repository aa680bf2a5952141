// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "acquisition/ndi/ndi_reading.h"
#include "core/rt/nonblocking.h"

// What the tracker's codes mean, for people. The codes are those of the combined API as public clients list them.

namespace foretide::acquisition {

/// The code of a reply ERRORxx; nothing where the text is no such reply. RT-safe.
std::optional<int> ndi_error_code(std::string_view reply) noexcept FORETIDE_NONBLOCKING;

/// "ERROR2D: all port handles are in use".
std::string ndi_error_in_words(int code);

/// Faults and alerts of a BX2 reply; null for events and for "all is well". Texts live for ever. RT-safe.
const char* ndi_alert_meaning(const NdiAlert& alert) noexcept FORETIDE_NONBLOCKING;

/// Status of a whole BX2 frame (its low byte); null where nothing is wrong.
const char* ndi_frame_status_meaning(std::uint16_t status) noexcept FORETIDE_NONBLOCKING;

/// System status of a TX or BX reply, the gravest bit; null where nothing is wrong.
const char* ndi_system_status_meaning(std::uint16_t status) noexcept FORETIDE_NONBLOCKING;

}  // namespace foretide::acquisition
