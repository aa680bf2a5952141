// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/ensemble_forecaster.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "core/rt/denormals.h"

namespace foretide::rnn {

namespace {

constexpr double kLossFloor_mm2 = 1e-6;  // a perfect expert has a finite weight

const EnsembleConfig& checked(const EnsembleConfig& c)
{
    if (c.components < 1 || c.basis_samples < 2 || c.memory_samples < c.basis_samples || c.catch_up_samples < 2 ||
        !(c.loss_memory_samples >= 1) || !(c.sharpness >= 0))
        throw std::invalid_argument("ensemble: a number of its configuration is out of range");
    return c;
}

int longest(const std::vector<int>& horizons)
{
    if (horizons.empty() || *std::min_element(horizons.begin(), horizons.end()) < 1)
        throw std::invalid_argument("ensemble: needs horizons of at least 1 sample");
    return *std::max_element(horizons.begin(), horizons.end());
}

}  // namespace

EnsembleForecaster::EnsembleForecaster(const core::SeriesLayout& layout, std::vector<int> horizons,
                                       std::vector<std::unique_ptr<Expert>> experts, const EnsembleConfig& config)
    : layout_(layout),
      horizons_(std::move(horizons)),
      experts_(std::move(experts)),
      config_(checked(config)),
      p_(static_cast<std::size_t>(layout.coordinates())),
      history_(layout.coordinates(), config.components, config.memory_samples + longest(horizons_),
               config.basis_samples)
{
    if (experts_.empty()) throw std::invalid_argument("ensemble: needs at least one expert");
    const std::size_t figures = experts_.size() * horizons_.size();
    const auto ring = static_cast<std::size_t>(longest(horizons_)) + 1;
    pending_.assign(ring * figures * p_, 0.0);
    pending_sample_.assign(ring, -1);
    losses_.assign(figures, 0.0);
    weights_.assign(figures, 1.0 / static_cast<double>(experts_.size()));
    combined_.assign(horizons_.size() * p_, 0.0);
    position_mm_.assign(p_, 0.0);
    all_.resize(horizons_.size());
    std::iota(all_.begin(), all_.end(), std::size_t{0});
    rest_.reserve(horizons_.size());
}

double* EnsembleForecaster::pending(std::int64_t n) noexcept
{
    const std::size_t slot = static_cast<std::size_t>(n) % pending_sample_.size();
    return pending_.data() + slot * experts_.size() * horizons_.size() * p_;
}

void EnsembleForecaster::observe(const core::ConditionedSample& sample, const core::Standardisation&) noexcept
{
    std::copy(sample.positions_mm.begin(), sample.positions_mm.end(), position_mm_.begin());
    history_.push(sample.positions_mm, sample.restarted);
}

void EnsembleForecaster::forecast_experts(std::int64_t n, std::span<const std::size_t> which) noexcept
{
    const std::size_t block = horizons_.size() * p_;
    double* at = pending(n);
    for (std::size_t m = 0; m < experts_.size(); ++m)
        experts_[m]->forecast(history_, n, which, {at + m * block, block});
    pending_sample_[static_cast<std::size_t>(n) % pending_sample_.size()] = n;
}

/// What sample n says about the forecasts made for it.
void EnsembleForecaster::score_experts(std::int64_t n) noexcept
{
    const double share = 1.0 / config_.loss_memory_samples;
    const double* now = history_.position_mm(n);
    for (std::size_t h = 0; h < horizons_.size(); ++h) {
        const std::int64_t made = n - horizons_[h];
        if (made < 0 || pending_sample_[static_cast<std::size_t>(made) % pending_sample_.size()] != made ||
            !history_.has(n, horizons_[h]))
            continue;
        const double* then = history_.position_mm(made);
        for (std::size_t m = 0; m < experts_.size(); ++m) {
            if (!history_.has(made, experts_[m]->reach())) continue;
            const double* d = pending(made) + (m * horizons_.size() + h) * p_;
            double loss = 0;
            for (std::size_t c = 0; c < p_; ++c) {
                const double error = now[c] - then[c] - d[c];
                loss += error * error;
            }
            double& running = losses_[m * horizons_.size() + h];
            running += share * (loss - running);
        }
    }
}

/// Resets the experts whose newest forecasts are not finite. They go on with the worst of the others' errors.
void EnsembleForecaster::reset_unsound() noexcept
{
    const std::size_t H = horizons_.size(), block = H * p_;
    double* made = pending(forecast_next_ - 1);
    for (std::size_t m = 0; m < experts_.size(); ++m) {
        double* d = made + m * block;
        if (std::all_of(d, d + block, [](double v) { return std::isfinite(v); })) continue;
        experts_[m]->reset();
        ++resets_;
        std::fill_n(d, block, 0.0);
        for (std::size_t h = 0; h < H; ++h) {
            double worst = 0;
            for (std::size_t other = 0; other < experts_.size(); ++other)
                if (other != m && std::isfinite(losses_[other * H + h]))
                    worst = std::max(worst, losses_[other * H + h]);
            losses_[m * H + h] = worst;
        }
    }
}

/// False: at one of these horizons at least no expert states anything finite; combined_ is 0 there.
bool EnsembleForecaster::combine(std::span<const std::size_t> which) noexcept
{
    const std::size_t H = horizons_.size(), M = experts_.size();
    const double* made = pending(history_.newest());
    bool all_sound = true;
    for (const std::size_t h : which) {
        std::fill_n(combined_.begin() + static_cast<std::ptrdiff_t>(h * p_), p_, 0.0);
        const auto sound = [&](std::size_t m) {
            const double* d = made + (m * H + h) * p_;
            return history_.has(history_.newest(), experts_[m]->reach()) && std::isfinite(losses_[m * H + h]) &&
                   std::all_of(d, d + p_, [](double v) { return std::isfinite(v); });
        };
        // Relative to the smallest error, so that no power of it leaves the range of the numbers.
        double smallest = std::numeric_limits<double>::infinity(), total = 0;
        for (std::size_t m = 0; m < M; ++m)
            if (sound(m)) smallest = std::min(smallest, losses_[m * H + h]);
        for (std::size_t m = 0; m < M; ++m) {
            double& w = weights_[m * H + h];
            w = sound(m)
                    ? std::pow((kLossFloor_mm2 + smallest) / (kLossFloor_mm2 + losses_[m * H + h]), config_.sharpness)
                    : 0.0;
            total += w;
        }
        all_sound = all_sound && total > 0;
        for (std::size_t m = 0; m < M && total > 0; ++m) {
            double& w = weights_[m * H + h];
            w /= total;
            for (std::size_t c = 0; c < p_ && w > 0; ++c) combined_[h * p_ + c] += w * made[(m * H + h) * p_ + c];
        }
    }
    return all_sound;
}

bool EnsembleForecaster::forecast(std::span<double> out_mm) noexcept { return forecast_first(all_, out_mm); }

bool EnsembleForecaster::forecast_first(std::span<const std::size_t> first, std::span<double> out_mm) noexcept
{
    const std::int64_t n = history_.newest();
    asked_ = n;
    caught_up_ = history_.has_basis() && forecast_next_ == n;
    if (caught_up_) forecast_next_ = n + 1;
    rest_.clear();
    std::ranges::set_difference(all_, first, std::back_inserter(rest_));
    return forecast_some(first, out_mm);
}

bool EnsembleForecaster::forecast_rest(std::span<double> out_mm) noexcept { return forecast_some(rest_, out_mm); }

bool EnsembleForecaster::forecast_some(std::span<const std::size_t> which, std::span<double> out_mm) noexcept
{
    const core::ScopedFlushDenormals flush;
    bool ready = which.empty();
    if (caught_up_) {
        forecast_experts(history_.newest(), which);
        ready = combine(which);
    }
    for (const std::size_t h : which)
        for (std::size_t c = 0; c < p_; ++c)
            out_mm[h * p_ + c] = position_mm_[c] + (caught_up_ ? combined_[h * p_ + c] : 0.0);
    return ready;
}

void EnsembleForecaster::learn() noexcept
{
    if (!history_.has_basis()) return;
    const core::ScopedFlushDenormals flush;
    const std::int64_t newest = history_.newest();
    for (int k = 0; k < config_.catch_up_samples && learn_next_ <= newest; ++k) {
        const std::int64_t n = learn_next_;
        if (!history_.has(n, 0)) {
            learn_next_ = n + 1;
            forecast_next_ = std::max(forecast_next_, n + 1);
            continue;
        }
        score_experts(n);
        // Past samples on the way to the present, and the present one where its turn to forecast has gone by.
        if (forecast_next_ == n && (n < newest || asked_ == newest)) {
            forecast_experts(n, all_);
            forecast_next_ = n + 1;
        }
        if (forecast_next_ > 0) reset_unsound();
        for (const auto& expert : experts_) expert->learn(history_, n);
        learn_next_ = n + 1;
    }
}

template <class Archive>
void EnsembleForecaster::archive(Archive& ar)
{
    ar.value(forecast_next_);
    ar.value(learn_next_);
    ar.value(asked_);
    ar.value(resets_);
    ar.array(std::span<std::int64_t>(pending_sample_));
    for (auto* v : {&pending_, &losses_, &weights_, &combined_, &position_mm_}) ar.array(std::span<double>(*v));
}

StateParameters EnsembleForecaster::parameters() const
{
    StateParameters text;
    text.add("markers", layout_.markers).add("rate", layout_.rate_hz);
    for (const int h : horizons_) text.add("h", h);
    text.add("components", config_.components)
        .add("memory", config_.memory_samples)
        .add("basis", config_.basis_samples)
        .add("catch-up", config_.catch_up_samples)
        .add("loss-memory", config_.loss_memory_samples)
        .add("sharpness", config_.sharpness);
    return text;
}

void EnsembleForecaster::save_state(std::ostream& out) const
{
    core::write_header(out, "ensemble", 1);
    parameters().write(out);
    history_.save_state(out);
    for (const auto& expert : experts_) expert->save_state(out);
    StateWriter writer(out);
    const_cast<EnsembleForecaster*>(this)->archive(writer);  // the writer only reads
}

void EnsembleForecaster::load_state(std::istream& in)
{
    core::read_header(in, "ensemble", 1);
    parameters().demand(in);
    history_.load_state(in);
    for (const auto& expert : experts_) expert->load_state(in);
    StateReader reader(in);
    archive(reader);
    if (forecast_next_ < 0 || learn_next_ < 0 || learn_next_ > history_.newest() + 1 ||
        forecast_next_ > history_.newest() + 1)
        throw core::StateError("state: ensemble: it is ahead of its own history");
}

}  // namespace foretide::rnn
