// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>

#include "core/rt/nonblocking.h"

/// The inner loops of the online networks, compiled once for each instruction set and chosen at start-up.
///
/// All matrices are row-major with rows aligned to 64 bytes and padded with zeros to whole cache lines; `stride`
/// is in elements. All vectors are aligned and padded likewise. Everything here is RT-safe: no allocation, no
/// exception; sizes are the caller's promise.
namespace foretide::rnn::kernels {

/// One pass over the rows of W (and of an influence matrix J of the same shape).
enum class PassKind {
    dots,           ///< W is only read
    outer,          ///< W_i += g_i·s                                   (DNI)
    advance,        ///< J_i ← b_i·J_i + a_i·s                          (SnAp-1, UORO: influence only)
    apply,          ///< W_i += g_i·J_i                                 (gradients formed before)
    advance_apply,  ///< J_i ← b_i·J_i + a_i·s, then W_i += g_i·J_i     (SnAp-1, UORO corrected)
    apply_advance,  ///< W_i += g_i·J_i, then J_i ← b_i·J_i + a_i·s     (UORO, reference order)
};

/// Arguments of row_pass. In the same sweep the dot products of the updated rows with up to two vectors are taken,
/// so that the next step finds its pre-activations accumulated.
template <class T>
struct RowPass {
    PassKind kind = PassKind::dots;
    std::size_t rows = 0;
    std::size_t stride = 0;
    T* W = nullptr;
    T* J = nullptr;         ///< advance*, apply*
    const T* s = nullptr;   ///< outer, advance*: stride entries
    const T* a = nullptr;   ///< advance*: one a row
    const T* b = nullptr;   ///< advance*: one a row
    const T* g = nullptr;   ///< outer, apply*: one a row
    T* norm2 = nullptr;     ///< advance*: ‖J_i‖² after the advance, one a row
    const T* v0 = nullptr;  ///< dot0_i = W_i·v0 after the update; nullptr: none
    T* dot0 = nullptr;
    const T* v1 = nullptr;  ///< dot1_i = W_i·v1; only together with v0
    T* dot1 = nullptr;
};

/// RTRL's influence J = ∂x/∂vec(W), q × (q·stride), stored in panels: column c = i·stride + j belongs to weight
/// W(i,j); panel c / panel_columns holds its q rows of panel_columns entries one after the other.
///
///     J ← D·J + I,   I(i, (i,j)) = φ'_i·s_j          gradient(i,j) = Σ_r δ_r·J(r, (i,j))
template <class T>
struct RtrlProduct {
    std::size_t units = 0;         ///< q
    std::size_t stride = 0;        ///< columns a unit, padded
    T* J = nullptr;                ///< rtrl_panel_columns() layout, rtrl_influence_size() elements
    const T* D = nullptr;          ///< q × q, row-major, dense
    const T* phi = nullptr;        ///< q
    const T* s = nullptr;          ///< stride
    const T* delta = nullptr;      ///< q; nullptr: no gradient
    T* gradient = nullptr;         ///< q × stride
    bool gradient_of_old = false;  ///< gradient of the influence as it was before this product (Haykin's form)
    bool advance = true;           ///< false: the gradient only, J stays
    T* scratch = nullptr;          ///< q × rtrl_panel_columns(), aligned
};

/// M_ij += c_i·f_j + d_i·g_j, then out_j = Σ_i v_i·M_ij, in one sweep over M (j < cols).
template <class T>
struct RankTwoPass {
    T* M = nullptr;
    std::size_t rows = 0, stride = 0, cols = 0;
    const T* c = nullptr;  ///< rows
    const T* f = nullptr;  ///< cols
    const T* d = nullptr;  ///< rows
    const T* g = nullptr;  ///< cols
    const T* v = nullptr;  ///< rows
    T* out = nullptr;      ///< cols
};

template <class T>
struct KernelTable {
    const char* name;  ///< "avx512", "avx2", "baseline"
    std::size_t rtrl_panel_columns;
    void (*row_pass)(const RowPass<T>&) noexcept;
    void (*rtrl_product)(const RtrlProduct<T>&) noexcept;
    /// out_i = M_i·v over cols entries (rows need not be padded beyond cols).
    void (*gemv)(const T* M, std::size_t rows, std::size_t stride, std::size_t cols, const T* v, T* out) noexcept;
    /// out_j = Σ_i v_i·M_ij, j < cols.
    void (*gemv_transposed)(const T* M, std::size_t rows, std::size_t stride, std::size_t cols, const T* v,
                            T* out) noexcept;
    void (*rank_two_pass)(const RankTwoPass<T>&) noexcept;
    /// x = tanh(z), phi = 1 − x²; n entries, and single precision goes on to the end of the padding.
    void (*activate)(const T* z, T* x, T* phi, std::size_t n) noexcept;
};

/// Elements of RTRL's influence, padding of the last panel included.
template <class T>
std::size_t rtrl_influence_size(const KernelTable<T>& table, std::size_t units, std::size_t stride) noexcept
{
    const std::size_t columns = units * stride;
    const std::size_t panels = (columns + table.rtrl_panel_columns - 1) / table.rtrl_panel_columns;
    return panels * table.rtrl_panel_columns * units;
}

/// The best table this processor runs. The environment variable FORETIDE_ISA=baseline|avx2|avx512 lowers the
/// choice (for tests and for comparing machines); a wish the processor cannot meet is ignored. Not RT-safe.
template <class T>
const KernelTable<T>& select_kernels();

}  // namespace foretide::rnn::kernels
