// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#ifndef FORETIDE_FT_COBS_H
#define FORETIDE_FT_COBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware_bridge/controller/ft_frame.h"

#ifdef __cplusplus
extern "C" {
#endif

// Framing on a serial line: consistent overhead byte stuffing (Cheshire and Baker, 1999). A frame goes out as 0x00,
// its bytes encoded without zeros, 0x00; noise between two frames therefore spoils neither.

enum {
    FT_COBS_MAX = FT_FRAME_MAX + 3,  ///< a frame on the line: two delimiters, one byte of overhead (frames < 254 bytes)
};

/// Writes the frame as it goes onto the line; returns the number of bytes, 0 where `count` is 0 or over FT_FRAME_MAX.
size_t ft_cobs_encode(const uint8_t* frame, size_t count, uint8_t out[FT_COBS_MAX]);

typedef struct ft_cobs_decoder {
    uint8_t frame[FT_FRAME_MAX];  ///< valid until the next byte, where ft_cobs_push() returned its length
    uint8_t size;
    uint8_t block;      ///< bytes left of the present block
    bool zero_follows;  ///< once the block is over
    bool broken;        ///< not a frame; ignored to the next delimiter
} ft_cobs_decoder;

void ft_cobs_reset(ft_cobs_decoder* decoder);

/// Takes one byte of the line. Returns the length of the frame that it completes, 0 while none is complete, −1 where
/// it ends something that was no frame (too long, or cut short).
int ft_cobs_push(ft_cobs_decoder* decoder, uint8_t byte);

#ifdef __cplusplus
}
#endif

#endif
