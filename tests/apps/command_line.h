// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace foretide::apps {

/// What a command said and how it ended.
struct Outcome {
    int code = -1;  ///< exit code; 128 + signal for a process that was killed
    std::string out, err;
};

/// Runs `foretide ARGUMENTS…` in this process with standard output and error captured.
Outcome run(const std::vector<std::string>& arguments);

/// Runs the executable. Where `standard_output` is not empty, its standard output goes to that file.
Outcome run_process(const std::vector<std::string>& arguments, const std::filesystem::path& standard_output = {});

/// Starts the executable, its output unread, or its standard output in a file. Each is ended by end_process().
pid_t start_process(const std::vector<std::string>& arguments, const std::filesystem::path& standard_output = {});

/// Sends `signal` where it is not 0, waits for the end and returns the code as Outcome has it.
int end_process(pid_t child, int signal);

std::string read_file(const std::filesystem::path& file);

std::vector<std::string> lines_of(const std::string& text);
std::vector<std::string> cells_of(const std::string& line);

/// A CSV file of numbers with a header; empty cells are NaN.
struct NumberTable {
    std::vector<std::string> header;
    std::vector<std::vector<double>> rows;

    /// Throws where there is no such column.
    std::size_t column(const std::string& name) const;
};
NumberTable read_numbers(const std::filesystem::path& file);

}  // namespace foretide::apps
