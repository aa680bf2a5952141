// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Text of the test port, without a C library. A reader moves on past what it has read; false leaves it where it was.

typedef struct {
    const char* at;
} fw_reader;

/// The word, followed by the end, a space or one of "@+=".
bool fw_read_word(fw_reader* reader, const char* word);
bool fw_read_sign(fw_reader* reader, char sign);
/// Up to 19 digits, and spaces behind.
bool fw_read_decimal(fw_reader* reader, uint64_t* value);
/// Pairs of hexadecimal digits to the end, or "-" for none; false where they are more than `limit` bytes.
bool fw_read_bytes(fw_reader* reader, uint8_t* bytes, size_t limit, size_t* size);
bool fw_read_end(const fw_reader* reader);

/// A line that is being written; what does not fit is cut off.
typedef struct {
    char text[320];
    size_t size;
} fw_writer;

void fw_write_text(fw_writer* writer, const char* text);
void fw_write_decimal(fw_writer* writer, uint32_t value);
void fw_write_hex(fw_writer* writer, uint64_t value);
void fw_write_bytes(fw_writer* writer, const uint8_t* bytes, size_t size);
/// " key=value", hexadecimal
void fw_write_pair(fw_writer* writer, const char* key, uint64_t value);
