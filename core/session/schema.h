// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "core/session/database.h"

/// The tables of a session file; SCHEMA.md says what stands in them.
namespace foretide::core {

inline constexpr std::int64_t kSessionApplicationId = 0x464F5254;  ///< "FORT"
inline constexpr std::int64_t kSessionVersion = 2;

// Limits of what a session may hold, checked by reader and writer.
inline constexpr std::int64_t kMaxSessionHorizons = 1000;
inline constexpr std::int64_t kMaxHorizon_samples = 1'000'000;
inline constexpr double kMaxSessionRate_hz = 10'000;

/// Makes the tables and marks the file as a session; in a transaction of the caller's.
void create_session_schema(Database& database);

/// The version of a session's schema, 1 … kSessionVersion. Throws SessionError (foreign, newer, damaged) unless the
/// file is a session with exactly the tables of its version.
std::int64_t check_session_schema(Database& database);

}  // namespace foretide::core
