// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <vector>

namespace foretide::rnn {

/// Alignment of every buffer the kernels stream through: one cache line, one widest vector [bytes].
inline constexpr std::size_t kAlignment = 64;

template <class T>
struct AlignedAllocator {
    using value_type = T;

    AlignedAllocator() = default;
    template <class U>
    AlignedAllocator(const AlignedAllocator<U>&) noexcept  // NOLINT(google-explicit-constructor): allocator contract
    {
    }
    T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{kAlignment})); }
    void deallocate(T* p, std::size_t) noexcept { ::operator delete (p, std::align_val_t{kAlignment}); }
    friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) noexcept { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// n rounded up to whole cache lines of T.
template <class T>
constexpr std::size_t padded(std::size_t n) noexcept
{
    constexpr std::size_t per_line = kAlignment / sizeof(T);
    return (n + per_line - 1) / per_line * per_line;
}

/// rows × cols matrix, row-major, every row aligned and padded with zeros to whole cache lines.
template <class T>
class PaddedMatrix {
public:
    PaddedMatrix() = default;
    PaddedMatrix(std::size_t rows, std::size_t cols)
        : rows_(rows), cols_(cols), stride_(padded<T>(cols)), data_(rows * stride_, T(0))
    {
    }

    std::size_t rows() const noexcept { return rows_; }
    std::size_t cols() const noexcept { return cols_; }
    std::size_t stride() const noexcept { return stride_; }  ///< elements from row to row
    T* row(std::size_t i) noexcept { return data_.data() + i * stride_; }
    const T* row(std::size_t i) const noexcept { return data_.data() + i * stride_; }
    T& operator()(std::size_t i, std::size_t j) noexcept { return row(i)[j]; }
    const T& operator()(std::size_t i, std::size_t j) const noexcept { return row(i)[j]; }
    T* data() noexcept { return data_.data(); }
    const T* data() const noexcept { return data_.data(); }
    std::span<T> all() noexcept { return data_; }              ///< padding included
    std::span<const T> all() const noexcept { return data_; }  ///< padding included

private:
    std::size_t rows_ = 0, cols_ = 0, stride_ = 0;
    AlignedVector<T> data_;
};

}  // namespace foretide::rnn
