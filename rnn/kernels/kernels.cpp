// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/kernels/kernels.h"

#include <cstdlib>
#include <string_view>
#include <type_traits>

namespace foretide::rnn::kernels {

#define FORETIDE_DECLARE_TABLES(isa)               \
    namespace isa {                                \
    extern const KernelTable<float> float_table;   \
    extern const KernelTable<double> double_table; \
    }

FORETIDE_DECLARE_TABLES(baseline)
#if defined(FORETIDE_X86_KERNELS)
FORETIDE_DECLARE_TABLES(avx2)
FORETIDE_DECLARE_TABLES(avx512)
#endif

namespace {

template <class T>
const KernelTable<T>& pick(const KernelTable<float>& f, const KernelTable<double>& d)
{
    if constexpr (std::is_same_v<T, float>)
        return f;
    else
        return d;
}

}  // namespace

template <class T>
const KernelTable<T>& select_kernels()
{
#if defined(FORETIDE_X86_KERNELS)
    const char* variable = std::getenv("FORETIDE_ISA");  // NOLINT(concurrency-mt-unsafe): read only, never set here
    const std::string_view wish = variable != nullptr ? variable : "";
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    if (has_avx512 && wish != "baseline" && wish != "avx2") return pick<T>(avx512::float_table, avx512::double_table);
    if (has_avx2 && wish != "baseline") return pick<T>(avx2::float_table, avx2::double_table);
#endif
    return pick<T>(baseline::float_table, baseline::double_table);
}

template const KernelTable<float>& select_kernels<float>();
template const KernelTable<double>& select_kernels<double>();

}  // namespace foretide::rnn::kernels
