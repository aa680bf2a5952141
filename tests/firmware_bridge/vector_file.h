// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tests/firmware_bridge/virtual_link.h"

namespace foretide::firmware_bridge {

std::string to_hex(std::span<const std::uint8_t> bytes);
/// Throws std::runtime_error.
Bytes from_hex(const std::string& text);

/// Runs the controller and writes down what went in and came out, a line a call (firmware_bridge/vectors/README.md).
class VectorRecorder {
public:
    void comment(const std::string& text) { text_ += "# " + text + "\n"; }
    /// The controller is switched off and on; first of all calls.
    void reset(const ft_controller_config& config, std::uint32_t boot, std::uint32_t entropy, std::uint64_t now_us);
    Bytes frame(std::uint64_t now_us, const Bytes& bytes);
    Bytes poll(std::uint64_t now_us);
    void broken(std::uint64_t now_us);
    void trip(std::uint64_t now_us);

    const VirtualController& controller() const { return controller_; }
    const std::string& text() const { return text_; }

private:
    void line(const char* what, std::uint64_t now_us, const Bytes& in, const Bytes& out);

    VirtualController controller_;
    std::string text_;
};

/// Does to a controller what the file says; the file again, with what this controller answered.
std::string rerun_vectors(const std::string& file);

}  // namespace foretide::firmware_bridge
