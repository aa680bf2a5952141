// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The kernels' code, included by one source file for each instruction set with
//   FORETIDE_KERNEL_ISA          name of the table and of the namespace
//   FORETIDE_KERNEL_BYTES        vector length in bytes
//   FORETIDE_KERNEL_ROWS         rows of RTRL's register block
//   FORETIDE_KERNEL_VECTORS      vectors of RTRL's register block
// Nothing but plain loops over vector types is used here: an inline function shared with other files could be
// merged by the linker into code that older processors cannot run.

#include <cstddef>

#include "rnn/kernels/kernels.h"

namespace foretide::rnn::kernels::FORETIDE_KERNEL_ISA {

namespace {

template <class T>
struct Simd {
    static constexpr std::size_t lanes = FORETIDE_KERNEL_BYTES / sizeof(T);
    typedef T Vec __attribute__((vector_size(FORETIDE_KERNEL_BYTES), may_alias));
    typedef T VecUnaligned __attribute__((vector_size(FORETIDE_KERNEL_BYTES), aligned(sizeof(T)), may_alias));
};

template <class T>
using Vec = typename Simd<T>::Vec;

template <class T>
inline __attribute__((always_inline)) Vec<T> load(const T* p)
{
    return *reinterpret_cast<const Vec<T>*>(p);
}

template <class T>
inline __attribute__((always_inline)) void store(T* p, Vec<T> v)
{
    *reinterpret_cast<Vec<T>*>(p) = v;
}

template <class T>
inline __attribute__((always_inline)) Vec<T> load_unaligned(const T* p)
{
    return *reinterpret_cast<const typename Simd<T>::VecUnaligned*>(p);
}

template <class T>
inline __attribute__((always_inline)) void store_unaligned(T* p, Vec<T> v)
{
    *reinterpret_cast<typename Simd<T>::VecUnaligned*>(p) = v;
}

/// Sum of a vector's entries, halving it: a chain of log2(lanes) additions.
template <class T, std::size_t Bytes>
inline __attribute__((always_inline)) T sum_halves(const T* lanes)
{
    if constexpr (Bytes == sizeof(T)) {
        return lanes[0];
    } else {
        typedef T Half __attribute__((vector_size(Bytes / 2), may_alias));
        const Half half =
            *reinterpret_cast<const Half*>(lanes) + *reinterpret_cast<const Half*>(lanes + Bytes / 2 / sizeof(T));
        return sum_halves<T, Bytes / 2>(reinterpret_cast<const T*>(&half));
    }
}

template <class T>
inline __attribute__((always_inline)) T sum(Vec<T> v)
{
    return sum_halves<T, FORETIDE_KERNEL_BYTES>(reinterpret_cast<const T*>(&v));
}

constexpr bool advances(PassKind k)
{
    return k == PassKind::advance || k == PassKind::advance_apply || k == PassKind::apply_advance;
}
constexpr bool uses_influence(PassKind k) { return advances(k) || k == PassKind::apply; }
constexpr bool changes_weights(PassKind k) { return k != PassKind::dots && k != PassKind::advance; }

// The blocks below take their arguments' pointers into locals: a store through a vector type may, for all the compiler
// knows, change the argument structure itself.

/// R rows at once: the vectors s, v0 and v1 are loaded once for all of them, and the R chains of sums are
/// independent, which hides the latency of the multiply-adds.
template <class T, PassKind Kind, int Dots, int R>
inline __attribute__((always_inline)) void pass_block(const RowPass<T>& p, std::size_t first)
{
    const T* const s_in = p.s;
    const T* const v0_in = p.v0;
    const T* const v1_in = p.v1;
    const std::size_t stride = p.stride;
    constexpr std::size_t lanes = Simd<T>::lanes;
    T* w[R];
    T* jrow[R];
    Vec<T> a[R], b[R], g[R], norm[R], d0[R], d1[R];
    for (int r = 0; r < R; ++r) {
        const std::size_t i = first + static_cast<std::size_t>(r);
        w[r] = p.W + i * stride;
        if constexpr (uses_influence(Kind)) jrow[r] = p.J + i * stride;
        if constexpr (advances(Kind)) {
            a[r] = Vec<T>{} + p.a[i];
            b[r] = Vec<T>{} + p.b[i];
            norm[r] = Vec<T>{};
        }
        if constexpr (changes_weights(Kind)) g[r] = Vec<T>{} + p.g[i];
        d0[r] = Vec<T>{};
        d1[r] = Vec<T>{};
    }
    for (std::size_t c = 0; c < stride; c += lanes) {
        Vec<T> s, v0, v1;
        if constexpr (Kind == PassKind::outer || advances(Kind)) s = load(s_in + c);
        if constexpr (Dots > 0) v0 = load(v0_in + c);
        if constexpr (Dots > 1) v1 = load(v1_in + c);
        for (int r = 0; r < R; ++r) {
            Vec<T> influence, weight;
            if constexpr (uses_influence(Kind)) influence = load(jrow[r] + c);
            if constexpr (changes_weights(Kind) || Dots > 0) weight = load(w[r] + c);
            if constexpr (Kind == PassKind::apply_advance) weight += g[r] * influence;
            if constexpr (advances(Kind)) {
                influence = b[r] * influence + a[r] * s;
                norm[r] += influence * influence;
                store(jrow[r] + c, influence);
            }
            if constexpr (Kind == PassKind::advance_apply || Kind == PassKind::apply) weight += g[r] * influence;
            if constexpr (Kind == PassKind::outer) weight += g[r] * s;
            if constexpr (changes_weights(Kind)) store(w[r] + c, weight);
            if constexpr (Dots > 0) d0[r] += weight * v0;
            if constexpr (Dots > 1) d1[r] += weight * v1;
        }
    }
    for (int r = 0; r < R; ++r) {
        const std::size_t i = first + static_cast<std::size_t>(r);
        if constexpr (advances(Kind)) p.norm2[i] = sum<T>(norm[r]);
        if constexpr (Dots > 0) p.dot0[i] = sum<T>(d0[r]);
        if constexpr (Dots > 1) p.dot1[i] = sum<T>(d1[r]);
    }
}

// Rows taken together: two streams of memory the prefetcher follows; more were slower (10 Hz, 180 units: 4.5 µs with
// two rows, 4.8 with four, 5.6 with one).
constexpr int kPassRows = 2;

template <class T, PassKind Kind, int Dots>
void pass_rows(const RowPass<T>& p)
{
    std::size_t i = 0;
    for (; i + kPassRows <= p.rows; i += kPassRows) pass_block<T, Kind, Dots, kPassRows>(p, i);
    for (; i < p.rows; ++i) pass_block<T, Kind, Dots, 1>(p, i);
}

template <class T, PassKind Kind>
void pass_kind(const RowPass<T>& p)
{
    if (p.v1 != nullptr)
        pass_rows<T, Kind, 2>(p);
    else if (p.v0 != nullptr)
        pass_rows<T, Kind, 1>(p);
    else
        pass_rows<T, Kind, 0>(p);
}

template <class T>
void row_pass(const RowPass<T>& p) noexcept
{
    switch (p.kind) {
    case PassKind::dots:
        pass_kind<T, PassKind::dots>(p);
        break;
    case PassKind::outer:
        pass_kind<T, PassKind::outer>(p);
        break;
    case PassKind::advance:
        pass_kind<T, PassKind::advance>(p);
        break;
    case PassKind::apply:
        pass_kind<T, PassKind::apply>(p);
        break;
    case PassKind::advance_apply:
        pass_kind<T, PassKind::advance_apply>(p);
        break;
    case PassKind::apply_advance:
        pass_kind<T, PassKind::apply_advance>(p);
        break;
    }
}

constexpr std::size_t kPanelVectors = FORETIDE_KERNEL_VECTORS;

/// R rows of one panel: out_r = Σ_k D(r,k)·old_k + [r is the vector's unit]·φ'_r·s, and the gradient's share.
template <class T, int R>
inline __attribute__((always_inline)) void product_rows(const RtrlProduct<T>& p, std::size_t first_row,
                                                        std::size_t panel_first_column, const T* old_panel,
                                                        T* new_panel, Vec<T>* gradient)
{
    constexpr std::size_t lanes = Simd<T>::lanes;
    constexpr std::size_t width = kPanelVectors * lanes;
    Vec<T> acc[R][kPanelVectors];
    for (int r = 0; r < R; ++r)
        for (std::size_t v = 0; v < kPanelVectors; ++v) acc[r][v] = Vec<T>{};
    const T* d = p.D + first_row * p.units;
    for (std::size_t k = 0; k < p.units; ++k) {
        Vec<T> x[kPanelVectors];
        for (std::size_t v = 0; v < kPanelVectors; ++v) x[v] = load(old_panel + k * width + v * lanes);
        for (int r = 0; r < R; ++r) {
            const T factor = d[static_cast<std::size_t>(r) * p.units + k];
            for (std::size_t v = 0; v < kPanelVectors; ++v) acc[r][v] += factor * x[v];
        }
    }
    for (std::size_t v = 0; v < kPanelVectors; ++v) {
        const std::size_t column = panel_first_column + v * lanes;
        const std::size_t unit = column / p.stride;  // a vector never straddles two units: stride is whole lines
        for (int r = 0; r < R; ++r)
            if (first_row + static_cast<std::size_t>(r) == unit)
                acc[r][v] += p.phi[unit] * load(p.s + (column - unit * p.stride));
    }
    for (int r = 0; r < R; ++r)
        for (std::size_t v = 0; v < kPanelVectors; ++v)
            store(new_panel + (first_row + static_cast<std::size_t>(r)) * width + v * lanes, acc[r][v]);
    if (gradient != nullptr)
        for (int r = 0; r < R; ++r)
            for (std::size_t v = 0; v < kPanelVectors; ++v)
                gradient[v] += p.delta[first_row + static_cast<std::size_t>(r)] * acc[r][v];
}

template <class T>
void rtrl_product(const RtrlProduct<T>& p) noexcept
{
    constexpr std::size_t lanes = Simd<T>::lanes;
    constexpr std::size_t width = kPanelVectors * lanes;
    constexpr std::size_t block = FORETIDE_KERNEL_ROWS;
    const std::size_t columns = p.units * p.stride;
    for (std::size_t first = 0; first < columns; first += width) {
        T* panel = p.J + first * p.units;
        Vec<T> gradient[kPanelVectors];
        for (std::size_t v = 0; v < kPanelVectors; ++v) gradient[v] = Vec<T>{};
        const bool of_old = p.gradient_of_old || !p.advance;
        if (p.delta != nullptr && of_old)
            for (std::size_t r = 0; r < p.units; ++r)
                for (std::size_t v = 0; v < kPanelVectors; ++v)
                    gradient[v] += p.delta[r] * load(panel + r * width + v * lanes);
        if (p.advance) {
            Vec<T>* sums = p.delta != nullptr && !of_old ? gradient : nullptr;
            for (std::size_t c = 0; c < p.units * width; c += lanes) store(p.scratch + c, load(panel + c));
            std::size_t r = 0;
            for (; r + block <= p.units; r += block)
                product_rows<T, static_cast<int>(block)>(p, r, first, p.scratch, panel, sums);
            for (; r + 2 <= p.units; r += 2) product_rows<T, 2>(p, r, first, p.scratch, panel, sums);
            for (; r < p.units; ++r) product_rows<T, 1>(p, r, first, p.scratch, panel, sums);
        }
        if (p.delta != nullptr)
            for (std::size_t v = 0; v < kPanelVectors && first + v * lanes < columns; ++v)
                store(p.gradient + first + v * lanes, gradient[v]);
    }
}

template <class T>
void gemv(const T* M, std::size_t rows, std::size_t stride, std::size_t cols, const T* v, T* out) noexcept
{
    constexpr std::size_t lanes = Simd<T>::lanes;
    const std::size_t whole = cols / lanes * lanes;
    std::size_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const T* m = M + i * stride;
        Vec<T> acc[4] = {};
        for (std::size_t c = 0; c < whole; c += lanes) {
            const Vec<T> x = load_unaligned(v + c);
            for (std::size_t r = 0; r < 4; ++r) acc[r] += load_unaligned(m + r * stride + c) * x;
        }
        for (std::size_t r = 0; r < 4; ++r) {
            T total = sum<T>(acc[r]);
            for (std::size_t c = whole; c < cols; ++c) total += m[r * stride + c] * v[c];
            out[i + r] = total;
        }
    }
    for (; i < rows; ++i) {
        const T* m = M + i * stride;
        Vec<T> acc{};
        for (std::size_t c = 0; c < whole; c += lanes) acc += load_unaligned(m + c) * load_unaligned(v + c);
        T total = sum<T>(acc);
        for (std::size_t c = whole; c < cols; ++c) total += m[c] * v[c];
        out[i] = total;
    }
}

/// Columns c … c + Vectors·lanes of out = vᵀ·M; with Update, M is changed by the rank-two term on the way.
template <class T, bool Update, int Vectors>
inline __attribute__((always_inline)) void transposed_block(const RankTwoPass<T>& p, std::size_t first)
{
    constexpr std::size_t lanes = Simd<T>::lanes;
    Vec<T> acc[Vectors], f[Vectors], g[Vectors];
    T* m = p.M + first;
    const T* const c = p.c;
    const T* const d = p.d;
    const T* const v = p.v;
    const std::size_t stride = p.stride, rows = p.rows;
    for (std::size_t k = 0; k < Vectors; ++k) {
        acc[k] = Vec<T>{};
        if constexpr (Update) {
            f[k] = load_unaligned(p.f + first + k * lanes);
            g[k] = load_unaligned(p.g + first + k * lanes);
        }
    }
    for (std::size_t i = 0; i < rows; ++i, m += stride) {
        Vec<T> c_i, d_i;
        if constexpr (Update) {
            c_i = Vec<T>{} + c[i];
            d_i = Vec<T>{} + d[i];
        }
        const Vec<T> v_i = Vec<T>{} + v[i];
        for (std::size_t k = 0; k < Vectors; ++k) {
            Vec<T> x = load_unaligned(m + k * lanes);
            if constexpr (Update) {
                x += c_i * f[k] + d_i * g[k];
                store_unaligned(m + k * lanes, x);
            }
            acc[k] += v_i * x;
        }
    }
    for (std::size_t k = 0; k < Vectors; ++k) store_unaligned(p.out + first + k * lanes, acc[k]);
}

/// All of the last `vectors` ≤ Most whole vectors in one sweep over the rows.
template <class T, bool Update, int Most>
inline void transposed_rest(const RankTwoPass<T>& p, std::size_t first, std::size_t vectors)
{
    if constexpr (Most > 0) {
        if (vectors == Most)
            transposed_block<T, Update, Most>(p, first);
        else
            transposed_rest<T, Update, Most - 1>(p, first, vectors);
    }
}

template <class T, bool Update>
void transposed(const RankTwoPass<T>& p)
{
    constexpr std::size_t lanes = Simd<T>::lanes;
    constexpr int block = FORETIDE_KERNEL_BYTES == 64 ? (Update ? 6 : 12) : (Update ? 3 : 6);  // fits the registers
    std::size_t first = 0;
    for (; first + block * lanes <= p.cols; first += block * lanes) transposed_block<T, Update, block>(p, first);
    const std::size_t vectors = (p.cols - first) / lanes;
    transposed_rest<T, Update, block - 1>(p, first, vectors);
    first += vectors * lanes;
    const std::size_t tail = p.cols - first;  // columns that fill no vector, all in one sweep
    T acc[lanes] = {};
    for (std::size_t i = 0; i < p.rows && tail > 0; ++i) {
        T* m = p.M + i * p.stride + first;
        for (std::size_t j = 0; j < tail; ++j) {
            if constexpr (Update) m[j] += p.c[i] * p.f[first + j] + p.d[i] * p.g[first + j];
            acc[j] += p.v[i] * m[j];
        }
    }
    for (std::size_t j = 0; j < tail; ++j) p.out[first + j] = acc[j];
}

template <class T>
void gemv_transposed(const T* M, std::size_t rows, std::size_t stride, std::size_t cols, const T* v, T* out) noexcept
{
    RankTwoPass<T> pass;
    pass.M = const_cast<T*>(M);  // only read without Update
    pass.rows = rows;
    pass.stride = stride;
    pass.cols = cols;
    pass.v = v;
    pass.out = out;
    transposed<T, false>(pass);
}

template <class T>
void rank_two_pass(const RankTwoPass<T>& p) noexcept
{
    transposed<T, true>(p);
}

/// e^r − 1 for |r| ≤ ln(2)/2, by its series up to r^8: below the rounding of float.
inline __attribute__((always_inline)) Vec<float> expm1_reduced(Vec<float> r)
{
    Vec<float> p = r * (1.0F / 40320) + 1.0F / 5040;
    p = p * r + 1.0F / 720;
    p = p * r + 1.0F / 120;
    p = p * r + 1.0F / 24;
    p = p * r + 1.0F / 6;
    p = p * r + 0.5F;
    return r + r * r * p;
}

/// tanh(z) = E/(E + 2) with E = e^(2z) − 1; beyond |z| = 9 it is 1 in single precision.
inline __attribute__((always_inline)) Vec<float> tanh_vector(Vec<float> z)
{
    typedef int Ints __attribute__((vector_size(FORETIDE_KERNEL_BYTES), may_alias));
    const Vec<float> limit = Vec<float>{} + 9.0F;
    const Ints sign = reinterpret_cast<Ints>(z) & static_cast<int>(0x80000000U);
    Vec<float> a = reinterpret_cast<Vec<float>>(reinterpret_cast<Ints>(z) ^ sign);
    const Ints is_nan = z != z;
    a = a < limit ? a : limit;
    constexpr float log2_e = 1.44269504F, ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F;
    const Vec<float> y = a + a;
    const Ints n = __builtin_convertvector(y * log2_e + 0.5F, Ints);  // y ≥ 0: rounds to nearest
    const Vec<float> whole = __builtin_convertvector(n, Vec<float>);
    const Vec<float> r = (y - whole * ln2_high) - whole * ln2_low;
    const Vec<float> power = reinterpret_cast<Vec<float>>((n + 127) << 23);
    const Vec<float> e = power * expm1_reduced(r) + (power - 1.0F);
    const Vec<float> t = e / (e + 2.0F);
    return is_nan ? z : reinterpret_cast<Vec<float>>(reinterpret_cast<Ints>(t) | sign);
}

template <class T>
void activate(const T* z, T* x, T* phi, std::size_t n) noexcept
{
    if constexpr (sizeof(T) == sizeof(float)) {
        for (std::size_t i = 0; i < n; i += Simd<T>::lanes) {
            const Vec<T> t = tanh_vector(load(z + i));
            store(x + i, t);
            store(phi + i, 1.0F - t * t);
        }
    } else {
        for (std::size_t i = 0; i < n; ++i) {
            x[i] = __builtin_tanh(z[i]);
            phi[i] = 1.0 - x[i] * x[i];
        }
    }
}

template <class T>
constexpr KernelTable<T> make_table(const char* name)
{
    return {name,
            kPanelVectors * Simd<T>::lanes,
            row_pass<T>,
            rtrl_product<T>,
            gemv<T>,
            gemv_transposed<T>,
            rank_two_pass<T>,
            activate<T>};
}

#define FORETIDE_KERNEL_STRING_2(x) #x
#define FORETIDE_KERNEL_STRING(x) FORETIDE_KERNEL_STRING_2(x)

}  // namespace

extern const KernelTable<float> float_table;
extern const KernelTable<double> double_table;
const KernelTable<float> float_table = make_table<float>(FORETIDE_KERNEL_STRING(FORETIDE_KERNEL_ISA));
const KernelTable<double> double_table = make_table<double>(FORETIDE_KERNEL_STRING(FORETIDE_KERNEL_ISA));

}  // namespace foretide::rnn::kernels::FORETIDE_KERNEL_ISA
