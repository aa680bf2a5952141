// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/forecaster.h"
#include "rnn/horizon_predictor.h"

namespace foretide::rnn {

/// Which moment a target is revealed at (ALGORITHMS.md §3).
enum class Protocol { live, published };

using Parameters = std::map<std::string, std::string>;

/// One parameter of an algorithm as the command line sees it.
struct ParameterInfo {
    std::string name;
    std::string default_value;  ///< at the rate and protocol asked for
    std::string allowed;        ///< "1 … 10000 samples", "corrected | reference"
    std::string meaning;
};

/// Everything the command line and reports need to know of an algorithm.
struct AlgorithmInfo {
    std::string name;
    std::string summary;
    bool available = true;       ///< false: this build lacks its library
    std::string variant;         ///< "live" or "published" for the networks, each listed by itself; else empty
    bool multi_horizon = false;  ///< one object forecasts all horizons; live protocol only
    bool real_time = true;       ///< false: its steps allocate or take long; replay only
    bool seeded = true;          ///< false: nothing in it is random, every seed gives the same forecasts
    std::vector<ParameterInfo> parameters;

    /// What to give so that this variant is meant.
    Parameters selection() const { return variant.empty() ? Parameters{} : Parameters{{"variant", variant}}; }
};

/// All algorithms, in the order of CLI.md; defaults for this protocol and rate. Of two variants the first is the one
/// that is meant where none is named.
std::vector<AlgorithmInfo> algorithms(Protocol protocol, double rate_hz);

/// Parameters with every default filled in, in their canonical form. A network's variant may be left out: in the live
/// protocol it is "live", unless a parameter is given that only the published recipe has.
/// Throws std::invalid_argument: unknown algorithm, unknown parameter, value not allowed (says which are).
Parameters resolve_parameters(const std::string& algorithm, const Parameters& given, Protocol protocol, double rate_hz);

/// The best causal forecaster there is here.
inline constexpr const char* kDefaultAlgorithm = "foretide";

/// What one algorithm needs to be built.
struct AlgorithmSpec {
    std::string name = kDefaultAlgorithm;
    Parameters parameters;  ///< as given by the user; defaults are filled in
    std::uint64_t seed = 1;
    Protocol protocol = Protocol::live;
};

/// One algorithm at one horizon [samples]. `position_unit` tells what to feed it.
struct PredictorChoice {
    std::unique_ptr<HorizonPredictor> predictor;
    bool standardised = true;  ///< false: mm from the first sample instead of standardised coordinates
};

/// Throws std::invalid_argument as resolve_parameters does, and where the algorithm is not available.
PredictorChoice make_predictor(const AlgorithmSpec& spec, const core::SeriesLayout& layout, int horizon_samples);

/// A forecaster for the live protocol: one predictor for each horizon. Throws std::invalid_argument.
std::unique_ptr<core::Forecaster> make_forecaster(const AlgorithmSpec& spec, const core::SeriesLayout& layout,
                                                  std::span<const int> horizons_samples);

}  // namespace foretide::rnn
