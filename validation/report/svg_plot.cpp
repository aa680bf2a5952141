// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "validation/text.h"

namespace foretide::validation {
namespace {

constexpr double kLineHeight = 14;     // of labels above the data area
constexpr double kLabelGap = 5;        // between the data area and the lowest of them
constexpr double kCharacterWidth = 6;  // about, of a label

std::string attribute(std::string_view name, double value)
{
    return " " + std::string(name) + "=\"" + fixed(value, 1) + "\"";
}

std::string css(std::string_view css_class) { return " class=\"" + escape_html(css_class) + "\""; }

std::string text_at(double x, double y, std::string_view css_class, std::string_view text, std::string_view anchor)
{
    return "<text" + css(css_class) + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + std::string(anchor) +
           "\">" + escape_html(text) + "</text>";
}

void require_range(const PlotAxis& axis)
{
    const bool usable =
        std::isfinite(axis.lo) && std::isfinite(axis.hi) && axis.lo < axis.hi && (!axis.logarithmic || axis.lo > 0);
    if (!usable) {
        throw std::runtime_error("the plot axis '" + axis.label + "' has no usable range: " + fixed(axis.lo, 3) +
                                 " to " + fixed(axis.hi, 3));
    }
}

double share_of(const PlotAxis& axis, double value) noexcept
{
    if (!axis.logarithmic) return (value - axis.lo) / (axis.hi - axis.lo);
    return std::log(std::max(value, axis.lo * 1e-3) / axis.lo) / std::log(axis.hi / axis.lo);
}

int tick_decimals(const PlotAxis& axis, std::span<const double> ticks)
{
    if (ticks.size() < 2 || axis.logarithmic) return 0;
    return std::max(0, -static_cast<int>(std::floor(std::log10(ticks[1] - ticks[0]) + 1e-9)));
}

/// The points of one line in one horizontal unit: the first, the lowest, the highest, the last.
struct Column {
    double x = 0, first = 0, low = 0, high = 0, last = 0;
    bool low_before_high = true;
    int count = 0;

    void add(double y) noexcept
    {
        if (count++ == 0) {
            first = low = high = y;
        } else if (y < low) {
            low = y;
            low_before_high = false;
        } else if (y > high) {
            high = y;
            low_before_high = true;
        }
        last = y;
    }
};

class PathWriter {
public:
    void add(double x, double y)
    {
        if (column_.count > 0 && std::floor(x) != std::floor(column_.x)) flush();
        if (column_.count == 0) {
            column_ = Column{};
            column_.x = x;
        }
        column_.add(y);
    }

    void interrupt()
    {
        flush();
        started_ = false;
    }

    std::string finish()
    {
        flush();
        return std::move(path_);
    }

private:
    void flush()
    {
        if (column_.count == 0) return;
        point(column_.first);
        if (column_.count > 2) {
            point(column_.low_before_high ? column_.low : column_.high);
            point(column_.low_before_high ? column_.high : column_.low);
        }
        if (column_.count > 1) point(column_.last);
        column_.count = 0;
    }

    void point(double y)
    {
        path_ += started_ ? "L" : "M";
        path_ += fixed(column_.x, 1) + " " + fixed(y, 1);
        started_ = true;
    }

    std::string path_;
    Column column_;
    bool started_ = false;
};

}  // namespace

std::vector<double> axis_ticks(const PlotAxis& axis, int wanted)
{
    std::vector<double> ticks;
    if (axis.logarithmic) {
        const bool few_decades = std::log10(axis.hi / axis.lo) < 2.5;
        for (double decade = std::pow(10.0, std::floor(std::log10(axis.lo))); decade <= axis.hi; decade *= 10) {
            for (const double factor : {1.0, 2.0, 5.0}) {
                const double value = decade * factor;
                if ((factor == 1.0 || few_decades) && value >= axis.lo * 0.999 && value <= axis.hi * 1.001) {
                    ticks.push_back(value);
                }
            }
        }
        return ticks;
    }
    const double rough = (axis.hi - axis.lo) / std::max(1, wanted);
    const double decade = std::pow(10.0, std::floor(std::log10(rough)));
    const double lead = rough / decade;
    const double step = decade * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
    for (double k = std::ceil(axis.lo / step - 1e-9); k * step <= axis.hi + 1e-9 * step; ++k) ticks.push_back(k * step);
    return ticks;
}

SvgPlot::SvgPlot(PlotFrame frame, PlotAxis x, PlotAxis y) : frame_{frame}, x_{std::move(x)}, y_{std::move(y)}
{
    require_range(x_);
    require_range(y_);
}

double SvgPlot::x_position(double x) const noexcept
{
    return frame_.left + share_of(x_, x) * (frame_.width - frame_.left - frame_.right);
}

/// Values far outside stay near the plot, so that coordinates remain short and valid.
double SvgPlot::y_position(double y) const noexcept
{
    const double inner = frame_.height - frame_.top - frame_.bottom;
    return frame_.top + (1 - std::clamp(share_of(y_, y), -20.0, 20.0)) * inner;
}

void SvgPlot::vertical_band(double x0, double x1, std::string_view css_class, std::string_view label)
{
    x0 = std::max(x0, x_.lo);
    x1 = std::min(x1, x_.hi);
    if (!(x0 < x1)) return;
    background_ += "<rect" + css(css_class) + attribute("x", x_position(x0)) + attribute("y", frame_.top) +
                   attribute("width", x_position(x1) - x_position(x0)) +
                   attribute("height", frame_.height - frame_.top - frame_.bottom) + "/>";
    if (!label.empty() && x_position(x1) - x_position(x0) > kCharacterWidth * static_cast<double>(label.size())) {
        labels_ += text_at((x_position(x0) + x_position(x1)) / 2, frame_.top - kLabelGap, "note", label, "middle");
    }
}

void SvgPlot::horizontal_band(double y0, double y1, std::string_view css_class, std::string_view label)
{
    y0 = std::max(y0, y_.lo);
    y1 = std::min(y1, y_.hi);
    if (!(y0 < y1)) return;
    background_ += "<rect" + css(css_class) + attribute("x", frame_.left) + attribute("y", y_position(y1)) +
                   attribute("width", frame_.width - frame_.left - frame_.right) +
                   attribute("height", y_position(y0) - y_position(y1)) + "/>";
    if (!label.empty()) {
        labels_ += text_at(frame_.width - frame_.right - 4, y_position(y1) + kLineHeight, "note", label, "end");
    }
}

void SvgPlot::vertical_rule(double x, std::string_view css_class, std::string_view label, int label_row)
{
    if (!(x >= x_.lo && x <= x_.hi)) return;
    const double position = x_position(x);
    background_ += "<line" + css(css_class) + attribute("x1", position) + attribute("x2", position) +
                   attribute("y1", frame_.top) + attribute("y2", frame_.height - frame_.bottom) + "/>";
    if (label.empty()) return;
    const bool left_of_it = position > frame_.left + 0.85 * (frame_.width - frame_.left - frame_.right);
    labels_ += text_at(position + (left_of_it ? 2 : -2), frame_.top - kLabelGap - kLineHeight * label_row, "note",
                       label, left_of_it ? "end" : "start");
}

void SvgPlot::line(std::span<const double> x, std::span<const double> y, std::string_view css_class, double longest_gap)
{
    PathWriter path;
    for (std::size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
        if (!std::isfinite(x[k]) || !std::isfinite(y[k]) || x[k] < x_.lo || x[k] > x_.hi) {
            path.interrupt();
            continue;
        }
        if (longest_gap > 0 && k > 0 && x[k] - x[k - 1] > longest_gap) path.interrupt();
        path.add(x_position(x[k]), y_position(y[k]));
    }
    const std::string d = path.finish();
    if (!d.empty()) data_ += "<path" + css("line " + std::string(css_class)) + " d=\"" + d + "\"/>";
}

void SvgPlot::band(std::span<const double> x, std::span<const double> lower, std::span<const double> upper,
                   std::string_view css_class, double longest_gap)
{
    const std::size_t n = std::min({x.size(), lower.size(), upper.size()});
    const auto drawn = [&](std::size_t k) {
        return std::isfinite(lower[k]) && std::isfinite(upper[k]) && x[k] >= x_.lo && x[k] <= x_.hi;
    };
    const auto point = [&](std::size_t k, double y) {
        return fixed(x_position(x[k]), 1) + " " + fixed(y_position(y), 1);
    };
    std::string d;
    for (std::size_t begin = 0, end = 0; begin < n; begin = std::max(end, begin + 1)) {
        for (end = begin; end < n && drawn(end); ++end)
            if (end > begin && longest_gap > 0 && x[end] - x[end - 1] > longest_gap) break;
        if (end - begin < 2) continue;
        for (std::size_t k = begin; k < end; ++k) d += (k == begin ? "M" : "L") + point(k, upper[k]);
        for (std::size_t k = end; k > begin; --k) d += "L" + point(k - 1, lower[k - 1]);
        d += "Z";
    }
    if (!d.empty()) data_ += "<path" + css("band " + std::string(css_class)) + " d=\"" + d + "\"/>";
}

void SvgPlot::dot(double x, double y, std::string_view css_class, std::string_view tooltip)
{
    if (!std::isfinite(x) || !std::isfinite(y)) return;
    data_ += "<circle" + css("dot " + std::string(css_class)) + attribute("cx", x_position(x)) +
             attribute("cy", y_position(y)) + " r=\"3.2\"><title>" + escape_html(tooltip) + "</title></circle>";
}

void SvgPlot::whisker(double x, double y0, double y1, std::string_view css_class)
{
    if (!std::isfinite(x) || !std::isfinite(y0) || !std::isfinite(y1)) return;
    data_ += "<line" + css("line " + std::string(css_class)) + attribute("x1", x_position(x)) +
             attribute("x2", x_position(x)) + attribute("y1", y_position(y0)) + attribute("y2", y_position(y1)) + "/>";
}

void SvgPlot::bar(double x0, double x1, double y, std::string_view css_class, std::string_view tooltip)
{
    if (!std::isfinite(x0) || !std::isfinite(x1) || !std::isfinite(y)) return;
    const double left = x_position(x0);
    const double top = y_position(y);
    data_ += "<rect" + css("bar " + std::string(css_class)) + attribute("x", left) + attribute("y", top) +
             attribute("width", std::max(0.6, x_position(x1) - left)) +
             attribute("height", std::max(0.0, frame_.height - frame_.bottom - top)) + "><title>" +
             escape_html(tooltip) + "</title></rect>";
}

std::string SvgPlot::axes() const
{
    const double right = frame_.width - frame_.right;
    const double bottom = frame_.height - frame_.bottom;
    std::string out;
    const auto y_ticks = axis_ticks(y_, std::max(3, static_cast<int>((bottom - frame_.top) / 42)));
    for (const double value : y_ticks) {
        const double y = y_position(value);
        out += "<line" + css("grid") + attribute("x1", frame_.left) + attribute("x2", right) + attribute("y1", y) +
               attribute("y2", y) + "/>" +
               text_at(frame_.left - 7, y + 4, "tick",
                       y_.logarithmic ? significant(value, 1) : fixed(value, tick_decimals(y_, y_ticks)), "end");
    }
    const auto x_ticks = axis_ticks(x_, std::max(2, static_cast<int>((right - frame_.left) / 85)));
    for (const double value : x_ticks) {
        const double x = x_position(value);
        out += "<line" + css("axis") + attribute("x1", x) + attribute("x2", x) + attribute("y1", bottom) +
               attribute("y2", bottom + 4) + "/>" +
               text_at(x, bottom + 17, "tick",
                       x_.logarithmic ? significant(value, 1) : fixed(value, tick_decimals(x_, x_ticks)), "middle");
    }
    out += "<line" + css("axis") + attribute("x1", frame_.left) + attribute("x2", right) + attribute("y1", bottom) +
           attribute("y2", bottom) + "/>";
    return out;
}

std::string SvgPlot::svg(std::string_view id, std::string_view description) const
{
    const double right = frame_.width - frame_.right;
    const double bottom = frame_.height - frame_.bottom;
    const double middle = (frame_.top + bottom) / 2;
    // A nested <svg> clips to its own box, without an id that two plots could share.
    const std::string inner_box = attribute("x", frame_.left) + attribute("y", frame_.top) +
                                  attribute("width", right - frame_.left) + attribute("height", bottom - frame_.top);
    const std::string inner_view = " viewBox=\"" + fixed(frame_.left, 1) + " " + fixed(frame_.top, 1) + " " +
                                   fixed(right - frame_.left, 1) + " " + fixed(bottom - frame_.top, 1) + "\"";

    std::string out = "<svg";
    if (!id.empty()) out += " id=\"" + escape_html(id) + "\"";
    out += css("plot") + " viewBox=\"0 0 " + fixed(frame_.width, 0) + " " + fixed(frame_.height, 0) +
           "\" role=\"img\" aria-label=\"" + escape_html(description) + "\"" + attribute("data-left", frame_.left) +
           attribute("data-right", right) + attribute("data-top", frame_.top) + attribute("data-bottom", bottom) +
           " data-x0=\"" + shortest(x_.lo) + "\" data-x1=\"" + shortest(x_.hi) + "\" data-y0=\"" + shortest(y_.lo) +
           "\" data-y1=\"" + shortest(y_.hi) + "\">";
    out += "<g class=\"background\">" + background_ + "</g><g class=\"axes\">" + axes() + "</g>";
    out += "<svg class=\"data\"" + inner_box + inner_view + ">" + data_ + "</svg>";
    out += "<g class=\"labels\">" + labels_ + "</g>";
    if (!x_.label.empty()) {
        out += text_at((frame_.left + right) / 2, frame_.height - 6, "label", x_.label, "middle");
    }
    if (!y_.label.empty()) {
        out += "<text" + css("label y-label") + " text-anchor=\"middle\" transform=\"translate(15 " + fixed(middle, 1) +
               ") rotate(-90)\">" + escape_html(y_.label) + "</text>";
    }
    return out + "</svg>";
}

}  // namespace foretide::validation
