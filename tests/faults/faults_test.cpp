// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// One row of the fault matrix a test (rows.cpp); validation/FAULTS.md is what they measure.

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "acquisition/live/fault_schedule.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/small_disk.h"
#include "tests/support/build_kind.h"

namespace foretide::tests {
namespace {

using namespace std::chrono_literals;
using core::Clock;

class Faults : public testing::TestWithParam<Row> {};

/// The environment of an engine whose time of day can be set: nobody else's is.
Process::Environment settable_clock(const std::filesystem::path& folder)
{
    const auto step = folder / "clock_step";
    std::ofstream(step, std::ios::binary).write("\0\0\0\0\0\0\0\0", 8);
    return {{"LD_PRELOAD", FORETIDE_STEPPED_CLOCK}, {"FORETIDE_CLOCK_STEP", step.string()}};
}

/// Watches a simulator's fault until the beam has done what it may; what is late is judged later.
void watch(const Row& row, const acquisition::Fault& fault, Rig& rig)
{
    Station& station = rig.station();
    const core::TimePoint begin = rig.first_frame_about() + fault.begin;
    const bool lasts = fault.kind == acquisition::FaultKind::clock_jump;
    const core::TimePoint end = begin + (lasts ? core::Duration{0} : fault.duration);
    ASSERT_LT(Clock::now(), begin) << "the beam came on too late: a busy machine?";
    station.watch(end + 100ms);
    if (row.beam == Beam::held) {
        EXPECT_TRUE(station.await([&] { return station.beam_on(); }, core::from_seconds(row.on_again_within_s + 5)));
    }
    station.watch(std::max(Clock::now() + 200ms, end + 700ms));
    if (*row.alarm != '\0') {
        const auto over = [&] { return !station.states().back().active(row.alarm); };
        EXPECT_TRUE(station.await(over, 8s)) << "the alarm " << row.alarm << " does not end";
    }
}

/// Some good data, the fault, and what comes of it.
Made act(const Row& row, Rig& rig)
{
    if (row.beam != Beam::not_yet) rig.station().watch(Clock::now() + 300ms);
    const Made made = row.act(rig);
    rig.station().watch(std::max(Clock::now() + 200ms, made.ended + 700ms));
    return made;
}

/// When it really was, by the simulator's stamps.
Made when(const acquisition::Fault& fault, const Rig& rig)
{
    const core::TimePoint begin = rig.first_frame() + fault.begin;
    const bool lasts = fault.kind == acquisition::FaultKind::clock_jump;
    return {begin, begin + std::max(kPeriod, lasts ? core::Duration{0} : fault.duration), {}};
}

TEST_P(Faults, AreMetAsTheMatrixSays)
{
    FORETIDE_SKIP_UNDER_SANITIZER("the limits are those of the shipped build");
    const Row& row = GetParam();
    const acquisition::TemporaryFolder folder;
    const SmallDisk disk(folder.path() / "disk");  // where the session is written
    Rig rig(row.source, folder.path());
    Made made;
    std::optional<acquisition::Fault> fault;
    if (row.act == nullptr) fault = acquisition::parse_fault(row.injected);
    if (row.beam != Beam::not_yet) {
        const std::uint16_t port = rig.start_simulator(fault ? row.injected : "");
        rig.start_engine(port, settable_clock(folder.path()));
        ASSERT_TRUE(rig.release_beam()) << rig.station().newest().dump(2) << rig.engine().output();
    }
    if (fault)
        watch(row, *fault, rig);
    else
        made = act(row, rig);
    rig.stop();
    if (fault && !HasFatalFailure()) made = when(*fault, rig);

    EXPECT_EQ(rig.engine_code(), row.record == Record::broken_off ? 128 + SIGKILL : 0) << rig.engine().output();
    Measured measured = measure(row, made, rig.station());
    expect_beam(row, made, measured, rig.station());
    expect_alarm(row, made, measured, rig.station());
    expect_beam_off_in_doubt(rig.session(), rig.station());
    measured.record = expect_record(row, made, rig);
    keep(row, measured, !HasFailure());
}

INSTANTIATE_TEST_SUITE_P(, Faults, testing::ValuesIn(rows().begin(), rows().end()),
                         [](const auto& test) { return test.param.name; });

/// FORETIDE_WRITE_FAULTS=FILE writes it from the figures of the last runs.
TEST(FaultTable, ListsWhatTheRowsDemand)
{
    const char* to = std::getenv("FORETIDE_WRITE_FAULTS");
    if (to != nullptr) std::ofstream(to) << document();
    std::ifstream in(std::filesystem::path(FORETIDE_SOURCE_DIR) / "validation/FAULTS.md");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::size_t lines = 0;
    for (const Row& row : rows()) EXPECT_NE(text.find("\n" + demands(row)), std::string::npos) << demands(row);
    for (std::size_t at = text.find("\n| "); at != std::string::npos; at = text.find("\n| ", at + 1)) ++lines;
    EXPECT_EQ(lines, rows().size() + 1) << "rows and the head; scripts/faults.sh writes the table anew";
    EXPECT_EQ(text.find("FAILED"), std::string::npos);
}

/// Each fault that a simulator knows is in the matrix.
TEST(FaultTable, LeavesOutNoFaultOfTheSimulators)
{
    std::set<acquisition::FaultKind> there;
    for (const Row& row : rows())
        if (row.act == nullptr) there.insert(acquisition::parse_fault(row.injected).kind);
    EXPECT_EQ(there.size(), acquisition::kFaultKinds);
}

}  // namespace
}  // namespace foretide::tests
