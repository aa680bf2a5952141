// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <span>

#include "core/state_io.h"

namespace foretide::rnn {

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

}  // namespace foretide::rnn
