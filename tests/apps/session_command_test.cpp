// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "acquisition/recording_reader.h"
#include "apps/session/session_report.h"
#include "apps/session/session_scan.h"
#include "apps/session/session_verify.h"
#include "core/session/anonymise.h"
#include "core/session/database.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/core/session/session_examples.h"

namespace foretide::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::vector<std::string> kIdentifying{"Mustermann", "1964-08-12", "Holst",    "Nordstrand",
                                            "LINAC 2",    "192.168.7",  "10.0.0.7", "Krause",
                                            "asthma",     "0f8fad5b",   "C:/data",  "170000000012"};

class SessionCommand : public testing::Test {
protected:
    /// A session with everything in it that can tell who somebody is.
    fs::path full_session()
    {
        const fs::path file = folder_.path() / "full.session";
        core::SessionHeader header = core::example_header();
        header.configuration =
            "operator = \"Ludwig Holst\"\n[gate]\naxis = \"m1.z\"\nlower_mm = -2.5\n[patient]\nname = \"Mustermann\"\n"
            "[log]\nfiles = [\"C:/data/Mustermann\"]\nborn = 1964-08-12\n";
        core::SessionWriter writer = core::SessionWriter::create(file, header);
        writer.begin();
        for (std::int64_t k = 0; k < 900; ++k) {
            writer.write(core::example_frame(k));
            writer.write(core::example_sample(k, header));
        }
        core::CommandRecord command;
        command.kind = core::CommandKind::mark_event;
        command.accepted = true;
        command.received = header.started + std::chrono::seconds(12);
        command.operator_name.assign("Sr. Krause");
        command.station.assign("10.0.0.7:51234");
        command.text.assign("Frau Mustermann: asthma");
        command.answer.assign("noted for Holst");
        writer.write(command);
        command.kind = core::CommandKind::acknowledge_alarm;
        command.text.assign("source_lost");
        writer.write(command);
        writer.write(core::AlarmRecord{core::AlarmRecord::Change::acknowledged, header.started, "source_lost", "high",
                                       "camera 192.168.7.30", "Krause"});
        writer.write(core::NoteRecord{header.started, "Frau Mustermann coughs"});
        writer.write_summary({1, R"({"samples_in":900,"record":"C:/data/Mustermann.session","holds":{"dwell":3}})"});
        writer.commit();
        writer.finish();
        return file;
    }

    /// 300 frames, of which two and their samples are missing; the record says so where `told`.
    fs::path session_with_gap(bool told)
    {
        const fs::path file = folder_.path() / (told ? "told.session" : "untold.session");
        const core::SessionHeader header = core::example_header();
        core::SessionWriter writer = core::SessionWriter::create(file, header);
        writer.begin();
        for (std::int64_t k = 0; k < 300; ++k) {
            if (k == 100 || k == 101) continue;
            if (k == 102 && told)
                writer.write(core::GapRecord{core::example_frame(99).frame.arrived,
                                             core::example_frame(102).frame.arrived,
                                             {2, 2, 0, 0, 0},
                                             "disk full"});
            writer.write(core::example_frame(k));
            writer.write(core::example_sample(k, header));
        }
        writer.commit();
        return file;
    }

    Outcome session(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), "session");
        return run(arguments);
    }

    acquisition::TemporaryFolder folder_;
};

TEST_F(SessionCommand, InfoTellsWhatTheFileHolds)
{
    const Outcome outcome = session({"info", full_session().string(), "--json", "-"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const Json info = Json::parse(outcome.out);
    EXPECT_EQ(info["counts"]["frames"], 900);
    EXPECT_EQ(info["counts"]["samples"], 900);
    EXPECT_EQ(info["counts"]["commands"], 2);
    EXPECT_EQ(info["pseudonym"], "VOL-07");
    EXPECT_EQ(info["operator"], "Dr Ludwig Holst");
    EXPECT_NEAR(info["first_sample_unix_s"].get<double>(), 1'700'000'000.123456, 1e-5);
    EXPECT_NEAR(info["last_sample_unix_s"].get<double>(), 1'700'000'090.023456, 1e-5);
    EXPECT_EQ(info["integrity"], "ok");
    EXPECT_EQ(info["ended"], true);
    EXPECT_EQ(info["summary"]["samples_in"], 900);
    EXPECT_TRUE(info["gaps"].empty());
    EXPECT_TRUE(info["sequence_errors"].empty());
    EXPECT_EQ(info["alarms"][0]["name"], "source_lost");
    EXPECT_NEAR(info["holds_s"]["warming_up"].get<double>(), 2.0, 1e-9);
    EXPECT_NEAR(info["beam_on_s"].get<double>(), 88.0, 1e-9);
    EXPECT_NEAR(info["sample_to_command_us"]["max"].get<double>(), 86, 1e-9);
    EXPECT_FALSE(holds(outcome.out, "Mustermann, Erika")) << "the identity is not for display";
    const Outcome words = session({"info", (folder_.path() / "full.session").string()});
    EXPECT_EQ(words.code, 0);
    EXPECT_TRUE(holds(words.out, "2023-11-14 22:13:20 UTC")) << words.out;
}

TEST_F(SessionCommand, InfoTellsGapsAndDamage)
{
    const fs::path file = session_with_gap(true);
    Json info = Json::parse(session({"info", file.string(), "--json", "-"}).out);
    ASSERT_EQ(info["gaps"].size(), 1U);
    EXPECT_EQ(info["gaps"][0]["frames"], 2);
    EXPECT_EQ(info["ended"], false);
    EXPECT_TRUE(info["sequence_errors"].empty());
    core::Database::open(file).execute("UPDATE samples SET positions = x'00' WHERE id = 40");
    const Outcome outcome = session({"info", file.string(), "--json", "-"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(Json::parse(outcome.out)["integrity"].is_array());
}

TEST_F(SessionCommand, ExportsFramesThatReplayReads)
{
    const fs::path file = full_session(), csv = folder_.path() / "out.csv";
    const Outcome outcome = session({"export", file.string(), "--format", "csv", "--out", csv.string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const core::Recording from_csv = acquisition::read_recording({csv}),
                          from_session = acquisition::read_recording({file});
    ASSERT_EQ(from_csv.frames.size(), 900U);
    for (std::size_t k = 0; k < 900; ++k) {
        EXPECT_EQ(from_csv.frames[k].acquired, from_session.frames[k].acquired);
        for (std::size_t m = 0; m < 3; ++m)
            EXPECT_EQ(from_csv.frames[k].markers[m].position_mm, from_session.frames[k].markers[m].position_mm);
    }
    for (const char* format : {"session", "auto"}) {
        const Outcome replayed = run({"replay", "--input", file.string(), "--format", format, "--algorithm", "last",
                                      "--horizon", "0.5", "--json", "-"});
        ASSERT_EQ(replayed.code, 0) << replayed.err;
        const Outcome same =
            run({"replay", "--input", csv.string(), "--algorithm", "last", "--horizon", "0.5", "--json", "-"});
        EXPECT_EQ(Json::parse(replayed.out)["results"][0]["rmse_mm"], Json::parse(same.out)["results"][0]["rmse_mm"]);
    }
}

TEST_F(SessionCommand, ExportsACoordinateAsVxp)
{
    const fs::path file = full_session(), vxp = folder_.path() / "out.vxp";
    for (const std::string axis : {"m3.z", "pc1"}) {
        const Outcome outcome =
            session({"export", file.string(), "--format", "vxp", "--axis", axis, "--out", vxp.string()});
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        const core::Recording recording = acquisition::read_recording({vxp});
        ASSERT_EQ(recording.frames.size(), 900U);
        double largest = 0;
        for (const core::MarkerFrame& frame : recording.frames)
            largest = std::max(largest, std::abs(frame.markers[0].position_mm[2]));
        EXPECT_NEAR(largest, axis == "pc1" ? std::sqrt(3 * 0.09 + 3 + 25 + 100 + 225) : 15, 0.6) << axis;
        EXPECT_TRUE(holds(read_file(vxp), "Patient_ID=VOL-07\r\nDate=11-14-2023\r\n"));
    }
    EXPECT_EQ(session({"export", file.string(), "--format", "vxp", "--axis", "m9.z", "--out", vxp.string()}).code, 1);
}

TEST_F(SessionCommand, ExportsEverythingAsJson)
{
    const fs::path file = full_session(), out = folder_.path() / "out.json";
    ASSERT_EQ(session({"export", file.string(), "--format", "json", "--out", out.string()}).code, 0);
    const Json json = Json::parse(read_file(out));
    EXPECT_EQ(json["session"]["identity"], "Mustermann, Erika 1964-08-12");
    ASSERT_EQ(json["frames"].size(), 900U);
    ASSERT_EQ(json["samples"].size(), 900U);
    const core::SampleRecord expected = core::example_sample(123, core::example_header());
    const Json& sample = json["samples"][123];
    EXPECT_EQ(sample["time_ns"], 12'300'000'000);
    EXPECT_EQ(sample["positions_mm"].get<std::vector<double>>(), expected.positions_mm);
    EXPECT_EQ(sample["forecasts_mm"].get<std::vector<double>>(), expected.forecasts_mm);
    EXPECT_EQ(sample["lower_mm"].get<std::vector<float>>(), expected.lower_mm);
    EXPECT_EQ(json["commands"][0]["text"], "Frau Mustermann: asthma");
    EXPECT_EQ(json["notes"].size(), 1U);
    EXPECT_EQ(json["summary"]["holds"]["dwell"], 3);
}

TEST_F(SessionCommand, AnonymisedExportsTellNobodysNamePlaceOrTime)
{
    const fs::path file = full_session(), out = folder_.path() / "out";
    const std::string plain_json = [&] {
        EXPECT_EQ(session({"export", file.string(), "--format", "json", "--out", out.string()}).code, 0);
        return read_file(out);
    }();
    for (const std::string& word : kIdentifying) EXPECT_TRUE(holds(plain_json, word)) << word;
    for (const std::string format : {"json", "csv", "vxp"}) {
        const Outcome outcome =
            session({"export", file.string(), "--format", format, "--anonymise", "--out", out.string()});
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        const std::string text = read_file(out);
        for (const std::string& word : kIdentifying) EXPECT_FALSE(holds(text, word)) << format << ": " << word;
        EXPECT_EQ(holds(text, "VOL-07"), format != "csv");
        EXPECT_FALSE(holds(text, "2023"));
    }
    ASSERT_EQ(session({"export", file.string(), "--format", "json", "--anonymise", "--out", out.string()}).code, 0);
    const Json json = Json::parse(read_file(out));
    EXPECT_EQ(json["frames"].size(), 900U);
    EXPECT_EQ(json["summary"]["samples_in"], 900);
    EXPECT_EQ(json["session"]["source"], "ndi");
    EXPECT_TRUE(holds(json["session"]["configuration"], "m1.z"));
    EXPECT_TRUE(holds(json["session"]["configuration"], "-2.5"));
    EXPECT_EQ(json["commands"][1]["text"], "source_lost");
}

TEST_F(SessionCommand, AConfigurationThatIsNoTomlIsLeftOut)
{
    EXPECT_EQ(core::anonymised_configuration("name = Mustermann"), "");
}

TEST_F(SessionCommand, ReportsWithoutTheIdentity)
{
    const fs::path file = full_session(), out = folder_.path() / "report";
    const Outcome outcome = session({"report", file.string(), "--out", out.string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const std::string page = read_file(out / "report.html");
    for (const char* part :
         {"VOL-07", "Dr Ludwig Holst", "Not a medical device", "2023-11-14 22:13:20 UTC", "fig-trace", "fig-gate",
          "warming up", "source_lost", "0.1.0 (test)", "Latencies", "Frau Mustermann"})
        EXPECT_TRUE(holds(page, part)) << part;
    EXPECT_FALSE(holds(page, "Mustermann, Erika"));
    // Every forecast is 0.01 mm off and inside its interval.
    EXPECT_TRUE(holds(page, "RMSE 0.01 mm, 100.0 %"));
    EXPECT_EQ(session({"report", (folder_.path() / "none").string(), "--out", out.string()}).code, 1);
}

TEST_F(SessionCommand, VerifyAcceptsWhatIsSound)
{
    const Outcome outcome = session({"verify", full_session().string()});
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    EXPECT_TRUE(holds(outcome.out, "sound")) << outcome.out;
}

TEST_F(SessionCommand, VerifyTellsGaps)
{
    for (const bool told : {true, false}) {
        const Outcome outcome = session({"verify", session_with_gap(told).string(), "--json", "-"});
        EXPECT_EQ(outcome.code, 1);
        const std::string problem = Json::parse(outcome.out)["problems"][0];
        EXPECT_TRUE(holds(problem, told ? "4 records are missing in 1 gaps" : "leaves out 2")) << problem;
    }
}

TEST_F(SessionCommand, VerifyTellsDamage)
{
    for (const char* sql :
         {"UPDATE frames SET number = number - 5 WHERE id = 200", "DELETE FROM samples WHERE id = 300",
          "DELETE FROM frames WHERE id BETWEEN 300 AND 310", "UPDATE samples SET forecasts = x'00' WHERE id = 7",
          "UPDATE frames SET samples = 2 WHERE id = 9",
          "DELETE FROM samples WHERE id > 800; DELETE FROM frames WHERE id < 5"}) {
        const fs::path file = full_session();
        core::Database::open(file).execute(sql);
        const Outcome outcome = session({"verify", file.string()});
        EXPECT_EQ(outcome.code, 1) << sql;
        EXPECT_TRUE(holds(outcome.out, "PROBLEM")) << sql;
        fs::remove(file);
    }
}

/// Repeats the example; one bit of one forecast can be made to differ.
class ExampleStep : public ReplayedStep {
public:
    explicit ExampleStep(const core::SessionHeader& header, std::int64_t wrong = -1) : header_(header), wrong_(wrong) {}

    void command(const core::CommandRecord& command) override { commands.push_back(command.before_sample); }
    std::span<const core::SampleRecord> frame(const core::FrameRecord& frame,
                                              std::span<const core::SampleRecord> recorded) override
    {
        EXPECT_EQ(recorded.size(), 1U);
        EXPECT_TRUE(has(recorded[0].decision, core::StepDecision::main_in_time));
        seen.push_back(frame.number);
        sample_ = core::example_sample(frame.number, header_);
        sample_.step = core::Duration{1};  // the clock's
        if (frame.number == wrong_) {
            double& x = sample_.forecasts_mm[4];
            x = std::nextafter(x, 1e9);
        }
        return {&sample_, 1};
    }

    std::vector<std::int64_t> commands, seen;

private:
    core::SessionHeader header_;
    std::int64_t wrong_;
    core::SampleRecord sample_;
};

TEST_F(SessionCommand, VerifyRepeatsEveryFrameAndFindsOneBit)
{
    core::SessionReader reader(full_session());
    ExampleStep good(reader.header());
    ReplayCheck check = verify_replay(reader, good);
    EXPECT_TRUE(check.compared);
    EXPECT_EQ(check.samples, 900);
    EXPECT_EQ(check.difference, "");
    EXPECT_EQ(check.remark, "");
    EXPECT_EQ(good.seen.size(), 900U);
    EXPECT_EQ(good.commands.size(), 2U);

    ExampleStep wrong(reader.header(), 321);
    check = verify_replay(reader, wrong);
    EXPECT_TRUE(holds(check.difference, "sample 321")) << check.difference;
    EXPECT_TRUE(holds(check.difference, "forecasts_mm[4]")) << check.difference;
    const VerifyResult result = verify_session(
        reader, [](const core::SessionHeader& header) { return std::make_unique<ExampleStep>(header, 5); });
    EXPECT_FALSE(result.good());
}

TEST_F(SessionCommand, VerifyRepeatsUpToAGapAndNotFromMidRun)
{
    core::SessionReader gap(session_with_gap(true));
    ExampleStep step(gap.header());
    ReplayCheck check = verify_replay(gap, step);
    EXPECT_EQ(check.samples, 100);
    EXPECT_EQ(check.difference, "");
    EXPECT_TRUE(holds(check.remark, "frame 99")) << check.remark;

    const fs::path file = folder_.path() / "late.session";
    core::SessionWriter writer = core::SessionWriter::create(file, core::example_header());
    writer.begin();
    writer.write(core::example_frame(50));
    writer.write(core::example_sample(50, core::example_header()));
    writer.commit();
    core::SessionReader late(file);
    check = verify_replay(late, step);
    EXPECT_FALSE(check.compared);
    EXPECT_TRUE(holds(check.remark, "mid-run")) << check.remark;
}

TEST_F(SessionCommand, VerifySaysWhyItCannotRepeat)
{
    core::SessionReader reader(full_session());
    const VerifyResult result = verify_session(reader, [](const core::SessionHeader&) -> std::unique_ptr<ReplayedStep> {
        throw std::runtime_error("recorded by another build");
    });
    EXPECT_TRUE(result.good());
    ASSERT_EQ(result.remarks.size(), 1U);
    EXPECT_TRUE(holds(result.remarks[0], "another build"));
}

TEST_F(SessionCommand, EndsWithTheExitCodesOfTheContract)
{
    const std::string absent = (folder_.path() / "absent.session").string();
    for (const char* command : {"info", "verify"}) {
        const Outcome outcome = session({command, absent});
        EXPECT_EQ(outcome.code, 1);
        EXPECT_TRUE(holds(outcome.err, "there is no such file; check the path")) << outcome.err;
    }
    EXPECT_EQ(session({}).code, 2);
    EXPECT_EQ(session({"export", absent, "--format", "dicom", "--out", "x"}).code, 2);
    for (const char* command : {"info", "export", "report", "verify"}) {
        const Outcome help = session({command, "--help"});
        EXPECT_EQ(help.code, 0);
        EXPECT_TRUE(holds(help.out, "Example")) << command;
    }
}

}  // namespace
}  // namespace foretide::apps
