// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "core/rt/nonblocking.h"
#include "core/session/records.h"
#include "core/time.h"
#include "firmware_bridge/controller/ft_frame.h"

namespace foretide::firmware_bridge {

/// A forecast of the gate coordinate with the range it lies in; NaN: not known. Of amplitude gates in millimetres, of
/// phase gates in breathing cycles.
struct GateForecast {
    double position = std::numeric_limits<double>::quiet_NaN();
    double lower = std::numeric_limits<double>::quiet_NaN();
    double upper = std::numeric_limits<double>::quiet_NaN();
};

enum class GateKind : std::uint8_t { position = FT_GATE_POSITION, phase = FT_GATE_PHASE };

/// What the engine decided from one sample, as the controller is told. ON is carried out only with ranges known and
/// one of the two inside the window (ft_command_confident): a gate that judges points gives them as ranges of no width.
struct LinkCommand {
    std::uint32_t sample = 0;
    core::TimePoint exposure = core::kUnknownTime;  ///< kUnknownTime: there is no sample; the controller holds
    core::BeamCommand beam = core::BeamCommand::hold;
    core::HoldReason reason = core::HoldReason::no_source;  ///< none where the beam is on
    bool fallback = false;                                  ///< forecast by the fallback
    std::uint32_t release_epoch = 0;                        ///< one more at each release by an operator
    GateKind gate = GateKind::position;
    core::Duration t_on{0}, t_off{0};  ///< target times, from exposure
    GateForecast on, off;              ///< at t_on, t_off
    double window_lower = std::numeric_limits<double>::quiet_NaN();
    double window_upper = std::numeric_limits<double>::quiet_NaN();
};
static_assert(std::is_trivially_copyable_v<LinkCommand>);

/// Hold reason on the wire where the link holds because the engine does not move (no core::HoldReason).
inline constexpr std::uint8_t kEngineStalled = 255;

/// The command as of `now`. Ranges are rounded outwards and the window inwards, to the micrometre; what does not fit
/// into the field is not known. RT-safe.
ft_command to_wire(const LinkCommand& command, core::TimePoint now) noexcept FORETIDE_NONBLOCKING;

}  // namespace foretide::firmware_bridge
