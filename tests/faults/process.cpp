// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/process.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace foretide::tests {

namespace {

constexpr core::Duration kLook = std::chrono::milliseconds(2);

}  // namespace

Process::Process(const std::vector<std::string>& arguments, std::filesystem::path output,
                 const Environment& environment)
    : output_(std::move(output))
{
    std::vector<std::string> words{FORETIDE_EXECUTABLE};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int file = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) throw std::runtime_error(output_.string() + " cannot be written");
    child_ = ::fork();
    if (child_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
        std::signal(SIGXFSZ, SIG_IGN);
        for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(file);
    if (child_ < 0) throw std::runtime_error("fork failed");
}

Process::~Process()
{
    if (!running()) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

bool Process::running()
{
    if (ended_) return false;
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) != child_) return true;
    ended_ = true;
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return false;
}

void Process::signal(int number) const
{
    if (ended_ || ::kill(child_, number) != 0) throw std::runtime_error("the process has ended: " + output());
}

int Process::end(int number, core::Duration patience)
{
    if (running()) signal(number);
    const auto until = core::Clock::now() + patience;
    while (running()) {
        if (core::Clock::now() > until) throw std::runtime_error("the process does not end: " + output());
        std::this_thread::sleep_for(kLook);
    }
    return code_;
}

std::string Process::output() const
{
    std::ifstream in(output_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string Process::word_after(const std::string& text, core::Duration patience)
{
    const auto until = core::Clock::now() + patience;
    for (;;) {
        const bool alive = running();
        const std::string said = output();
        const std::size_t at = said.find(text);
        if (at != std::string::npos) {
            const std::size_t begin = at + text.size(), end = said.find_first_of(" ;\n", begin);
            if (end != std::string::npos) return said.substr(begin, end - begin);
        }
        if (!alive || core::Clock::now() > until)
            throw std::runtime_error("the process has not said '" + text + "' but: " + said);
        std::this_thread::sleep_for(kLook);
    }
}

}  // namespace foretide::tests
