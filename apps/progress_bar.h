// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

#include "core/time.h"

namespace foretide::apps {

/// Progress of long work on standard error: a bar on a terminal, a plain line every few seconds elsewhere, nothing
/// for work that ends within a second. One thread.
class ProgressBar {
public:
    explicit ProgressBar(std::string label);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// share: 0 … 1 of the work done.
    void update(double share);

private:
    std::string label_;
    bool terminal_;
    bool drawn_ = false;
    core::TimePoint begin_, last_;
};

}  // namespace foretide::apps
