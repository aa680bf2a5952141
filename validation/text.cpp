// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace foretide::validation {
namespace {

/// Longest fixed notation of a double: 309 digits before the point, and the decimals asked for (≤ 20).
using NumberBuffer = std::array<char, 352>;

}  // namespace

std::string shortest(double value)
{
    if (!std::isfinite(value)) return {};
    NumberBuffer buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

std::string fixed(double value, int decimals)
{
    if (std::isnan(value)) return "–";
    if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
    NumberBuffer buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed,
                                   std::clamp(decimals, 0, 20))
                         .ptr;
    std::string text{buffer.data(), end};
    if (text.front() == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
    return text;
}

std::string significant(double value, int digits)
{
    if (!std::isfinite(value) || value == 0) return fixed(value, 0);
    const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
    return fixed(value, std::max(0, digits - 1 - magnitude));
}

std::string horizon_label(double horizon_s)
{
    if (!std::isfinite(horizon_s)) throw std::runtime_error("a forecast horizon is not a finite number of seconds");
    std::string text = fixed(horizon_s, 9);
    const auto point = text.find('.');
    const auto last = text.find_last_not_of('0');
    text.erase(std::max(last, point + 1) + 1);
    return text;
}

std::string coordinate_label(int coordinate)
{
    return "m" + std::to_string(coordinate / 3 + 1) + "." + "xyz"[coordinate % 3];
}

std::string coordinate_column(int coordinate)
{
    return "m" + std::to_string(coordinate / 3 + 1) + "_" + "xyz"[coordinate % 3];
}

std::string escape_html(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n') out += c;
        }
    }
    return out;
}

std::string escape_script_json(std::string_view json)
{
    std::string out;
    out.reserve(json.size());
    for (const char c : json) {
        switch (c) {
        case '<':
            out += "\\u003c";
            break;
        case '>':
            out += "\\u003e";
            break;
        case '&':
            out += "\\u0026";
            break;
        default:
            out += c;
        }
    }
    return out;
}

}  // namespace foretide::validation
