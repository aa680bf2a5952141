// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#ifndef FORETIDE_FT_BYTES_H
#define FORETIDE_FT_BYTES_H

#include <stdint.h>

// Numbers on the wire: lowest byte first, two's complement, whatever the machine's order and alignment. The caller
// has checked that the bytes are there.

static inline void ft_put_u16(uint8_t* at, uint16_t value)
{
    at[0] = (uint8_t)(value & 0xFFU);
    at[1] = (uint8_t)(value >> 8U);
}
static inline void ft_put_u32(uint8_t* at, uint32_t value)
{
    ft_put_u16(at, (uint16_t)(value & 0xFFFFU));
    ft_put_u16(at + 2, (uint16_t)(value >> 16U));
}
static inline void ft_put_u64(uint8_t* at, uint64_t value)
{
    ft_put_u32(at, (uint32_t)(value & 0xFFFFFFFFU));
    ft_put_u32(at + 4, (uint32_t)(value >> 32U));
}
static inline void ft_put_i32(uint8_t* at, int32_t value) { ft_put_u32(at, (uint32_t)value); }
static inline void ft_put_i64(uint8_t* at, int64_t value) { ft_put_u64(at, (uint64_t)value); }

static inline uint16_t ft_get_u16(const uint8_t* at) { return (uint16_t)(at[0] | ((uint32_t)at[1] << 8U)); }
static inline uint32_t ft_get_u32(const uint8_t* at) { return ft_get_u16(at) | ((uint32_t)ft_get_u16(at + 2) << 16U); }
static inline uint64_t ft_get_u64(const uint8_t* at) { return ft_get_u32(at) | ((uint64_t)ft_get_u32(at + 4) << 32U); }
// Every compiler this is built with converts out-of-range values modulo 2^n, as C23 requires.
static inline int32_t ft_get_i32(const uint8_t* at) { return (int32_t)ft_get_u32(at); }
static inline int64_t ft_get_i64(const uint8_t* at) { return (int64_t)ft_get_u64(at); }

#endif
