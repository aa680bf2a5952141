// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#ifndef FORETIDE_FT_FRAME_H
#define FORETIDE_FT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Frames of the link to the gating controller, as PROTOCOL.md lays them out byte by byte. Structs here are never on
// the wire: encoding and decoding go through bytes. Used by both ends. No heap, no state, no library.

enum {
    FT_VERSION = 1,
    FT_HEADER_SIZE = 20,
    FT_CRC_SIZE = 4,
    FT_HELLO_SIZE = 44,
    FT_WELCOME_SIZE = 76,
    FT_COMMAND_SIZE = 100,
    FT_STATUS_SIZE = 96,
    FT_FRAME_MAX = FT_COMMAND_SIZE,
};

#define FT_MAGIC 0x4B4C5446U  ///< "FTLK"
#define FT_POSITION_UNKNOWN INT32_MIN
#define FT_AGE_UNKNOWN UINT32_MAX  ///< there is no sample: older than any limit

enum { FT_HELLO = 1, FT_WELCOME = 2, FT_COMMAND = 3, FT_STATUS = 4 };  ///< types

/// What became of a received frame; in a STATUS, what it answers.
typedef enum ft_answer {
    FT_ANSWER_NONE = 0,  ///< the STATUS comes by itself
    FT_ANSWER_TAKEN = 1,
    FT_ANSWER_CRC = 2,        ///< wrong checksum
    FT_ANSWER_VERSION = 3,    ///< of another version of the protocol, or none in common
    FT_ANSWER_NONCE = 4,      ///< not of this connection, or there is none
    FT_ANSWER_ORDER = 5,      ///< not newer than the last one taken, or too far ahead of it
    FT_ANSWER_AGE = 6,        ///< taken, but its sample is over the age limit
    FT_ANSWER_MALFORMED = 7,  ///< length, magic, type or a field's value
} ft_answer;

typedef struct ft_header {
    uint8_t version;
    uint8_t type;
    uint32_t host_nonce;
    uint32_t controller_nonce;
    uint32_t sequence;
} ft_header;

typedef struct ft_hello {
    uint8_t version_min, version_max;  ///< that the host speaks
    uint32_t sample_period_us;
    uint32_t watchdog_us;   ///< wanted; the controller takes the stricter of this and its own
    uint32_t age_limit_us;  ///< likewise
    uint32_t release_epoch;
} ft_hello;

enum { FT_WELCOME_LATCHES_WATCHDOG = 1, FT_WELCOME_LATCHES_AGE = 2 };

typedef struct ft_welcome {
    uint8_t version;  ///< chosen
    uint8_t flags;
    uint32_t watchdog_us, age_limit_us, dwell_us, status_period_us;  ///< in force
    uint32_t controller_id;
    uint32_t firmware_version;  ///< major << 16 | minor << 8 | patch
    uint32_t boot_count;
    uint32_t barred_epoch;  ///< only a newer release than this one lets the beam on
    uint64_t clock_us;
    uint32_t status_number;  ///< of the last status; those of this connection have higher ones
    uint32_t latches;        ///< as in ft_status
} ft_welcome;

enum { FT_BEAM_HOLD = 0, FT_BEAM_ON = 1 };
enum {
    FT_COMMAND_REPEAT = 1,    ///< a heartbeat: same sample as before
    FT_COMMAND_FALLBACK = 2,  ///< forecast by the fallback
    FT_COMMAND_STALLED = 4,   ///< by the link: the engine does not move
};
enum {
    FT_GATE_POSITION = 0,  ///< forecasts and window in µm
    FT_GATE_PHASE = 1,     ///< in millionths of a breathing cycle; a window may wrap (lower > upper)
};

typedef struct ft_command {
    uint32_t sample;
    uint32_t sample_age_us;  ///< since exposure, at sending
    uint32_t release_epoch;
    uint8_t beam;
    uint8_t hold_reason;  ///< the engine's; 0 with FT_BEAM_ON
    uint8_t flags;
    uint8_t gate_kind;
    int32_t t_on_us, t_off_us;                   ///< target times, from exposure
    int32_t on_position, on_lower, on_upper;     ///< gate coordinate forecast for t_on, with its range
    int32_t off_position, off_lower, off_upper;  ///< for t_off
    int32_t window_lower, window_upper;
    int64_t exposure_ns, sent_ns;  ///< host's clock; for measurements, the controller ignores them
    uint32_t release_latches;      ///< latches as the host knew them when that release was made
} ft_command;

enum { FT_STATUS_NEEDS_RELEASE = 1, FT_STATUS_FRESH = 2, FT_STATUS_READY = 4 };

typedef struct ft_counters {
    uint32_t accepted, wrong_crc, wrong_version, wrong_nonce, wrong_order, too_old, malformed;
} ft_counters;

typedef struct ft_status {
    uint8_t state;    ///< ft_state
    uint8_t enabled;  ///< 1: the output lets the beam on
    uint8_t reason;   ///< ft_reason for which it does not
    uint8_t answer;   ///< ft_answer
    uint32_t last_sequence;
    uint32_t sample_age_us;  ///< now; FT_AGE_UNKNOWN: no sample
    uint32_t silence_us;     ///< since the last accepted frame; UINT32_MAX: none
    uint32_t barred_epoch;
    uint8_t flags;
    uint8_t last_trip;  ///< ft_reason; 0: none since reset
    uint32_t trips;
    uint64_t clock_us;
    ft_counters counters;
    uint32_t boot_count;
    uint32_t latches;  ///< another number whenever a new release becomes necessary, never 0
} ft_status;

typedef struct ft_frame {
    ft_header header;
    union {
        ft_hello hello;
        ft_welcome welcome;
        ft_command command;
        ft_status status;
    } body;
} ft_frame;

/// Writes the frame that header.type names, with version FT_VERSION; returns its size (0: unknown type).
size_t ft_encode(const ft_frame* frame, uint8_t out[FT_FRAME_MAX]);

/// FT_ANSWER_TAKEN and `out` filled, or why not and `out` unspecified. Any bytes, any size.
ft_answer ft_decode(const uint8_t* bytes, size_t size, ft_frame* out);

/// Whether an ON is what its own forecasts say: ranges known and in order, and at t_on or t_off wholly inside the
/// window (of a phase gate: known).
bool ft_command_confident(const ft_command* command);

/// Serial-number arithmetic: is `a` later than `b`, less than half the range ahead?
bool ft_newer(uint32_t a, uint32_t b);

#ifdef __cplusplus
}
#endif

#endif
