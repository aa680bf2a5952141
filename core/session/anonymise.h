// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

#include "core/session/records.h"

/// Records without what tells who a patient was, who treated him, where and when. The pseudonym stays.
namespace foretide::core {

/// Drops identity, operator, site, session_id, time of day (0) and the source's address (its kind stays: "ndi"); of the
/// configuration see anonymised_configuration().
SessionHeader anonymised(const SessionHeader& header);

/// Drops operator, station, and free text but the name of an alarm.
CommandRecord anonymised(const CommandRecord& command);

/// Drops the text and who acknowledged.
AlarmRecord anonymised(const AlarmRecord& alarm);

/// A TOML document with its numbers and switches; texts stay only under keys that name a choice of the program
/// ("axis", "algorithm", "policy" …), all others become "". What is no TOML becomes empty.
std::string anonymised_configuration(const std::string& toml);

}  // namespace foretide::core
