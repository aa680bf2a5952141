// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/baselines/ols.h"

#include <algorithm>
#include <cmath>

#include "rnn/archive.h"
#include "rnn/range_check.h"

namespace foretide::rnn {

namespace {

constexpr long kMaxInputs = 6000;  // R has their square: 288 MB

const OlsConfig& checked(const OlsConfig& c)
{
    RangeCheck("ols")
        .whole("coordinates", c.coordinates, 1, kMaxCoordinates)
        .whole("shl", c.history, 1, kMaxInputs)
        .whole("shl times coordinates", c.coordinates * static_cast<long>(c.history), 1, kMaxInputs)
        .whole("horizon", c.horizon, 1, kMaxHorizon)
        .not_negative("ridge", c.ridge)
        .whole("refit interval", c.refit_every, 1, 1000000)
        .whole("train samples", c.train_samples, 0, 10000000);
    return c;
}

}  // namespace

Ols::Ols(const OlsConfig& config)
    : config_(checked(config)),
      p_(static_cast<std::size_t>(config.coordinates)),
      m_(p_ * static_cast<std::size_t>(config.history)),
      history_(config.coordinates, config.history + config.horizon + 1),
      qr_(m_ + 1, p_, config.ridge),
      u_(m_ + 1)
{
}

void Ols::set_input(int age) noexcept
{
    u_[0] = 1.0;
    std::copy_n(history_.window(config_.history, age), m_, u_.data() + 1);
}

bool Ols::predict(std::span<double> y_hat) noexcept
{
    if (solved_ && history_.has(config_.history, 0)) {
        set_input(0);
        qr_.apply(u_, y_hat.first(p_));
        if (std::all_of(y_hat.begin(), y_hat.end(), [](double v) { return std::isfinite(v); })) return true;
    }
    std::copy_n(history_.newest(), p_, y_hat.data());
    return false;
}

/// Learns from the window that ends `age` samples ago and its target.
void Ols::add_pair(int age, std::span<const double> target, std::int64_t target_index) noexcept
{
    const bool once = config_.train_samples > 0;
    if (once && target_index >= config_.train_samples) {
        if (!solved_ && rows_ > 0) {
            qr_.solve();
            solved_ = true;
        }
        return;
    }
    if (!history_.has(config_.history, age)) return;
    set_input(age);
    qr_.add_row(u_, target);
    ++rows_;
    // The last training target solves at once, so that the next forecast already has B.
    if (once ? target_index + 1 == config_.train_samples : rows_ % config_.refit_every == 0) {
        qr_.solve();
        solved_ = true;
    }
}

void Ols::learn() noexcept
{
    if (history_.count() > 0) add_pair(config_.horizon, {history_.newest(), p_}, history_.count() - 1);
}

void Ols::learn_revealed(std::span<const double> target) noexcept
{
    add_pair(0, target, history_.count() - 1 + config_.horizon);
}

StateParameters Ols::parameters() const
{
    StateParameters text;
    text.add("p", config_.coordinates)
        .add("shl", config_.history)
        .add("h", config_.horizon)
        .add("ridge", config_.ridge)
        .add("refit", config_.refit_every)
        .add("train", config_.train_samples);
    return text;
}

void Ols::save_state(std::ostream& out) const
{
    core::write_header(out, "ols", 1);
    parameters().write(out);
    history_.save_state(out);
    StateWriter writer(out);
    const_cast<RecursiveQr&>(qr_).archive(writer);  // the writer only reads
    core::write_pod(out, rows_);
    core::write_pod(out, static_cast<std::uint8_t>(solved_));
}

void Ols::load_state(std::istream& in)
{
    core::read_header(in, "ols", 1);
    parameters().demand(in);
    history_.load_state(in);
    StateReader reader(in);
    qr_.archive(reader);
    core::read_pod(in, rows_);
    solved_ = core::read_pod<std::uint8_t>(in) != 0;
}

}  // namespace foretide::rnn
