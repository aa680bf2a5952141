// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/firmware/board.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace foretide::tests {

namespace {

constexpr const char* kQemu = "qemu-system-arm";
constexpr core::Duration kPatience = std::chrono::seconds(5);

std::string image_file(Board::Image image)
{
    return std::string(FORETIDE_FIRMWARE_DIR) +
           (image == Board::Image::test ? "/foretide_controller_test.elf" : "/foretide_controller.elf");
}

bool in_path(const std::string& program)
{
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    return false;
}

// The second one is inherited by the process to come.
Board::Pair make_pair()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::system_error(errno, std::system_category(), "socketpair");
    ::fcntl(ends[1], F_SETFD, 0);
    return {Socket(ends[0]), Socket(ends[1])};
}

void write_all(int descriptor, const std::string& text)
{
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t count = ::send(descriptor, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        if (count <= 0) throw std::runtime_error("the board has ended");
        at += static_cast<std::size_t>(count);
    }
}

}  // namespace

std::string why_no_board()
{
    if (!in_path(kQemu)) return "qemu-system-arm is not installed: the firmware was not run";
    for (const Board::Image image : {Board::Image::shipped, Board::Image::test})
        if (!std::filesystem::exists(image_file(image)))
            return image_file(image) + " is not built (package gcc-arm-none-eabi): the firmware was not run";
    return {};
}

Socket::~Socket()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

int Socket::release() noexcept { return std::exchange(descriptor_, -1); }

Board::Board(Image image, Clock clock, Line line) : Board(image, clock, line, make_pair(), make_pair(), make_pair()) {}

Board::Board(Image image, Clock clock, Line line, Pair link, Pair port, Pair monitor_ends)
    : link_(std::move(link.first)), port_(std::move(port.first)), monitor_(std::move(monitor_ends.first))
{
    ::fcntl(link_.get(), F_SETFL, O_NONBLOCK);
    start(image, clock, line, {link.second.get(), port.second.get(), monitor_ends.second.get()});
    try {
        read_line(monitor_.get(), monitor_rest_, kPatience, "QEMU's monitor");  // greeting
        monitor("qmp_capabilities");
        if (image == Image::test && said() != "ready") throw std::runtime_error("the firmware does not come up");
    } catch (...) {
        stop();
        throw;
    }
}

Board::~Board() { stop(); }

void Board::stop() noexcept
{
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

void Board::start(Image image, Clock clock, Line line, const std::array<int, 3>& ends)
{
    const auto socket = [](const char* name, int descriptor) {
        return std::string("socket,id=") + name + ",fd=" + std::to_string(descriptor);
    };
    std::vector<std::string> words{kQemu,        "-M",
                                   "mps2-an385", "-nodefaults",
                                   "-display",   "none",
                                   "-kernel",    image_file(image),
                                   "-chardev",   line == Line::socket ? socket("link", ends[0]) : "pty,id=link",
                                   "-chardev",   socket("port", ends[1]),
                                   "-chardev",   socket("monitor", ends[2]),
                                   "-serial",    "chardev:link",
                                   "-serial",    "chardev:port",
                                   "-mon",       "chardev=monitor,mode=control"};
    if (clock == Clock::steady) words.insert(words.end(), {"-icount", "shift=6"});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    process_ = ::fork();
    if (process_ < 0) throw std::system_error(errno, std::system_category(), "fork");
    if (process_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, STDIN_FILENO);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
}

std::string Board::read_line(int descriptor, std::string& rest, core::Duration patience, const char* who)
{
    const auto until = core::Clock::now() + patience;
    for (;;) {
        if (const std::size_t end = rest.find('\n'); end != std::string::npos) {
            std::string line = rest.substr(0, end);
            rest.erase(0, end + 1);
            if (!line.empty() && line.back() == '\r') line.pop_back();
            return line;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - core::Clock::now()).count();
        pollfd look{descriptor, POLLIN, 0};
        if (left <= 0 || ::poll(&look, 1, static_cast<int>(left)) == 0)
            throw std::runtime_error(std::string(who) + " does not answer");
        std::array<char, 4096> chunk;
        const ssize_t count = ::recv(descriptor, chunk.data(), chunk.size(), 0);
        if (count <= 0) throw std::runtime_error(std::string(who) + " has ended");
        rest.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

std::string Board::monitor(const std::string& command, const std::string& arguments)
{
    write_all(monitor_.get(), R"({"execute":")" + command + R"(","arguments":)" + arguments + "}\n");
    for (;;) {
        const auto answer =
            nlohmann::json::parse(read_line(monitor_.get(), monitor_rest_, kPatience, "QEMU's monitor"));
        if (answer.contains("event")) continue;
        if (!answer.contains("return")) throw std::runtime_error("QEMU's monitor: " + answer.dump());
        const auto& result = answer["return"];
        return result.is_string() ? result.get<std::string>() : result.dump();
    }
}

std::string Board::link_device()
{
    for (const auto& device : nlohmann::json::parse(monitor("query-chardev"))) {
        const std::string file = device.at("filename");
        if (device.at("label") == "link" && file.starts_with("pty:")) return file.substr(4);
    }
    throw std::runtime_error("the link is no pseudo-terminal");
}

std::string Board::said(core::Duration patience)
{
    return read_line(port_.get(), port_rest_, patience, "the firmware's test port");
}

std::string Board::ask(const std::string& line)
{
    write_all(port_.get(), line + "\n");
    std::string answer = said();
    while (answer == "ready") answer = said();
    return answer;
}

std::map<std::string, std::uint64_t> Board::status()
{
    std::istringstream words(ask("status"));
    std::string word;
    words >> word;
    if (word != "ok") throw std::runtime_error("the firmware's status is '" + word + "'");
    std::map<std::string, std::uint64_t> result;
    while (words >> word) {
        const std::size_t sign = word.find('=');
        if (sign == std::string::npos) throw std::runtime_error("the firmware's status has '" + word + "'");
        result[word.substr(0, sign)] = std::stoull(word.substr(sign + 1), nullptr, 16);
    }
    return result;
}

bool Board::beam()
{
    // "0000000040028000: 0x00000001"
    const std::string text = monitor("human-monitor-command", R"({"command-line":"xp /1wx 0x40028000"})");
    const std::size_t at = text.find(": 0x");
    if (at == std::string::npos) throw std::runtime_error("QEMU's monitor says '" + text + "'");
    return (std::stoul(text.substr(at + 4), nullptr, 16) & 1U) != 0;
}

core::TimePoint Board::await_beam(bool enabled, core::Duration patience)
{
    const auto until = core::Clock::now() + patience;
    while (beam() != enabled) {
        if (core::Clock::now() > until)
            throw std::runtime_error(enabled ? "the beam does not come on" : "the beam stays on");
    }
    return core::Clock::now();
}

}  // namespace foretide::tests
