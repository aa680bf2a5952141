// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <istream>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "core/state_io.h"

namespace foretide::rnn {

/// The parameters a state was made with, one "name=value" after the other. A state is refused where they differ, also
/// where all its arrays happen to have the right lengths.
class StateParameters {
public:
    template <class T>
    StateParameters& add(const char* name, const T& value)
    {
        text_ << name << '=' << value << ' ';
        return *this;
    }
    void write(std::ostream& out) const
    {
        const std::string text = text_.str();
        core::write_pod(out, static_cast<std::uint32_t>(text.size()));
        core::write_array(out, text);
    }
    /// Throws core::StateError.
    void demand(std::istream& in) const
    {
        const std::string expected = text_.str();
        std::string found(expected.size(), ' ');
        const auto length = core::read_pod<std::uint32_t>(in);
        if (length == expected.size()) core::read_array(in, found);
        if (found != expected) throw core::StateError("state: it was saved with other parameters than " + expected);
    }

private:
    std::ostringstream text_ = [] {
        std::ostringstream text;
        text.precision(17);
        return text;
    }();
};

/// One description of an object's state, `archive(ar)`, serves saving and loading: arrays keep their length,
/// values are trivially copyable.
class StateWriter {
public:
    explicit StateWriter(std::ostream& out) : out_(out) {}
    template <class T>
    void array(std::span<T> data)
    {
        core::write_array(out_, std::span<const T>(data));
    }
    template <class T>
    void value(const T& v)
    {
        core::write_pod(out_, v);
    }

private:
    std::ostream& out_;
};

/// Throws std::runtime_error where the bytes are damaged or a length differs.
class StateReader {
public:
    explicit StateReader(std::istream& in) : in_(in) {}
    template <class T>
    void array(std::span<T> data)
    {
        core::read_array(in_, data);
    }
    template <class T>
    void value(T& v)
    {
        v = core::read_pod<T>(in_);
    }

private:
    std::istream& in_;
};

/// The same into memory.
class SnapshotWriter {
public:
    explicit SnapshotWriter(std::vector<std::byte>& to) : to_(to) {}
    template <class T>
    void array(std::span<T> data)
    {
        const auto bytes = std::as_bytes(data);
        to_.insert(to_.end(), bytes.begin(), bytes.end());
    }
    template <class T>
    void value(T& v)
    {
        array(std::span<T>(&v, 1));
    }

private:
    std::vector<std::byte>& to_;
};

/// Takes back what SnapshotWriter wrote of the same object. RT-safe.
class SnapshotReader {
public:
    explicit SnapshotReader(std::span<const std::byte> from) : from_(from) {}
    template <class T>
    void array(std::span<T> data) noexcept
    {
        std::memcpy(data.data(), from_.data(), data.size_bytes());
        from_ = from_.subspan(data.size_bytes());
    }
    template <class T>
    void value(T& v) noexcept
    {
        array(std::span<T>(&v, 1));
    }

private:
    std::span<const std::byte> from_;
};

/// Forgets: arrays become 0; values, which are sample indices and flags, become −1 ("none", "true"). RT-safe.
class StateEraser {
public:
    template <class T>
    void array(std::span<T> data) noexcept
    {
        std::fill(data.begin(), data.end(), T{});
    }
    template <class T>
    void value(T& v) noexcept
    {
        v = static_cast<T>(-1);
    }
};

}  // namespace foretide::rnn
