// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Single against double precision, and one instruction set against another.

#include <limits>

#include <gtest/gtest.h>

#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

class PrecisionOf : public ::testing::TestWithParam<RuleCase> {};

TEST_P(PrecisionOf, SingleFollowsDouble)
{
    // Rounding of 6e-8 a number, carried through 400 learning steps; forecasts are of size 1. At these learning rates
    // no rule is chaotic: the differences stay within ten roundings.
    constexpr double tolerance = 5e-6;
    const Series series = breathing_series(3, 400);
    NetworkConfig config = small_network(GetParam(), 3);
    config.history = 12;
    config.hidden = 20;
    config.sigma = 0.1;
    config.eta = 0.005;
    config.eta_credit = 0.002;
    const auto in_double = make_network(GetParam().rule, Precision::double_precision, config);
    const auto in_single = make_network(GetParam().rule, Precision::single_precision, config);
    const NetworkWeights before = in_double->weights();
    const std::vector<Forecast> expected = run_live(*in_double, series);
    const double difference = largest_difference(run_live(*in_single, series), expected);
    EXPECT_LT(difference, tolerance);
    EXPECT_GT(difference, 1e-9) << "was it single precision at all?";
    EXPECT_GT((in_double->weights().Wc - before.Wc).norm(), 0.1) << "nothing was learned";
}

TEST_P(PrecisionOf, EveryInstructionSetGivesTheSameForecasts)
{
    const std::vector<std::string> sets = instruction_sets();
    RecordProperty("instruction_sets", ::testing::PrintToString(sets));
    const Series series = breathing_series(3, 20);
    // UORO's random products enlarge a difference some 500-fold within 20 samples, the other rules tenfold.
    constexpr double enlargement = 2000;
    for (int units = 1; units <= 40; ++units) {
        NetworkConfig config = small_network(GetParam(), 2);
        config.hidden = units;
        config.sigma = 0.2;
        config.eta_credit = 0.002;
        for (const Precision precision : {Precision::single_precision, Precision::double_precision}) {
            std::vector<Forecast> baseline;
            for (const std::string& set : sets) {
                SCOPED_TRACE(set + ", " + std::to_string(units) + " units, " +
                             (precision == Precision::single_precision ? "float" : "double"));
                const ScopedEnvironment isa("FORETIDE_ISA", set);
                const std::vector<Forecast> run = run_live(*make_network(GetParam().rule, precision, config), series);
                if (baseline.empty()) baseline = run;
                const double rounding = precision == Precision::single_precision
                                            ? std::numeric_limits<float>::epsilon()
                                            : std::numeric_limits<double>::epsilon();
                EXPECT_LT(largest_difference(run, baseline), enlargement * rounding);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(, PrecisionOf, ::testing::ValuesIn(kRules), rule_name);

}  // namespace
}  // namespace foretide::rnn
