// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/pseudo_terminal.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <termios.h>
#include <unistd.h>

namespace foretide::core {

PseudoTerminal::~PseudoTerminal()
{
    if (near_ >= 0) ::close(near_);
    if (far_ >= 0) ::close(far_);
}

void PseudoTerminal::open()
{
    std::array<char, 128> name{};
    near_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (near_ < 0 || ::grantpt(near_) != 0 || ::unlockpt(near_) != 0 ||
        ::ptsname_r(near_, name.data(), name.size()) != 0)
        throw std::runtime_error("no pseudo-terminal can be made; is /dev/pts there?");
    device_ = name.data();
    far_ = ::open(device_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings{};
    if (far_ < 0 || ::tcgetattr(far_, &settings) != 0)
        throw std::runtime_error("the pseudo-terminal " + device_ + " cannot be opened");
    ::cfmakeraw(&settings);
    ::tcsetattr(far_, TCSANOW, &settings);
}

}  // namespace foretide::core
