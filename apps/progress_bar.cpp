// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/progress_bar.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace foretide::apps {

using namespace std::chrono_literals;

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), terminal_(isatty(STDERR_FILENO) != 0), begin_(core::Clock::now()), last_(begin_)
{
}

ProgressBar::~ProgressBar()
{
    if (drawn_ && terminal_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::update(double share)
{
    const core::TimePoint now = core::Clock::now();
    const auto pause = terminal_ ? core::Duration(100ms) : core::Duration(5s);
    if (now - begin_ < 1s || now - last_ < pause) return;
    last_ = now;
    share = std::clamp(share, 0.0, 1.0);
    const double passed_s = core::to_seconds(now - begin_);
    const double left_s = share > 0 ? passed_s / share - passed_s : 0;
    if (terminal_) {
        constexpr int width = 30;
        const auto done = static_cast<std::size_t>(share * width);
        const std::string bar = std::string(done, '#') + std::string(width - done, '.');
        std::fprintf(stderr, "\r%s [%s] %3.0f %%, %.0f s left\033[K", label_.c_str(), bar.c_str(), 100 * share, left_s);
    } else {
        std::fprintf(stderr, "%s: %.0f %%, %.0f s left\n", label_.c_str(), 100 * share, left_s);
    }
    drawn_ = true;
}

}  // namespace foretide::apps
