// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Nothing computed for a forecast published at sample n may depend on a sample after n: two runs that agree up to n
// must agree bit for bit in every forecast up to n, whatever comes later.

#include <cstring>

#include <gtest/gtest.h>

#include "core/standardiser.h"
#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

// 3.33 Hz: standardisation freezes at sample 100, algorithms trained once are trained at sample 180.
constexpr core::SeriesLayout kLayout{2, 10.0 / 3.0};
constexpr int kSamples = 215;
constexpr int kChangedAfter[] = {0, 9, 57, 98, 99, 100, 139, 178, 179, 180, 205};
const std::vector<int> kHorizons{1, 7};

Series positions_mm(unsigned seed)
{
    Series series = breathing_series(kLayout.coordinates(), kSamples, seed, kLayout.rate_hz);
    for (auto& sample : series)
        for (std::size_t c = 0; c < sample.size(); ++c) sample[c] = 40.0 * static_cast<double>(c) + 6 * sample[c];
    return series;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

class Causality : public ::testing::TestWithParam<Variant> {};

/// All forecasts of a run through standardiser and forecaster [sample][horizon × coordinate].
std::vector<std::vector<double>> forecasts(const AlgorithmSpec& spec, const Series& series, StepOrder order)
{
    const auto sut = make_forecaster(spec, kLayout, kHorizons);
    core::Standardiser standardiser(kLayout);
    std::vector<std::vector<double>> all;
    for (std::size_t n = 0; n < series.size(); ++n) {
        standardiser.update(series[n]);
        sut->observe({static_cast<std::int64_t>(n), {}, series[n]}, standardiser.view());
        if (order == StepOrder::learn_first) sut->learn();
        all.emplace_back(kHorizons.size() * series[n].size());
        static_cast<void>(sut->forecast(all.back()));
        if (order == StepOrder::forecast_first) sut->learn();
    }
    return all;
}

TEST_P(Causality, ForecastsDoNotKnowTheSamplesAfterThem)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const Series series = positions_mm(1), others = positions_mm(2);
    for (const StepOrder order : kOrders) {
        const auto expected = forecasts(GetParam().spec, series, order);
        for (const int last : kChangedAfter) {
            SCOPED_TRACE(std::string(name_of(order)) + ", changed after sample " + std::to_string(last));
            Series changed = series;
            std::copy(others.begin() + last + 1, others.end(), changed.begin() + last + 1);
            const auto actual = forecasts(GetParam().spec, changed, order);
            const auto published = static_cast<std::size_t>(last);
            for (std::size_t n = 0; n <= published; ++n)
                ASSERT_TRUE(same_bits(actual[n], expected[n])) << "forecast published at sample " << n;
            // Haykin's form does not see the newest sample before the one after it.
            EXPECT_FALSE(same_bits(actual[published + 2], expected[published + 2])) << "the change was not seen at all";
        }
    }
}

/// Frames with markers that drop out, a gap that is bridged, and outliers.
std::vector<core::MarkerFrame> frames_of(const Series& series)
{
    std::vector<core::MarkerFrame> frames;
    for (std::size_t n = 0; n < series.size(); ++n) {
        if (n == 60 || n == 61 || n == 130) continue;
        core::MarkerFrame frame;
        frame.acquired = core::TimePoint{core::from_seconds(static_cast<double>(n) / kLayout.rate_hz)};
        frame.arrived = frame.acquired;
        frame.sequence = n;
        frame.marker_count = kLayout.markers;
        for (std::size_t m = 0; m < static_cast<std::size_t>(kLayout.markers); ++m) {
            if ((n == 40 && m == 1) || (n >= 150 && n < 153 && m == 0)) continue;
            frame.markers[m].visibility = core::Visibility::visible;
            for (std::size_t c = 0; c < 3; ++c)
                frame.markers[m].position_mm[c] = series[n][3 * m + c] + (n == 80 && m == 0 ? 500 : 0);
        }
        frames.push_back(frame);
    }
    return frames;
}

/// Forecasts published while each frame was taken in.
std::vector<std::vector<double>> piped_forecasts(const AlgorithmSpec& spec,
                                                 const std::vector<core::MarkerFrame>& frames, StepOrder order)
{
    core::ConditionerConfig conditioner;
    conditioner.markers = kLayout.markers;
    conditioner.rate_hz = kLayout.rate_hz;
    core::ForecastPipeline sut(conditioner, {}, make_forecaster(spec, kLayout, kHorizons), order);
    std::vector<std::vector<double>> all;
    for (const core::MarkerFrame& frame : frames) {
        std::vector<double> published;
        const int samples = sut.ingest(frame);
        for (int i = 0; i < samples; ++i) {
            sut.forecast(i);
            const auto out = sut.forecasts_mm();
            published.insert(published.end(), out.begin(), out.end());
            sut.learn();
        }
        all.push_back(published);
    }
    return all;
}

TEST_P(Causality, HoldsFromTheFrameOn)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const std::vector<core::MarkerFrame> frames = frames_of(positions_mm(1)), others = frames_of(positions_mm(2));
    for (const StepOrder order : kOrders) {
        const auto expected = piped_forecasts(GetParam().spec, frames, order);
        std::size_t samples = 0;
        for (const auto& published : expected) samples += published.size() / (kHorizons.size() * 6);
        EXPECT_EQ(samples, kSamples) << "gaps were to be bridged";
        for (const std::size_t last : {0UL, 9UL, 39UL, 59UL, 60UL, 79UL, 99UL, 127UL, 150UL, 180UL, 205UL}) {
            SCOPED_TRACE(std::string(name_of(order)) + ", changed after frame " + std::to_string(last));
            std::vector<core::MarkerFrame> changed = frames;
            std::copy(others.begin() + static_cast<std::ptrdiff_t>(last) + 1, others.end(),
                      changed.begin() + static_cast<std::ptrdiff_t>(last) + 1);
            const auto actual = piped_forecasts(GetParam().spec, changed, order);
            for (std::size_t n = 0; n <= last; ++n)
                ASSERT_TRUE(same_bits(actual[n], expected[n])) << "forecasts published with frame " << n;
            EXPECT_FALSE(same_bits(actual.back(), expected.back())) << "the change was not seen at all";
        }
    }
}

/// Every algorithm with its defaults, but networks of 12 units: the causality of a sum does not depend on its length.
std::vector<Variant> variants()
{
    std::vector<Variant> all;
    for (Variant v : default_variants()) {
        if (!parameter(v, "hidden").empty()) v.spec.parameters["hidden"] = "12";
        all.push_back(v);
    }
    for (const AlgorithmInfo& info : algorithms(Protocol::live, kLayout.rate_hz))
        if (info.multi_horizon)
            all.push_back({info.name + info.variant, {info.name, info.selection(), 1, Protocol::live}, info});
    for (Variant v : small_variants())  // and the forms that keep records
        if (parameter(v, "delayed") == "record" || parameter(v, "delayed") == "influence") all.push_back(v);
    return all;
}

INSTANTIATE_TEST_SUITE_P(, Causality, ::testing::ValuesIn(variants()), variant_name);

}  // namespace
}  // namespace foretide::rnn
