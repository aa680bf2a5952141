// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "tests/faults/rows.h"

/// Faults that no simulator makes. Each expects the beam on (those that "find": nothing started), makes its fault,
/// watches until it is over, and expects what only it knows of.
namespace foretide::tests {

Made find_nobody_answering(Rig& rig);
Made find_the_port_closed(Rig& rig);
Made find_another_service(Rig& rig);
Made leave_the_connection_half_open(Rig& rig);
Made fill_the_disk(Rig& rig);
Made kill_the_engine(Rig& rig);
Made keep_a_client_stuck(Rig& rig);
Made stop_the_engine(Rig& rig);
Made step_the_system_clock(Rig& rig);

}  // namespace foretide::tests
