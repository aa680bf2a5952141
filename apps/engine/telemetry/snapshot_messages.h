// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "acquisition/igtl/message_writer.h"
#include "apps/engine/snapshot.h"

/// A snapshot as OpenIGTLink messages for other programs; TELEMETRY.md says what is in them.
/// Threads: the telemetry's. Allocation: yes.
namespace foretide::apps {

/// Measured positions M1, M2 …, and the forecasts nearest to the beam-on and beam-off latencies, M1@0.50s …, as one
/// TDATA stamped with the exposure. What was not seen or is not known is left out.
void append_positions(acquisition::IgtlBytes& out, const EngineDescription& description,
                      const EngineSnapshot& snapshot);

/// Beam and reason as STATUS.
void append_state(acquisition::IgtlBytes& out, const EngineDescription& description, const EngineSnapshot& snapshot);

}  // namespace foretide::apps
