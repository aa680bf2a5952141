// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <stddef.h>
#include <stdint.h>

// GCC may call these four in freestanding code, too (GCC manual, "Standards"): the image brings its own. Compiled with
// -fno-tree-loop-distribute-patterns, or they would be turned into calls of themselves.

void* memcpy(void* restrict to, const void* restrict from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);

void* memcpy(void* restrict to, const void* restrict from, size_t size)
{
    uint8_t* out = to;
    const uint8_t* in = from;
    for (size_t i = 0; i < size; ++i) out[i] = in[i];
    return to;
}

void* memmove(void* to, const void* from, size_t size)
{
    uint8_t* out = to;
    const uint8_t* in = from;
    if ((uintptr_t)out < (uintptr_t)in) {
        for (size_t i = 0; i < size; ++i) out[i] = in[i];
    } else {
        for (size_t i = size; i > 0; --i) out[i - 1] = in[i - 1];
    }
    return to;
}

void* memset(void* to, int value, size_t size)
{
    uint8_t* out = to;
    for (size_t i = 0; i < size; ++i) out[i] = (uint8_t)value;
    return to;
}

int memcmp(const void* a, const void* b, size_t size)
{
    const uint8_t* x = a;
    const uint8_t* y = b;
    for (size_t i = 0; i < size; ++i) {
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}
