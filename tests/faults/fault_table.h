// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <string>

#include "tests/faults/judgement.h"

/// The matrix as a document: what each row demands, and what was measured. Each row's run leaves its figures in a
/// folder of the build; they are put together from there.
namespace foretide::tests {

/// Keeps what was measured; `passed`: whether the row did what it must.
void keep(const Row& row, const Measured& measured, bool passed);

/// What a row of the document begins with: everything that is demanded, nothing measured.
std::string demands(const Row& row);

/// The whole document in Markdown. Throws std::runtime_error where a row has not been run.
std::string document();

}  // namespace foretide::tests
