// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/html.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "validation/report/assets.h"
#include "validation/text.h"

namespace foretide::validation::html {

std::string utc_now()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    if (gmtime_r(&now, &parts) == nullptr) throw std::runtime_error("the time of day cannot be read");
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return {text, length};
}

std::string page(const std::string& title, const std::string& body, const std::string& scripts)
{
    std::string html =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        escape_html(title) + "</title>\n<style>";
    html += report_style();
    return html + "</style>\n</head>\n<body>\n" + body + scripts + "</body>\n</html>\n";
}

std::string fact(std::string_view name, const std::string& value_html)
{
    return "<div><dt>" + std::string(name) + "</dt><dd>" + value_html + "</dd></div>";
}

std::string section(std::string_view id, std::string_view heading, const std::string& content)
{
    if (content.empty()) return {};
    return "<section id=\"" + std::string(id) + "\"><h2>" + std::string(heading) + "</h2>\n" + content + "</section>\n";
}

std::string folded(const std::string& summary_html, const std::string& content)
{
    return "<details class=\"more\"><summary>" + summary_html + "</summary>\n" + content + "</details>\n";
}

std::string th(const std::string& heading, const std::string& unit, const std::string& css_class)
{
    return "<th scope=\"col\"" + (css_class.empty() ? "" : " class=\"" + css_class + "\"") + ">" + heading +
           (unit.empty() ? "" : "<span class=\"unit\">" + unit + "</span>") + "</th>";
}

std::string td(const std::string& content, const std::string& css_class)
{
    return "<td" + (css_class.empty() ? "" : " class=\"" + css_class + "\"") + ">" + content + "</td>";
}

std::string table(const std::string& head, const std::string& bodies)
{
    return "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead>" + bodies + "</table></div>\n";
}

std::string value_text(double value, double half_width, int decimals)
{
    std::string text = fixed(value, decimals);
    if (std::isfinite(half_width)) text += " <span class=\"ci\">± " + fixed(half_width, decimals) + "</span>";
    return text;
}

std::string scrolling(const std::string& svg) { return "<div class=\"scroll\">" + svg + "</div>\n"; }

std::string figure(const std::string& content, const std::string& caption_html)
{
    return "<figure>\n" + content + "<figcaption>" + caption_html + "</figcaption>\n</figure>\n";
}

std::string joined(const std::vector<std::string>& texts)
{
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
    return out;
}

std::string glossary()
{
    static constexpr std::pair<std::string_view, std::string_view> kTerms[] = {
        {"Horizon", "Time between the moment a forecast is made and the moment it is for."},
        {"Live protocol", "Causal: a target is revealed when its sample arrives, h samples after the forecast."},
        {"Published protocol", "Targets are revealed right after the forecast, as in the papers. Not realisable."},
        {"3-D error", "Distance between the forecast and the measured position of a marker at one moment [mm]."},
        {"MAE, RMSE, Max", "Mean, root mean square and largest 3-D error over markers and samples [mm]."},
        {"nRMSE", "RMSE divided by that of the mean position of the scored part. 0 is perfect, 1 no better than it."},
        {"rel. RMSE", "RMSE divided by that of repeating the last position (no prediction). Below 1 prediction helps."},
        {"Jitter", "Mean distance between consecutive forecasts [mm]; depends on the sample rate."},
        {"Coverage, Width", "Share of positions inside the stated 90 % interval (per coordinate), and its mean width."},
        {"Interval score", "Width plus 20 times the distance by which positions lie outside (Winkler) [mm]."},
        {"Lower bound holds, upper",
         "Share of positions at or above the lower bound stated T_on before; below the upper."},
        {"Gating accuracy", "Share of samples at which the commanded beam agrees with an ideal gate without latency."},
        {"Duty cycle", "Share of time with the beam on; ideal: that of the ideal gate."},
        {"Beam on outside",
         "Time with the beam on while the true position is outside the window, and its share of all time."},
        {"Gating error", "Mean time between commanded and true gate edges, paired one to one [ms]."},
        {"Crossing error", "Mean time between forecast and true crossings of the window's edges [ms]."},
        {"Unmatched edges", "Commanded or true gate edges without a partner within half a breathing period."},
        {"Residual motion", "Standard deviation of the true position while the beam is on [mm]."},
        {"p50, p99, p99.9", "Time within which 50, 99 or 99.9 % of the steps were done."},
        {"95 % interval of the mean", "± 1.96 · standard deviation over seeds / √ number of seeds."}};
    std::string out = "<dl class=\"glossary\">";
    for (const auto& [term, meaning] : kTerms) {
        out += "<dt>" + escape_html(term) + "</dt><dd>" + escape_html(meaning) + "</dd>\n";
    }
    return out + "</dl>\n";
}

void Extent::add(double value) noexcept
{
    if (!std::isfinite(value)) return;
    lo = std::min(lo, value);
    hi = std::max(hi, value);
}

PlotAxis Extent::axis(std::string label) const
{
    if (!(lo <= hi)) return {std::move(label), 0, 1};
    const double air = hi > lo ? 0.06 * (hi - lo) : std::max(0.5, 1e-3 * std::abs(hi));
    return {std::move(label), lo - air, hi + air};
}

}  // namespace foretide::validation::html
