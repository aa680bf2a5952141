// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

namespace foretide::core {

/// While alive, the calling thread's floating-point unit takes denormal numbers for zero, in and out: decaying
/// filters and learners then keep their speed. Restores the thread's former mode. No effect on other processors
/// than x86 and AArch64.
///
/// Threads: destroy on the thread that constructed it. RT-safe.
class ScopedFlushDenormals {
public:
#if defined(__x86_64__) || defined(__i386__)
    ScopedFlushDenormals() noexcept : before_(_mm_getcsr()) { _mm_setcsr(before_ | kFlushToZero | kDenormalsAreZero); }
    ~ScopedFlushDenormals() { _mm_setcsr((_mm_getcsr() & ~kMode) | (before_ & kMode)); }
#elif defined(__aarch64__)
    ScopedFlushDenormals() noexcept : before_(read()) { write(before_ | kMode); }
    ~ScopedFlushDenormals() { write((read() & ~kMode) | (before_ & kMode)); }
#else
    ScopedFlushDenormals() noexcept = default;
    ~ScopedFlushDenormals() = default;
#endif
    ScopedFlushDenormals(const ScopedFlushDenormals&) = delete;
    ScopedFlushDenormals& operator=(const ScopedFlushDenormals&) = delete;

    /// True where this processor has the mode.
    static constexpr bool supported() noexcept
    {
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
        return true;
#else
        return false;
#endif
    }

private:
#if defined(__x86_64__) || defined(__i386__)
    static constexpr unsigned kFlushToZero = 1U << 15U;
    static constexpr unsigned kDenormalsAreZero = 1U << 6U;
    static constexpr unsigned kMode = kFlushToZero | kDenormalsAreZero;
    unsigned before_;
#elif defined(__aarch64__)
    static constexpr std::uint64_t kMode = std::uint64_t{1} << 24U;  // FZ: inputs and results
    static std::uint64_t read() noexcept
    {
        std::uint64_t fpcr = 0;
        asm volatile("mrs %0, fpcr" : "=r"(fpcr));
        return fpcr;
    }
    static void write(std::uint64_t fpcr) noexcept { asm volatile("msr fpcr, %0" : : "r"(fpcr)); }
    std::uint64_t before_;
#endif
};

}  // namespace foretide::core
