// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acquisition/ndi/ndi_bring_up.h"
#include "acquisition/ndi/ndi_reading.h"

namespace foretide::acquisition {

/// A Polaris as its port sees it: commands in, replies out, without time or transport.
///
/// It knows INIT, COMM, ECHO, BEEP, VER, APIREV, SFLIST, PHSR, PHRQ, PVWR, PINIT, PHINF, PHF, PENA, PDIS, TSTART,
/// TSTOP, TX, BX and BX2, both with and without CRC, and answers ERROR codes where a tracker does: a wrong CRC (04), a
/// command out of place (0C, 10), a port handle that does not exist (08) or is not ready (0D, 0E), a tool description
/// that is none (40). Single markers are reported only while a passive tool is enabled, as with the real one. The
/// tool's own position is always missing. BX2 reports a frame once; TX and BX the newest one as often as asked.
///
/// Threads: one at a time. Errors: replies.
class NdiSimulatedDevice {
public:
    /// `best`: the newest command it knows; with `tx` and `bx` it is a tracker without the later ones.
    explicit NdiSimulatedDevice(NdiTracking best = NdiTracking::bx2) : best_(best) {}

    /// A frame that can be reported from now on; the one before it cannot any more.
    void show(const NdiFrame& frame, bool twice = false);

    struct Outcome {
        bool frame_reported =
            false;  ///< the reply holds the frame shown last, for the first (or asked for second) time
        bool started_tracking = false;
        int new_baud = 0;  ///< to be set once the reply is sent; 0: none
    };
    /// Bytes of a command, with its carriage return or without; the reply with its CRC is appended to `reply`.
    Outcome take(std::string_view command, std::vector<std::uint8_t>& reply);

    bool tracking() const noexcept { return mode_ == Mode::tracking; }
    /// As after switching it off and on.
    void reset() { *this = NdiSimulatedDevice(best_); }

private:
    enum class Mode : std::uint8_t { reset, set_up, tracking };
    struct Port {
        std::vector<std::uint8_t> tool;
        bool stale = false, initialised = false, enabled = false;
        int status() const noexcept { return 1 | (initialised ? 0x10 : 0) | (enabled ? 0x20 : 0); }
    };
    using Ports = std::map<int, Port>;

    std::string answer(std::string_view name, std::string_view arguments, Outcome& outcome);
    std::string initialise();
    std::string communicate(std::string_view arguments, Outcome& outcome);
    std::string list_ports(std::string_view option) const;
    std::string request_port();
    std::string on_port(std::string_view name, std::string_view arguments);
    std::string write_tool(Port& port, std::string_view arguments);
    bool track(std::string_view name, std::string_view arguments, std::vector<std::uint8_t>& reply, Outcome& outcome);
    std::string tx(std::uint16_t options) const;
    std::vector<std::uint8_t> bx(std::uint16_t options) const;
    std::vector<std::uint8_t> bx2(std::string_view options, Outcome& outcome);
    bool reports_strays() const;
    void note_reported(Outcome& outcome);

    NdiTracking best_;
    Mode mode_ = Mode::reset;
    Ports ports_;
    NdiFrame frame_;
    bool shown_ = false;  ///< frame_ is one
    int to_report_ = 0;   ///< times frame_ is still to be reported by BX2
};

/// Splits what came over the wire into commands: the text up to a carriage return.
///
/// Any bytes are safe. A command longer than 2 KiB is passed on, cut, so that it is answered with an error.
class NdiCommandBuffer {
public:
    void receive(std::span<const std::uint8_t> bytes);
    bool take(std::string& command);

private:
    static constexpr std::size_t kLongest = 2048;

    std::string bytes_;
    std::size_t length_ = 0;  ///< of the command that is being received
    bool skipping_ = false;   ///< the rest of a command that was too long
};

}  // namespace foretide::acquisition
