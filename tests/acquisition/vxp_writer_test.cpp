// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/vxp_writer.h"

#include <cmath>
#include <numbers>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "acquisition/vxp.h"
#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

/// A breath every four seconds, highest at 0, 4, 8 … s.
VxpSeries breathing(int samples, double rate_hz, double noise_mm = 0)
{
    VxpSeries series;
    series.patient_id = "VOL-07";
    series.year = 2024;
    series.month = 3;
    series.day = 9;
    series.rate_hz = rate_hz;
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal;
    for (int k = 0; k < samples; ++k) {
        const double t = k / rate_hz;
        series.time.push_back(core::TimePoint{core::from_seconds(17 + t)});
        series.amplitude_mm.push_back(6 * std::cos(2 * std::numbers::pi * t / 4) + noise_mm * normal(random));
    }
    return series;
}

TEST(VxpWriter, ReadsBackAsItWas)
{
    VxpSeries series = breathing(400, 30);
    series.amplitude_mm[100] = series.amplitude_mm[101] = std::nan("");
    std::ostringstream out;
    write_vxp(out, series);
    const core::Recording recording = parse_vxp(out.str(), "a.vxp", {});
    ASSERT_EQ(recording.frames.size(), 400U);
    EXPECT_EQ(recording.nominal_rate_hz, 30);
    for (std::size_t k = 0; k < 400; ++k) {
        EXPECT_NEAR(time_s(recording, k), static_cast<double>(k) / 30, 0.0006);
        if (k == 100 || k == 101)
            EXPECT_EQ(sample(recording, k, 0).visibility, core::Visibility::missing);
        else
            EXPECT_NEAR(sample(recording, k, 0).position_mm[2], series.amplitude_mm[k], 0.00051);
    }
}

TEST(VxpWriter, WritesTheHeaderOfVersion16)
{
    VxpSeries series = breathing(61, 30);
    series.patient_id = "a\r\nb";
    std::ostringstream out;
    write_vxp(out, series);
    EXPECT_TRUE(
        out.str().starts_with("[Header]\r\nCRC=0\r\nVersion=1.6\r\n"
                              "Data_layout=amplitude,phase,timestamp,validflag,ttlin,mark,ttlout\r\n"
                              "Patient_ID=a  b\r\nDate=03-09-2024\r\nTotal_study_time=2.000\r\n"
                              "Samples_per_second=30.000\r\nScale_factor=10.0\r\n[Data]\r\n"
                              "0.6000,0.0000,0,0,0,"))
        << out.str().substr(0, 300);
}

TEST(VxpWriter, PhaseRunsFromEachHighestPointToTheNext)
{
    for (const double noise_mm : {0.0, 0.3}) {
        const VxpSeries series = breathing(400, 10, noise_mm);
        const BreathingPhase sut = breathing_phase(series.time, series.amplitude_mm);
        EXPECT_EQ(sut.highest.size(), 10U) << noise_mm;
        EXPECT_EQ(sut.lowest.size(), 10U) << noise_mm;
        int known = 0;
        for (std::size_t k = 0; k < 400; ++k) {
            if (std::isnan(sut.phase_rad[k])) continue;
            ++known;
            const double off = std::remainder(sut.phase_rad[k] - 2 * std::numbers::pi * static_cast<double>(k) / 40,
                                              2 * std::numbers::pi);
            EXPECT_LT(std::abs(off), noise_mm > 0 ? 0.8 : 1e-6) << k;
            EXPECT_GE(sut.phase_rad[k], 0);
            EXPECT_LT(sut.phase_rad[k], 2 * std::numbers::pi);
        }
        EXPECT_GT(known, 370);
    }
}

TEST(VxpWriter, HasNoPhaseWhereNothingBreathes)
{
    VxpSeries series = breathing(50, 10);
    series.amplitude_mm.assign(50, 3.0);
    const BreathingPhase sut = breathing_phase(series.time, series.amplitude_mm);
    EXPECT_TRUE(std::isnan(sut.phase_rad[20]));
    std::ostringstream out;
    write_vxp(out, series);
    EXPECT_EQ(parse_vxp(out.str(), "a.vxp", {}).frames.size(), 50U);
}

TEST(VxpWriter, RefusesWhatItCannotWrite)
{
    std::ostringstream out;
    EXPECT_THROW(write_vxp(out, {}), std::runtime_error);
    VxpSeries series = breathing(5, 10);
    series.amplitude_mm.pop_back();
    EXPECT_THROW(write_vxp(out, series), std::runtime_error);
    series.amplitude_mm.assign(5, std::nan(""));
    EXPECT_THROW(write_vxp(out, series), std::runtime_error);
    series = breathing(5, 10);
    out.setstate(std::ios::badbit);
    EXPECT_THROW(write_vxp(out, series), std::runtime_error);
}

}  // namespace
}  // namespace foretide::acquisition
