// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/standardiser.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "core/state_io.h"

namespace foretide::core {

namespace {
constexpr std::string_view kMagic = "standardiser";
constexpr std::uint32_t kVersion = 1;
}  // namespace

std::int64_t warm_up_samples(Duration duration, double rate_hz) noexcept
{
    return std::max<std::int64_t>(1, std::llround(to_seconds(duration) * rate_hz));
}

Standardiser::Standardiser(const SeriesLayout& layout, const StandardiserConfig& config)
    : freeze_after_(warm_up_samples(config.duration, layout.rate_hz)), sd_floor_mm_(config.sd_floor_mm)
{
    if (layout.markers < 1 || !(layout.rate_hz > 0) || !std::isfinite(layout.rate_hz)) {
        throw std::runtime_error("standardiser: needs at least one marker and a positive rate, got " +
                                 std::to_string(layout.markers) + " markers at " + std::to_string(layout.rate_hz) +
                                 " Hz");
    }
    if (!(config.sd_floor_mm > 0) || !std::isfinite(config.sd_floor_mm)) {
        throw std::runtime_error("standardiser: the floor of the standard deviation must be positive, got " +
                                 std::to_string(config.sd_floor_mm) + " mm");
    }
    const auto p = static_cast<std::size_t>(layout.coordinates());
    mean_.assign(p, 0.0);
    m2_.assign(p, 0.0);
    sd_.assign(p, sd_floor_mm_);
}

void Standardiser::update(std::span<const double> positions_mm) noexcept
{
    if (frozen_ || positions_mm.size() != mean_.size()) {
        return;
    }
    ++seen_;
    const double weight = 1.0 / static_cast<double>(seen_);
    for (std::size_t c = 0; c < mean_.size(); ++c) {
        const double from_old = positions_mm[c] - mean_[c];
        mean_[c] += from_old * weight;
        m2_[c] += from_old * (positions_mm[c] - mean_[c]);
    }
    refresh_sd();
    frozen_ = seen_ >= freeze_after_;
}

void Standardiser::refresh_sd() noexcept
{
    for (std::size_t c = 0; c < sd_.size(); ++c) {
        sd_[c] = std::max(sd_floor_mm_, std::sqrt(m2_[c] / static_cast<double>(seen_)));
    }
}

void Standardiser::set_from_block(std::span<const double> positions_mm)
{
    const std::size_t p = mean_.size();
    const std::size_t rows = positions_mm.size() / p;
    if (rows == 0 || rows * p != positions_mm.size()) {
        throw std::runtime_error("standardiser: a block of " + std::to_string(positions_mm.size()) +
                                 " values is not a whole number of samples of " + std::to_string(p) + " coordinates");
    }
    if (!std::ranges::all_of(positions_mm, [](double v) { return std::isfinite(v); })) {
        throw std::runtime_error("standardiser: the block holds values that are not finite; bridge gaps first");
    }
    std::ranges::fill(mean_, 0.0);
    std::ranges::fill(m2_, 0.0);
    for (std::size_t i = 0; i < positions_mm.size(); ++i) {
        mean_[i % p] += positions_mm[i];
    }
    for (double& mean : mean_) {
        mean /= static_cast<double>(rows);
    }
    for (std::size_t i = 0; i < positions_mm.size(); ++i) {
        const double d = positions_mm[i] - mean_[i % p];
        m2_[i % p] += d * d;
    }
    seen_ = static_cast<std::int64_t>(rows);
    refresh_sd();
    frozen_ = true;
}

void Standardiser::save(std::ostream& out) const
{
    write_header(out, kMagic, kVersion);
    write_pod(out, freeze_after_);
    write_pod(out, sd_floor_mm_);
    write_pod(out, seen_);
    write_pod(out, frozen_);
    write_array(out, mean_);
    write_array(out, m2_);
}

void Standardiser::load(std::istream& in)
{
    read_header(in, kMagic, kVersion);
    read_expected(in, freeze_after_, "number of warm-up samples of the standardiser");
    if (read_pod<double>(in) != sd_floor_mm_) {
        throw StateError("state: the standardiser was saved with another floor of the standard deviation");
    }
    const auto seen = read_pod<std::int64_t>(in);
    const auto frozen = read_pod<bool>(in);
    std::vector<double> mean(mean_.size());
    std::vector<double> m2(m2_.size());
    read_array(in, mean);
    read_array(in, m2);
    const auto good = [](double v) { return std::isfinite(v); };
    if (seen < 0 || !std::ranges::all_of(mean, good) ||
        !std::ranges::all_of(m2, [&](double v) { return good(v) && v >= 0; })) {
        throw StateError("state: the standardiser holds impossible figures: the data are damaged");
    }
    seen_ = seen;
    frozen_ = frozen;
    mean_ = std::move(mean);
    m2_ = std::move(m2);
    if (seen_ > 0) {
        refresh_sd();
    } else {
        std::ranges::fill(sd_, sd_floor_mm_);
    }
}

}  // namespace foretide::core
