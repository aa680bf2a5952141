// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

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
using Kind = SessionError::Kind;

std::string bytes_of_file(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Reads everything that is there; returns the number of frames and samples.
std::int64_t read_all(SessionReader& reader)
{
    std::int64_t n = 0;
    const auto drain = [&](auto record) {
        while (reader.next(record)) ++n;
    };
    drain(FrameRecord{});
    drain(SampleRecord{});
    drain(CommandRecord{});
    drain(AlarmRecord{});
    drain(NoteRecord{});
    drain(GapRecord{});
    reader.summary();
    return n;
}

SessionError error_of(const std::function<void()>& action)
{
    try {
        action();
    } catch (const SessionError& error) {
        EXPECT_FALSE(error.problem().empty());
        EXPECT_FALSE(error.hint().empty());
        return error;
    }
    ADD_FAILURE() << "no error";
    return {Kind::failed, "", "", ""};
}

Kind error_kind(const std::function<void()>& action) { return error_of(action).kind(); }

/// Changes a good session by SQL.
void change(const std::filesystem::path& file, const char* sql)
{
    Database database = Database::open(file);
    database.execute(sql);
}

TEST(SessionDamage, ForeignFilesAreRefused)
{
    const TemporaryFolder folder;
    EXPECT_EQ(error_kind([&] { SessionReader(folder.path() / "absent.session"); }), Kind::cannot_open);
    EXPECT_EQ(error_kind([&] { SessionReader(folder.path()); }), Kind::cannot_open);
    EXPECT_EQ(error_kind([&] { SessionReader(folder.write("empty.session", "")); }), Kind::damaged);
    EXPECT_EQ(error_kind([&] { SessionReader(folder.write("text.session", std::string(5000, 'x'))); }), Kind::foreign);
    const auto other = folder.path() / "other.session";
    change(folder.write("other.session", ""), "CREATE TABLE a(b)");
    EXPECT_EQ(error_kind([&] { SessionReader{other}; }), Kind::foreign);
}

TEST(SessionDamage, NewerSchemaIsRefusedWithBothVersions)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 5);
    change(file, "PRAGMA user_version=7");
    const SessionError error = error_of([&] { SessionReader{file}; });
    EXPECT_EQ(error.kind(), Kind::newer);
    EXPECT_NE(error.problem().find("version 7"), std::string::npos) << error.what();
    EXPECT_EQ(error_kind([&] { SessionWriter::reopen(file, example_header()); }), Kind::newer);
}

TEST(SessionDamage, OtherTablesAreRefused)
{
    for (const char* sql :
         {"DROP TABLE gaps", "ALTER TABLE frames ADD COLUMN more INTEGER", "CREATE TABLE more(a)",
          "DROP TABLE notes; CREATE VIEW notes AS WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a+1 FROM r) "
          "SELECT a AS id, a AS time_ns, 'x' AS text FROM r",
          "CREATE TRIGGER t AFTER INSERT ON frames BEGIN DELETE FROM samples; END"}) {
        const TemporaryFolder folder;
        const auto file = folder.path() / "a.session";
        write_example(file, 5);
        change(file, sql);
        EXPECT_EQ(error_kind([&] { SessionReader{file}; }), Kind::damaged) << sql;
    }
}

TEST(SessionDamage, ValuesThatCannotBeAreRefused)
{
    for (const char* sql : {"UPDATE session SET markers=0",
                            "UPDATE session SET markers=33",
                            "UPDATE session SET rate_hz=-1.0",
                            "UPDATE session SET rate_hz=NULL",
                            "UPDATE session SET session_id=NULL",
                            "DELETE FROM session",
                            "DELETE FROM horizons",
                            "UPDATE horizons SET samples=0",
                            "UPDATE horizons SET position=position+10",
                            "UPDATE frames SET markers=x'00' WHERE id=3",
                            "UPDATE frames SET markers=zeroblob(33*29) WHERE id=3",
                            "UPDATE frames SET flags=-1 WHERE id=3",
                            "UPDATE frames SET number='x' WHERE id=3",
                            "UPDATE samples SET positions=zeroblob(8) WHERE id=3",
                            "UPDATE samples SET forecasts=NULL WHERE id=3",
                            "UPDATE samples SET lower='text' WHERE id=3",
                            "UPDATE samples SET upper=zeroblob(100000) WHERE id=3",
                            "UPDATE samples SET reason=99 WHERE id=3",
                            "UPDATE samples SET beam=2 WHERE id=3",
                            "UPDATE samples SET gate_mm='x' WHERE id=3",
                            "INSERT INTO frames(id) VALUES(-4)",
                            "INSERT INTO commands(number, kind) VALUES(1, 'explode')",
                            "INSERT INTO alarms(time_ns) VALUES(1)",
                            "INSERT INTO gaps VALUES(1, 0, 0, -5, 0, 0, 0, 0, '')",
                            "UPDATE summary SET json=x'00'"}) {
        const TemporaryFolder folder;
        const auto file = folder.path() / "a.session";
        write_example(file, 5);
        change(file, sql);
        EXPECT_EQ(error_kind([&] {
                      SessionReader reader(file);
                      read_all(reader);
                  }),
                  Kind::damaged)
            << sql;
    }
}

TEST(SessionDamage, EveryTruncationIsAnErrorOrReadable)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 60);
    const std::string whole = bytes_of_file(file);
    int refused = 0;
    for (std::size_t size = 0; size < whole.size(); size += 509) {
        const auto cut = folder.write("cut.session", whole.substr(0, size));
        try {
            SessionReader reader(cut);
            const std::int64_t records = read_all(reader);
            EXPECT_TRUE(records == 120 || !reader.integrity_errors().empty()) << size;
        } catch (const SessionError&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 10);
}

TEST(SessionDamage, EveryFlippedBitIsAnErrorOrReadable)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_example(file, 60);
    const std::string whole = bytes_of_file(file);
    std::mt19937_64 random(3);
    int refused = 0, readable = 0;
    for (int i = 0; i < 1500; ++i) {
        std::string damaged = whole;
        // Half of them where the structure is: headers of pages and their pointers.
        const std::size_t page = random() % (whole.size() / 4096) * 4096;
        const std::size_t at = i % 2 == 0 ? random() % whole.size() : page + random() % 160;
        for (int flips = 0; flips <= i % 3; ++flips)
            damaged[(at + static_cast<std::size_t>(flips)) % damaged.size()] ^= static_cast<char>(1U << random() % 8);
        try {
            SessionReader reader(std::as_bytes(std::span(damaged)), "damaged");
            read_all(reader);
            reader.integrity_errors();
            reader.counts();
            ++readable;
        } catch (const SessionError&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 100);
    EXPECT_GT(readable, 100);
}

/// A process that commits so many frames and is then killed, its connection open.
void write_and_be_killed(const std::filesystem::path& file, std::int64_t count)
{
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        try {
            SessionWriter writer = SessionWriter::create(file, example_header());
            for (std::int64_t k = 0; k < count; ++k) {
                writer.begin();
                writer.write(example_frame(k));
                writer.commit();
            }
            writer.begin();
            writer.write(example_frame(count));
            ::kill(::getpid(), SIGKILL);
        } catch (...) {
        }
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(SessionDamage, NothingCommittedIsLostWithTheProcess)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_and_be_killed(file, 40);
    ASSERT_TRUE(std::filesystem::exists(file.string() + "-wal"));
    const std::string log = bytes_of_file(file.string() + "-wal"), before = bytes_of_file(file);
    for (int i = 0; i < 2; ++i) {
        SessionReader sut(file);
        EXPECT_EQ(sut.counts().frames, 40);
        EXPECT_EQ(read_all(sut), 40);
        EXPECT_TRUE(sut.integrity_errors().empty());
        EXPECT_FALSE(sut.summary());
    }
    EXPECT_EQ(bytes_of_file(file.string() + "-wal"), log) << "reading leaves the evidence as it was";
    EXPECT_EQ(bytes_of_file(file), before);
}

TEST(SessionDamage, ALogIsReadInAFolderThatCannotBeWritten)
{
    const TemporaryFolder folder;
    const auto inner = folder.path() / "readonly";
    std::filesystem::create_directory(inner);
    const auto file = inner / "a.session";
    write_and_be_killed(file, 40);
    std::filesystem::remove(file.string() + "-shm");
    std::filesystem::permissions(inner, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    // Who may do everything is not stopped by permissions: read as somebody else.
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        int code = 1;
        try {
            if (::geteuid() == 0) {
                std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
                std::filesystem::permissions(inner, std::filesystem::perms::all & ~std::filesystem::perms::group_write &
                                                        ~std::filesystem::perms::others_write);
                for (const char* ending : {"", "-wal"}) {
                    std::filesystem::permissions(file.string() + ending, std::filesystem::perms::owner_read |
                                                                             std::filesystem::perms::group_read |
                                                                             std::filesystem::perms::others_read);
                }
                if (::setuid(65534) != 0) ::_exit(3);
            }
            SessionReader sut(file);
            code = read_all(sut) == 40 && sut.integrity_errors().empty() ? 0 : 2;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
        ::_exit(code);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    std::filesystem::permissions(inner, std::filesystem::perms::owner_all);
    EXPECT_FALSE(std::filesystem::exists(file.string() + "-shm"));
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SessionDamage, ATornLogIsReadUpToTheTear)
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "a.session";
    write_and_be_killed(file, 40);
    const std::string log = bytes_of_file(file.string() + "-wal");
    std::int64_t most = 0;
    for (const double share : {0.35, 0.6, 0.9}) {
        std::ofstream(file.string() + "-wal", std::ios::binary)
            << log.substr(0, static_cast<std::size_t>(share * static_cast<double>(log.size())));
        std::filesystem::remove(file.string() + "-shm");
        SessionReader sut(file);
        const std::int64_t frames = read_all(sut);
        EXPECT_TRUE(sut.integrity_errors().empty());
        EXPECT_LT(frames, 40);
        EXPECT_GE(frames, most);
        most = frames;
    }
    EXPECT_GT(most, 0);
}

}  // namespace
}  // namespace foretide::core
