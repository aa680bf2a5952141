// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/igtl_source.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "acquisition/igtl/message_writer.h"

namespace foretide::acquisition {

namespace {

using std::chrono::milliseconds;

constexpr const char* kPeer = "OpenIGTLink server";
constexpr std::size_t kMaxBody = 64UL * 1024;  ///< 480 points; images are passed over
constexpr core::Duration kPatience = std::chrono::seconds(3);
constexpr core::Duration kFirstPause = milliseconds(250), kLongestPause = std::chrono::seconds(5);
constexpr core::Duration kOverrun = milliseconds(2);
constexpr int kStandingStamps = 5;  ///< equal stamps on end: the sender's clock stands still

std::string joined(const std::vector<std::string>& names)
{
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

std::string seconds_text(core::Duration duration)
{
    const auto ms = std::chrono::duration_cast<milliseconds>(duration).count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

IgtlSource::IgtlSource(IgtlSourceSettings settings)
    : settings_(std::move(settings)),
      assembler_(settings_.markers, settings_.group_for),
      reader_(kMaxBody),
      clock_(core::ClockMapConfig{settings_.latency}),
      rate_hz_(settings_.rate_hz),
      retry_at_(core::Clock::now()),
      pause_(kFirstPause)
{
    if (settings_.server.host.empty() || settings_.server.port == 0)
        throw std::invalid_argument("the OpenIGTLink source needs a server: igtl:HOST[:PORT]");
    if (!std::isnan(settings_.rate_hz) && !(settings_.rate_hz > 0))
        throw std::invalid_argument("the rate of the OpenIGTLink source must be above 0 Hz");
    if (settings_.silence <= core::Duration{0} || settings_.learn_for < core::Duration{0} ||
        settings_.group_for < core::Duration{0})
        throw std::invalid_argument("the OpenIGTLink source's times must not be negative, and `silence` above 0");
    trouble_ = "not connected yet";
}

IgtlSource::~IgtlSource() = default;

SourceState IgtlSource::state() const noexcept
{
    return phase_ == Phase::streaming ? SourceState::streaming : SourceState::connecting;
}

int IgtlSource::markers() const noexcept
{
    return assembler_.learning() ? 0 : static_cast<int>(assembler_.names().size());
}

void IgtlSource::to(Phase phase) noexcept
{
    phase_ = phase;
    ++message_number_;
}

/// The connection is given up and made anew after a pause.
void IgtlSource::lose(const std::string& why) noexcept
{
    if (phase_ == Phase::streaming) pause_ = kFirstPause;
    trouble_ = why;
    socket_.reset();
    connector_.reset();
    retry_at_ = core::Clock::now() + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    to(Phase::waiting);
}

SourceResult IgtlSource::next(core::MarkerFrame& frame, core::TimePoint until) noexcept
{
    for (bool again = false;; again = true) {
        if (take_frame(frame)) return SourceResult::frame;
        // A server that sends without a pause must not keep the caller.
        if (again && core::Clock::now() > until + kOverrun) return SourceResult::nothing;
        bool go_on = false;
        try {
            switch (phase_) {
            case Phase::waiting:
                go_on = wait_for_retry(until);
                break;
            case Phase::connecting:
                go_on = advance_connection(until);
                break;
            case Phase::observing:
            case Phase::streaming:
                go_on = receive(until);
                break;
            }
        } catch (const std::exception& error) {  // no memory, no thread: while connecting only
            lose(std::string("cannot connect: ") + error.what());
        }
        if (!go_on) {
            // What came with the last bytes is not kept waiting.
            return take_frame(frame) ? SourceResult::frame : SourceResult::nothing;
        }
    }
}

// Each of these returns false where next() is to return: the time is over, or somebody interrupted.

bool IgtlSource::wait_for_retry(core::TimePoint until) noexcept
{
    if (wait_for(-1, false, wake_, std::min(until, retry_at_)) == WaitResult::woken) return false;
    if (core::Clock::now() < retry_at_) return false;
    to(Phase::connecting);
    return true;
}

bool IgtlSource::advance_connection(core::TimePoint until)
{
    if (!connector_) connector_.emplace(settings_.server, kPeer, kPatience);
    bool woken = false;
    switch (connector_->advance(wake_, until, woken)) {
    case TcpConnector::State::working:
        return false;
    case TcpConnector::State::failed:
        lose(std::string(connector_->error()));
        return !woken;
    case TcpConnector::State::connected:
        connected(connector_->release());
        return !woken;
    }
    return false;
}

void IgtlSource::connected(int socket)
{
    connector_.reset();
    socket_.reset(socket);
    reader_.reset();
    counts_at_connection_ = reader_.counts();
    assembler_.restart();
    clock_ = core::ClockMap(core::ClockMapConfig{settings_.latency});  // who knows whose clock it is now
    observed_ = {};
    observed_since_ = core::kUnknownTime;
    last_position_ = core::Clock::now();
    last_type_ = {};
    server_status_.clear();
    ++counts_.connections;
    if (settings_.request_positions) {
        IgtlBytes request;
        append_igtl_start_tdata(request, {"Foretide"}, core::Duration{0}, settings_.coordinate_frame);
        if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
            static_cast<ssize_t>(request.size())) {
            lose("connected to " + settings_.server.text() + ", but it does not take a request");
            return;
        }
    }
    to(Phase::observing);
}

std::string IgtlSource::silence_in_words() const
{
    const std::string where = settings_.server.text();
    if (phase_ == Phase::streaming)
        return where + " has sent no positions for " + seconds_text(settings_.silence) +
               ": are the markers in view, and is the tracker running?";
    const auto& now = reader_.counts();
    const std::string connected = "connected to " + where + ", but ";
    if (now.bad_checksums > counts_at_connection_.bad_checksums)
        return connected + "its messages fail their checksum: check the network and the server's version";
    if (now.malformed > counts_at_connection_.malformed)
        return connected + "what it sends is not OpenIGTLink: is this the right port?";
    if (!last_type_.c_str()[0])
        return connected + "it sends nothing: are the markers in view, and is the tracker running?";
    return connected + "it sends " + last_type_.c_str() + " and no positions of " +
           (settings_.markers.empty() ? std::string("markers") : joined(settings_.markers)) +
           ": let it stream TDATA or TRANSFORM, and check the names";
}

bool IgtlSource::receive(core::TimePoint until) noexcept
{
    // Frames are handed out one a call; messages behind them wait in the reader.
    if (read_messages()) return true;
    if (phase_ == Phase::waiting) return true;
    const bool learnt = phase_ == Phase::streaming;
    const core::TimePoint silent_at =
        last_position_ + (learnt ? settings_.silence : std::max<core::Duration>(settings_.silence, kPatience));
    const core::TimePoint due = std::min(assembler_.due(), silent_at);
    switch (wait_for(socket_.get(), false, wake_, std::min(until, due))) {
    case WaitResult::woken:
        return false;
    case WaitResult::ready:
        read_socket();
        return true;
    case WaitResult::timeout:
        break;
    }
    const core::TimePoint now = core::Clock::now();
    assembler_.complete_due(now);
    if (now >= silent_at) {
        ++counts_.missed_replies;
        lose(silence_in_words());
        return now < until;
    }
    return now < until || now >= due;
}

void IgtlSource::read_socket() noexcept
{
    const auto space = reader_.space();
    const ssize_t n = ::recv(socket_.get(), space.data(), space.size(), MSG_DONTWAIT);
    if (n > 0) {
        received_at_ = core::Clock::now();
        reader_.received(static_cast<std::size_t>(n));
    } else if (n == 0) {
        lose(settings_.server.text() + " closed the connection: was the server stopped?");
    } else if (errno != EAGAIN && errno != EINTR) {
        lose("the connection to " + settings_.server.text() + " broke: " + std::generic_category().message(errno));
    }
}

/// Reads on until a frame is complete: true.
bool IgtlSource::read_messages() noexcept
{
    for (;;) {
        IgtlMessage message;
        const auto result = reader_.next(message);
        counts_.bad_checksums = reader_.counts().bad_checksums;
        counts_.malformed = reader_.counts().malformed + assembler_.malformed();
        if (result == IgtlStreamReader::Result::more) return false;
        if (result == IgtlStreamReader::Result::lost) {
            lose("what " + settings_.server.text() +
                 " sends is no OpenIGTLink that can be read: is this the right port, is the network sound?");
            return false;
        }
        take(message);
        counts_.surplus_markers = assembler_.surplus();
        if (assembler_.has_frames()) return true;
    }
}

void IgtlSource::take(const IgtlMessage& message) noexcept
{
    switch (assembler_.take(message, received_at_)) {
    case TrackedForm::single:
    case TrackedForm::list:
        last_position_ = received_at_;
        form_type_ = message.header.type;
        return;
    case TrackedForm::malformed:
        return;
    case TrackedForm::none:
        last_type_ = message.header.type;
        break;
    }
    if (phase_ != Phase::observing) return;
    IgtlStatus status;
    bool granted = true;
    if (decode_igtl_status(message, status) && status.code != static_cast<std::uint16_t>(IgtlStatusCode::ok))
        server_status_ = "it says: status " + std::to_string(status.code) + " " + std::string(status.error) + " " +
                         std::string(status.text);
    else if (decode_igtl_reply(message, granted) && !granted)
        server_status_ = "it refused to start sending positions";
    else
        return;
    ++message_number_;
}

/// Hands out a complete frame, or keeps it while observing.
bool IgtlSource::take_frame(core::MarkerFrame& frame) noexcept
{
    FrameAssembler::Frame assembled;
    while (assembler_.pop(assembled)) {
        core::MarkerFrame& f = assembled.frame;
        same_stamps_ = assembled.stamp == last_stamp_ ? std::min(same_stamps_ + 1, kStandingStamps) : 0;
        last_stamp_ = assembled.stamp;
        const bool stamped =
            settings_.use_time_stamps && assembled.stamp > core::Duration{0} && same_stamps_ < kStandingStamps;
        f.acquired = stamped ? clock_.map(assembled.stamp, f.arrived) : f.arrived - settings_.latency;
        f.sequence = sequence_++;
        if (phase_ == Phase::observing) observe(f);
        if (phase_ != Phase::streaming) continue;
        ++counts_.frames;
        frame = f;
        frame.marker_count = static_cast<std::int32_t>(assembler_.names().size());
        return true;
    }
    return false;
}

/// The frame that ends the observation is handed out.
void IgtlSource::observe(const core::MarkerFrame& frame)
{
    constexpr std::size_t fewest = 5;
    if (observed_since_ == core::kUnknownTime) observed_since_ = frame.arrived;
    const bool wanted = assembler_.learning() || std::isnan(rate_hz_);
    if (wanted) {
        observed_.frames.push_back(frame);
        if (frame.arrived - observed_since_ < settings_.learn_for || observed_.frames.size() < fewest) return;
        if (std::isnan(rate_hz_)) rate_hz_ = core::estimate_rate_hz(observed_);
        observed_ = {};
        assembler_.stop_learning();
    }
    pause_ = kFirstPause;
    to(Phase::streaming);
}

std::string IgtlSource::message() const
{
    const std::string where = settings_.server.text();
    switch (phase_) {
    case Phase::waiting:
        return trouble_;
    case Phase::connecting:
        return "connecting to " + where + (counts_.connections > 0 ? " again: " + trouble_ : "");
    case Phase::observing:
        return "connected to " + where + ", waiting for positions" +
               (server_status_.empty() ? "" : "; " + server_status_);
    case Phase::streaming:
        break;
    }
    const auto tenths = std::to_string(static_cast<long>(std::lround(10 * rate_hz_)));
    const std::string rate =
        tenths.size() > 1 ? tenths.substr(0, tenths.size() - 1) + "." + tenths.back() : "0." + tenths;
    return where + " sends " + form_type_.c_str() + " of " + std::to_string(markers()) + " markers (" +
           joined(assembler_.names()) + ") at " + rate + " Hz";
}

}  // namespace foretide::acquisition
