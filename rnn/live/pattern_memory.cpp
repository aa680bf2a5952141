// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/pattern_memory.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

namespace foretide::rnn {

namespace {

constexpr float kSearchMargin = 1.5F;  // of the squared distance of the farthest neighbour one sample before

const PatternConfig& checked(const PatternConfig& c)
{
    if (c.components < 1 || c.lags.empty() || c.lags.front() < 1 ||
        std::adjacent_find(c.lags.begin(), c.lags.end(), std::greater_equal<>()) != c.lags.end())
        throw std::invalid_argument(
            "analog: needs components, and lags that are at least 1 sample and strictly increasing");
    if (c.stride < 1 || c.capacity < 1)
        throw std::invalid_argument("analog: needs a stride of at least 1 and room for patterns");
    if (!(c.position_weight >= 0) || !(c.lag_decay_samples >= 0))
        throw std::invalid_argument("analog: weights must be numbers >= 0");
    return c;
}

}  // namespace

PatternMemory::PatternMemory(const PatternConfig& config)
    : config_(checked(config)),
      components_(static_cast<std::size_t>(config.components)),
      inputs_(components_ * (config.lags.size() + 1)),
      kernels_(kernels::select_kernels<float>()),
      patterns_(static_cast<std::size_t>(config.capacity), inputs_),
      norm2_(patterns_.rows()),
      samples_(patterns_.rows()),
      query_(patterns_.stride()),
      products_(patterns_.rows()),
      candidates_(patterns_.rows())
{
    for (const int lag : config_.lags)
        lag_weights_.push_back(
            config_.lag_decay_samples > 0 ? static_cast<float>(std::exp(-lag / config_.lag_decay_samples)) : 1.0F);
    reset();
}

void PatternMemory::expect(std::size_t neighbours)
{
    wanted_ = std::max(wanted_, neighbours);
    nearest_.resize(std::min(wanted_, patterns_.rows()));
}

void PatternMemory::reset() noexcept
{
    std::fill(samples_.begin(), samples_.end(), -1);
    stored_ = 0;
    reach2_ = 0;
    searched_ = -1;
}

void PatternMemory::set_pattern(const MotionHistory& history, std::int64_t n, float* u) const noexcept
{
    const double* now = history.scores(n);
    std::size_t j = 0;
    for (std::size_t l = 0; l < config_.lags.size(); ++l) {
        const double* then = history.scores(n - config_.lags[l]);
        for (std::size_t c = 0; c < components_; ++c) u[j++] = lag_weights_[l] * static_cast<float>(then[c] - now[c]);
    }
    for (std::size_t c = 0; c < components_; ++c) u[j++] = static_cast<float>(config_.position_weight * now[c]);
}

/// The sample of the newest pattern, −1: none.
std::int64_t PatternMemory::newest() const noexcept
{
    return stored_ > 0 ? samples_[static_cast<std::size_t>(stored_ - 1) % samples_.size()] : -1;
}

/// All patterns no farther than `limit2`, in front of candidates_; returns how many.
std::size_t PatternMemory::collect(std::size_t rows, std::int64_t n, float limit2) noexcept
{
    std::size_t found = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const float distance2 = products_[i];
        if (!(distance2 <= limit2) || samples_[i] >= n) continue;  // NaN: never
        candidates_[found++] = {std::max(distance2, 0.0F), static_cast<std::int32_t>(i)};
    }
    return found;
}

void PatternMemory::find_nearest(std::int64_t n) noexcept
{
    const std::size_t rows = std::min<std::size_t>(static_cast<std::size_t>(stored_), patterns_.rows());
    kernels_.gemv(patterns_.data(), rows, patterns_.stride(), patterns_.stride(), query_.data(), products_.data());
    float query_norm2 = 0;
    for (std::size_t j = 0; j < inputs_; ++j) query_norm2 += query_[j] * query_[j];
    for (std::size_t i = 0; i < rows; ++i) products_[i] = norm2_[i] - 2.0F * products_[i] + query_norm2;
    // The last search tells about how far to look; where that was not enough, anywhere.
    std::size_t close = collect(rows, n, kSearchMargin * reach2_);
    if (close < wanted_) close = collect(rows, n, std::numeric_limits<float>::max());
    const auto nearer = [](const Candidate& a, const Candidate& b) {
        return a.distance2 != b.distance2 ? a.distance2 < b.distance2 : a.pattern < b.pattern;
    };
    found_ = std::min(close, wanted_);
    const auto begin = candidates_.begin(), end = begin + static_cast<std::ptrdiff_t>(found_);
    if (found_ < close) std::nth_element(begin, end, begin + static_cast<std::ptrdiff_t>(close), nearer);
    std::sort(begin, end, nearer);
    reach2_ = found_ > 0 ? candidates_[found_ - 1].distance2 : 0.0F;
    for (std::size_t i = 0; i < found_; ++i)
        nearest_[i] = {candidates_[i].distance2, samples_[static_cast<std::size_t>(candidates_[i].pattern)]};
}

std::span<const PatternMemory::Neighbour> PatternMemory::search(const MotionHistory& history, std::int64_t n) noexcept
{
    if (stored_ == 0 || !history.has(n, reach())) return {};
    if (searched_ != n) {
        set_pattern(history, n, query_.data());
        find_nearest(n);
        searched_ = n;
    }
    return std::span(nearest_).first(found_);
}

void PatternMemory::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    if (n % config_.stride != 0 || n == newest() || !history.has(n, reach())) return;
    const std::size_t row = static_cast<std::size_t>(stored_) % patterns_.rows();
    float* u = patterns_.row(row);
    set_pattern(history, n, u);
    float sum = 0;
    for (std::size_t j = 0; j < inputs_; ++j) sum += u[j] * u[j];
    norm2_[row] = sum;
    samples_[row] = n;
    ++stored_;
}

}  // namespace foretide::rnn
