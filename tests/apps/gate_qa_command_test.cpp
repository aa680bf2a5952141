// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "acquisition/beam_log_csv.h"
#include "acquisition/read_error.h"
#include "acquisition/session_csv_writer.h"
#include "apps/engine/toml_section.h"
#include "apps/gate_qa/gate_qa.h"
#include "apps/gate_qa/virtual_gate.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"

namespace foretide::apps {
namespace {

using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A virtual gate without prediction behind a linac of known delays.
PhantomOptions quick_phantom()
{
    PhantomOptions o;
    o.periods_s = {2, 3, 4, 6};
    o.cycles = 10;
    o.settle_s = 4;
    o.still_s = 10;
    return o;
}

TEST(GateQa, FindsTheDelaysOfTheLinac)
{
    // Without prediction what is measured is the linac, and half a frame: the wait for the next one.
    const Outcome outcome =
        run({"gate-qa", "--algorithm", "last", "--t-on",         "0",    "--t-off",     "0",    "--linac-on",
             "0.28",    "--linac-off", "0.13", "--linac-jitter", "0.02", "--expect-on", "0.28", "--expect-off",
             "0.13",    "--cycles",    "10",   "--json",         "-"});
    ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    const Json json = Json::parse(outcome.out);
    EXPECT_TRUE(json["pass"]);
    const Json& latency = json["latency"];
    const double half_frame_s = 1 / 60.0;
    EXPECT_NEAR(latency["on_s"]["value"], 0.28 + half_frame_s, 0.02);
    EXPECT_NEAR(latency["off_s"]["value"], 0.13 + half_frame_s, 0.02);
    EXPECT_LT(latency["on_s"]["ci95"], 0.04);
    EXPECT_EQ(json["static"][0]["interruptions"], 0);
    EXPECT_NEAR(json["drift"][0]["drift_mm_min"], 6, 0.1);
}

TEST(GateQa, FailsWhatIsLate)
{
    const acquisition::TemporaryFolder folder;
    const std::string report = (folder.path() / "qa").string();
    const Outcome outcome = run({"gate-qa", "--algorithm", "last", "--t-on", "0", "--t-off", "0", "--linac-on", "0.4",
                                 "--linac-off", "0.05", "--periods", "2,3,4", "--cycles", "5", "--out", report});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_TRUE(holds(outcome.out, "beam-on delay") && holds(outcome.out, "FAIL")) << outcome.out;
    EXPECT_TRUE(holds(outcome.err, "gate QA failed"));
    const std::string html = read_file(folder.path() / "qa" / "report.html");
    EXPECT_TRUE(holds(html, "Gate QA: FAIL") && holds(html, "Research software"));
}

TEST(GateQa, JudgesMeasuredLogs)
{
    const acquisition::TemporaryFolder folder;
    const PhantomProgramme phantom = make_phantom(quick_phantom());
    VirtualGateOptions gate;
    gate.algorithm = "last";
    gate.t_on_s = gate.t_off_s = 0;
    gate.linac_on_s = 0.3;
    gate.linac_off_s = 0.1;
    const validation::GatedMotion whole = run_virtual_gate(phantom, gate);
    std::vector<std::string> arguments{"gate-qa", "--window", "-2,3.5", "--expect-on", "0.3", "--expect-off",
                                       "0.1",     "--json",   "-"};
    for (std::size_t k = 0; k < phantom.stretches.size(); ++k) {
        const PhantomStretch& stretch = phantom.stretches[k];
        const auto motion = folder.path() / ("motion" + std::to_string(k) + ".csv");
        const auto beam = folder.path() / ("beam" + std::to_string(k) + ".csv");
        core::Recording recording = phantom.recording;
        std::erase_if(recording.frames, [&](const core::MarkerFrame& frame) {
            const double t = core::to_seconds(frame.acquired);
            return t < stretch.from_s || t > stretch.to_s;
        });
        acquisition::write_session_csv(recording, motion);
        std::ofstream log(beam);
        log.precision(12);
        log << "time_s,beam\n";
        for (const acquisition::BeamEdge& edge : whole.edges)
            if (edge.time_s <= stretch.to_s) log << edge.time_s << ',' << edge.on << '\n';
        arguments.emplace_back("--run");
        arguments.push_back(std::string(to_string(stretch.kind)) + ":" + motion.string() + ":" + beam.string());
    }
    const Outcome outcome = run(arguments);
    ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    const Json json = Json::parse(outcome.out);
    EXPECT_NEAR(json["latency"]["on_s"]["value"], 0.3 + 1 / 60.0, 0.02);
    EXPECT_NEAR(json["latency"]["off_s"]["value"], 0.1 + 1 / 60.0, 0.02);
    EXPECT_EQ(json["latency"]["runs"].size(), 4U);
    EXPECT_EQ(json["static"].size(), 1U);
}

TEST(GateQa, RefusesInWords)
{
    EXPECT_EQ(run({"gate-qa", "--run", "latency:only.csv"}).code, 2);
    EXPECT_EQ(run({"gate-qa", "--run", "speed:a.csv:b.csv"}).code, 2);
    const Outcome absent = run({"gate-qa", "--run", "latency:absent.csv:absent.csv"});
    EXPECT_EQ(absent.code, 1);
    EXPECT_TRUE(holds(absent.err, "absent.csv")) << absent.err;
    EXPECT_EQ(run({"gate-qa", "--periods", "0.1"}).code, 2);
    EXPECT_EQ(run({"gate-qa", "--linac-on", "-1"}).code, 2);
    EXPECT_EQ(run({"gate-qa", "--help"}).code, 0);
}

TEST(GateTolerances, AreReadAndChecked)
{
    const GateTolerances sut =
        parse_gate_tolerances("[latency]\naccuracy_ms = 50\n[static]\ninterruptions = 2\n", "t.toml");
    EXPECT_EQ(sut.latency_ms, 50);
    EXPECT_EQ(sut.interruptions, 2);
    EXPECT_EQ(sut.overshoot_mm, GateTolerances{}.overshoot_mm);
    EXPECT_EQ(GateTolerances{}.latency_ms, 100) << "TG-142";
    for (const char* bad : {"[latency]\naccuracy_ms = -1", "[latency]\nacuracy_ms = 5", "[latenzy]", "[drift", "x = 1"})
        EXPECT_THROW(parse_gate_tolerances(bad, "t.toml"), ConfigError) << bad;
}

TEST(BeamLog, IsReadOrRefused)
{
    const auto edges = acquisition::parse_beam_log("time_s,beam\n0,0\n1.5,1\n1.6,1\n2,0\n", "b.csv");
    ASSERT_EQ(edges.size(), 3U);
    EXPECT_EQ(edges[1].time_s, 1.5);
    EXPECT_TRUE(edges[1].on);
    for (const char* bad : {"", "time_s,beam\n", "time,beam\n1,0\n", "time_s,beam\n1\n", "time_s,beam\n1,2\n",
                            "time_s,beam\nx,1\n", "time_s,beam\n2,1\n1,0\n", "time_s,beam\n1,1,1\n"})
        EXPECT_THROW(acquisition::parse_beam_log(bad, "b.csv"), acquisition::ReadError) << bad;
}

}  // namespace
}  // namespace foretide::apps
