// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/output_file.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/progress_bar.h"
#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"

namespace foretide::apps {
namespace {

namespace fs = std::filesystem;

class OutputFile : public testing::Test {
protected:
    static void text(std::ostream& out) { out << "new\n"; }

    std::size_t files() const
    {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
    }

    acquisition::TemporaryFolder folder_;
};

TEST_F(OutputFile, MakesItsFolder)
{
    write_file(folder_.path() / "a" / "b" / "c.txt", text);
    EXPECT_EQ(read_file(folder_.path() / "a" / "b" / "c.txt"), "new\n");
}

TEST_F(OutputFile, ReplacesAFile)
{
    const fs::path file = folder_.write("a.txt", "something old and longer\n");
    write_file(file, text);
    EXPECT_EQ(read_file(file), "new\n");
    EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, LeavesTheOldFileWhereWritingFails)
{
    const fs::path file = folder_.write("a.txt", "old\n");
    const auto failing = [](std::ostream& out) {
        out << "half";
        throw std::runtime_error("stopped");
    };
    EXPECT_THROW(write_file(file, failing), std::runtime_error);
    EXPECT_EQ(read_file(file), "old\n");
    EXPECT_EQ(files(), 1U) << "something was left behind";
    EXPECT_THROW(write_file(file, [](std::ostream& out) { out.setstate(std::ios::badbit); }), std::runtime_error);
    EXPECT_EQ(read_file(file), "old\n");
    EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, IsNoFolder)
{
    fs::create_directory(folder_.path() / "sub");
    try {
        write_file(folder_.path() / "sub", text);
        FAIL() << "was written";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("folder"), std::string::npos) << error.what();
    }
    EXPECT_TRUE(fs::is_directory(folder_.path() / "sub"));
    EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, NeedsAFolderThatCanBe)
{
    const fs::path file = folder_.write("a.txt", "");
    EXPECT_THROW(write_file(file / "b.txt", text), std::exception);
}

// A device or pipe must stay what it is: a renamed file would take its place.
TEST_F(OutputFile, WritesToAPipe)
{
    const fs::path pipe = folder_.path() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    write_file(pipe, text);
    std::array<char, 16> read{};
    EXPECT_EQ(::read(reader, read.data(), read.size()), 4);
    ::close(reader);
    EXPECT_EQ(std::string(read.data()), "new\n");
    EXPECT_TRUE(fs::is_fifo(pipe));
    EXPECT_EQ(files(), 1U);
}

TEST(ProgressBarOutput, IsSilentOverShortWork)
{
    testing::internal::CaptureStderr();
    {
        ProgressBar sut("work");
        for (int k = 0; k <= 1000; ++k) sut.update(0.001 * k);
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace foretide::apps
