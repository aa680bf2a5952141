// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_source.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "acquisition/ndi/ndi_errors.h"
#include "acquisition/ndi/ndi_tool.h"

namespace foretide::acquisition {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Duration kConnectLimit = seconds(3);
constexpr core::Duration kFirstPause = milliseconds(250), kLongestPause = seconds(5);
constexpr core::Duration kReplyLimit = milliseconds(100), kSerialReplyLimit = milliseconds(300);
constexpr core::Duration kLostAfter = seconds(1), kNoFramesAfter = seconds(1);
constexpr core::Duration kWarningStays = seconds(5);
constexpr core::Duration kFarewell = milliseconds(200);

constexpr const char* kNoNewFrames = "the tracker answers but has no new frames";
constexpr const char* kNoPort = "no enabled port: the tracker does not say which frame it reports";

const char* name_of(NdiTracking tracking) noexcept
{
    switch (tracking) {
    case NdiTracking::bx2:
        return "BX2";
    case NdiTracking::bx:
        return "BX";
    case NdiTracking::tx:
        return "TX";
    }
    return "";
}

std::vector<std::uint8_t> tool_of(const NdiConfig& config)
{
    return config.tool_file.empty() ? builtin_ndi_tool() : read_ndi_tool(config.tool_file);
}

}  // namespace

NdiSource::NdiSource(const NdiConfig& config)
    : config_(config),
      link_(parse_ndi_address(config.address)),
      bring_up_(tool_of(config), !config.tool_file.empty(), link_.address().serial ? link_.address().baud : 0),
      clock_map_({config.latency}),
      pause_(kFirstPause)
{
}

NdiSource::~NdiSource()
{
    if (phase_ != Phase::tracking) return;
    const auto say = [this](std::string_view command) {
        std::vector<std::uint8_t> bytes;
        append_ndi_text(bytes, command);
        link_.send(bytes);
        const core::TimePoint until = core::Clock::now() + kFarewell;
        while (link_.wait(until) == NdiLink::Event::readable) {
            const int count = link_.receive(buffer_.space());
            if (count < 0) return;
            buffer_.received(static_cast<std::size_t>(count));
            for (NdiReply reply = buffer_.take(); reply.size > 0; reply = buffer_.take())
                if (reply.state == NdiReplyState::text) return;
        }
    };
    try {
        say("TSTOP:");
        if (link_.address().serial && link_.address().baud != kNdiFirstBaud) say("COMM:00000");
    } catch (const std::exception&) {
        return;  // no memory for a courtesy: the next INIT stops the tracking as well
    }
}

SourceResult NdiSource::next(core::MarkerFrame& frame, core::TimePoint until) noexcept
{
    bool interrupted = false;
    for (;;) {
        if (ready_begin_ < ready_end_) {
            frame = ready_[ready_begin_++];
            ++counts_.frames;
            return SourceResult::frame;
        }
        if (interrupted) return SourceResult::nothing;
        try {
            interrupted = (phase_ == Phase::tracking ? track(until) : connect(until)) == NdiLink::Event::interrupted;
        } catch (const std::exception& error) {
            lose(error.what());
        }
        if (ready_begin_ == ready_end_ && core::Clock::now() >= until) return SourceResult::nothing;
    }
}

SourceState NdiSource::state() const noexcept
{
    return phase_ == Phase::tracking ? SourceState::streaming : SourceState::connecting;
}

std::string NdiSource::description() const { return "ndi " + link_.address().text(); }

std::string NdiSource::message() const
{
    const std::string where = link_.address().text();
    if (phase_ != Phase::tracking) {
        if (problem_.empty()) return "connecting to the tracker at " + where;
        return "tracker at " + where + ": " + problem_ + " (trying again)";
    }
    std::string text = "tracking at " + where + " with " + name_of(tracking_);
    if (!bring_up_.api_revision().empty()) text += ", API revision " + bring_up_.api_revision();
    if (!bring_up_.firmware().empty()) text += ", firmware " + bring_up_.firmware();
    for (const Warning& warning : warnings_)
        if (warning.text != nullptr) text += "; " + std::string(warning.text);
    return text;
}

NdiLink::Event NdiSource::connect(core::TimePoint until)
{
    switch (phase_) {
    case Phase::pausing:
        if (core::Clock::now() < retry_at_) return link_.wait(std::min(until, retry_at_));
        link_.open(kConnectLimit);
        phase_ = Phase::opening;
        return NdiLink::Event::nothing;
    case Phase::opening:
        switch (link_.advance(until)) {
        case NdiLink::State::open:
            // A tracker that has just been tracking answers at once, or is busy and wants another connection; one that
            // was switched off and on takes its time. Nobody knows which: by turns.
            bring_up_.start(quick_);
            quick_ = !quick_ && counts_.connections > 0;
            acting_ = false;
            phase_ = Phase::talking;
            break;
        case NdiLink::State::opening:
            return NdiLink::Event::interrupted;  // or the time is over
        default:
            lose(link_.problem());
            break;
        }
        return NdiLink::Event::nothing;
    default:
        return talk(until);
    }
}

NdiLink::Event NdiSource::talk(core::TimePoint until)
{
    using Kind = NdiBringUp::Action::Kind;
    const NdiBringUp::Action& action = bring_up_.action();
    const Kind kind = action.kind;
    const bool hears = kind == Kind::send || kind == Kind::listen;
    if (kind == Kind::failed) {
        lose(bring_up_.problem());
        return NdiLink::Event::nothing;
    }
    if (kind == Kind::tracking) {
        begin_tracking();
        return NdiLink::Event::nothing;
    }
    if (!acting_) {
        acting_ = true;
        action_deadline_ = core::Clock::now() + action.limit;
        buffer_.clear();
        if (kind == Kind::set_baud) link_.set_baud(action.baud);
        if (kind == Kind::hold_break) link_.set_break(true);
        if (kind == Kind::send) {
            std::vector<std::uint8_t> bytes;
            append_ndi_text(bytes, action.command);
            if (!link_.send(bytes)) {
                lose("the connection was closed at " + action.command.substr(0, 7) + ": does another program use it?");
                return NdiLink::Event::nothing;
            }
        }
    }
    const NdiLink::Event event = link_.wait(std::min(until, action_deadline_));
    if (event == NdiLink::Event::readable) {
        listen_to_bring_up();
    } else if (core::Clock::now() >= action_deadline_) {
        acting_ = false;
        if (kind == Kind::hold_break) link_.set_break(false);
        hears ? bring_up_.silence() : bring_up_.carried_out();
    }
    return event;
}

void NdiSource::listen_to_bring_up()
{
    const int count = link_.receive(buffer_.space());
    if (count < 0)
        return lose("the tracker closed the connection: does another program use it, or was it switched off?");
    buffer_.received(static_cast<std::size_t>(count));
    using Kind = NdiBringUp::Action::Kind;
    if (const Kind kind = bring_up_.action().kind; kind != Kind::send && kind != Kind::listen) return buffer_.clear();
    const NdiReply reply = buffer_.take();
    if (reply.state == NdiReplyState::incomplete) return;
    acting_ = false;
    if (reply.state == NdiReplyState::text)
        bring_up_.reply(reply.text());
    else
        bring_up_.garbage();
}

void NdiSource::choose_poll(NdiTracking tracking)
{
    tracking_ = tracking;
    poll_.clear();
    switch (tracking) {
    case NdiTracking::bx2:
        append_ndi_text(poll_, "BX2:--6d=none --3d=all --1d=none");
        break;
    case NdiTracking::bx:
        append_ndi_text(poll_, "BX:1801");
        break;
    case NdiTracking::tx:
        append_ndi_text(poll_, "TX:1801");
        break;
    }
    static_assert(kNdiStrayOptions == 0x1801);
}

void NdiSource::begin_tracking()
{
    choose_poll(config_.tracking.value_or(bring_up_.tracking()));
    clock_map_ = core::ClockMap({config_.latency});
    rhythm_.reset();
    buffer_.clear();
    warnings_ = {};
    waiting_ = numbered_ = false;
    last_reply_ = last_new_ = core::Clock::now();
    problem_.clear();
    quick_ = true;
    ++counts_.connections;
    ++message_number_;
    phase_ = Phase::tracking;
}

void NdiSource::lose(std::string problem)
{
    link_.close();
    problem_ = std::move(problem);
    retry_at_ = core::Clock::now() + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    phase_ = Phase::pausing;
    ++message_number_;
}

NdiLink::Event NdiSource::track(core::TimePoint until) noexcept
{
    take_replies();
    if (ready_begin_ < ready_end_ || phase_ != Phase::tracking) return NdiLink::Event::nothing;
    core::TimePoint now = core::Clock::now();
    if (!waiting_ && now >= rhythm_.next_question()) {
        asked_ = now;
        waiting_ = true;
        if (!link_.send(poll_)) {
            lose("the connection is lost: was the tracker switched off or its cable pulled?");
            return NdiLink::Event::nothing;
        }
    }
    const core::Duration limit = link_.address().serial ? kSerialReplyLimit : kReplyLimit;
    const core::TimePoint wake = waiting_ ? asked_ + limit : rhythm_.next_question();
    const NdiLink::Event event = link_.wait(std::min(until, wake));
    if (event == NdiLink::Event::readable) {
        receive();
    } else if (waiting_) {
        now = core::Clock::now();
        if (now >= asked_ + limit) missed(now);
    }
    return event;
}

void NdiSource::receive() noexcept
{
    const int count = link_.receive(buffer_.space());
    last_arrival_ = core::Clock::now();
    if (count < 0) return lose("the tracker closed the connection: was it switched off?");
    buffer_.received(static_cast<std::size_t>(count));
    take_replies();
}

void NdiSource::take_replies() noexcept
{
    while (ready_begin_ == ready_end_ && phase_ == Phase::tracking && !buffer_.empty()) {
        const NdiReply reply = buffer_.take();
        if (reply.size == 0) return;
        ready_begin_ = ready_end_ = 0;
        take(reply, last_arrival_);
    }
}

void NdiSource::take(const NdiReply& reply, core::TimePoint arrived) noexcept
{
    const bool asked = waiting_;
    waiting_ = false;
    last_reply_ = arrived;
    bool news = false;
    if (reply.state == NdiReplyState::bad_crc) {
        ++counts_.bad_checksums;
    } else if (!reply.complete()) {
        ++counts_.malformed;
    } else if (const auto code = reply.state == NdiReplyState::text ? ndi_error_code(reply.text()) : std::nullopt) {
        return take_error(*code);
    } else if (const char* problem = parse(reply)) {
        ++counts_.malformed;
        warn(problem, arrived);
    } else {
        take_warnings(arrived);
        news = take_frames(arrived);
    }
    if (news) {
        last_new_ = arrived;
        pause_ = kFirstPause;
    } else if (arrived > last_new_ + kNoFramesAfter) {
        warn(kNoNewFrames, arrived);
    }
    if (asked) news ? rhythm_.new_frame(asked_, arrived) : rhythm_.nothing_new(asked_, arrived);
}

void NdiSource::take_error(int code) noexcept
{
    constexpr int kUnknownCommand = 0x01, kNoSuchFeature = 0x33;
    // An older tracker than its revision let hope for: BX instead of BX2, TX instead of BX.
    if ((code == kUnknownCommand || code == kNoSuchFeature) && tracking_ != NdiTracking::tx && !config_.tracking) {
        choose_poll(tracking_ == NdiTracking::bx2 ? NdiTracking::bx : NdiTracking::tx);
        ++message_number_;
        return;
    }
    lose("the tracker does not report positions, " + ndi_error_in_words(code));
}

const char* NdiSource::parse(const NdiReply& reply) noexcept
{
    const bool text = reply.state == NdiReplyState::text;
    if (text != (tracking_ == NdiTracking::tx)) return "the tracker's reply is not of the kind that was asked for";
    switch (tracking_) {
    case NdiTracking::bx2:
        return parse_bx2_reply(reply.payload, reading_);
    case NdiTracking::bx:
        return parse_bx_reply(reply.payload, kNdiStrayOptions, reading_);
    case NdiTracking::tx:
        return parse_tx_reply(reply.text(), kNdiStrayOptions, reading_);
    }
    return nullptr;
}

bool NdiSource::take_frames(core::TimePoint arrived) noexcept
{
    bool news = false;
    for (std::size_t i = 0; i < reading_.frame_count; ++i) {
        const NdiFrame& from = reading_.frames[i];
        if (!from.numbered) {
            warn(kNoPort, arrived);
            continue;
        }
        if (numbered_ && from.number == last_number_) continue;  // seen already
        if (from.number == 0 && !from.timed) continue;           // TX and BX before the first frame
        numbered_ = true;
        last_number_ = from.number;
        core::MarkerFrame& to = ready_[ready_end_++];
        to.arrived = arrived;
        to.acquired = from.timed ? clock_map_.map(from.device_time, arrived) : arrived - config_.latency;
        to.sequence = from.number;
        to.marker_count = from.marker_count;
        to.flags = core::FrameFlag::none;
        to.markers = from.markers;
        counts_.phantoms += from.phantoms;
        counts_.surplus_markers += from.surplus;
        news = true;
    }
    return news;
}

void NdiSource::take_warnings(core::TimePoint now) noexcept
{
    for (Warning& warning : warnings_) {
        if (warning.text == nullptr || now < warning.until) continue;
        warning.text = nullptr;
        ++message_number_;
    }
    for (std::size_t i = 0; i < reading_.alert_count; ++i)
        if (const char* text = ndi_alert_meaning(reading_.alerts[i])) warn(text, now);
    if (const char* text = ndi_system_status_meaning(reading_.system_status)) warn(text, now);
    for (std::size_t i = 0; i < reading_.frame_count; ++i)
        if (const char* text = ndi_frame_status_meaning(reading_.frames[i].status)) warn(text, now);
}

void NdiSource::warn(const char* text, core::TimePoint now) noexcept
{
    Warning* place = nullptr;
    for (Warning& warning : warnings_) {
        if (warning.text == text) {
            warning.until = now + kWarningStays;
            return;
        }
        if (warning.text == nullptr && place == nullptr) place = &warning;
    }
    if (place == nullptr) return;  // four are shown; this one comes when another is over
    *place = {text, now + kWarningStays};
    ++message_number_;
}

void NdiSource::missed(core::TimePoint now) noexcept
{
    waiting_ = false;
    ++counts_.missed_replies;
    if (!buffer_.empty()) {  // what has come is the beginning of a reply whose end is lost
        ++counts_.malformed;
        buffer_.clear();
    }
    if (now > last_reply_ + kLostAfter) return lose("the tracker has not answered for a second: is it still on?");
    rhythm_.nothing_new(asked_, now);
}

}  // namespace foretide::acquisition
