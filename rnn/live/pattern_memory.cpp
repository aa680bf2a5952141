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
constexpr std::size_t kShortlist = 4;  // patterns on it, times the neighbours wanted
constexpr float kRounding = 1e-3F;     // of distances, a generous limit

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
      candidates_(patterns_.rows()),
      expected_scores_(components_)
{
    shortlist_.expected.resize(patterns_.stride());
    for (const int lag : config_.lags)
        lag_weights_.push_back(
            config_.lag_decay_samples > 0 ? static_cast<float>(std::exp(-lag / config_.lag_decay_samples)) : 1.0F);
    reset();
}

void PatternMemory::expect(std::size_t neighbours)
{
    wanted_ = std::max(wanted_, neighbours);
    nearest_.resize(std::min(wanted_, patterns_.rows()));
    const std::size_t listed = std::min(kShortlist * wanted_, patterns_.rows());
    shortlist_.patterns = PaddedMatrix<float>(listed, inputs_);
    shortlist_.norm2.resize(listed);
    shortlist_.which.resize(listed);
    shortlist_.of = -1;
}

void PatternMemory::reset() noexcept
{
    std::fill(samples_.begin(), samples_.end(), -1);
    stored_ = 0;
    reach2_ = 0;
    searched_ = -1;
    shortlist_.of = -1;
}

/// `now`: scores of sample n.
void PatternMemory::set_pattern(const MotionHistory& history, std::int64_t n, const double* now,
                                float* u) const noexcept
{
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

/// products_ ← the squared distances of the first `rows` patterns.
void PatternMemory::measure(const PaddedMatrix<float>& patterns, const std::vector<float>& norm2, std::size_t rows,
                            const AlignedVector<float>& from) noexcept
{
    kernels_.gemv(patterns.data(), rows, patterns.stride(), patterns.stride(), from.data(), products_.data());
    float from_norm2 = 0;
    for (std::size_t j = 0; j < inputs_; ++j) from_norm2 += from[j] * from[j];
    for (std::size_t i = 0; i < rows; ++i) products_[i] = norm2[i] - 2.0F * products_[i] + from_norm2;
}

/// All patterns measured that are no farther than `limit2`, in front of candidates_; returns how many.
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

/// Brings the nearest of so many candidates to the front, ascending; returns how many there are.
std::size_t PatternMemory::nearest_of(std::size_t candidates, std::size_t wanted) noexcept
{
    const auto nearer = [](const Candidate& a, const Candidate& b) {
        return a.distance2 != b.distance2 ? a.distance2 < b.distance2 : a.pattern < b.pattern;
    };
    const std::size_t found = std::min(candidates, wanted);
    const auto begin = candidates_.begin(), end = begin + static_cast<std::ptrdiff_t>(found);
    if (found < candidates) std::nth_element(begin, end, begin + static_cast<std::ptrdiff_t>(candidates), nearer);
    std::sort(begin, end, nearer);
    return found;
}

/// `usual2` tells about how far to look; where that is not enough, anywhere.
std::size_t PatternMemory::nearest_of_all(const AlignedVector<float>& from, std::int64_t n, std::size_t wanted,
                                          float usual2) noexcept
{
    const std::size_t rows = std::min<std::size_t>(static_cast<std::size_t>(stored_), patterns_.rows());
    measure(patterns_, norm2_, rows, from);
    std::size_t close = collect(rows, n, kSearchMargin * usual2);
    if (close < wanted) close = collect(rows, n, std::numeric_limits<float>::max());
    return nearest_of(close, wanted);
}

/// False: it cannot tell; found_ is then not set.
bool PatternMemory::search_shortlist(std::int64_t n) noexcept
{
    const Shortlist& list = shortlist_;
    if (list.of != n) return false;
    float surprise2 = 0;  // ‖U − Û‖²
    for (std::size_t j = 0; j < inputs_; ++j)
        surprise2 += (query_[j] - list.expected[j]) * (query_[j] - list.expected[j]);
    measure(list.patterns, list.norm2, list.size, query_);
    for (std::size_t i = 0; i < list.size; ++i) candidates_[i] = {std::max(products_[i], 0.0F), list.which[i]};
    const std::size_t found = nearest_of(list.size, wanted_);
    if (found == 0) return false;
    const float sure = (1 - kRounding) * std::sqrt(list.reach2) - std::sqrt(surprise2);
    if (!(std::sqrt(candidates_[found - 1].distance2) < sure)) return false;  // NaN: never
    found_ = found;
    return true;
}

std::span<const PatternMemory::Neighbour> PatternMemory::search(const MotionHistory& history, std::int64_t n) noexcept
{
    if (stored_ == 0 || !history.has(n, reach())) return {};
    if (searched_ != n) {
        set_pattern(history, n, history.scores(n), query_.data());
        ++searches_;
        if (search_shortlist(n))
            ++short_searches_;
        else
            found_ = nearest_of_all(query_, n, wanted_, reach2_);
        reach2_ = found_ > 0 ? candidates_[found_ - 1].distance2 : 0.0F;
        for (std::size_t i = 0; i < found_; ++i)
            nearest_[i] = {candidates_[i].distance2, samples_[static_cast<std::size_t>(candidates_[i].pattern)]};
        searched_ = n;
    }
    return std::span(nearest_).first(found_);
}

void PatternMemory::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    if (!history.has(n, reach())) return;
    if (n % config_.stride == 0 && n != newest()) {
        const std::size_t row = static_cast<std::size_t>(stored_) % patterns_.rows();
        float* u = patterns_.row(row);
        set_pattern(history, n, history.scores(n), u);
        float sum = 0;
        for (std::size_t j = 0; j < inputs_; ++j) sum += u[j] * u[j];
        norm2_[row] = sum;
        samples_[row] = n;
        ++stored_;
    }
    if (n == history.newest() && shortlist_.of != n + 1) make_shortlist(history, n);
}

/// For the sample after n.
void PatternMemory::make_shortlist(const MotionHistory& history, std::int64_t n) noexcept
{
    Shortlist& list = shortlist_;
    list.of = -1;
    if (stored_ <= static_cast<std::int64_t>(list.which.size())) return;  // worth nothing yet
    for (std::size_t c = 0; c < components_; ++c)
        expected_scores_[c] = 2 * history.scores(n)[c] - history.scores(n - 1)[c];
    set_pattern(history, n + 1, expected_scores_.data(), list.expected.data());
    list.size = nearest_of_all(list.expected, n + 1, list.which.size(), list.reach2);
    if (list.size == 0) return;
    list.reach2 = candidates_[list.size - 1].distance2;
    for (std::size_t i = 0; i < list.size; ++i) {
        const auto row = static_cast<std::size_t>(candidates_[i].pattern);
        std::copy_n(patterns_.row(row), patterns_.stride(), list.patterns.row(i));
        list.norm2[i] = norm2_[row];
        list.which[i] = candidates_[i].pattern;
    }
    list.of = n + 1;
}

}  // namespace foretide::rnn
