// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <string>

#include "core/session/session_reader.h"

namespace foretide::apps {

/// Writes a session as a file of another format. `anonymise`: without what tells who, where and when
/// (core/session/anonymise.h); the pseudonym stays. Errors: SessionError, ReadError, std::runtime_error.

/// Frames as received, as session CSV (acquisition/session_csv.h), times from the first frame on. Nothing in it tells
/// who.
void export_csv(core::SessionReader& session, std::ostream& out);

/// One coordinate of the frames as received as Varian .vxp 1.6 (acquisition/vxp_writer.h): `axis` is "m<k>.x|y|z" or
/// "pc1", the principal axis of the whole session. Frames whose time does not increase are left out. Anonymised, the
/// date is the first of January of the year 1970.
void export_vxp(core::SessionReader& session, const std::string& axis, bool anonymise, std::ostream& out);

/// Everything, as JSON: {"format", "schema", "notice", "session", "frames", "samples", "commands", "alarms", "notes",
/// "gaps", "summary"}, a line a record. Times in nanoseconds since the session started, null where not known; what is
/// not finite is null. Anonymised: no notes, no texts in the summary, and as core/session/anonymise.h says.
void export_json(core::SessionReader& session, bool anonymise, std::ostream& out);

}  // namespace foretide::apps
