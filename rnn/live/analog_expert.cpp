// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/analog_expert.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

namespace foretide::rnn {

namespace {

constexpr float kSmallestDistance2 = 1e-9F;
constexpr double kSmallestDeviation_mm = 1e-9;
constexpr int kReweightings = 3;
constexpr float kSearchMargin = 1.5F;  // of the squared distance of the farthest neighbour one sample before

const AnalogConfig& checked(const AnalogConfig& c)
{
    if (c.coordinates < 1 || c.components < 1 || c.horizons.empty() || c.lags.empty() ||
        *std::min_element(c.horizons.begin(), c.horizons.end()) < 1)
        throw std::invalid_argument("analog: needs coordinates, components, lags, and horizons of at least 1 sample");
    if (c.lags.front() < 1 || std::adjacent_find(c.lags.begin(), c.lags.end(), std::greater_equal<>()) != c.lags.end())
        throw std::invalid_argument("analog: lags must be at least 1 sample and strictly increasing");
    if (c.neighbours < 2 || c.stride < 1 || c.capacity < c.neighbours)
        throw std::invalid_argument("analog: needs 2 neighbours or more, a stride of at least 1 and room for them");
    if (!(c.sharpness >= 0) || !(c.position_weight >= 0) || !(c.lag_decay_samples >= 0) || !(c.age_samples >= 0) ||
        !(c.outlier_limit >= 0))
        throw std::invalid_argument("analog: weights must be numbers >= 0");
    return c;
}

}  // namespace

AnalogExpert::AnalogExpert(const AnalogConfig& config)
    : config_(checked(config)),
      p_(static_cast<std::size_t>(config.coordinates)),
      components_(static_cast<std::size_t>(std::min(config.components, config.coordinates))),
      inputs_(components_ * (config.lags.size() + 1)),
      horizon_max_(static_cast<std::size_t>(*std::max_element(config.horizons.begin(), config.horizons.end()))),
      wanted_(static_cast<std::size_t>(config.neighbours) + horizon_max_ / static_cast<std::size_t>(config.stride) + 1),
      kernels_(kernels::select_kernels<float>()),
      patterns_(static_cast<std::size_t>(config.capacity), inputs_),
      norm2_(patterns_.rows()),
      samples_(patterns_.rows()),
      query_(patterns_.stride()),
      products_(patterns_.rows()),
      candidates_(patterns_.rows()),
      courses_(wanted_),
      displacements_(config.neighbours, config.coordinates),
      weights_(config.neighbours),
      ages_(config.neighbours),
      tempered_(config.neighbours),
      deviations_(config.neighbours)
{
    for (const int lag : config_.lags)
        lag_weights_.push_back(
            config_.lag_decay_samples > 0 ? static_cast<float>(std::exp(-lag / config_.lag_decay_samples)) : 1.0F);
    reset();
}

void AnalogExpert::reset() noexcept
{
    std::fill(samples_.begin(), samples_.end(), -1);
    stored_ = 0;
    reach2_ = 0;
}

void AnalogExpert::set_pattern(const MotionHistory& history, std::int64_t n, float* u) const noexcept
{
    const double* now = history.scores(n);
    std::size_t j = 0;
    for (std::size_t l = 0; l < config_.lags.size(); ++l) {
        const double* then = history.scores(n - config_.lags[l]);
        for (std::size_t c = 0; c < components_; ++c) u[j++] = lag_weights_[l] * static_cast<float>(then[c] - now[c]);
    }
    for (std::size_t c = 0; c < components_; ++c) u[j++] = static_cast<float>(config_.position_weight * now[c]);
}

/// All patterns no farther than `limit2`, in front of candidates_; returns how many.
std::size_t AnalogExpert::collect(std::size_t rows, std::int64_t n, float limit2) noexcept
{
    std::size_t found = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const float distance2 = products_[i];
        if (!(distance2 <= limit2) || samples_[i] >= n) continue;  // NaN: never
        candidates_[found++] = {std::max(distance2, 0.0F), static_cast<std::int32_t>(i)};
    }
    return found;
}

/// The nearest patterns in front of candidates_, ascending; returns how many. So many that the neighbours of every
/// horizon are among them: at most h_max/stride + 1 patterns are too young for a horizon.
std::size_t AnalogExpert::find_nearest(std::int64_t n) noexcept
{
    const std::size_t rows = std::min<std::size_t>(static_cast<std::size_t>(stored_), patterns_.rows());
    kernels_.gemv(patterns_.data(), rows, patterns_.stride(), patterns_.stride(), query_.data(), products_.data());
    float query_norm2 = 0;
    for (std::size_t j = 0; j < inputs_; ++j) query_norm2 += query_[j] * query_[j];
    for (std::size_t i = 0; i < rows; ++i) products_[i] = norm2_[i] - 2.0F * products_[i] + query_norm2;
    // The last search tells about how far to look; where that was not enough, anywhere.
    std::size_t found = collect(rows, n, kSearchMargin * reach2_);
    if (found < wanted_) found = collect(rows, n, std::numeric_limits<float>::max());
    const auto nearer = [](const Candidate& a, const Candidate& b) {
        return a.distance2 != b.distance2 ? a.distance2 < b.distance2 : a.pattern < b.pattern;
    };
    const std::size_t kept = std::min(found, wanted_);
    const auto begin = candidates_.begin();
    if (kept < found)
        std::nth_element(begin, begin + static_cast<std::ptrdiff_t>(kept), begin + static_cast<std::ptrdiff_t>(found),
                         nearer);
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(kept), nearer);
    reach2_ = kept > 0 ? candidates_[kept - 1].distance2 : 0.0F;
    return kept;
}

/// The motion after each of the first candidates, looked up once for all horizons.
void AnalogExpert::locate(const MotionHistory& history, std::int64_t n, std::size_t found) noexcept
{
    const std::int64_t unbroken_from = history.unbroken_from(n);
    for (std::size_t i = 0; i < found; ++i) {
        const std::int64_t made = samples_[static_cast<std::size_t>(candidates_[i].pattern)];
        const std::int64_t last = std::min(n, made + static_cast<std::int64_t>(horizon_max_));
        const bool kept = history.has(made, 0);
        courses_[i] = {kept ? history.positions_mm(made, last) : nullptr, made, made >= unbroken_from};
    }
}

/// The neighbours of a horizon are the first candidates old enough; the last of them sets the width. Returns how many.
Eigen::Index AnalogExpert::gather(const MotionHistory& history, std::int64_t n, int horizon, std::size_t found) noexcept
{
    Eigen::Index count = 0;
    float width2 = 0;
    const std::size_t ahead = static_cast<std::size_t>(horizon) * p_;
    for (std::size_t i = 0; i < found && count < weights_.size(); ++i) {
        const auto& [then, made, unbroken] = courses_[i];
        if (!then || made + horizon > n || !(unbroken || history.has(made + horizon, horizon))) continue;
        const double* later = then + ahead;
        for (Eigen::Index c = 0; c < displacements_.cols(); ++c) displacements_(count, c) = later[c] - then[c];
        width2 = candidates_[i].distance2;
        ages_(count) = static_cast<double>(n - made);
        weights_(count++) = candidates_[i].distance2;
    }
    const double scale = config_.sharpness / (width2 + kSmallestDistance2);
    const double ageing = config_.age_samples > 0 ? 1 / config_.age_samples : 0;
    weights_.head(count) = (-scale * weights_.head(count) - ageing * ages_.head(count)).exp();
    tempered_.head(count) = weights_.head(count);
    return count;
}

void AnalogExpert::weigh_mean(Eigen::Index count, double* out) const noexcept
{
    const double total = tempered_.head(count).sum();
    for (Eigen::Index c = 0; c < displacements_.cols(); ++c)
        out[c] = (tempered_.head(count) * displacements_.col(c).head(count)).sum() / total;
}

void AnalogExpert::temper_outliers(Eigen::Index count, const double* mean) noexcept
{
    auto deviation = deviations_.head(count);
    deviation.setZero();
    for (Eigen::Index c = 0; c < displacements_.cols(); ++c)
        deviation += (displacements_.col(c).head(count) - mean[c]).square();
    deviation = deviation.sqrt() + kSmallestDeviation_mm;
    const double usual = (tempered_.head(count) * deviation).sum() / tempered_.head(count).sum();
    tempered_.head(count) = weights_.head(count) * (config_.outlier_limit * usual / deviation).min(1.0);
}

void AnalogExpert::forecast(const MotionHistory& history, std::int64_t n, std::span<double> displacement_mm) noexcept
{
    std::fill(displacement_mm.begin(), displacement_mm.end(), 0.0);
    if (stored_ == 0 || !history.has(n, reach())) return;
    set_pattern(history, n, query_.data());
    const std::size_t found = find_nearest(n);
    locate(history, n, found);
    for (std::size_t h = 0; h < config_.horizons.size(); ++h) {
        const Eigen::Index count = gather(history, n, config_.horizons[h], found);
        if (count < 2) continue;
        double* out = displacement_mm.data() + h * p_;
        weigh_mean(count, out);
        for (int k = 0; config_.outlier_limit > 0 && k < kReweightings; ++k) {
            temper_outliers(count, out);
            weigh_mean(count, out);
        }
    }
}

void AnalogExpert::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    if (n % config_.stride != 0 || !history.has(n, reach())) return;
    const std::size_t row = static_cast<std::size_t>(stored_) % patterns_.rows();
    float* u = patterns_.row(row);
    set_pattern(history, n, u);
    float sum = 0;
    for (std::size_t j = 0; j < inputs_; ++j) sum += u[j] * u[j];
    norm2_[row] = sum;
    samples_[row] = n;
    ++stored_;
}

template <class Archive>
void AnalogExpert::archive(Archive& ar)
{
    ar.array(patterns_.all());
    ar.array(std::span<float>(norm2_));
    ar.array(std::span<std::int64_t>(samples_));
    ar.value(stored_);
}

StateParameters AnalogExpert::parameters() const
{
    StateParameters text;
    text.add("p", config_.coordinates)
        .add("components", config_.components)
        .add("decay", config_.lag_decay_samples)
        .add("position-weight", config_.position_weight)
        .add("neighbours", config_.neighbours)
        .add("sharpness", config_.sharpness)
        .add("age", config_.age_samples)
        .add("outlier", config_.outlier_limit)
        .add("stride", config_.stride)
        .add("capacity", config_.capacity);
    for (const int h : config_.horizons) text.add("h", h);
    for (const int lag : config_.lags) text.add("lag", lag);
    return text;
}

void AnalogExpert::save_state(std::ostream& out) const
{
    core::write_header(out, "analog", 1);
    parameters().write(out);
    StateWriter writer(out);
    const_cast<AnalogExpert*>(this)->archive(writer);  // the writer only reads
}

void AnalogExpert::load_state(std::istream& in)
{
    core::read_header(in, "analog", 1);
    parameters().demand(in);
    StateReader reader(in);
    archive(reader);
    if (stored_ < 0) throw core::StateError("state: analog: a negative number of patterns");
}

}  // namespace foretide::rnn
