// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "firmware_bridge/controller/ft_cobs.h"
#include "firmware_bridge/host/link_transport.h"

namespace foretide::firmware_bridge {

/// COBS frames on a serial line, 8N1, no flow control. A frame is not sent while an earlier one still waits in the
/// system's buffer: it would be older at its arrival than it says.
class SerialTransport final : public LinkTransport {
public:
    /// Throws std::runtime_error.
    SerialTransport(const std::string& device, int baud);
    /// A line that is open already, and set up; closed at the end.
    explicit SerialTransport(int descriptor);
    ~SerialTransport() override;

    static bool knows_baud(int baud) noexcept;

    bool send(std::span<const std::uint8_t> frame) noexcept FORETIDE_NONBLOCKING override;
    std::span<const std::uint8_t> receive() noexcept override;
    std::uint32_t broken() const noexcept override { return broken_; }

protected:
    int descriptor() const noexcept override { return line_; }

private:
    int line_ = -1;
    ft_cobs_decoder decoder_{};
    std::array<std::uint8_t, 512> chunk_{};
    std::size_t chunk_size_ = 0, chunk_at_ = 0;
    std::uint32_t broken_ = 0;
};

}  // namespace foretide::firmware_bridge
