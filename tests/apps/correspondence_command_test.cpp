// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/core/correspondence/synthetic_pairs.h"

namespace foretide::apps {
namespace {

class CorrespondenceCommand : public testing::Test {
protected:
    std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

    std::string write(const std::string& name, const std::string& text) const
    {
        std::ofstream(file(name)) << text;
        return file(name);
    }

    std::string write(const std::string& name, const core::CorrespondencePairs& pairs, bool velocities = false) const
    {
        std::ofstream out(file(name));
        out.precision(12);
        out << "time_s";
        for (const char* kind : {"_", "_v"}) {
            if (kind[1] == 'v' && !velocities) continue;
            for (int m = 1; m <= pairs.markers; ++m)
                for (const char axis : {'x', 'y', 'z'})
                    out << ",m" << m << kind << axis << (kind[1] == 'v' ? "_mm_s" : "_mm");
        }
        out << ",internal_x_mm,internal_y_mm,internal_z_mm\n";
        for (const core::CorrespondencePair& pair : pairs.pairs) {
            out << pair.time_s;
            for (const double v : pair.markers_mm) out << ',' << v;
            if (velocities)
                for (const double v : pair.velocities_mm_s) out << ',' << v;
            for (const double v : pair.internal_mm) out << ',' << v;
            out << '\n';
        }
        return file(name);
    }

    acquisition::TemporaryFolder folder_;
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(CorrespondenceCommand, FitsPhasesOfACycleAndChecksImages)
{
    const core::PairTruth truth{.curve_mm = 1, .loop_mm = 3, .noise_mm = 0.2};
    const std::string pairs = write("phases.csv", core::cycle_pairs(truth, 10));
    const Outcome fit = run({"correspondence", "fit", "--pairs", pairs, "--cycle", "4", "--out", file("model.json"),
                             "--report", file("fit.html")});
    ASSERT_EQ(fit.code, 0) << fit.err;
    EXPECT_TRUE(holds(fit.out, "quadratic, 1 coordinate")) << fit.out;
    EXPECT_TRUE(holds(read_file(file("model.json")), "\"form\": \"quadratic\""));
    const std::string report = read_file(file("fit.html"));
    EXPECT_TRUE(holds(report, "Research software")) << "the notice";
    EXPECT_TRUE(holds(report, "Measured and predicted"));

    const std::string images = write("images.csv", core::image_pairs(truth, 8, 7), true);
    const Outcome good = run({"correspondence", "check", "--model", file("model.json"), "--pairs", images});
    EXPECT_EQ(good.code, 0) << good.err << good.out;
    EXPECT_TRUE(holds(good.out, "The model is valid")) << good.out;

    core::PairTruth shifted = truth;
    shifted.shift_mm = 6;
    const std::string later = write("later.csv", core::image_pairs(shifted, 8, 7), true);
    const Outcome bad = run({"correspondence", "check", "--model", file("model.json"), "--pairs", later});
    EXPECT_EQ(bad.code, 1);
    EXPECT_TRUE(holds(bad.err, "no longer valid")) << bad.err;
    const std::string blind = write("blind.csv", core::image_pairs(truth, 8, 7));
    const Outcome unable = run({"correspondence", "check", "--model", file("model.json"), "--pairs", blind});
    EXPECT_EQ(unable.code, 1);
    EXPECT_TRUE(holds(unable.err, "no velocities")) << unable.err;
}

TEST_F(CorrespondenceCommand, RefusesInWords)
{
    const auto fit = [&](const std::string& pairs) {
        const Outcome outcome = run({"correspondence", "fit", "--pairs", pairs, "--out", file("model.json")});
        EXPECT_EQ(outcome.code, 1) << outcome.out;
        return outcome.err;
    };
    EXPECT_TRUE(holds(fit(write("few.csv", core::cycle_pairs({}, 4))), "4 pairs are too few"));
    EXPECT_TRUE(holds(fit(file("absent.csv")), "cannot be opened"));
    const std::string header = "time_s,m1_x_mm,m1_y_mm,m1_z_mm,internal_x_mm,internal_y_mm,internal_z_mm\n";
    EXPECT_TRUE(holds(fit(write("a.csv", "")), "empty"));
    EXPECT_TRUE(holds(fit(write("b.csv", "time_s,m1_x_mm\n")), "m1_y_mm"));
    EXPECT_TRUE(holds(fit(write("c.csv", "t,m1_x_mm\n")), "not time_s"));
    EXPECT_TRUE(holds(fit(write("d.csv", header + "0,1,2\n")), "3 columns"));
    EXPECT_TRUE(holds(fit(write("e.csv", header + "0,1,2,three,4,5,6\n")), ":2:"));
    EXPECT_TRUE(holds(fit(write("f.csv", header)), "no complete pair"));
    EXPECT_TRUE(holds(fit(write("g.csv", header + "0,1,2,,4,5,6\n")), "no complete pair"));
    EXPECT_TRUE(holds(fit(write("h.csv", header + "0,1,2,1e9,4,5,6\n")), ":2:"));
    EXPECT_FALSE(std::filesystem::exists(file("model.json"))) << "nothing is written";
    const std::string pairs = write("good.csv", core::cycle_pairs({}, 10));
    const Outcome damaged = run({"correspondence", "check", "--model", write("bad.json", "{}"), "--pairs", pairs});
    EXPECT_EQ(damaged.code, 1);
    EXPECT_TRUE(holds(damaged.err, "no correspondence model")) << damaged.err;
    EXPECT_EQ(run({"correspondence", "fit", "--pairs", pairs}).code, 2) << "--out is missing";
    EXPECT_EQ(run({"correspondence", "fit", "--help"}).code, 0);
}

}  // namespace
}  // namespace foretide::apps
