// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/read_error.h"
#include "core/recording.h"

namespace foretide::acquisition {

inline constexpr const char* kFile = "some.file";

/// A damaged text and the error it must give.
struct ErrorCase {
    const char* name;
    std::string text;
    std::size_t line;     ///< that the error must name
    std::string problem;  ///< that the error must say, or a part of it
};

/// Parses every text and checks file, line and problem of the error, and that it says what to do.
template <typename Parse>
void expect_errors(const std::vector<ErrorCase>& cases, Parse&& parse)
{
    for (const ErrorCase& c : cases) {
        SCOPED_TRACE(c.name);
        try {
            parse(c.text);
            ADD_FAILURE() << "was read without an error";
        } catch (const ReadError& error) {
            EXPECT_EQ(error.file(), kFile);
            EXPECT_EQ(error.line(), c.line) << error.what();
            EXPECT_NE(error.problem().find(c.problem), std::string::npos) << error.what();
            EXPECT_FALSE(error.hint().empty());
            const std::string place = c.line > 0 ? ":" + std::to_string(c.line) : "";
            EXPECT_EQ(error.what(), kFile + place + ": " + error.problem() + "; " + error.hint());
        }
    }
}

/// Texts that no reader may take: what is left of a good file after damage that fits every format.
inline std::vector<ErrorCase> common_damage()
{
    using namespace std::string_literals;
    return {
        {"empty", "", 0, "empty"},
        {"blank lines only", "\n \r\n\t\n", 0, "empty"},
        {"byte-order mark only", "\xEF\xBB\xBF", 0, "empty"},
        {"UTF-16", "\xFF\xFEt\0i\0m\0e\0"s, 0, "UTF-16"},
        {"NUL bytes", "\x7F"s + "ELF\2\1\1\0\0\0\0\0"s, 1, "NUL"},
        {"huge line", std::string(70'000, '7'), 1, "longer than 65536 bytes"},
        {"binary garbage", "\x89PNG\r\n\x1A\n\xDE\xAD\xBE\xEF", 1, ""},
    };
}

inline bool has_note(const core::Recording& recording, std::string_view text, std::size_t line)
{
    return std::any_of(recording.notes.begin(), recording.notes.end(), [&](const core::RecordingNote& note) {
        return note.line == line && note.text.find(text) != std::string::npos;
    });
}

inline bool has_note(const core::Recording& recording, std::string_view text)
{
    return std::any_of(recording.notes.begin(), recording.notes.end(),
                       [&](const core::RecordingNote& note) { return note.text.find(text) != std::string::npos; });
}

inline double time_s(const core::Recording& recording, std::size_t frame)
{
    return core::to_seconds(recording.frames.at(frame).acquired);
}

inline const core::MarkerSample& sample(const core::Recording& recording, std::size_t frame, std::size_t marker)
{
    return recording.frames.at(frame).markers.at(marker);
}

/// A folder of its own below the test's temporary folder, removed at the end.
class TemporaryFolder {
public:
    TemporaryFolder()
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        path_ = std::filesystem::path(testing::TempDir()) /
                ("foretide_" + std::to_string(::getpid()) + "_" + info->test_suite_name() + "_" + info->name());
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name, std::string_view text) const
    {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file;
    }

private:
    std::filesystem::path path_;
};

}  // namespace foretide::acquisition
