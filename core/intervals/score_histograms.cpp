// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/score_histograms.h"

#include <algorithm>
#include <cmath>

#include "core/marker_frame.h"
#include "core/state_io.h"

namespace foretide::core {

namespace {

constexpr std::string_view kMagic = "scores";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kPositiveBins = 120;
constexpr double kSmall = 0.05;         // r0
constexpr double kStep = 0.08;          // s
constexpr double kLargestWeight = 1e9;  // floats keep the newest scores exact to 1e-7 of the whole up to here

double edge(std::size_t k) { return kSmall * std::expm1(kStep * static_cast<double>(k)); }

}  // namespace

ScoreHistograms::ScoreHistograms(std::size_t series, bool with_negative)
    : with_negative_(with_negative), bins_(with_negative ? 2 * kPositiveBins : kPositiveBins)
{
    if (with_negative)
        for (std::size_t k = kPositiveBins; k > 0; --k) edges_.push_back(-edge(k));
    for (std::size_t k = 0; k <= kPositiveBins; ++k) edges_.push_back(edge(k));
    weights_.assign(series * bins_, 0.0F);
    cursors_.assign(series, Cursor{});
}

void ScoreHistograms::age(double growth) noexcept
{
    now_ *= growth;
    if (now_ > kLargestWeight) renormalise();
}

void ScoreHistograms::renormalise() noexcept
{
    for (float& w : weights_) w = static_cast<float>(w / now_);
    for (Cursor& c : cursors_) {
        c.below /= now_;
        c.total /= now_;
    }
    now_ = 1;
}

std::size_t ScoreHistograms::bin_of(double score) const noexcept
{
    const double position = std::log1p(std::abs(score) / kSmall) / kStep;
    const auto k = static_cast<std::size_t>(std::min(position, static_cast<double>(kPositiveBins - 1)));
    if (!with_negative_) return score > 0 ? k : 0;
    return score >= 0 ? kPositiveBins + k : kPositiveBins - 1 - k;
}

void ScoreHistograms::add(std::size_t series, double score, double share) noexcept
{
    if (std::isfinite(score)) add_to_bin(series, bin_of(score), share);
}

void ScoreHistograms::add_to_bin(std::size_t series, std::size_t bin, double share) noexcept
{
    const double weight = now_ * share;
    weights_[series * bins_ + bin] += static_cast<float>(weight);
    Cursor& c = cursors_[series];
    c.total += weight;
    if (static_cast<std::int64_t>(bin) < c.at) c.below += weight;
}

void ScoreHistograms::clear(std::size_t series) noexcept
{
    std::fill_n(weights_.begin() + static_cast<std::ptrdiff_t>(series * bins_), bins_, 0.0F);
    cursors_[series] = Cursor{};
}

double ScoreHistograms::quantile(std::size_t series, double level) noexcept
{
    Cursor& c = cursors_[series];
    if (!(c.total > 0)) return kNaN;
    const float* w = &weights_[series * bins_];
    const double wanted = level * c.total;
    auto at = static_cast<std::size_t>(c.at);
    while (at > 0 && c.below > wanted) c.below -= static_cast<double>(w[--at]);
    while (at + 1 < bins_ && c.below + static_cast<double>(w[at]) < wanted) c.below += static_cast<double>(w[at++]);
    c.at = static_cast<std::int64_t>(at);
    const double inside = w[at] > 0 ? std::clamp((wanted - c.below) / static_cast<double>(w[at]), 0.0, 1.0) : 0.0;
    return edges_[at] + inside * (edges_[at + 1] - edges_[at]);
}

void ScoreHistograms::save_state(std::ostream& out) const
{
    write_header(out, kMagic, kVersion);
    write_pod(out, now_);
    write_array(out, weights_);
    write_array(out, cursors_);
}

void ScoreHistograms::load_state(std::istream& in)
{
    read_header(in, kMagic, kVersion);
    read_pod(in, now_);
    read_array(in, weights_);
    read_array(in, cursors_);
    const auto usable = [this](const Cursor& c) {
        return c.at >= 0 && c.at < static_cast<std::int64_t>(bins_) && std::isfinite(c.total) && std::isfinite(c.below);
    };
    if (!(now_ >= 1 && now_ <= kLargestWeight) || !std::ranges::all_of(cursors_, usable))
        throw StateError("state: the histograms of scores are damaged");
}

}  // namespace foretide::core
