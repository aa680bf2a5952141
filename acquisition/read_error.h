// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace foretide::acquisition {

/// A recording that cannot be read: where, what is wrong, what to do about it.
/// what() reads "FILE:LINE: problem; hint", without the line where the file as a whole is meant (line 0).
class ReadError : public std::runtime_error {
public:
    ReadError(std::string file, std::size_t line, std::string problem, std::string hint)
        : std::runtime_error(file + (line > 0 ? ":" + std::to_string(line) : "") + ": " + problem + "; " + hint),
          file_(std::move(file)),
          line_(line),
          problem_(std::move(problem)),
          hint_(std::move(hint))
    {
    }

    const std::string& file() const noexcept { return file_; }
    std::size_t line() const noexcept { return line_; }  ///< 1-based; 0 = the file as a whole
    const std::string& problem() const noexcept { return problem_; }
    const std::string& hint() const noexcept { return hint_; }

private:
    std::string file_;
    std::size_t line_;
    std::string problem_;
    std::string hint_;
};

}  // namespace foretide::acquisition
