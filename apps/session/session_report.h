// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <string>

#include "core/session/session_reader.h"

namespace foretide::apps {

/// Writes a report of a session as one self-contained HTML file: who (the pseudonym), what, when, configuration,
/// measured motion with the forecast made the beam-on latency before and its interval, the gate, holds by reason,
/// alarms, commands, latencies, gaps, versions. Nothing is fetched; the patient's identity is not in it. `created`: as
/// shown; empty: now, UTC. Memory: a few numbers a sample.
///
/// Errors: SessionError, std::runtime_error for a session without samples and a stream that fails.
void write_session_report(core::SessionReader& session, std::ostream& out, const std::string& created = {});

}  // namespace foretide::apps
