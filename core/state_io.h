// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <ostream>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

/// Binary save and load of learned state: what Forecaster::save_state() and load_state() are written with.
///
/// A record is a header (magic, byte order, version) followed by single values and arrays. Every value carries
/// its kind and size, every array its length, so that damage and other parameters are told apart from good data
/// before anything is stored. Readers write into memory that the caller has sized: a damaged length can never
/// make them allocate. The bytes are those of the machine; a header of another byte order is refused.
///
/// Threads: none shared. Not RT-safe. Errors: std::runtime_error (StateError) with what was found and expected;
/// the target of a failed read may be partly written.
namespace foretide::core {

class StateError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class T>
concept StateValue = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>;

namespace detail {

inline constexpr std::uint32_t kByteOrderMark = 0x01020304U;

/// Size and kind (integer, floating, other) of an element: float and int32 are told apart.
template <StateValue T>
constexpr std::uint32_t element_tag() noexcept
{
    constexpr std::uint32_t kind = std::is_floating_point_v<T>                  ? 1U
                                   : std::is_integral_v<T> || std::is_enum_v<T> ? 2U
                                                                                : 3U;
    static_assert(sizeof(T) < (1U << 24U));
    return static_cast<std::uint32_t>(sizeof(T)) | (kind << 24U);
}

inline void write_bytes(std::ostream& out, const void* data, std::size_t size)
{
    out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    if (!out) {
        throw StateError("state: cannot write " + std::to_string(size) + " bytes: is the disk full?");
    }
}

inline void read_bytes(std::istream& in, void* data, std::size_t size)
{
    in.read(static_cast<char*>(data), static_cast<std::streamsize>(size));
    if (static_cast<std::size_t>(in.gcount()) != size) {
        throw StateError("state: data end after " + std::to_string(in.gcount()) + " of " + std::to_string(size) +
                         " bytes: the file is cut off");
    }
}

inline void expect(std::string_view what, std::uint64_t found, std::uint64_t expected)
{
    if (found != expected) {
        throw StateError("state: " + std::string(what) + " is " + std::to_string(found) + ", expected " +
                         std::to_string(expected) + ": the data are damaged or belong to other parameters");
    }
}

template <class R>
concept StateArray =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && StateValue<std::ranges::range_value_t<R>>;

template <class R>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;

}  // namespace detail

template <StateValue T>
void write_pod(std::ostream& out, const T& value)
{
    const std::uint32_t tag = detail::element_tag<T>();
    detail::write_bytes(out, &tag, sizeof tag);
    detail::write_bytes(out, &value, sizeof value);
}

template <StateValue T>
void read_pod(std::istream& in, T& value)
{
    std::uint32_t tag = 0;
    detail::read_bytes(in, &tag, sizeof tag);
    detail::expect("kind of a value", tag, detail::element_tag<T>());
    detail::read_bytes(in, &value, sizeof value);
}

template <StateValue T>
[[nodiscard]] T read_pod(std::istream& in)
{
    T value{};
    read_pod(in, value);
    return value;
}

/// Reads a value that must equal `expected` (a parameter the state depends on); `what` names it in the error.
template <std::integral T>
void read_expected(std::istream& in, T expected, std::string_view what)
{
    const T found = read_pod<T>(in);
    if (found != expected) {
        throw StateError("state: " + std::string(what) + " is " + std::to_string(found) + ", expected " +
                         std::to_string(expected) + ": the state was saved with other parameters");
    }
}

template <StateValue T>
void write_array(std::ostream& out, std::span<const T> values)
{
    const std::uint32_t tag = detail::element_tag<T>();
    const std::uint64_t length = values.size();
    detail::write_bytes(out, &tag, sizeof tag);
    detail::write_bytes(out, &length, sizeof length);
    detail::write_bytes(out, values.data(), values.size_bytes());
}

/// Any contiguous container (vector, array, span of non-const).
template <detail::StateArray R>
void write_array(std::ostream& out, const R& values)
{
    using T = std::ranges::range_value_t<R>;
    write_array<T>(out, std::span<const T>(std::ranges::data(values), std::ranges::size(values)));
}

/// Fills `values`; the stored length must equal values.size().
template <StateValue T>
void read_array(std::istream& in, std::span<T> values)
{
    std::uint32_t tag = 0;
    std::uint64_t length = 0;
    detail::read_bytes(in, &tag, sizeof tag);
    detail::expect("kind of an array", tag, detail::element_tag<T>());
    detail::read_bytes(in, &length, sizeof length);
    detail::expect("length of an array", length, values.size());
    detail::read_bytes(in, values.data(), values.size_bytes());
}

/// Any contiguous container, already of the right size.
template <detail::StateArray R>
requires(!detail::is_span<R>) void read_array(std::istream& in, R& values)
{
    using T = std::ranges::range_value_t<R>;
    read_array<T>(in, std::span<T>(std::ranges::data(values), std::ranges::size(values)));
}

/// Start of a record. `magic` names its kind, at most 16 characters ("standardiser").
inline void write_header(std::ostream& out, std::string_view magic, std::uint32_t version)
{
    if (magic.empty() || magic.size() > 16) {
        throw StateError("state: magic '" + std::string(magic) + "' must have 1 to 16 characters");
    }
    char name[16] = {};
    magic.copy(name, sizeof name);
    detail::write_bytes(out, name, sizeof name);
    detail::write_bytes(out, &detail::kByteOrderMark, sizeof detail::kByteOrderMark);
    detail::write_bytes(out, &version, sizeof version);
}

/// Throws unless the next record is a `magic` of exactly this version and byte order.
inline void read_header(std::istream& in, std::string_view magic, std::uint32_t version)
{
    char name[16] = {};
    detail::read_bytes(in, name, sizeof name);
    std::string_view found(name, sizeof name);
    found = found.substr(0, found.find('\0'));
    if (found != magic) {
        std::string printable;
        for (const char c : found) {
            printable += c >= ' ' && c <= '~' ? c : '?';
        }
        throw StateError("state: found a record '" + printable + "', expected '" + std::string(magic) + "'");
    }
    std::uint32_t byte_order = 0;
    detail::read_bytes(in, &byte_order, sizeof byte_order);
    detail::expect("byte-order mark of '" + std::string(magic) + "'", byte_order, detail::kByteOrderMark);
    std::uint32_t stored_version = 0;
    detail::read_bytes(in, &stored_version, sizeof stored_version);
    detail::expect("version of '" + std::string(magic) + "'", stored_version, version);
}

}  // namespace foretide::core
