// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <gtest/gtest.h>

#include "core/forecast_pipeline.h"
#include "rnn/algorithms.h"
#include "rnn/network_predictor.h"

namespace foretide::rnn {

using Series = std::vector<std::vector<double>>;  ///< [sample][coordinate]
using core::StepOrder;

/// p coordinates that breathe (two harmonics, phases and amplitudes of their own) with a little noise, about
/// standardised: mean 0, standard deviation near 1.
Series breathing_series(int p, int samples, unsigned seed = 1, double rate_hz = 10);

/// The same without noise: exactly periodic, `period` samples.
Series periodic_series(int p, int samples, int period);

/// A learning rule with the switch that changes its mathematics.
struct RuleCase {
    LearningRule rule;
    bool uoro_reference_order;
    const char* name;
};
inline constexpr RuleCase kRules[] = {
    {LearningRule::rtrl, false, "rtrl"},   {LearningRule::rtrl_haykin, false, "rtrl_haykin"},
    {LearningRule::uoro, false, "uoro"},   {LearningRule::uoro, true, "uoro_reference_order"},
    {LearningRule::snap1, false, "snap1"}, {LearningRule::dni, false, "dni"},
    {LearningRule::fixed, false, "fixed"},
};
void PrintTo(const RuleCase& rule, std::ostream* out);

inline constexpr DelayedLearning kForms[] = {DelayedLearning::stored_record, DelayedLearning::delayed_learner,
                                             DelayedLearning::stored_influence};
inline constexpr StepOrder kOrders[] = {StepOrder::forecast_first, StepOrder::learn_first};
const char* name_of(DelayedLearning form);
const char* name_of(StepOrder order);

/// p = 3, k = 3, q = 5 with weights large enough that every term of the recurrences counts, and no clipping.
NetworkConfig small_network(const RuleCase& rule, int horizon = 1);

std::unique_ptr<NetworkPredictor> make_double(const RuleCase& rule, const NetworkConfig& config);

/// One forecast as handed out.
struct Forecast {
    bool ready = false;
    std::vector<double> y_hat;
};

/// Live steps on samples first … last − 1. `learns(n)`: whether learn() is called at sample n (default: always).
std::vector<Forecast> run_live(HorizonPredictor& sut, const Series& series, int first, int last, StepOrder order,
                               const std::function<bool(int)>& learns = {});
std::vector<Forecast> run_live(HorizonPredictor& sut, const Series& series, StepOrder order = StepOrder::learn_first);

/// Published protocol: at each sample the forecast, then its target. Stops where the series has no target left.
std::vector<Forecast> run_published(HorizonPredictor& sut, const Series& series);

/// Largest |a − b| over the forecasts of both runs; infinite where they are ready at different samples.
double largest_difference(const std::vector<Forecast>& a, const std::vector<Forecast>& b);

/// An algorithm with a choice of its switches, small (shl = 4, hidden = 5 where it has them).
struct Variant {
    std::string name;  ///< letters, digits and _
    AlgorithmSpec spec;
    AlgorithmInfo info;
};
void PrintTo(const Variant& variant, std::ostream* out);

/// Every algorithm of the live protocol with every combination of its switches but `order` (the caller's).
std::vector<Variant> small_variants();

/// Every algorithm of the live protocol with its defaults.
std::vector<Variant> default_variants();

std::string variant_name(const ::testing::TestParamInfo<Variant>& test);
std::string rule_name(const ::testing::TestParamInfo<RuleCase>& test);

/// Value of a parameter of a variant as it will be used, defaults filled in; "" where it has none of that name.
std::string parameter(const Variant& variant, const std::string& name);

/// A layout whose 54 s of training are 54 samples, so that every algorithm is trained within a short series.
inline constexpr core::SeriesLayout kShortTraining{1, 1.0};

/// Sets an environment variable for the object's life; the destructor puts the former value back.
class ScopedEnvironment {
public:
    ScopedEnvironment(const char* name, const std::string& value);
    ScopedEnvironment(const ScopedEnvironment&) = delete;
    ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
    ~ScopedEnvironment();

private:
    std::string name_, before_;
    bool was_set_ = false;
};

/// Names of the instruction sets that this build and this processor have, "baseline" first.
std::vector<std::string> instruction_sets();

}  // namespace foretide::rnn

/// First line of a test of one variant: an algorithm without its library cannot be tested.
#define FORETIDE_SKIP_UNAVAILABLE(variant)                                                                       \
    if (!(variant).info.available)                                                                               \
    GTEST_SKIP() << "SKIPPED: this build has no " << (variant).info.name << ": OpenCV's ml module is absent or " \
                 << "switched off (as in the presets with a sanitizer)"
