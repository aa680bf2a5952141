// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/host/serial_transport.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace foretide::firmware_bridge {

namespace {

constexpr std::array<std::pair<int, speed_t>, 6> kBauds{
    {{57600, B57600}, {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600}, {1000000, B1000000}}};

const auto* find_baud(int baud) noexcept
{
    return std::find_if(kBauds.begin(), kBauds.end(), [baud](const auto& known) { return known.first == baud; });
}

/// Null, or what could not be done.
const char* set_up(int line, speed_t speed) noexcept
{
    termios settings{};
    if (::tcgetattr(line, &settings) != 0) return "it is no serial line";
    ::cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS | CSTOPB);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    if (::cfsetispeed(&settings, speed) != 0 || ::cfsetospeed(&settings, speed) != 0) return "it has no such speed";
    if (::tcsetattr(line, TCSANOW, &settings) != 0) return "it cannot be set up";
    ::tcflush(line, TCIOFLUSH);
    return nullptr;
}

}  // namespace

bool SerialTransport::knows_baud(int baud) noexcept { return find_baud(baud) != kBauds.end(); }

SerialTransport::SerialTransport(int descriptor) : line_(descriptor) { ft_cobs_reset(&decoder_); }

SerialTransport::SerialTransport(const std::string& device, int baud)
    : SerialTransport(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))
{
    const std::string name = "controller serial:" + device + ": ";
    if (line_ < 0)
        throw std::runtime_error(name + std::system_category().message(errno) +
                                 "; is it plugged in, and may this user use it?");
    if (const char* problem = set_up(line_, find_baud(baud)->second)) throw std::runtime_error(name + problem);
    (void)::ioctl(line_, TIOCEXCL);  // nobody else writes in between; a line without that is used all the same
}

SerialTransport::~SerialTransport()
{
    if (line_ >= 0) ::close(line_);
}

bool SerialTransport::send(std::span<const std::uint8_t> frame) noexcept FORETIDE_NONBLOCKING
{
    std::array<std::uint8_t, FT_COBS_MAX> bytes;
    const std::size_t size = ft_cobs_encode(frame.data(), frame.size(), bytes.data());
    int waiting = 0;
    if (::ioctl(line_, TIOCOUTQ, &waiting) == 0 && waiting > 0) return false;
    return ::write(line_, bytes.data(), size) == static_cast<ssize_t>(size);
}

std::span<const std::uint8_t> SerialTransport::receive() noexcept
{
    for (;;) {
        while (chunk_at_ < chunk_size_) {
            const int size = ft_cobs_push(&decoder_, chunk_[chunk_at_++]);
            if (size > 0) return {decoder_.frame, static_cast<std::size_t>(size)};
            if (size < 0) ++broken_;
        }
        const ssize_t count = ::read(line_, chunk_.data(), chunk_.size());
        if (count <= 0) return {};
        chunk_at_ = 0;
        chunk_size_ = static_cast<std::size_t>(count);
    }
}

}  // namespace foretide::firmware_bridge
