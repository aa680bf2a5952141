// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "acquisition/recording_reader.h"
#include "acquisition/simulated_patient.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "validation/replay.h"

namespace foretide::apps {
namespace {

class SimPatient : public testing::TestWithParam<std::tuple<std::string, double>> {
protected:
    acquisition::TemporaryFolder folder_;
};

TEST_P(SimPatient, WritesARecording)
{
    const auto& [patient, rate_hz] = GetParam();
    const auto file = folder_.path() / "session.csv";
    const Outcome outcome = run({"sim", "patient", "--patient", patient, "--rate", std::to_string(rate_hz),
                                 "--duration", "30", "--seed", "5", "--out", file.string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const core::Recording recording = acquisition::read_recording({file});
    EXPECT_EQ(recording.markers, 3);
    EXPECT_EQ(static_cast<double>(recording.frames.size()), std::ceil(30 * rate_hz));
    EXPECT_NEAR(core::uniform_rate_hz(recording), rate_hz, 0.005 * rate_hz);
    EXPECT_EQ(outcome.out,
              "Wrote " + std::to_string(recording.frames.size()) + " frames of 3 markers to " + file.string() + "\n");
}

INSTANTIATE_TEST_SUITE_P(, SimPatient,
                         testing::Combine(testing::Values("regular", "drifting", "variable", "irregular",
                                                          "breath-hold"),
                                          testing::Values(1.0, 3.33, 10.0, 30.0, 60.0)));

TEST(SimCommand, KnowsEveryPatient)
{
    const std::string help = run({"sim", "patient", "--help"}).out;
    for (const std::string_view name : acquisition::simulated_patient_names())
        EXPECT_NE(help.find("\n  " + std::string(name) + ": "), std::string::npos) << name;
}

TEST(SimCommand, WritesToStandardOutput)
{
    const std::vector<std::string> arguments{"sim", "patient", "--duration", "2", "--out", "-", "--seed"};
    const auto with_seed = [&](const char* seed) {
        std::vector<std::string> all = arguments;
        all.emplace_back(seed);
        return run(all);
    };
    const Outcome outcome = with_seed("1");
    EXPECT_EQ(outcome.code, 0);
    const auto lines = lines_of(outcome.out);
    ASSERT_EQ(lines.size(), 21U);
    EXPECT_EQ(lines[0], "time_s,m1_x_mm,m1_y_mm,m1_z_mm,m2_x_mm,m2_y_mm,m2_z_mm,m3_x_mm,m3_y_mm,m3_z_mm");
    EXPECT_TRUE(lines[1].starts_with("0,")) << lines[1];
    EXPECT_EQ(with_seed("1").out, outcome.out) << "the same seed, the same numbers";
    EXPECT_NE(with_seed("2").out, outcome.out);
}

TEST(SimCommand, SaysWhereItCannotWrite)
{
    const acquisition::TemporaryFolder folder;
    const auto file = folder.path() / "no such folder" / "a.csv";
    const Outcome outcome = run({"sim", "patient", "--duration", "2", "--out", file.string()});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find(file.string()), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace foretide::apps
