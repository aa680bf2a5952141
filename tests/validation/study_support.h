// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "tests/validation/replay_test_support.h"
#include "validation/study/study.h"

namespace foretide::validation {

/// Writes `data`/10Hz/`name`.csv: one marker at 10 Hz for `duration_s`.
std::filesystem::path write_sequence(const std::filesystem::path& data, const std::string& name, double duration_s,
                                     const Motion& motion = breathing_mm);

/// A study of `data` that takes a moment: training to 8 s, test from 16 s, horizons of 0.2 and 0.5 s, `last` and a
/// small `snap1` with the quick grid and two seeds under the live protocol.
StudyOptions small_study(const std::filesystem::path& data);

/// tables.json of a study whose journal is `journal`.
std::string tables_of(const StudyOptions& options, const std::filesystem::path& journal, int jobs = 1,
                      bool resume = false);

}  // namespace foretide::validation
