// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

namespace foretide::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

#if defined(__OPTIMIZE__)
inline constexpr bool kOptimised = true;
#else
inline constexpr bool kOptimised = false;
#endif

}  // namespace foretide::tests

/// First line of a test that takes minutes where every memory access is checked.
#define FORETIDE_SKIP_UNDER_SANITIZER(why) \
    if (::foretide::tests::kSanitized) GTEST_SKIP() << "SKIPPED under a sanitizer: " << (why)

/// First lines of a test that judges times.
#define FORETIDE_SKIP_WITHOUT_FAIR_TIMES()                                   \
    FORETIDE_SKIP_UNDER_SANITIZER("times of instrumented code say nothing"); \
    if (!::foretide::tests::kOptimised)                                      \
    GTEST_SKIP() << "SKIPPED: times of a build that is not optimised say nothing; use the release preset"
