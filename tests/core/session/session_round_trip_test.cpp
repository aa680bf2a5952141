// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <limits>
#include <random>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "core/session/database.h"
#include "core/session/session_error.h"
#include "core/session/session_reader.h"
#include "core/session/session_writer.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/core/session/session_examples.h"

namespace foretide::core {
namespace {

using acquisition::TemporaryFolder;

/// Any 64 bits are a double, NaNs with payloads, infinities and denormals among them.
FrameRecord random_frame(std::mt19937_64& random)
{
    FrameRecord r;
    r.number = static_cast<std::int64_t>(random());
    r.samples = static_cast<std::int32_t>(random() % 50);
    r.frame.acquired = random() % 8 == 0 ? kUnknownTime : TimePoint{Duration{static_cast<std::int64_t>(random())}};
    r.frame.arrived = TimePoint{Duration{static_cast<std::int64_t>(random())}};
    r.frame.sequence = random();
    r.frame.flags = static_cast<FrameFlag>(random() % 65536);
    r.frame.marker_count = static_cast<std::int32_t>(random() % (kMaxMarkers + 1));
    for (std::size_t m = 0; m < static_cast<std::size_t>(r.frame.marker_count); ++m) {
        MarkerSample& marker = r.frame.markers[m];
        for (double& x : marker.position_mm) x = std::bit_cast<double>(random());
        marker.quality = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        marker.visibility = static_cast<Visibility>(random() % 4);
    }
    return r;
}

SampleRecord random_sample(std::mt19937_64& random, const SessionHeader& header)
{
    SampleRecord r;
    r.resize(static_cast<std::size_t>(header.layout.coordinates()), header.horizons.size());
    r.index = static_cast<std::int64_t>(random());
    r.frame = static_cast<std::int64_t>(random());
    r.time = TimePoint{Duration{static_cast<std::int64_t>(random())}};
    r.flags = static_cast<SampleFlag>(random() & 0xFFFFFFFF);
    r.decision = static_cast<StepDecision>(random() % 256);
    r.warming_up = random() % 2 == 0;
    r.beam = static_cast<BeamCommand>(random() % 2);
    r.reason = static_cast<HoldReason>(random() % kHoldReasons);
    for (double* x :
         {&r.gate_coordinate_mm, &r.gate_on_lower_mm, &r.gate_on_upper_mm, &r.gate_off_lower_mm, &r.gate_off_upper_mm,
          &r.window_lower_mm, &r.window_upper_mm, &r.breath.phase_percent, &r.breath.phase_on_lower_percent,
          &r.breath.phase_on_upper_percent, &r.breath.phase_off_lower_percent, &r.breath.phase_off_upper_percent,
          &r.breath.baseline_mm, &r.breath.drift_mm, &r.breath.held_s}) {
        *x = random() % 4 == 0 ? -0.0 : std::bit_cast<double>(random());
    }
    r.breath.holds = static_cast<std::int32_t>(random() % 1000);
    r.breath.hold = static_cast<BreathHoldStage>(random() % kBreathHoldStages);
    r.doubt = static_cast<HoldReason>(random() % kHoldReasons);
    r.idle_from = TimePoint{Duration{static_cast<std::int64_t>(random())}};
    r.idle_doubted = random() % 2 == 0 ? kUnknownTime : r.idle_from;
    r.arrival_to_command = Duration{static_cast<std::int64_t>(random())};
    r.step = Duration{static_cast<std::int64_t>(random())};
    for (std::vector<double>* values : {&r.positions_mm, &r.forecasts_mm})
        for (double& x : *values) x = std::bit_cast<double>(random());
    for (std::vector<float>* values : {&r.lower_mm, &r.upper_mm})
        for (float& x : *values) x = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    return r;
}

TEST(SessionFile, GivesEveryBitBack)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    const SessionHeader header = example_header();
    std::mt19937_64 random(7);
    std::vector<FrameRecord> frames;
    std::vector<SampleRecord> samples;
    SessionWriter writer = SessionWriter::create(file, header);
    for (int batch = 0; batch < 20; ++batch) {
        writer.begin();
        for (int i = 0; i < 15; ++i) {
            writer.write(frames.emplace_back(random_frame(random)));
            writer.write(samples.emplace_back(random_sample(random, header)));
        }
        writer.commit();
    }
    writer.finish();

    SessionReader sut(file);
    for (int pass = 0; pass < 2; ++pass) {
        FrameRecord frame;
        SampleRecord sample;
        for (std::size_t i = 0; i < frames.size(); ++i) {
            ASSERT_TRUE(sut.next(frame) && sut.next(sample)) << i;
            ASSERT_TRUE(same_bits(frame, frames[i])) << i;
            ASSERT_TRUE(same_bits(sample, samples[i])) << i;
        }
        EXPECT_FALSE(sut.next(frame));
        EXPECT_FALSE(sut.next(frame));
        EXPECT_FALSE(sut.next(sample));
        sut.rewind();
    }
    EXPECT_EQ(sut.counts().frames, 300);
    EXPECT_EQ(sut.counts().samples, 300);
    EXPECT_TRUE(sut.integrity_errors().empty());
}

/// What Foretide wrote before there were gate inputs in the record.
TEST(SessionFile, ReadsVersionOneAndDoesNotAppendToIt)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "old.session";
    const SessionHeader header = example_header();
    write_example(file, 30);
    const auto old = folder.path() / "version1.session";
    const std::string columns =
        "id, idx, frame, time_ns, flags, decision, warming_up, beam, reason, gate_mm, gate_on_lower_mm, "
        "gate_on_upper_mm, gate_off_lower_mm, gate_off_upper_mm, arrival_to_command_ns, step_ns, positions, forecasts, "
        "lower, upper";
    {
        Database from = Database::open(file), to = Database::create(old);
        Statement objects(from, "SELECT name, sql FROM sqlite_schema ORDER BY rowid");
        while (objects.step()) {
            std::string sql = objects.text_at(1);
            const std::string name = objects.text_at(0);
            if (name == "hold_reasons") sql.replace(sql.find(", state TEXT"), std::string(", state TEXT").size(), "");
            if (name == "samples") sql = sql.substr(0, sql.find(", window_lower_mm")) + ")";
            to.execute(sql.c_str());
        }
        to.execute(("ATTACH '" + file.string() + "' AS new").c_str());
        for (const char* table : {"session", "patient", "horizons", "frames", "summary"})
            to.execute(("INSERT INTO main." + std::string(table) + " SELECT * FROM new." + table).c_str());
        to.execute(("INSERT INTO main.samples SELECT " + columns + " FROM new.samples").c_str());
        to.execute("DETACH new; PRAGMA application_id=1179603540; PRAGMA user_version=1");
    }
    SessionReader sut(old);
    SampleRecord sample;
    for (std::int64_t k = 0; k < 30; ++k) {
        ASSERT_TRUE(sut.next(sample));
        SampleRecord expected = example_sample(k, header);
        expected.window_lower_mm = expected.window_upper_mm = kNaN;
        expected.breath = {};
        EXPECT_TRUE(same_bits(sample, expected)) << k;
    }
    EXPECT_FALSE(sut.next(sample));
    EXPECT_THROW(SessionWriter::reopen(old, header), SessionError);
}

TEST(SessionFile, GivesTheHeaderAndEveryOtherRecordBack)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "späße #1?.session";
    const SessionHeader h = example_header();
    SessionWriter writer = SessionWriter::create(file, h);
    writer.begin();
    CommandRecord command;
    command.number = std::numeric_limits<std::uint64_t>::max();
    command.kind = CommandKind::set_gate;
    command.received = TimePoint{Duration{-17}};
    command.before_sample = 12;
    command.accepted = true;
    command.gate_lower_mm = -4.25;
    command.gate_upper_mm = 2;
    command.operator_name.assign("Jürgen O'Neil; DROP TABLE frames");
    command.station.assign("10.0.0.7:51234");
    command.text.assign("note");
    command.answer.assign("gate set");
    writer.write(command);
    writer.write(AlarmRecord{AlarmRecord::Change::acknowledged, TimePoint{Duration{5}}, "source_lost", "high", "text",
                             "someone"});
    writer.write(NoteRecord{TimePoint{Duration{6}}, std::string("a\0b", 3)});
    writer.write(GapRecord{TimePoint{Duration{7}}, TimePoint{Duration{8}}, {1, 2, 3, 4, 5}, "disk full"});
    writer.write_summary({99, R"({"a":1})"});
    writer.commit();
    writer.finish();

    SessionReader sut(file);
    const SessionHeader& r = sut.header();
    EXPECT_EQ(r.session_id, h.session_id);
    EXPECT_EQ(r.patient_pseudonym, h.patient_pseudonym);
    EXPECT_EQ(r.patient_identity, h.patient_identity);
    EXPECT_EQ(r.operator_name, h.operator_name);
    EXPECT_EQ(r.site, h.site);
    EXPECT_EQ(r.started_unix_ns, h.started_unix_ns);
    EXPECT_EQ(r.started, h.started);
    EXPECT_EQ(r.version, h.version);
    EXPECT_EQ(r.build, h.build);
    EXPECT_EQ(r.source, h.source);
    EXPECT_EQ(r.coordinate_frame, h.coordinate_frame);
    EXPECT_EQ(r.configuration, h.configuration);
    EXPECT_EQ(r.algorithm, h.algorithm);
    EXPECT_EQ(r.layout.markers, h.layout.markers);
    EXPECT_EQ(r.layout.rate_hz, h.layout.rate_hz);
    EXPECT_EQ(r.horizons, h.horizons);
    EXPECT_EQ(r.t_on_s, 0.5);
    EXPECT_TRUE(std::isnan(r.t_off_s));
    EXPECT_NEAR(sut.unix_s(h.started + std::chrono::milliseconds(1500)), 1'700'000'001.623456789, 1e-6);

    CommandRecord c;
    ASSERT_TRUE(sut.next(c));
    EXPECT_EQ(c.number, command.number);
    EXPECT_EQ(c.kind, command.kind);
    EXPECT_EQ(c.received, command.received);
    EXPECT_EQ(c.before_sample, 12);
    EXPECT_TRUE(c.accepted);
    EXPECT_EQ(c.gate_lower_mm, -4.25);
    EXPECT_EQ(c.gate_upper_mm, 2);
    EXPECT_STREQ(c.operator_name.c_str(), command.operator_name.c_str());
    EXPECT_STREQ(c.station.c_str(), "10.0.0.7:51234");
    EXPECT_STREQ(c.text.c_str(), "note");
    EXPECT_STREQ(c.answer.c_str(), "gate set");
    EXPECT_FALSE(sut.next(c));
    AlarmRecord a;
    ASSERT_TRUE(sut.next(a));
    EXPECT_EQ(a.change, AlarmRecord::Change::acknowledged);
    EXPECT_EQ(a.name + a.priority + a.text + a.by, "source_losthightextsomeone");
    NoteRecord n;
    ASSERT_TRUE(sut.next(n));
    EXPECT_EQ(n.text.size(), 3U);
    GapRecord g;
    ASSERT_TRUE(sut.next(g));
    EXPECT_EQ(g.from.time_since_epoch().count(), 7);
    EXPECT_EQ(g.to.time_since_epoch().count(), 8);
    EXPECT_EQ(g.lost.total(), 15);
    EXPECT_EQ(g.lost.unknown, 5);
    EXPECT_EQ(g.reason, "disk full");
    ASSERT_TRUE(sut.summary());
    EXPECT_EQ(sut.summary()->ended_unix_ns, 99);
    EXPECT_EQ(sut.summary()->json, R"({"a":1})");
}

TEST(SessionFile, IsOneFileThatOnlyItsOwnerReads)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 25);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++files;
    EXPECT_EQ(files, 1U);
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(SessionFile, IsNeverOverwritten)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 5);
    try {
        SessionWriter::create(file, example_header());
        FAIL() << "was overwritten";
    } catch (const SessionError& error) {
        EXPECT_EQ(error.kind(), SessionError::Kind::cannot_open);
        EXPECT_NE(error.problem().find("exists already"), std::string::npos) << error.what();
    }
    EXPECT_EQ(SessionReader(file).counts().frames, 5);
}

TEST(SessionFile, IsReadWhileItIsWritten)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    SessionWriter writer = SessionWriter::create(file, example_header());
    const auto write = [&](std::int64_t k) {
        writer.begin();
        writer.write(example_frame(k));
        writer.commit();
    };
    write(0);
    SessionReader first(file);
    write(1);
    EXPECT_EQ(first.counts().frames, 1) << "a reader sees the session as it was";
    EXPECT_EQ(SessionReader(file).counts().frames, 2);
    writer.begin();
    writer.write(example_frame(2));
    EXPECT_EQ(SessionReader(file).counts().frames, 2) << "what is not committed is not there";
    writer.rollback();
    EXPECT_FALSE(first.summary());
    writer.finish();  // a reader holds it: the log stays
    EXPECT_EQ(SessionReader(file).counts().frames, 2);
}

TEST(SessionFile, TakesNoArraysOfAnotherSize)
{
    const TemporaryFolder folder;
    SessionWriter sut = SessionWriter::create(folder.path() / "a.session", example_header());
    sut.begin();
    SampleRecord sample = example_sample(0, example_header());
    sample.lower_mm.pop_back();
    EXPECT_THROW(sut.write(sample), std::invalid_argument);
    FrameRecord frame;
    frame.frame.marker_count = kMaxMarkers + 1;
    EXPECT_THROW(sut.write(frame), std::invalid_argument);
    sut.write(example_frame(1));
    sut.commit();
    EXPECT_EQ(SessionReader(sut.file()).counts().frames, 1);
}

TEST(SessionFile, RefusesHeadersThatNoSessionCanHave)
{
    const TemporaryFolder folder;
    for (int i = 0; i < 5; ++i) {
        SessionHeader h = example_header();
        if (i == 0) h.layout.markers = 0;
        if (i == 1) h.layout.markers = kMaxMarkers + 1;
        if (i == 2) h.layout.rate_hz = kNaN;
        if (i == 3) h.horizons.clear();
        if (i == 4) h.horizons.push_back(0);
        EXPECT_THROW(SessionWriter::create(folder.path() / "a.session", h), std::invalid_argument) << i;
        EXPECT_FALSE(std::filesystem::exists(folder.path() / "a.session"));
    }
}

TEST(SessionFile, GoesOnAfterReopening)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 10, false);
    SessionWriter sut = SessionWriter::reopen(file, example_header());
    sut.begin();
    sut.write(example_frame(10));
    sut.commit();
    EXPECT_EQ(SessionReader(file).counts().frames, 11);
}

TEST(SessionFile, NoticesThatItWasMoved)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    SessionWriter sut = SessionWriter::create(file, example_header());
    EXPECT_FALSE(sut.moved());
    std::filesystem::rename(file, folder.path() / "b.session");
    EXPECT_TRUE(sut.moved());
}

TEST(SessionFile, AnswersQueriesByTime)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 200);
    Database database = Database::open_untrusted(file);
    EXPECT_EQ(database.integer("SELECT count(*) FROM samples JOIN hold_reasons ON code = reason "
                               "WHERE name = 'warming_up'"),
              20);
    // As SCHEMA.md has it.
    EXPECT_EQ(database.integer("SELECT count(*) FROM frames, session WHERE acquired_ns BETWEEN "
                               "started_ns + 3000000000 AND started_ns + 4000000000"),
              11);
    Statement plan(database, "EXPLAIN QUERY PLAN SELECT * FROM samples WHERE time_ns BETWEEN 1 AND 2");
    ASSERT_TRUE(plan.step());
    EXPECT_NE(plan.text_at(3).find("samples_by_time"), std::string::npos) << plan.text_at(3);
}

TEST(SessionFile, IsCompact)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 2000);
    // A sample of 3 markers and 3 horizons is 72 + 216 + 2 · 108 bytes of arrays, a frame 87.
    EXPECT_LT(std::filesystem::file_size(file), 2000U * (504 + 87 + 48 + 250));
}

}  // namespace
}  // namespace foretide::core
