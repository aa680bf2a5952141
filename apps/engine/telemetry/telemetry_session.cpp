// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/telemetry_session.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "apps/engine/telemetry/command_xml.h"

namespace foretide::apps {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kMaxMessage = 2 * kMaxXmlBytes;
constexpr std::size_t kMaxQueued = std::size_t{1} << 20U;
constexpr int kSystemBuffer = 256 * 1024;
constexpr core::Duration kPatience = std::chrono::seconds(2);

}  // namespace

TelemetrySession::TelemetrySession(asio::ip::tcp::socket socket, std::uint64_t id, OnMessage on_message)
    : socket_(std::move(socket)),
      on_message_(std::move(on_message)),
      reader_(kMaxMessage),
      last_heard_(core::Clock::now())
{
    // None of these has to work for the rest to.
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::send_buffer_size(kSystemBuffer), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    error_code error;
    const auto peer = socket_.remote_endpoint(error);
    gone_ = static_cast<bool>(error);  // went away again
    sender.id = id;
    if (!gone_) {
        sender.address = peer.address().to_string();
        sender.station = sender.address + ":" + std::to_string(peer.port());
    }
}

void TelemetrySession::start()
{
    if (!gone_) read();
}

void TelemetrySession::close()
{
    gone_ = true;
    error_code ignored;  // closed is closed
    socket_.close(ignored);
}

void TelemetrySession::drop()
{
    if (!gone_) dropped_ = true;
    close();
}

void TelemetrySession::read()
{
    const auto space = reader_.space();
    socket_.async_read_some(asio::buffer(space.data(), space.size()), [self = shared_from_this()](error_code error,
                                                                                                  std::size_t bytes) {
        if (self->gone_) return;
        if (error) {
            self->close();
            return;
        }
        self->last_heard_ = core::Clock::now();
        self->reader_.received(bytes);
        acquisition::IgtlMessage message;
        auto result = acquisition::IgtlStreamReader::Result::message;
        while (!self->gone_ && (result = self->reader_.next(message)) == acquisition::IgtlStreamReader::Result::message)
            self->on_message_(*self, message);
        if (result == acquisition::IgtlStreamReader::Result::lost) self->drop();
        if (!self->gone_) self->read();
    });
}

void TelemetrySession::send(Bytes bytes)
{
    if (gone_) return;
    if (queued_bytes_ + bytes->size() > kMaxQueued) {
        drop();
        return;
    }
    queued_bytes_ += bytes->size();
    queue_.push_back(std::move(bytes));
    if (queue_.size() == 1) write();
}

void TelemetrySession::write()
{
    writing_since_ = core::Clock::now();
    asio::async_write(socket_, asio::buffer(queue_.front()->data(), queue_.front()->size()),
                      [self = shared_from_this()](error_code error, std::size_t) {
                          if (self->gone_) return;
                          if (error) {
                              self->close();
                              return;
                          }
                          self->queued_bytes_ -= self->queue_.front()->size();
                          self->queue_.pop_front();
                          if (!self->queue_.empty()) self->write();
                      });
}

void TelemetrySession::check(core::TimePoint now)
{
    if (!gone_ && !queue_.empty() && now - writing_since_ > kPatience) drop();
}

}  // namespace foretide::apps
