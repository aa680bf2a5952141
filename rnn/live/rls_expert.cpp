// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/live/rls_expert.h"

#include <algorithm>
#include <stdexcept>

namespace foretide::rnn {

namespace {

LagInput lag_input(const RlsConfig& c)
{
    if (c.lags.empty()) throw std::invalid_argument("rls: needs lags");
    return {"rls", std::min(c.components, c.coordinates), c.lags};
}

RlsReadOutConfig read_out_config(const RlsConfig& c, std::size_t inputs)
{
    return {c.coordinates, c.horizons, Eigen::VectorXd::Constant(static_cast<Eigen::Index>(inputs) + 1, c.ridge),
            c.memory_samples, c.usual_samples};
}

}  // namespace

RlsExpert::RlsExpert(const RlsConfig& config)
    : Expert(config.horizons.size()),
      config_(config),
      input_(lag_input(config)),
      read_out_("rls", read_out_config(config, input_.size())),
      features_(Eigen::VectorXd::Ones(static_cast<Eigen::Index>(input_.size()) + 1))
{
}

void RlsExpert::reset() noexcept { read_out_.reset(); }

void RlsExpert::set_features(const MotionHistory& history, std::int64_t n) noexcept
{
    input_.write(history, n, features_.data());  // the last one stays 1
}

void RlsExpert::forecast(const MotionHistory& history, std::int64_t n, std::span<const std::size_t> which,
                         std::span<double> displacement_mm) noexcept
{
    if (!history.has(n, reach())) {
        read_out_.forecast_nothing(which, displacement_mm);
        return;
    }
    set_features(history, n);
    read_out_.forecast(features_, which, displacement_mm);
}

void RlsExpert::learn(const MotionHistory& history, std::int64_t n) noexcept
{
    read_out_.learn(history, n);
    if (!history.has(n, reach())) return;
    set_features(history, n);
    read_out_.record(n, features_);
}

StateParameters RlsExpert::parameters() const
{
    StateParameters text;
    text.add("p", config_.coordinates).add("components", config_.components).add("ridge", config_.ridge);
    text.add("memory", config_.memory_samples).add("usual", config_.usual_samples);
    for (const int h : config_.horizons) text.add("h", h);
    for (const int lag : config_.lags) text.add("lag", lag);
    return text;
}

void RlsExpert::save_state(std::ostream& out) const
{
    core::write_header(out, "rls", 1);
    parameters().write(out);
    StateWriter writer(out);
    const_cast<RlsExpert*>(this)->read_out_.archive(writer);  // the writer only reads
}

void RlsExpert::load_state(std::istream& in)
{
    core::read_header(in, "rls", 1);
    parameters().demand(in);
    StateReader reader(in);
    read_out_.archive(reader);
}

}  // namespace foretide::rnn
