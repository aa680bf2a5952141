// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/marker_assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace foretide::core {

namespace {

using Vec3 = std::array<double, 3>;

constexpr double kFar_mm2 = 1e12;       // no match: dearer than any candidate in reach
constexpr double kPhantom_mm2 = 1e8;    // dearer than any honest candidate, cheaper than none
constexpr double kVelocityShare = 0.5;  // of the last velocity that is believed to go on

double squared_distance(const Vec3& a, const Vec3& b) noexcept
{
    double sum = 0;
    for (std::size_t c = 0; c < 3; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

AssignmentConfig checked(const AssignmentConfig& config)
{
    if (config.markers < 1 || config.markers > kMaxMarkers)
        throw std::invalid_argument("the number of markers must be 1 … " + std::to_string(kMaxMarkers) + ", got " +
                                    std::to_string(config.markers));
    if (!(config.max_distance_mm > 0 && config.max_distance_mm < 1000) || !(config.max_speed_mm_s >= 0) ||
        config.settle_frames < 1 || !(config.least_spacing_mm >= 0))
        throw std::invalid_argument(
            "marker assignment: need 0 < max_distance < 1000 mm, max_speed ≥ 0, at least one "
            "settling frame and spacing ≥ 0");
    return config;
}

}  // namespace

MarkerAssignment::MarkerAssignment(const AssignmentConfig& config) : config_(checked(config))
{
    const auto n = static_cast<std::size_t>(config.markers);
    const std::size_t columns = static_cast<std::size_t>(kMaxMarkers) + n;
    tracks_.resize(n);
    expected_.resize(n);
    reach_mm_.resize(n);
    candidates_.reserve(kMaxMarkers);
    candidate_mm_.reserve(kMaxMarkers);
    penalty_mm2_.reserve(kMaxMarkers);
    cost_.assign(n * columns, 0);
    column_of_.assign(n, -1);
    u_.assign(n + 1, 0);
    v_.assign(columns + 1, 0);
    least_.assign(columns + 1, 0);
    row_of_.assign(columns + 1, 0);
    way_.assign(columns + 1, 0);
    used_.assign(columns + 1, false);
}

void MarkerAssignment::restart() noexcept { settled_ = 0; }

void MarkerAssignment::gather(const MarkerFrame& frame) noexcept
{
    candidates_.clear();
    candidate_mm_.clear();
    penalty_mm2_.clear();
    for (int k = 0; k < std::clamp(frame.marker_count, 0, kMaxMarkers); ++k) {
        const MarkerSample& marker = frame.markers[static_cast<std::size_t>(k)];
        const bool finite = std::ranges::all_of(marker.position_mm, [](double v) { return std::isfinite(v); });
        if (marker.visibility == Visibility::missing || !finite) continue;
        candidates_.push_back(k);
        candidate_mm_.push_back(marker.position_mm);
        penalty_mm2_.push_back(marker.visibility == Visibility::phantom ? kPhantom_mm2 : 0.0);
    }
}

bool MarkerAssignment::settle(const MarkerFrame& frame) noexcept
{
    std::size_t honest = 0;
    for (std::size_t k = 0; k < candidates_.size(); ++k)
        if (penalty_mm2_[k] == 0) {
            if (honest < tracks_.size()) expected_[honest] = candidate_mm_[k];
            ++honest;
        }
    bool usable = honest == tracks_.size();
    for (std::size_t a = 0; usable && a < honest; ++a)
        for (std::size_t b = a + 1; b < honest; ++b)
            usable = usable &&
                     squared_distance(expected_[a], expected_[b]) > config_.least_spacing_mm * config_.least_spacing_mm;
    if (!usable) {
        settled_ = 0;
        return false;
    }
    if (settled_ == 0) {
        std::sort(expected_.begin(), expected_.end(), [](const Vec3& a, const Vec3& b) {
            return std::array{-a[1], -a[0], -a[2]} < std::array{-b[1], -b[0], -b[2]};
        });
        for (std::size_t m = 0; m < tracks_.size(); ++m) tracks_[m] = {expected_[m], {}, frame.acquired};
    }
    ++settled_;
    return true;
}

void MarkerAssignment::expect(const MarkerFrame& frame, std::span<const double> expected_mm) noexcept
{
    for (std::size_t m = 0; m < tracks_.size(); ++m) {
        const Track& track = tracks_[m];
        const double since_s = std::clamp(to_seconds(frame.acquired - track.seen), 0.0, 10.0);
        for (std::size_t c = 0; c < 3; ++c) {
            const double ahead_s = std::min(since_s, 0.2);
            expected_[m][c] = expected_mm.size() == 3 * tracks_.size()
                                  ? expected_mm[3 * m + c]
                                  : track.position[c] + kVelocityShare * ahead_s * track.velocity_mm_s[c];
        }
        reach_mm_[m] = std::max(config_.max_distance_mm, config_.max_speed_mm_s * since_s);
    }
}

/// Shortest augmenting paths with dual variables; rows are markers, columns candidates and then "none" for each marker.
/// Rows and columns count from 1 here, 0 is the root of a search.
void MarkerAssignment::match() noexcept
{
    const std::size_t n = tracks_.size(), found = candidates_.size(), columns = found + n;
    for (std::size_t m = 0; m < n; ++m)
        for (std::size_t k = 0; k < columns; ++k) {
            double cost = kFar_mm2;
            if (k < found) {
                const double d2 = squared_distance(expected_[m], candidate_mm_[k]);
                cost = d2 <= reach_mm_[m] * reach_mm_[m] ? d2 + penalty_mm2_[k] : 10 * kFar_mm2;
            }
            cost_[m * columns + k] = cost;
        }
    std::fill(u_.begin(), u_.end(), 0.0);
    std::fill_n(v_.begin(), columns + 1, 0.0);
    std::fill_n(row_of_.begin(), columns + 1, 0);
    for (std::size_t row = 1; row <= n; ++row) {
        row_of_[0] = static_cast<int>(row);
        std::fill_n(least_.begin(), columns + 1, std::numeric_limits<double>::infinity());
        std::fill_n(used_.begin(), columns + 1, false);
        std::size_t at = 0;
        do {
            used_[at] = true;
            const auto i = static_cast<std::size_t>(row_of_[at]);
            double delta = std::numeric_limits<double>::infinity();
            std::size_t next = 0;
            for (std::size_t j = 1; j <= columns; ++j) {
                if (used_[j]) continue;
                const double reduced = cost_[(i - 1) * columns + j - 1] - u_[i] - v_[j];
                if (reduced < least_[j]) {
                    least_[j] = reduced;
                    way_[j] = static_cast<int>(at);
                }
                if (least_[j] < delta) {
                    delta = least_[j];
                    next = j;
                }
            }
            for (std::size_t j = 0; j <= columns; ++j) {
                if (used_[j]) {
                    u_[static_cast<std::size_t>(row_of_[j])] += delta;
                    v_[j] -= delta;
                } else {
                    least_[j] -= delta;
                }
            }
            at = next;
        } while (row_of_[at] != 0);
        while (at != 0) {
            const auto before = static_cast<std::size_t>(way_[at]);
            row_of_[at] = row_of_[before];
            at = before;
        }
    }
    std::ranges::fill(column_of_, -1);
    for (std::size_t k = 1; k <= found; ++k)
        if (row_of_[k] != 0) column_of_[static_cast<std::size_t>(row_of_[k]) - 1] = static_cast<int>(k) - 1;
}

void MarkerAssignment::assign(const MarkerFrame& anonymous, std::span<const double> expected_mm,
                              MarkerFrame& identified) noexcept
{
    identified = anonymous;
    identified.marker_count = config_.markers;
    identified.markers.fill(MarkerSample{});
    gather(anonymous);
    if (!settled() && !settle(anonymous)) return;
    expect(anonymous, expected_mm);
    match();
    int matched = 0;
    for (std::size_t m = 0; m < tracks_.size(); ++m) {
        if (column_of_[m] < 0) continue;
        ++matched;
        const auto k = static_cast<std::size_t>(column_of_[m]);
        Track& track = tracks_[m];
        const double since_s = to_seconds(anonymous.acquired - track.seen);
        for (std::size_t c = 0; c < 3; ++c)
            track.velocity_mm_s[c] = since_s > 0 ? std::clamp((candidate_mm_[k][c] - track.position[c]) / since_s,
                                                              -config_.max_speed_mm_s, config_.max_speed_mm_s)
                                                 : 0.0;
        track.position = candidate_mm_[k];
        track.seen = anonymous.acquired;
        if (settled()) identified.markers[m] = anonymous.markers[static_cast<std::size_t>(candidates_[k])];
    }
    left_over_ += static_cast<std::int64_t>(candidates_.size()) - matched;
}

}  // namespace foretide::core
