// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_errors.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "acquisition/ndi/ndi_framing.h"

namespace foretide::acquisition {

namespace {

struct Meaning {
    int code;
    const char* text;
};

constexpr std::array kErrors{
    Meaning{0x01, "the tracker does not know this command"},
    Meaning{0x02, "the command is too long"},
    Meaning{0x03, "the command is too short"},
    Meaning{0x04, "the command arrived damaged (CRC)"},
    Meaning{0x05, "the command took too long"},
    Meaning{0x06, "the tracker cannot use these serial settings"},
    Meaning{0x07, "the number of parameters is wrong"},
    Meaning{0x08, "no such port handle"},
    Meaning{0x09, "no such tracking priority"},
    Meaning{0x0A, "no such LED"},
    Meaning{0x0B, "no such LED state"},
    Meaning{0x0C, "not possible in the tracker's present mode: it is not tracking, or is tracking already"},
    Meaning{0x0D, "no tool belongs to the port handle"},
    Meaning{0x0E, "the port handle is not initialised"},
    Meaning{0x0F, "the port handle is not enabled"},
    Meaning{0x10, "the tracker is not initialised: it was switched off or reset"},
    Meaning{0x11, "the tracker cannot stop tracking"},
    Meaning{0x12, "the tracker cannot start tracking"},
    Meaning{0x13, "the tool cannot be initialised"},
    Meaning{0x14, "the tracker's calibration is not valid: it needs service"},
    Meaning{0x15, "the tracker cannot initialise itself: switch it off and on"},
    Meaning{0x18, "infrared interference cannot be measured"},
    Meaning{0x19, "the firmware revision cannot be read"},
    Meaning{0x1A, "internal error of the tracker: switch it off and on"},
    Meaning{0x1E, "the tool description cannot be read"},
    Meaning{0x1F, "the tool description cannot be written"},
    Meaning{0x22, "no camera parameters for the tool's wavelength in this volume"},
    Meaning{0x23, "a parameter is out of range"},
    Meaning{0x28, "too many tools are enabled, or this kind of tool is not supported"},
    Meaning{0x29, "the tracker's firmware is damaged: it needs service"},
    Meaning{0x2A, "the tracker has no memory left: switch it off and on"},
    Meaning{0x2B, "the port handle was not allocated"},
    Meaning{0x2C, "the port handle is not occupied any more"},
    Meaning{0x2D, "all port handles are in use"},
    Meaning{0x2E, "the tracker's parts have firmware that does not fit together: update it"},
    Meaning{0x2F, "no such port"},
    Meaning{0x30, "the port has a handle already"},
    Meaning{0x32, "not possible for the device at this port"},
    Meaning{0x33, "the tracker does not have this feature"},
    Meaning{0x39, "another program controls the tracker: end it there"},
    Meaning{0x40, "the tool file is damaged or of another format"},
    Meaning{0x41, "the tracker does not support the tool of the tool file"},
    Meaning{0x42, "the device is not present"},
    Meaning{0xF6, "too much infrared in the room: cover or switch off lamps and sunlight"},
};

constexpr std::array kFaults{
    Meaning{1, "fault: a parameter of the tracker is not valid; it needs service"},
    Meaning{2, "fault: a sensor parameter is not valid; it needs service"},
    Meaning{3, "fault: main voltage out of range"},
    Meaning{4, "fault: sensor voltage out of range"},
    Meaning{5, "fault: illuminator voltage out of range"},
    Meaning{6, "fault: illuminator current out of range"},
    Meaning{7, "fault: left temperature sensor"},
    Meaning{8, "fault: right temperature sensor"},
    Meaning{9, "fault: main temperature sensor"},
    Meaning{10, "fault: a sensor does not work"},
};

constexpr std::array kAlerts{
    Meaning{1, "the tracker's battery is low: its log loses the time of day"},
    Meaning{2, "the tracker was bumped: check its accuracy before use"},
    Meaning{3, "the tracker's parts have firmware that does not fit together: update it"},
    Meaning{4, "a parameter of the tracker is not as it should be"},
    Meaning{5, "the tracker's memory is full"},
    Meaning{7, "the tracker was stored too hot or too cold: check its accuracy before use"},
    Meaning{8, "the tracker is too warm: positions may be wrong"},
    Meaning{9, "the tracker is too cold: wait until it has warmed up"},
    Meaning{10, "the tracker lost its control unit"},
    Meaning{14, "the tracker's clock is being synchronised (PTP)"},
};

constexpr std::array kFrameStatus{
    Meaning{0x0E, "infrared interference: cover or switch off lamps and sunlight"},
    Meaning{0x12, "the tracker's buffer is full: too many bright spots in view"},
    Meaning{0x13, "the tracker's algorithm is at its limit: too many bright spots in view"},
    Meaning{0x14, "the tracker cannot keep up: too many bright spots in view"},
    Meaning{0x15, "the tracker's sensors are out of step"},
    Meaning{0x16, "the tracker could not process the frame"},
};

constexpr std::array kSystemStatus{
    Meaning{0x0010, "the tracker reports a failure of its hardware: switch it off and on"},
    Meaning{0x0002, "too much infrared in the room: cover or switch off lamps and sunlight"},
    Meaning{0x0001, "the tracker lost the synchronisation of its communication"},
    Meaning{0x0200, "the tracker is too warm or too cold: positions may be wrong"},
    Meaning{0x0020, "the tracker's hardware was changed"},
    Meaning{0x0008, "the tracker recovered from an internal error"},
};

template <std::size_t N>
const char* meaning_of(const std::array<Meaning, N>& table, int code) noexcept
{
    const auto found = std::find_if(table.begin(), table.end(), [code](const Meaning& m) { return m.code == code; });
    return found == table.end() ? nullptr : found->text;
}

}  // namespace

std::optional<int> ndi_error_code(std::string_view reply) noexcept FORETIDE_NONBLOCKING
{
    constexpr std::string_view kError = "ERROR";
    if (!reply.starts_with(kError)) return std::nullopt;
    return static_cast<int>(std::max<std::int64_t>(0, parse_hex(reply.substr(kError.size(), 2))));
}

std::string ndi_error_in_words(int code)
{
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "ERROR%02X: ", static_cast<unsigned>(code) & 0xFFU);
    const char* text = meaning_of(kErrors, code);
    return name.data() + std::string(text != nullptr ? text : "see the tracker's API guide");
}

const char* ndi_alert_meaning(const NdiAlert& alert) noexcept FORETIDE_NONBLOCKING
{
    constexpr int kFault = 0, kAlert = 1;
    if (alert.code == 0) return nullptr;
    if (alert.kind == kFault) {
        const char* text = meaning_of(kFaults, alert.code);
        return text != nullptr ? text : "a fault of the tracker that is not known here; ask it with NDI's software";
    }
    if (alert.kind == kAlert) {
        const char* text = meaning_of(kAlerts, alert.code);
        return text != nullptr ? text : "an alert of the tracker that is not known here; ask it with NDI's software";
    }
    return nullptr;
}

const char* ndi_frame_status_meaning(std::uint16_t status) noexcept FORETIDE_NONBLOCKING
{
    return meaning_of(kFrameStatus, status & 0xFF);
}

const char* ndi_system_status_meaning(std::uint16_t status) noexcept FORETIDE_NONBLOCKING
{
    for (const Meaning& bit : kSystemStatus)
        if ((status & bit.code) != 0) return bit.text;
    return nullptr;
}

}  // namespace foretide::acquisition
