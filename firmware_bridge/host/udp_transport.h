// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <string>

#include "firmware_bridge/controller/ft_frame.h"
#include "firmware_bridge/host/link_transport.h"

namespace foretide::firmware_bridge {

/// One datagram a frame, to and from one address only.
class UdpTransport final : public LinkTransport {
public:
    /// Throws std::runtime_error.
    UdpTransport(const std::string& host, int port);
    ~UdpTransport() override;

    bool send(std::span<const std::uint8_t> frame) noexcept FORETIDE_NONBLOCKING override;
    std::span<const std::uint8_t> receive() noexcept override;

protected:
    int descriptor() const noexcept override { return socket_; }

private:
    int socket_ = -1;
    std::array<std::uint8_t, FT_FRAME_MAX + 1> datagram_{};  // a longer one shows as too long
};

}  // namespace foretide::firmware_bridge
