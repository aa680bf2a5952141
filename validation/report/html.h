// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "validation/report/svg_plot.h"

/// Building blocks that all reports share, as HTML fragments styled by report_style(). Arguments named `html` or
/// `content` are HTML already, the others plain text without markup characters. Pure functions.
namespace foretide::validation::html {

/// Date and time of day, UTC, as reports show it. Throws std::runtime_error where the clock cannot be read.
std::string utc_now();

/// A whole page: style sheet in it, nothing fetched. `scripts` stands at the end of the body.
std::string page(const std::string& title, const std::string& body, const std::string& scripts = {});

/// One entry of a <dl class="facts">.
std::string fact(std::string_view name, const std::string& value_html);

/// A section with a heading; empty where the content is.
std::string section(std::string_view id, std::string_view heading, const std::string& content);

/// Folded away until opened.
std::string folded(const std::string& summary_html, const std::string& content);

std::string th(const std::string& heading, const std::string& unit = "", const std::string& css_class = "");
std::string td(const std::string& content, const std::string& css_class = "");
std::string table(const std::string& head, const std::string& bodies);

/// "0.157", with "± 0.002" where the half-width is known.
std::string value_text(double value, double half_width, int decimals);

/// Lets a wide plot scroll in a narrow window.
std::string scrolling(const std::string& svg);
std::string figure(const std::string& content, const std::string& caption_html);

/// "a, b, c".
std::string joined(const std::vector<std::string>& texts);

/// What the words and measures of a report mean.
std::string glossary();

/// Lowest and highest of the finite values it was shown.
struct Extent {
    double lo = std::numeric_limits<double>::infinity();
    double hi = -std::numeric_limits<double>::infinity();

    void add(double value) noexcept;
    /// A range with some air around it; 0 … 1 where nothing was shown.
    PlotAxis axis(std::string label) const;
};

}  // namespace foretide::validation::html
