// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

namespace foretide::validation {

/// "0.1.0 (Release, GNU 12.2.0, kernels avx512)": what made a result, for every report and JSON file.
std::string version_text();

}  // namespace foretide::validation
