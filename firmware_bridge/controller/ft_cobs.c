// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/controller/ft_cobs.h"

size_t ft_cobs_encode(const uint8_t* frame, size_t count, uint8_t out[FT_COBS_MAX])
{
    if (count == 0 || count > FT_FRAME_MAX) return 0;
    size_t code = 1, end = 2;
    out[0] = 0;
    for (size_t i = 0; i < count; ++i) {
        if (frame[i] != 0) {
            out[end++] = frame[i];
            continue;
        }
        out[code] = (uint8_t)(end - code);
        code = end++;
    }
    out[code] = (uint8_t)(end - code);
    out[end++] = 0;
    return end;
}

void ft_cobs_reset(ft_cobs_decoder* decoder)
{
    decoder->size = 0;
    decoder->block = 0;
    decoder->zero_follows = false;
    decoder->broken = false;
}

static int finish(ft_cobs_decoder* decoder)
{
    const bool nothing = decoder->size == 0 && decoder->block == 0 && !decoder->zero_follows && !decoder->broken;
    const bool whole = !decoder->broken && decoder->block == 0 && decoder->size > 0;
    const int size = decoder->size;
    ft_cobs_reset(decoder);
    if (nothing) return 0;
    return whole ? size : -1;
}

static void append(ft_cobs_decoder* decoder, uint8_t byte)
{
    if (decoder->size == FT_FRAME_MAX)
        decoder->broken = true;
    else
        decoder->frame[decoder->size++] = byte;
}

int ft_cobs_push(ft_cobs_decoder* decoder, uint8_t byte)
{
    if (byte == 0) return finish(decoder);
    if (decoder->broken) return 0;
    if (decoder->block > 0) {
        append(decoder, byte);
        --decoder->block;
        return 0;
    }
    if (decoder->zero_follows) append(decoder, 0);
    decoder->block = (uint8_t)(byte - 1U);
    decoder->zero_follows = byte != 0xFFU;
    return 0;
}
