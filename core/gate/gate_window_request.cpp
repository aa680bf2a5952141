// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gate_window_request.h"

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace foretide::core {

namespace {

/// Reads a number at the front of `text` and takes it off.
std::optional<double> take_number(std::string_view& text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take(std::string_view& text, std::string_view prefix)
{
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::string number(double value)
{
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), error == std::errc() ? end : buffer.data()};
}

}  // namespace

WindowRequest parse_window_request(std::string_view text)
{
    const std::string given(text);
    WindowRequest out;
    if (take(text, "auto:")) {
        const auto share = take_number(text);
        const bool at = take(text, "@");
        const auto from = take_number(text);
        const bool dash = take(text, "-");
        const auto to = take_number(text);
        if (share && at && from && dash && to && text.empty() && *share >= 0.02 && *share <= 0.5) {
            out.share = *share;
            out.from_s = *from;
            out.to_s = *to;
            return out;
        }
    } else if (take(text, "holds:")) {
        const auto holds = take_number(text);
        const bool at = take(text, "@");
        const auto half = take_number(text);
        if (holds && at && half && text.empty() && *holds == std::floor(*holds) && *holds >= 1 && *holds <= 10 &&
            *half >= 0.5 && *half <= 20) {
            out.holds = static_cast<int>(*holds);
            out.half_width_mm = *half;
            return out;
        }
    } else {
        const auto lower = take_number(text);
        const bool comma = take(text, ",");
        const auto upper = take_number(text);
        if (lower && comma && upper && text.empty() && *lower < *upper) {
            out.typed = GateWindow{*lower, *upper};
            return out;
        }
    }
    throw std::invalid_argument(
        "gate window '" + given +
        "': give lower,upper in mm with lower < upper, or auto:SHARE@FROM-TO with a share of "
        "0.02 to 0.5, like auto:0.4@30-60, or holds:COUNT@HALF with 1 to 10 breath holds and 0.5 to "
        "20 mm, like holds:3@2.5");
}

std::string to_string(const WindowRequest& request)
{
    if (request.typed) return number(request.typed->lower_mm) + "," + number(request.typed->upper_mm);
    if (request.holds > 0) return "holds:" + number(request.holds) + "@" + number(request.half_width_mm);
    return "auto:" + number(request.share) + "@" + number(request.from_s) + "-" + number(request.to_s);
}

}  // namespace foretide::core
