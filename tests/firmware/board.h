// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>

#include "core/time.h"

namespace foretide::tests {

/// Empty where the firmware can be run here, or what is missing.
std::string why_no_board();

/// For tests: skips where there is no board.
#define FORETIDE_NEEDS_BOARD() \
    if (const std::string missing = foretide::tests::why_no_board(); !missing.empty()) GTEST_SKIP() << missing

/// One end of a pair of sockets; closed at the end.
class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor) noexcept : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket();

    int get() const noexcept { return descriptor_; }
    int release() noexcept;

private:
    int descriptor_ = -1;
};

/// The board with the firmware, as QEMU emulates it (machine mps2-an385). Its serial lines and QEMU's monitor are
/// sockets that exist before it starts, so nothing has to be waited for; QEMU ends with this object and with the test.
///
/// Threads: one. Errors: std::runtime_error, where an answer does not come, too.
class Board {
public:
    enum class Image { shipped, test };
    enum class Line { socket, pseudo_terminal };
    /// steady: a fixed time an instruction (some 16 million a second), and this machine's clock only while it sleeps. A
    /// machine that is busy with other things makes the board slow, but it never sees a pause, nor does its watchdog.
    /// real: this machine's clock.
    enum class Clock { steady, real };

    using Pair = std::pair<Socket, Socket>;  ///< ours, the board's

    explicit Board(Image image, Clock clock = Clock::steady, Line line = Line::socket);
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;
    ~Board();

    /// The link's line: a stream, to be given away once.
    int take_link() noexcept { return link_.release(); }
    /// Its device, of a pseudo-terminal.
    std::string link_device();

    /// Of a test image: one line of the test port, and its answer; "ready" of a boot in between is left out.
    std::string ask(const std::string& line);
    /// Of a test image: the next line it says by itself.
    std::string said(core::Duration patience = std::chrono::seconds(5));
    /// Of a test image: the answer to "status".
    std::map<std::string, std::uint64_t> status();

    /// The output, read from the register by QEMU's monitor, not by the firmware.
    bool beam();
    /// Waits for it; when it was seen. Throws where it does not come.
    core::TimePoint await_beam(bool enabled, core::Duration patience = std::chrono::seconds(2));

private:
    Board(Image image, Clock clock, Line line, Pair link, Pair port, Pair monitor_ends);
    void start(Image image, Clock clock, Line line, const std::array<int, 3>& ends);
    void stop() noexcept;
    std::string monitor(const std::string& command, const std::string& arguments = "{}");
    static std::string read_line(int descriptor, std::string& rest, core::Duration patience, const char* who);

    Socket link_, port_, monitor_;
    std::string port_rest_, monitor_rest_;
    pid_t process_ = -1;
};

}  // namespace foretide::tests
