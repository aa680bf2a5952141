// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/analog_expert.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace foretide::rnn {

namespace {

constexpr float kSmallestDistance2 = 1e-9F;
constexpr double kSmallestDeviation_mm = 1e-9;
constexpr int kReweightings = 3;

const AnalogConfig& checked(const AnalogConfig& c)
{
    if (c.coordinates < 1 || c.horizons.empty() || *std::min_element(c.horizons.begin(), c.horizons.end()) < 1)
        throw std::invalid_argument("analog: needs coordinates, and horizons of at least 1 sample");
    if (c.neighbours < 2 || c.patterns.capacity < c.neighbours)
        throw std::invalid_argument("analog: needs 2 neighbours or more, and room for them");
    if (!(c.sharpness >= 0) || !(c.age_samples >= 0) || !(c.outlier_limit >= 0))
        throw std::invalid_argument("analog: weights must be numbers >= 0");
    return c;
}

/// So many that the neighbours of every horizon are among them: at most h_max/stride + 1 patterns are too young.
std::size_t wanted_by(const AnalogConfig& c)
{
    const int longest = *std::max_element(c.horizons.begin(), c.horizons.end());
    return static_cast<std::size_t>(c.neighbours + longest / std::max(1, c.patterns.stride) + 1);
}

}  // namespace

PatternConfig AnalogExpert::patterns_of(const AnalogConfig& config)
{
    PatternConfig patterns = config.patterns;
    patterns.components = std::min(patterns.components, config.coordinates);
    return patterns;
}

AnalogExpert::AnalogExpert(const AnalogConfig& config)
    : AnalogExpert(config, std::make_shared<PatternMemory>(patterns_of(config)))
{
}

AnalogExpert::AnalogExpert(const AnalogConfig& config, std::shared_ptr<PatternMemory> memory)
    : Expert(config.horizons.size()),
      config_(checked(config)),
      p_(static_cast<std::size_t>(config.coordinates)),
      wanted_(wanted_by(config)),
      memory_(std::move(memory)),
      chosen_(static_cast<std::size_t>(config.neighbours)),
      displacements_(config.neighbours, config.coordinates),
      weights_(config.neighbours),
      ages_(config.neighbours),
      tempered_(config.neighbours),
      deviations_(config.neighbours)
{
    if (!(memory_->config() == patterns_of(config)))
        throw std::invalid_argument("analog: the shared patterns are not those of this configuration");
    memory_->expect(wanted_);
}

void AnalogExpert::reset() noexcept { memory_->reset(); }

/// The neighbours of a horizon are the first that are old enough. False: they are those chosen before.
bool AnalogExpert::choose(const MotionHistory& history, std::int64_t n, int horizon) noexcept
{
    std::size_t count = 0;
    bool changed = false;
    for (std::size_t i = 0; i < found_.size() && count < chosen_.size(); ++i) {
        const std::int64_t made = found_[i].sample, later = made + horizon;
        // Looked up at n first: that is always at hand, and unbroken since then is the rule.
        if (later > n || !(history.has(n, static_cast<int>(n - made)) || history.has(later, horizon))) continue;
        changed = changed || count >= chosen_count_ || chosen_[count] != i;
        chosen_[count++] = i;
    }
    changed = changed || count != chosen_count_;
    chosen_count_ = count;
    return changed;
}

/// The last of the chosen sets the width.
void AnalogExpert::weigh(std::int64_t n) noexcept
{
    const auto count = static_cast<Eigen::Index>(chosen_count_);
    float width2 = 0;
    for (Eigen::Index i = 0; i < count; ++i) {
        const PatternMemory::Neighbour& neighbour = found_[chosen_[static_cast<std::size_t>(i)]];
        width2 = neighbour.distance2;
        ages_(i) = static_cast<double>(n - neighbour.sample);
        weights_(i) = neighbour.distance2;
    }
    const double scale = config_.sharpness / (width2 + kSmallestDistance2);
    const double ageing = config_.age_samples > 0 ? 1 / config_.age_samples : 0;
    weights_.head(count) = (-scale * weights_.head(count) - ageing * ages_.head(count)).exp();
}

void AnalogExpert::look_up(const MotionHistory& history, int horizon) noexcept
{
    for (std::size_t i = 0; i < chosen_count_; ++i) {
        const std::int64_t made = found_[chosen_[i]].sample;
        const double* then = history.position_mm(made);
        const double* later = history.position_mm(made + horizon);
        for (Eigen::Index c = 0; c < displacements_.cols(); ++c)
            displacements_(static_cast<Eigen::Index>(i), c) = later[c] - then[c];
    }
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

void AnalogExpert::forecast(const MotionHistory& history, std::int64_t n, std::span<const std::size_t> which,
                            std::span<double> displacement_mm) noexcept
{
    const auto nearest = memory_->search(history, n);
    found_ = nearest.first(std::min(nearest.size(), wanted_));
    chosen_count_ = 0;
    for (const std::size_t h : which) {
        double* out = displacement_mm.data() + h * p_;
        std::fill_n(out, p_, 0.0);
        if (choose(history, n, config_.horizons[h])) weigh(n);
        const auto count = static_cast<Eigen::Index>(chosen_count_);
        if (count < 2) continue;
        look_up(history, config_.horizons[h]);
        tempered_.head(count) = weights_.head(count);
        weigh_mean(count, out);
        for (int k = 0; config_.outlier_limit > 0 && k < kReweightings; ++k) {
            temper_outliers(count, out);
            weigh_mean(count, out);
        }
    }
}

void AnalogExpert::learn(const MotionHistory& history, std::int64_t n) noexcept { memory_->learn(history, n); }

template <class Archive>
void AnalogExpert::archive(Archive& ar)
{
    memory_->archive(ar);
}

StateParameters AnalogExpert::parameters() const
{
    StateParameters text;
    text.add("p", config_.coordinates)
        .add("components", config_.patterns.components)
        .add("decay", config_.patterns.lag_decay_samples)
        .add("position-weight", config_.patterns.position_weight)
        .add("neighbours", config_.neighbours)
        .add("sharpness", config_.sharpness)
        .add("age", config_.age_samples)
        .add("outlier", config_.outlier_limit)
        .add("stride", config_.patterns.stride)
        .add("capacity", config_.patterns.capacity);
    for (const int h : config_.horizons) text.add("h", h);
    for (const int lag : config_.patterns.lags) text.add("lag", lag);
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
    if (!memory_->sound()) throw core::StateError("state: analog: a negative number of patterns");
}

}  // namespace foretide::rnn
