// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

namespace foretide::core {

/// Both ends of a raw pseudo-terminal: a serial line within one machine. The far end is held open, so that clients may
/// come and go.
///
/// Threads: one at a time. Errors: open() throws std::runtime_error.
class PseudoTerminal {
public:
    PseudoTerminal() = default;
    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;
    ~PseudoTerminal();

    void open();

    /// Descriptor of the near end, which does not block; -1: not open.
    int near() const noexcept { return near_; }
    /// What clients open; empty: not open.
    const std::string& device() const noexcept { return device_; }

private:
    int near_ = -1, far_ = -1;
    std::string device_;
};

}  // namespace foretide::core
