// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "validation/report/context.h"

namespace foretide::validation {

/// A series as text for a script: rounded to `step`, the differences of consecutive values (zigzag), five bits a
/// character, lowest first, of "A–Z a–z 0–9 - _" (index 32 and above: more bits follow); "." stands for a value that
/// is not finite and leaves the running value alone. About two characters a value for breathing at 10 Hz.
std::string encode_series(std::span<const double> values, double step);

/// The series of a report as one JSON text, ready for a <script type="application/json"> element.
struct EmbeddedSeries {
    std::string json;      ///< empty: too much to embed
    bool reduced = false;  ///< only the first coordinate is in it
};

/// Embeds all coordinates; where that takes more than `max_bytes`, the first one; where even that does, nothing.
EmbeddedSeries embed_series(const ReportContext& context, std::size_t max_bytes);

}  // namespace foretide::validation
