// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_simulated_device.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "acquisition/ndi/little_endian.h"
#include "acquisition/ndi/ndi_framing.h"
#include "acquisition/ndi/ndi_tool.h"

namespace foretide::acquisition {

namespace {

constexpr std::string_view kOkay = "OKAY";
constexpr int kMostPorts = 15;

std::string error(int code)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "ERROR%02X", static_cast<unsigned>(code) & 0xFFU);
    return text.data();
}

std::string hex(unsigned value, int digits)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*X", digits, value);
    return text.data();
}

/// "+0012345" of TX: seven characters, hundredths of a millimetre.
std::string coordinate(double value_mm)
{
    std::array<char, 16> text{};
    const long hundredths = std::clamp(std::lround(value_mm * 100), -999999L, 999999L);
    std::snprintf(text.data(), text.size(), "%+07ld", hundredths);
    return text.data();
}

bool is_outside(const core::MarkerSample& marker) { return marker.visibility == core::Visibility::out_of_volume; }

/// The markers of a frame that a tracker would report: those it sees.
std::vector<core::MarkerSample> seen(const NdiFrame& frame)
{
    std::vector<core::MarkerSample> markers;
    for (int m = 0; m < frame.marker_count; ++m)
        if (const auto& marker = frame.markers[static_cast<std::size_t>(m)];
            marker.visibility != core::Visibility::missing)
            markers.push_back(marker);
    return markers;
}

std::uint8_t marker_status(core::Visibility visibility)
{
    switch (visibility) {
    case core::Visibility::out_of_volume:
        return 4;
    case core::Visibility::phantom:
        return 6;
    case core::Visibility::missing:
        return 1;
    case core::Visibility::visible:
        break;
    }
    return 0;
}

void append_component(std::vector<std::uint8_t>& out, std::uint16_t type, std::uint32_t items,
                      const std::vector<std::uint8_t>& body)
{
    append_u16(out, type);
    append_u32(out, static_cast<std::uint32_t>(body.size() + 12));
    append_u16(out, 0);
    append_u32(out, items);
    out.insert(out.end(), body.begin(), body.end());
}

}  // namespace

void NdiSimulatedDevice::show(const NdiFrame& frame, bool twice)
{
    frame_ = frame;
    shown_ = true;
    to_report_ = twice ? 2 : 1;
}

NdiSimulatedDevice::Outcome NdiSimulatedDevice::take(std::string_view command, std::vector<std::uint8_t>& reply)
{
    constexpr std::size_t kCrcDigits = 4, kLongest = 1024;
    if (command.ends_with('\r')) command.remove_suffix(1);
    Outcome outcome;
    const auto say = [&](const std::string& text) {
        append_ndi_text(reply, text);
        return outcome;
    };
    if (command.size() > kLongest) return say(error(0x02));
    const std::size_t end = command.find_first_of(": ");
    const std::string_view name = command.substr(0, end);
    std::string_view arguments;
    if (end != std::string_view::npos) {
        if (command[end] == ':') {  // this form carries a CRC
            if (command.size() < end + 1 + kCrcDigits) return say(error(0x03));
            const std::string_view digits = command.substr(command.size() - kCrcDigits);
            command.remove_suffix(kCrcDigits);
            if (parse_hex(digits) != ndi_crc(command)) return say(error(0x04));
        }
        arguments = command.substr(end + 1);
    }
    if (track(name, arguments, reply, outcome)) return outcome;
    append_ndi_text(reply, answer(name, arguments, outcome));
    return outcome;
}

std::string NdiSimulatedDevice::answer(std::string_view name, std::string_view arguments, Outcome& outcome)
{
    if (name == "INIT") return initialise();
    if (name == "ECHO") return std::string(arguments);
    if (name == "VER") return "Polaris Vega Simulator by Foretide\nG.003.005\n";
    if (name == "APIREV")
        return best_ == NdiTracking::bx2 ? "G.003.005" : best_ == NdiTracking::bx ? "G.001.005" : error(0x01);
    if (name == "COMM") return communicate(arguments, outcome);
    if (name == "BEEP") return arguments.size() == 1 && arguments[0] >= '1' && arguments[0] <= '9' ? "1" : error(0x23);
    if (mode_ == Mode::reset) return error(0x10);
    if (name == "SFLIST") return "00000002";
    if (name == "PHSR") return list_ports(arguments);
    if (name == "TSTOP") {
        if (mode_ != Mode::tracking) return error(0x0C);
        mode_ = Mode::set_up;
        return std::string(kOkay);
    }
    constexpr std::array<std::string_view, 6> kPortCommands{"PVWR", "PINIT", "PHINF", "PHF", "PENA", "PDIS"};
    const bool of_port = std::find(kPortCommands.begin(), kPortCommands.end(), name) != kPortCommands.end();
    if (!of_port && name != "PHRQ" && name != "TSTART") return error(0x01);
    if (mode_ == Mode::tracking) return name == "PHINF" ? on_port(name, arguments) : error(0x0C);
    if (of_port) return on_port(name, arguments);
    if (name == "PHRQ") return request_port();
    mode_ = Mode::tracking;
    to_report_ = 0;  // what was shown before is not of this tracking
    shown_ = false;
    outcome.started_tracking = true;
    return std::string(kOkay);
}

std::string NdiSimulatedDevice::initialise()
{
    mode_ = Mode::set_up;
    for (auto& [handle, port] : ports_) port.stale = true;
    return std::string(kOkay);
}

std::string NdiSimulatedDevice::communicate(std::string_view arguments, Outcome& outcome)
{
    constexpr std::array<int, 8> kBauds{9600, 14400, 19200, 38400, 57600, 115200, 921600, 1228739};
    if (arguments.size() != 5) return error(0x07);
    const char code = arguments[0];
    if (code == 'A')
        outcome.new_baud = 230400;
    else if (code >= '0' && code <= '7')
        outcome.new_baud = kBauds[static_cast<std::size_t>(code - '0')];
    else
        return error(0x06);
    if (arguments.substr(1) != "0000") {
        outcome.new_baud = 0;
        return error(0x06);
    }
    return std::string(kOkay);
}

std::string NdiSimulatedDevice::list_ports(std::string_view option) const
{
    const std::int64_t what = option.empty() ? 0 : parse_hex(option);
    if (what < 0 || what > 4) return error(0x23);
    std::string list;
    unsigned count = 0;
    for (const auto& [handle, port] : ports_) {
        const bool ready = !port.stale && !port.tool.empty();
        const bool wanted = what == 0 || (what == 1 && port.stale) || (what == 2 && ready && !port.initialised) ||
                            (what == 3 && ready && port.initialised && !port.enabled) || (what == 4 && port.enabled);
        if (!wanted) continue;
        list += hex(static_cast<unsigned>(handle), 2) + hex(static_cast<unsigned>(port.status()), 3);
        ++count;
    }
    return hex(count, 2) + list;
}

std::string NdiSimulatedDevice::request_port()
{
    for (int handle = 1; handle <= kMostPorts; ++handle) {
        if (ports_.contains(handle)) continue;
        ports_[handle] = {};
        return hex(static_cast<unsigned>(handle), 2);
    }
    return error(0x2D);
}

std::string NdiSimulatedDevice::on_port(std::string_view name, std::string_view arguments)
{
    const std::int64_t handle = parse_hex(arguments.substr(0, 2));
    const auto found = ports_.find(static_cast<int>(handle));
    if (handle < 0 || arguments.size() < 2) return error(0x07);
    if (found == ports_.end()) return error(0x08);
    Port& port = found->second;
    arguments.remove_prefix(2);
    if (name == "PHF") {
        ports_.erase(found);
        return std::string(kOkay);
    }
    if (name == "PVWR") return write_tool(port, arguments);
    if (port.tool.empty()) return name == "PHINF" ? "UNOCCUPIED" : error(0x0D);
    if (name == "PHINF")
        return "02000000" + std::string("Foretide    ") + "001" + "00000001" +
               hex(static_cast<unsigned>(port.status()), 2);
    if (name == "PINIT") {
        if (!is_ndi_tool(port.tool)) return error(0x40);
        port.initialised = true;
        return std::string(kOkay);
    }
    if (!port.initialised) return error(0x0E);
    if (name == "PENA" && arguments != "D" && arguments != "S" && arguments != "B") return error(0x09);
    port.enabled = name == "PENA";
    return std::string(kOkay);
}

std::string NdiSimulatedDevice::write_tool(Port& port, std::string_view arguments)
{
    constexpr std::size_t kAddressDigits = 4;
    if (arguments.size() != kAddressDigits + 2 * kNdiToolChunk) return error(0x07);
    const std::int64_t address = parse_hex(arguments.substr(0, kAddressDigits));
    if (address < 0 || static_cast<std::size_t>(address) + kNdiToolChunk > kNdiToolBytes) return error(0x23);
    port.tool.resize(kNdiToolBytes);
    for (std::size_t i = 0; i < kNdiToolChunk; ++i) {
        const std::int64_t byte = parse_hex(arguments.substr(kAddressDigits + 2 * i, 2));
        if (byte < 0) return error(0x23);
        port.tool[static_cast<std::size_t>(address) + i] = static_cast<std::uint8_t>(byte);
    }
    return std::string(kOkay);
}

bool NdiSimulatedDevice::reports_strays() const
{
    return std::any_of(ports_.begin(), ports_.end(), [](const auto& p) { return p.second.enabled && !p.second.stale; });
}

void NdiSimulatedDevice::note_reported(Outcome& outcome)
{
    if (to_report_ == 0) return;
    --to_report_;
    outcome.frame_reported = true;
}

bool NdiSimulatedDevice::track(std::string_view name, std::string_view arguments, std::vector<std::uint8_t>& reply,
                               Outcome& outcome)
{
    const bool is_tx = name == "TX", is_bx = name == "BX", is_bx2 = name == "BX2";
    if (!is_tx && !(is_bx && best_ != NdiTracking::tx) && !(is_bx2 && best_ == NdiTracking::bx2)) return false;
    const auto refuse = [&reply](int code) {
        append_ndi_text(reply, error(code));
        return true;
    };
    if (mode_ == Mode::reset) return refuse(0x10);
    if (mode_ != Mode::tracking) return refuse(0x0C);
    if (is_bx2) {
        append_ndi_binary(reply, bx2(arguments, outcome));
        return true;
    }
    const std::int64_t options = arguments.empty() ? std::int64_t{kNdiTransforms} : parse_hex(arguments);
    if (options < 0 || (options & ~std::int64_t{kNdiStrayOptions}) != 0) return refuse(options < 0 ? 0x07 : 0x33);
    if (is_tx)
        append_ndi_text(reply, tx(static_cast<std::uint16_t>(options)));
    else
        append_ndi_binary(reply, bx(static_cast<std::uint16_t>(options)));
    note_reported(outcome);
    return true;
}

std::string NdiSimulatedDevice::tx(std::uint16_t options) const
{
    std::string text, lines;
    unsigned enabled = 0;
    for (const auto& [handle, port] : ports_) {
        if (!port.enabled || port.stale) continue;
        ++enabled;
        lines += hex(static_cast<unsigned>(handle), 2);
        if ((options & kNdiTransforms) != 0)
            lines += "MISSING" + hex(static_cast<unsigned>(port.status()), 8) + hex(frame_.number, 8);
        lines += '\n';
    }
    text = hex(enabled, 2) + lines;
    if ((options & kNdiPassiveStrays) != 0) {
        std::vector<core::MarkerSample> markers = seen(frame_);
        if (!reports_strays() || !shown_) markers.clear();
        std::string outside((markers.size() + 3) / 4, '0'), positions;
        for (std::size_t m = 0; m < markers.size(); ++m) {
            char& digit = outside[outside.size() - 1 - m / 4];
            const auto value =
                static_cast<unsigned>(parse_hex({&digit, 1})) | (is_outside(markers[m]) ? 1U << (m % 4) : 0U);
            digit = hex(value, 1)[0];
            if (is_outside(markers[m]) && (options & kNdiOutOfVolume) == 0) continue;
            for (const double value_mm : markers[m].position_mm) positions += coordinate(value_mm);
        }
        text += hex(static_cast<unsigned>(markers.size()), 2) + outside + positions;
    }
    return text + "0000";
}

std::vector<std::uint8_t> NdiSimulatedDevice::bx(std::uint16_t options) const
{
    std::vector<std::uint8_t> out{0};
    for (const auto& [handle, port] : ports_) {
        if (!port.enabled || port.stale) continue;
        ++out[0];
        out.push_back(static_cast<std::uint8_t>(handle));
        out.push_back(2);  // missing
        if ((options & kNdiTransforms) == 0) continue;
        append_u32(out, static_cast<std::uint32_t>(port.status()));
        append_u32(out, frame_.number);
    }
    if ((options & kNdiPassiveStrays) != 0) {
        std::vector<core::MarkerSample> markers = seen(frame_);
        if (!reports_strays() || !shown_) markers.clear();
        out.push_back(static_cast<std::uint8_t>(markers.size()));
        const std::size_t bits = out.size();
        out.resize(bits + (markers.size() + 7) / 8);
        for (std::size_t m = 0; m < markers.size(); ++m) {
            if (is_outside(markers[m])) {
                out[bits + m / 8] = static_cast<std::uint8_t>(out[bits + m / 8] | (1U << (m % 8)));
                if ((options & kNdiOutOfVolume) == 0) continue;
            }
            for (const double value_mm : markers[m].position_mm) append_f32(out, static_cast<float>(value_mm));
        }
    }
    append_u16(out, 0);
    return out;
}

std::vector<std::uint8_t> NdiSimulatedDevice::bx2(std::string_view options, Outcome& outcome)
{
    const bool positions =
        options.find("--3d=all") != std::string_view::npos || options.find("--3d=strays") != std::string_view::npos;
    std::vector<std::uint8_t> out;
    append_u16(out, 1);  // version
    if (to_report_ == 0) {
        append_u16(out, 0);
        return out;
    }
    std::vector<std::uint8_t> item{2, 0};  // a passive frame
    append_u16(item, frame_.status);
    append_u32(item, frame_.number);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(frame_.device_time);
    append_u32(item, static_cast<std::uint32_t>(seconds.count()));
    append_u32(item, static_cast<std::uint32_t>((frame_.device_time - seconds).count()));
    append_u16(item, 1);
    append_u16(item, positions && reports_strays() ? 1 : 0);
    if (positions && reports_strays()) {
        const std::vector<core::MarkerSample> markers = seen(frame_);
        std::vector<std::uint8_t> body;
        append_u16(body, 0xFFFF);
        append_u16(body, static_cast<std::uint16_t>(markers.size()));
        for (std::size_t m = 0; m < markers.size(); ++m) {
            body.push_back(marker_status(markers[m].visibility));
            body.push_back(0);
            append_u16(body, static_cast<std::uint16_t>(m));
            for (const double value_mm : markers[m].position_mm) append_f32(body, static_cast<float>(value_mm));
        }
        append_component(item, 3, 1, body);
    }
    append_u16(out, 1);
    append_component(out, 1, 1, item);
    note_reported(outcome);
    return out;
}

void NdiCommandBuffer::receive(std::span<const std::uint8_t> bytes)
{
    for (const std::uint8_t byte : bytes) {
        const char c = static_cast<char>(byte);
        if (skipping_) {
            skipping_ = c != '\r';
            continue;
        }
        if (c == '\n' && (bytes_.empty() || bytes_.back() == '\r')) continue;  // of a terminal
        bytes_ += c;
        length_ = c == '\r' ? 0 : length_ + 1;
        if (length_ < kLongest) continue;
        bytes_ += '\r';
        length_ = 0;
        skipping_ = true;
    }
}

bool NdiCommandBuffer::take(std::string& command)
{
    const std::size_t end = bytes_.find('\r');
    if (end == std::string::npos) return false;
    command = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    return true;
}

}  // namespace foretide::acquisition
