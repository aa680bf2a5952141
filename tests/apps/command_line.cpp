// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/apps/command_line.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/commands.h"

namespace foretide::apps {

namespace {

/// Sends a stream's text into a buffer while alive.
class Captured {
public:
    explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;
    ~Captured() { stream_.rdbuf(before_); }
    std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
    std::ostream& stream_;
    std::streambuf* before_;
};

/// A file without a name that a child process writes to.
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File checked(std::FILE* file)
{
    if (file == nullptr) throw std::runtime_error("a file for a process's output cannot be opened");
    return {file, &std::fclose};
}

std::string content_of(std::FILE* file)
{
    std::string text;
    std::rewind(file);
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    return text;
}

/// Starts the executable with these files as its standard output and error.
pid_t spawn(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* err)
{
    std::vector<std::string> words{FORETIDE_EXECUTABLE};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) {
        ::dup2(::fileno(out), STDOUT_FILENO);
        ::dup2(::fileno(err), STDERR_FILENO);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    return child;
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments)
{
    std::vector<const char*> argv{"foretide"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    const Captured out(std::cout), err(std::cerr);
    const int code = run_foretide(static_cast<int>(argv.size()), argv.data());
    return {code, out.text(), err.text()};
}

Outcome run_process(const std::vector<std::string>& arguments, const std::filesystem::path& standard_output)
{
    const File out = checked(standard_output.empty() ? std::tmpfile() : std::fopen(standard_output.c_str(), "w"));
    const File err = checked(std::tmpfile());
    const int code = end_process(spawn(arguments, out.get(), err.get()), 0);
    return {code, standard_output.empty() ? content_of(out.get()) : "", content_of(err.get())};
}

pid_t start_process(const std::vector<std::string>& arguments, const std::filesystem::path& standard_output)
{
    const File nowhere = checked(std::tmpfile());
    const File out = checked(standard_output.empty() ? std::tmpfile() : std::fopen(standard_output.c_str(), "w"));
    return spawn(arguments, out.get(), nowhere.get());
}

int end_process(pid_t child, int signal)
{
    if (signal != 0) ::kill(child, signal);
    int status = 0;
    if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string read_file(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(file.string() + " is not there");
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> cells_of(const std::string& line)
{
    std::vector<std::string> cells{""};
    for (const char c : line) {
        if (c == ',')
            cells.emplace_back();
        else
            cells.back() += c;
    }
    return cells;
}

std::size_t NumberTable::column(const std::string& name) const
{
    for (std::size_t k = 0; k < header.size(); ++k)
        if (header[k] == name) return k;
    throw std::runtime_error("no column " + name);
}

NumberTable read_numbers(const std::filesystem::path& file)
{
    NumberTable table;
    for (const std::string& line : lines_of(read_file(file))) {
        const std::vector<std::string> cells = cells_of(line);
        if (table.header.empty()) {
            table.header = cells;
            continue;
        }
        if (cells.size() != table.header.size())
            throw std::runtime_error("a row is not as long as the header: " + line);
        table.rows.emplace_back();
        for (const std::string& cell : cells)
            table.rows.back().push_back(cell.empty() ? std::numeric_limits<double>::quiet_NaN() : std::stod(cell));
    }
    return table;
}

}  // namespace foretide::apps
