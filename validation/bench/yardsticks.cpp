// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/bench/yardsticks.h"

#include <string_view>

namespace foretide::validation::bench {

namespace baseline {
extern const Yardsticks table;
}
#if defined(FORETIDE_X86_KERNELS)
namespace avx2 {
extern const Yardsticks table;
}
namespace avx512 {
extern const Yardsticks table;
}
#endif

const Yardsticks& select_yardsticks(const char* name)
{
#if defined(FORETIDE_X86_KERNELS)
    const std::string_view isa = name;
    if (isa == avx512::table.name) return avx512::table;
    if (isa == avx2::table.name) return avx2::table;
#else
    static_cast<void>(name);
#endif
    return baseline::table;
}

}  // namespace foretide::validation::bench
