// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_bring_up.h"

#include <array>
#include <cstdio>
#include <utility>

#include "acquisition/ndi/ndi_errors.h"
#include "acquisition/ndi/ndi_framing.h"
#include "acquisition/ndi/ndi_link.h"
#include "acquisition/ndi/ndi_tool.h"

namespace foretide::acquisition {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A tracker that has just been switched on takes seconds for its first INIT (PLUS, vtkPlusNDITracker).
constexpr core::Duration kInit = seconds(5), kQuickInit = seconds(1), kReset = seconds(7), kUsual = seconds(2);
constexpr core::Duration kStart = seconds(5), kBreak = milliseconds(300), kSettle = milliseconds(100);

/// COMM's code of a speed.
char baud_code(int baud)
{
    constexpr std::array<std::pair<int, char>, 7> kCodes{
        {{9600, '0'}, {19200, '2'}, {38400, '3'}, {57600, '4'}, {115200, '5'}, {921600, '6'}, {230400, 'A'}}};
    for (const auto& [speed, code] : kCodes)
        if (speed == baud) return code;
    return '0';
}

/// BX2 came with API revision G.003 (the Vega); "G.003.005" is family, major and minor revision.
bool knows_bx2(std::string_view revision)
{
    constexpr std::size_t kMajorAt = 2, kMajorDigits = 3;
    if (!revision.starts_with('G') || revision.size() < kMajorAt + kMajorDigits) return false;
    int major = 0;
    for (const char c : revision.substr(kMajorAt, kMajorDigits)) {
        if (c < '0' || c > '9') return false;
        major = 10 * major + (c - '0');
    }
    return major >= 3;
}

}  // namespace

std::vector<int> parse_ndi_handles(std::string_view reply, bool& valid)
{
    constexpr std::size_t kCount = 2, kEach = 5;
    const std::int64_t count = parse_hex(reply.substr(0, kCount));
    valid = count >= 0 && reply.size() == kCount + kEach * static_cast<std::size_t>(count);
    std::vector<int> handles;
    for (std::size_t i = 0; valid && i < static_cast<std::size_t>(count); ++i) {
        const std::int64_t handle = parse_hex(reply.substr(kCount + kEach * i, 2));
        if (handle < 0) valid = false;
        handles.push_back(static_cast<int>(handle));
    }
    if (!valid) handles.clear();
    return handles;
}

NdiBringUp::NdiBringUp(std::vector<std::uint8_t> tool, bool own_tool, int baud)
    : tool_(std::move(tool)), own_tool_(own_tool), baud_(baud)
{
}

void NdiBringUp::start(bool quick)
{
    quick_ = quick;
    enabled_ = 0;
    own_handle_ = 0;
    problem_.clear();
    go(baud_ > 0 ? Step::first_init : Step::init);
}

void NdiBringUp::fail(std::string problem)
{
    problem_ = std::move(problem);
    action_ = {Action::Kind::failed, {}, {}, 0};
}

void NdiBringUp::send(std::string command, core::Duration limit)
{
    action_ = {Action::Kind::send, std::move(command), limit, 0};
}

std::string NdiBringUp::command_with_handle(std::string_view name, std::string_view rest) const
{
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "%02X", static_cast<unsigned>(handle_) & 0xFFU);
    return std::string(name) + ":" + hex.data() + std::string(rest);
}

void NdiBringUp::go(Step step)
{
    step_ = step;
    switch (step) {
    case Step::first_init:
        return send("INIT:", kQuickInit);
    case Step::hold_break:
        action_ = {Action::Kind::hold_break, {}, kBreak, 0};
        return;
    case Step::await_reset:
        action_ = {Action::Kind::listen, {}, kReset, 0};
        return;
    case Step::settle:
    case Step::after_init:
    case Step::after_comm:
        action_ = {Action::Kind::pause, {}, kSettle, 0};
        return;
    case Step::init:
        return send("INIT:", quick_ ? kQuickInit : kInit);
    case Step::comm:
        return send(std::string("COMM:") + baud_code(baud_) + "0000", kUsual);  // 8N1, no handshake
    case Step::set_baud:
        action_ = {Action::Kind::set_baud, {}, {}, baud_};
        return;
    case Step::version:
        return send("VER:4", kUsual);
    case Step::api:
        return send("APIREV:", kUsual);
    case Step::list_stale:
        return send("PHSR:01", kUsual);
    case Step::free_stale:
        return send(command_with_handle("PHF"), kUsual);
    case Step::request:
        return send("PHRQ:*********1****", kUsual);
    case Step::write:
        return send(ndi_tool_command(own_handle_, tool_, address_), kUsual);
    case Step::init_tool:
        return send(command_with_handle("PINIT"), kUsual);
    case Step::list_new:
        return send("PHSR:02", kUsual);
    case Step::init_new:
        return send(command_with_handle("PINIT"), kUsual);
    case Step::list_ready:
        return send("PHSR:03", kUsual);
    case Step::info:
        return send(command_with_handle("PHINF", "0001"), kUsual);
    case Step::enable:
        return send(command_with_handle("PENA", "D"), kUsual);
    case Step::start:
        if (enabled_ == 0)
            return fail(
                "no passive port could be enabled, so the tracker's illuminators stay off; "
                "give a tool file (.rom) of a passive tool");
        return send("TSTART:", kStart);
    case Step::tracking:
        action_ = {Action::Kind::tracking, {}, {}, 0};
        return;
    }
}

void NdiBringUp::next_handle(Step each, Step then)
{
    if (handles_.empty()) return go(then);
    handle_ = handles_.back();
    handles_.pop_back();
    go(each);
}

void NdiBringUp::handle_listing(std::string_view text, Step each, Step then)
{
    bool valid = false;
    handles_ = parse_ndi_handles(text, valid);
    if (!valid)
        return fail("the tracker's list of port handles cannot be read: '" + std::string(text.substr(0, 40)) + "'");
    next_handle(each, then);
}

void NdiBringUp::reply(std::string_view text)
{
    if (const auto code = ndi_error_code(text)) return refused(*code);
    switch (step_) {
    case Step::first_init:
    case Step::init:
        return go(text.starts_with("RESET") ? Step::settle : Step::after_init);
    case Step::await_reset:
        return go(Step::settle);
    case Step::comm:
        return go(Step::after_comm);
    case Step::version:
        firmware_ = std::string(text.substr(0, text.find_first_of("\n\r")));
        if (firmware_.size() > 80) firmware_.resize(80);
        return go(Step::api);
    case Step::api:
        api_revision_ = std::string(text.substr(0, 20));
        tracking_ = knows_bx2(text) ? NdiTracking::bx2 : NdiTracking::bx;
        return go(Step::list_stale);
    case Step::list_stale:
        return handle_listing(text, Step::free_stale, Step::request);
    case Step::free_stale:
        return next_handle(Step::free_stale, Step::request);
    case Step::request: {
        const std::int64_t handle = parse_hex(text.substr(0, 2));
        if (handle < 0) return fail("the tracker gave no port handle but '" + std::string(text.substr(0, 40)) + "'");
        own_handle_ = handle_ = static_cast<int>(handle);
        address_ = 0;
        return go(Step::write);
    }
    case Step::write:
        address_ += kNdiToolChunk;
        if (address_ < tool_.size()) return go(Step::write);
        handle_ = own_handle_;
        return go(Step::init_tool);
    case Step::init_tool:
        return go(Step::list_new);
    case Step::list_new:
        return handle_listing(text, Step::init_new, Step::list_ready);
    case Step::init_new:
        return next_handle(Step::init_new, Step::list_ready);
    case Step::list_ready:
        return handle_listing(text, Step::info, Step::start);
    case Step::info:
        return go(Step::enable);
    case Step::enable:
        ++enabled_;
        return next_handle(Step::info, Step::start);
    case Step::start:
        return go(Step::tracking);
    default:
        return;  // nothing was asked
    }
}

void NdiBringUp::refused(int code)
{
    const std::string words = ndi_error_in_words(code);
    switch (step_) {
    case Step::version:
        return go(Step::api);
    case Step::api:  // older than the command
        tracking_ = NdiTracking::bx;
        api_revision_.clear();
        return go(Step::list_stale);
    case Step::free_stale:
        return next_handle(Step::free_stale, Step::request);
    case Step::init_new:
        return next_handle(Step::init_new, Step::list_ready);  // a tool of somebody else
    case Step::info:
        return go(Step::enable);
    case Step::write:
    case Step::init_tool:
        return fail((own_tool_ ? "the tracker refuses the tool file, " + words + "; is it of a passive tool?"
                               : "the tracker refuses the built-in tool, " + words +
                                     "; give a tool file (.rom) of a passive tool"));
    case Step::enable:
        if (handle_ != own_handle_) return next_handle(Step::info, Step::start);
        return fail("the tracker does not enable the passive tool, " + words);
    case Step::request:
        return fail("the tracker gives no port for a passive tool, " + words);
    case Step::comm:
        return fail("the tracker refuses " + std::to_string(baud_) + " baud, " + words + "; choose a lower speed");
    default:
        return fail("the tracker refuses " + action_.command.substr(0, 7) + ", " + words);
    }
}

void NdiBringUp::garbage()
{
    if (step_ == Step::first_init || step_ == Step::await_reset) return silence();
    fail(step_ == Step::init
             ? "what answers there is no NDI tracker: its reply to INIT has a wrong checksum; is this the "
               "tracker's address and port (8765 is usual)?"
             : "the tracker's reply to " + action_.command.substr(0, 7) + " arrived damaged");
}

void NdiBringUp::silence()
{
    if (step_ == Step::first_init) return go(Step::hold_break);  // left at another speed, or tracking
    if (step_ == Step::await_reset) return go(Step::init);       // lines exist that carry no break
    if (step_ == Step::init)
        return fail("connected, but nothing answers INIT within " + std::string(quick_ ? "1 s" : "5 s") +
                    ": is this an NDI tracker, and is no other program "
                    "using it?");
    fail("the tracker stopped answering at " + action_.command.substr(0, 7));
}

void NdiBringUp::carried_out()
{
    switch (step_) {
    case Step::hold_break:
        return go(Step::await_reset);
    case Step::settle:
        return go(Step::init);
    case Step::after_init:
        return go(baud_ > kNdiFirstBaud ? Step::comm : Step::version);
    case Step::after_comm:
        return go(Step::set_baud);
    case Step::set_baud:
        return go(Step::version);
    default:
        return;
    }
}

}  // namespace foretide::acquisition
