// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#ifndef FORETIDE_FT_CONTROLLER_H
#define FORETIDE_FT_CONTROLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware_bridge/controller/ft_frame.h"

#ifdef __cplusplus
extern "C" {
#endif

// The gating controller's end of the link (PROTOCOL.md): frames and time in, beam enable and replies out.
//
// The output is a function of what was received and of the controller's own clock; nothing in here turns it on by
// itself. The platform gives every frame with its arrival time, calls ft_controller_poll() at least every
// config.poll_period_us, and sets the output to ft_controller_enabled() after each of these calls. Where it cannot
// keep that period, a hardware watchdog must take the output away.
//
// One thread (or interrupt level) at a time. No heap; stack in the build's report. No errors but those reported in
// the frames it answers with.

/// What the controller waits for, in this order.
typedef enum ft_state {
    FT_STATE_IDLE = 0,     ///< no connection
    FT_STATE_WAITING = 1,  ///< no fresh sample: none came yet, silence, or too old
    FT_STATE_DWELL = 2,    ///< fresh samples, not yet for long enough
    FT_STATE_UNARMED = 3,  ///< an operator has to release the beam anew
    FT_STATE_HOLD = 4,     ///< ready; the host says hold
    FT_STATE_ON = 5,       ///< the beam is enabled
} ft_state;

/// Why the beam is held, and what tripped.
typedef enum ft_reason {
    FT_REASON_NONE = 0,
    FT_REASON_RESET = 1,      ///< no connection since the reset
    FT_REASON_CONNECTED = 2,  ///< a new connection, no command yet
    FT_REASON_WATCHDOG = 3,   ///< no valid frame for the watchdog time
    FT_REASON_AGE = 4,        ///< the sample is over its age limit
    FT_REASON_DWELL = 5,
    FT_REASON_RELEASE = 6,     ///< needs a release newer than the barred one
    FT_REASON_HOST = 7,        ///< the host says hold
    FT_REASON_CONFIDENCE = 8,  ///< the host says on, but its own forecast does not
    FT_REASON_CLOCK = 9,       ///< the controller's clock went back
    FT_REASON_EXTERNAL = 10,   ///< the platform reported a fault
} ft_reason;

enum { FT_SEQUENCE_JUMP = 4096 };  ///< a command may be at most this far ahead of the last one

typedef struct ft_controller_config {
    uint32_t watchdog_us;   ///< longest silence; a host may ask for less, not for more
    uint32_t age_limit_us;  ///< oldest sample; in force is the least of this, the host's wish and 2.5 sample periods
    uint32_t dwell_us;      ///< of fresh samples without interruption, before the beam may come on
    uint32_t status_period_us;   ///< between statuses that come by themselves
    uint32_t refusal_period_us;  ///< least time between two answers to refused frames
    uint32_t poll_period_us;     ///< longest time between two calls; limits act this much earlier
    uint32_t controller_id;
    uint32_t firmware_version;
    bool latch_watchdog;  ///< after a silence an operator has to release the beam anew
    bool latch_age;       ///< likewise after a sample over its limit
} ft_controller_config;

/// Watchdog 100 ms (latched), age 250 ms (not latched), dwell 1 s, status 100 ms, refusals 20 ms, poll 1 ms.
void ft_controller_defaults(ft_controller_config* config);

/// Everything the controller knows. Only the functions below change it.
typedef struct ft_controller {
    ft_controller_config config;
    uint64_t now_us;
    uint32_t boot_count, entropy, handshakes;

    bool connected;
    uint32_t host_nonce, controller_nonce;
    uint32_t watchdog_us, age_limit_us;  // in force
    uint32_t last_sequence;
    bool taken;  // a command of this connection
    bool alive;  // and the newest within the watchdog time

    bool wants_on;   // newest command: ON, and confident
    bool confident;  // or not ON
    uint32_t epoch, barred_epoch;
    uint32_t latches;          // another number whenever a new release becomes necessary
    uint32_t release_latches;  // the number that the newest release knew
    uint32_t age_at_arrival_us;
    uint64_t arrival_us;

    bool fresh;  // commands have come in time with samples young enough, since:
    uint64_t fresh_since_us;

    bool enabled;
    uint8_t why;  // FT_REASON: why not fresh
    uint8_t last_trip;
    uint32_t trips;
    ft_counters counters;
    uint8_t last_answer;  // ft_answer to the last frame

    uint32_t status_number;
    uint64_t status_sent_us, refusal_sent_us;
    bool refusal_sent;
} ft_controller;

/// After a reset; the output is off. boot_count: of resets, kept by the platform where it can. entropy: differs from
/// reset to reset as well as the platform can make it; nonces come from it.
void ft_controller_init(ft_controller* controller, const ft_controller_config* config, uint32_t boot_count,
                        uint32_t entropy, uint64_t now_us);

/// Takes what came as one frame. Returns the size of the reply to send, 0 for none.
size_t ft_controller_receive(ft_controller* controller, uint64_t now_us, const uint8_t* bytes, size_t size,
                             uint8_t reply[FT_FRAME_MAX]);

/// Something came that the framing below refused (serial line): counted and answered as malformed.
size_t ft_controller_receive_broken(ft_controller* controller, uint64_t now_us, uint8_t reply[FT_FRAME_MAX]);

/// Lets time pass. Returns the size of a status to send, 0 for none.
size_t ft_controller_poll(ft_controller* controller, uint64_t now_us, uint8_t reply[FT_FRAME_MAX]);

/// A fault that the platform found (read-back of the output, self-test): holds, and needs a new connection and release.
void ft_controller_trip(ft_controller* controller, uint64_t now_us);

bool ft_controller_enabled(const ft_controller* controller);
ft_state ft_controller_state(const ft_controller* controller);
ft_reason ft_controller_reason(const ft_controller* controller);

#ifdef __cplusplus
}
#endif

#endif
