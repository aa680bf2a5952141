// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstring>
#include <igtlMessageBase.h>
#include <igtlMessageHeader.h>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "acquisition/igtl/message_writer.h"
#include "acquisition/igtl/stream_reader.h"

namespace foretide::acquisition::tests {

/// The bytes of a message that libopenigtlink packs.
template <class Pointer>
IgtlBytes packed_by_library(const Pointer& message)
{
    message->Pack();
    const auto* bytes = static_cast<const std::byte*>(message->GetPackPointer());
    return {bytes, bytes + message->GetPackSize()};
}

/// Bytes as libopenigtlink's class unpacks them, its check of the checksum included; throws where it refuses them.
template <class Message>
typename Message::Pointer unpacked_by_library(std::span<const std::byte> bytes)
{
    const auto header = igtl::MessageHeader::New();
    header->InitPack();
    std::memcpy(header->GetPackPointer(), bytes.data(), kIgtlHeaderBytes);
    header->Unpack();
    auto message = Message::New();
    message->SetMessageHeader(header);
    message->AllocatePack();
    const auto body_bytes = static_cast<std::size_t>(message->GetPackBodySize());
    if (body_bytes != bytes.size() - kIgtlHeaderBytes) throw std::runtime_error("the library reads another size");
    std::memcpy(message->GetPackBodyPointer(), bytes.data() + kIgtlHeaderBytes, body_bytes);
    if ((message->Unpack(1) & igtl::MessageHeader::UNPACK_BODY) == 0)
        throw std::runtime_error("the library refuses the body");
    return message;
}

inline void feed(IgtlStreamReader& reader, std::span<const std::byte> bytes)
{
    const auto space = reader.space();
    if (space.size() < bytes.size()) throw std::runtime_error("the reader has no room");
    std::memcpy(space.data(), bytes.data(), bytes.size());
    reader.received(bytes.size());
}

/// The one message in `bytes`.
class OneMessage {
public:
    explicit OneMessage(std::span<const std::byte> bytes) : reader_(1 << 16)
    {
        feed(reader_, bytes);
        if (reader_.next(message_) != IgtlStreamReader::Result::message) throw std::runtime_error("no message");
    }
    const IgtlMessage& operator*() const { return message_; }
    const IgtlMessage* operator->() const { return &message_; }

private:
    IgtlStreamReader reader_;
    IgtlMessage message_;
};

}  // namespace foretide::acquisition::tests
