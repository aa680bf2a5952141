// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#ifndef FORETIDE_FT_CRC32C_H
#define FORETIDE_FT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// CRC-32C (Castagnoli; RFC 3720: polynomial 0x1EDC6F41, reflected, first value and final XOR all ones). Of the nine
/// characters "123456789" it is 0xE3069283. Finds every error of up to 5 bits in frames of this protocol's length.
uint32_t ft_crc32c(const uint8_t* bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
