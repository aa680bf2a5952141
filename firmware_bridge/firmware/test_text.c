// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/test_text.h"

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static void skip_space(fw_reader* reader)
{
    while (*reader->at == ' ') ++reader->at;
}

bool fw_read_word(fw_reader* reader, const char* word)
{
    const char* at = reader->at;
    for (; *word; ++word, ++at) {
        if (*at != *word) return false;
    }
    if (*at && *at != ' ' && *at != '@' && *at != '+' && *at != '=') return false;
    reader->at = at;
    skip_space(reader);
    return true;
}

bool fw_read_sign(fw_reader* reader, char sign)
{
    if (*reader->at != sign) return false;
    ++reader->at;
    return true;
}

bool fw_read_decimal(fw_reader* reader, uint64_t* value)
{
    enum { kMostDigits = 19 };
    const char* at = reader->at;
    uint64_t result = 0;
    for (; *at >= '0' && *at <= '9'; ++at) result = 10 * result + (uint64_t)(*at - '0');
    if (at == reader->at || at - reader->at > kMostDigits) return false;
    reader->at = at;
    skip_space(reader);
    *value = result;
    return true;
}

bool fw_read_bytes(fw_reader* reader, uint8_t* bytes, size_t limit, size_t* size)
{
    size_t count = 0;
    const char* at = reader->at;
    if (at[0] == '-' && !at[1]) {
        ++reader->at;
        *size = 0;
        return true;
    }
    for (; *at; at += 2, ++count) {
        const int high = digit_of(at[0]), low = high < 0 ? -1 : digit_of(at[1]);
        if (low < 0 || count == limit) return false;
        bytes[count] = (uint8_t)(high * 16 + low);
    }
    reader->at = at;
    *size = count;
    return count > 0;
}

bool fw_read_end(const fw_reader* reader) { return *reader->at == 0; }

void fw_write_text(fw_writer* writer, const char* text)
{
    while (*text && writer->size + 1 < sizeof(writer->text)) writer->text[writer->size++] = *text++;
    writer->text[writer->size] = 0;
}

void fw_write_decimal(fw_writer* writer, uint32_t value)
{
    char digits[11];
    size_t at = sizeof(digits) - 1;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    fw_write_text(writer, digits + at);
}

void fw_write_hex(fw_writer* writer, uint64_t value)
{
    char digits[17];
    size_t at = sizeof(digits) - 1;
    digits[at] = 0;
    do {
        digits[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value);
    fw_write_text(writer, digits + at);
}

void fw_write_bytes(fw_writer* writer, const uint8_t* bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        const char pair[3] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15], 0};
        fw_write_text(writer, pair);
    }
}

void fw_write_pair(fw_writer* writer, const char* key, uint64_t value)
{
    fw_write_text(writer, " ");
    fw_write_text(writer, key);
    fw_write_text(writer, "=");
    fw_write_hex(writer, value);
}
