// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string_view>

namespace foretide::validation {

/// Style sheet of a report: one light and one dark set of colours (Okabe–Ito, lightened in the dark), print rules.
std::string_view report_style();

/// Script of a report: choice of coordinate, horizon, algorithms and stretch, and the read-out under the pointer.
/// Plain JavaScript without dependencies; reads the JSON that embed_series() made.
std::string_view report_script();

}  // namespace foretide::validation
