// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

/// Marks a function of the real-time path: it allocates, locks, logs and throws nothing. Expands to the
/// compiler's function-effect attribute where that exists (clang ≥ 20, -Wfunction-effects and the real-time
/// sanitizer check it), to nothing elsewhere.
#if defined(__clang__) && __clang_major__ >= 20
#define FORETIDE_NONBLOCKING [[clang::nonblocking]]
#else
#define FORETIDE_NONBLOCKING
#endif
