// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/session/records.h"

namespace foretide::apps {

/// Sends the beam command of each sample as one UDP datagram of 48 bytes, little-endian:
///
///     0  char[4]  "FTB1"
///     4  u32      number of the datagram, from 1
///     8  u64      source's frame number (MarkerFrame::sequence)
///    16  i64      exposure of the sample [ns, engine's clock: CLOCK_MONOTONIC]
///    24  i64      handed to the socket [ns, the same clock]
///    32  f64      gate coordinate forecast for T_on, middle of its range [mm]; NaN: not known
///    40  u8       1: beam on, 0: hold
///    41  u8       core::HoldReason
///    42  u8       core::StepDecision
///    43  u8       1: repeated because no frame came
///    44  u32      CRC-32 (IEEE 802.3) of bytes 0 … 43
///
/// Without an answer, hence no substitute for the controller link; for measurements and phantoms.
///
/// Threads: one at a time. Allocation: constructor only. Errors: the constructor throws std::runtime_error (address,
/// host not found); send() reports.
class UdpOutput {
public:
    /// "datagram:HOST:PORT".
    explicit UdpOutput(const std::string& address);
    UdpOutput(const UdpOutput&) = delete;
    UdpOutput& operator=(const UdpOutput&) = delete;
    ~UdpOutput();

    /// Never waits; false where the system did not take it. RT-safe but for the system call.
    bool send(const core::SampleRecord& record, std::uint64_t frame_sequence, bool repeated) noexcept;

    std::int64_t sent() const noexcept { return number_ - refused_; }
    std::int64_t refused() const noexcept { return refused_; }

    static constexpr std::size_t kSize = 48;

private:
    int socket_ = -1;
    std::uint32_t number_ = 0, refused_ = 0;
    std::array<unsigned char, kSize> datagram_{};
};

}  // namespace foretide::apps
