// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/firmware_bridge/vector_file.h"

#include <array>
#include <sstream>
#include <stdexcept>

namespace foretide::firmware_bridge {

namespace {

constexpr const char* kDigits = "0123456789abcdef";

std::string reset_line(const ft_controller_config& c, std::uint32_t boot, std::uint32_t entropy, std::uint64_t now_us)
{
    std::ostringstream out;
    out << "reset " << now_us << ' ' << boot << ' ' << entropy << ' ' << c.watchdog_us << ' ' << c.age_limit_us << ' '
        << c.dwell_us << ' ' << c.status_period_us << ' ' << c.refusal_period_us << ' ' << c.poll_period_us << ' '
        << c.controller_id << ' ' << c.firmware_version << ' ' << c.latch_watchdog << ' ' << c.latch_age << '\n';
    return out.str();
}

void require(bool fulfilled, const std::string& line)
{
    if (!fulfilled) throw std::runtime_error("not a line of a vector file: " + line);
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes)
{
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xFU];
    }
    return text.empty() ? "-" : text;
}

Bytes from_hex(const std::string& text)
{
    Bytes bytes;
    if (text == "-") return bytes;
    require(text.size() % 2 == 0, text);
    for (std::size_t i = 0; i < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

void VectorRecorder::line(const char* what, std::uint64_t now_us, const Bytes& in, const Bytes& out)
{
    const ft_controller& c = controller_.state;
    std::ostringstream line;
    line << what << ' ' << now_us << ' ' << to_hex(in) << " : " << ft_controller_state(&c) << ' '
         << ft_controller_enabled(&c) << ' ' << ft_controller_reason(&c) << ' ' << to_hex(out) << '\n';
    text_ += line.str();
}

Bytes VectorRecorder::frame(std::uint64_t now_us, const Bytes& bytes)
{
    Bytes reply = controller_.receive(now_us, bytes);
    line("frame", now_us, bytes, reply);
    return reply;
}

Bytes VectorRecorder::poll(std::uint64_t now_us)
{
    Bytes reply = controller_.poll(now_us);
    line("poll", now_us, {}, reply);
    return reply;
}

void VectorRecorder::broken(std::uint64_t now_us)
{
    Bytes reply(FT_FRAME_MAX);
    reply.resize(ft_controller_receive_broken(&controller_.state, now_us, reply.data()));
    line("broken", now_us, {}, reply);
}

void VectorRecorder::trip(std::uint64_t now_us)
{
    ft_controller_trip(&controller_.state, now_us);
    line("trip", now_us, {}, {});
}

void VectorRecorder::reset(const ft_controller_config& config, std::uint32_t boot, std::uint32_t entropy,
                           std::uint64_t now_us)
{
    controller_ = VirtualController(config, boot, entropy, now_us);
    text_ += reset_line(config, boot, entropy, now_us);
}

std::string rerun_vectors(const std::string& file)
{
    VectorRecorder run;
    std::istringstream lines(file);
    bool begun = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# ")) {
            run.comment(line.substr(2));
            continue;
        }
        std::istringstream words(line);
        std::string what, bytes;
        std::uint64_t now_us = 0;
        require(static_cast<bool>(words >> what >> now_us), line);
        if (what == "reset") {
            ft_controller_config c{};
            std::uint32_t boot = 0, entropy = 0;
            require(static_cast<bool>(words >> boot >> entropy >> c.watchdog_us >> c.age_limit_us >> c.dwell_us >>
                                      c.status_period_us >> c.refusal_period_us >> c.poll_period_us >>
                                      c.controller_id >> c.firmware_version >> c.latch_watchdog >> c.latch_age),
                    line);
            run.reset(c, boot, entropy, now_us);
            begun = true;
            continue;
        }
        require(begun && static_cast<bool>(words >> bytes), line);
        if (what == "frame")
            run.frame(now_us, from_hex(bytes));
        else if (what == "poll")
            run.poll(now_us);
        else if (what == "broken")
            run.broken(now_us);
        else if (what == "trip")
            run.trip(now_us);
        else
            require(false, line);
    }
    return run.text();
}

}  // namespace foretide::firmware_bridge
