// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <string_view>

namespace foretide::validation {

/// Texts and numbers as reports and tables write them. Locale-free: always a decimal point, no grouping.
/// Pure functions, thread-safe.

/// The sentence every exported report carries.
inline constexpr std::string_view kNotAMedicalDevice =
    "Research software. Not a medical device, not CE-marked or FDA-cleared. Not for use on patients; the gating "
    "output must only drive a phantom or an interlocked test rig. No warranty.";

/// Shortest text that reads back as the same double; "" for NaN and infinities (an empty CSV cell).
std::string shortest(double value);

/// Fixed number of decimals; "–" for NaN, "∞" and "−∞" for infinities. Never "-0.0".
std::string fixed(double value, int decimals);

/// About `digits` significant digits without an exponent, as for readings that span decades (12.3, 0.123, 1230).
std::string significant(double value, int digits);

/// A horizon in seconds with at least one decimal and at most nine: "0.5", "2.0", "0.125".
/// Used as `h<label>` in the columns of the forecast CSV and wherever a report names a horizon.
std::string horizon_label(double horizon_s);

/// Coordinate c (0 … p−1, marker-major) as people read it: "m1.x".
std::string coordinate_label(int coordinate);

/// Coordinate c as a CSV column: "m1_x".
std::string coordinate_column(int coordinate);

/// `text` for HTML content and quoted attributes; control characters other than tab and line feed are dropped.
std::string escape_html(std::string_view text);

/// JSON text for the inside of a <script> element: "<", ">" and "&" as \u escapes, which only strings can hold.
std::string escape_script_json(std::string_view json);

}  // namespace foretide::validation
