// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/controller/ft_controller.h"

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t saturated(uint64_t us) { return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX; }

// Spreads one number over all bits; a bijection, so that different numbers give different nonces.
static uint32_t scatter(uint32_t x)
{
    x = (x ^ (x >> 16U)) * 0x85EBCA6BU;
    x = (x ^ (x >> 13U)) * 0xC2B2AE35U;
    return x ^ (x >> 16U);
}

static uint32_t next_nonce(ft_controller* c)
{
    uint32_t nonce = 0;
    do {
        ++c->handshakes;
        nonce = scatter(c->entropy + scatter(c->boot_count) + c->handshakes + saturated(c->now_us) * 0x9E3779B9U);
    } while (nonce == 0 || nonce == c->controller_nonce);
    return nonce;
}

static uint64_t silence_us(const ft_controller* c) { return c->now_us - c->arrival_us; }

static uint64_t age_us(const ft_controller* c) { return c->age_at_arrival_us + silence_us(c); }

static bool too_old(const ft_controller* c) { return age_us(c) + c->config.poll_period_us >= c->age_limit_us; }

// By an operator who knew of all that went before.
static bool released(const ft_controller* c)
{
    return ft_newer(c->epoch, c->barred_epoch) && c->release_latches == c->latches;
}

static bool dwelt(const ft_controller* c) { return c->now_us - c->fresh_since_us >= c->config.dwell_us; }

// The only place that sets the output.
static void settle(ft_controller* c)
{
    c->enabled = c->connected && c->taken && c->fresh && dwelt(c) && released(c) && c->wants_on;
}

// What is barred once stays barred.
static void bar(ft_controller* c, uint32_t epoch)
{
    if (ft_newer(epoch, c->barred_epoch)) c->barred_epoch = epoch;
}

// Releases made by who does not know of this are void.
static void latch_anew(ft_controller* c)
{
    if (++c->latches == 0) c->latches = 1;  // 0: the host knows of none
}

// Samples are fresh no more.
static void stop(ft_controller* c, ft_reason reason)
{
    c->fresh = false;
    c->why = (uint8_t)reason;
    settle(c);
}

static void trip(ft_controller* c, ft_reason reason, bool latch)
{
    ++c->trips;
    c->last_trip = (uint8_t)reason;
    if (latch) {
        bar(c, c->epoch);
        latch_anew(c);
    }
    stop(c, reason);
}

// No frame of this connection counts any more.
static void disconnect(ft_controller* c, ft_reason reason)
{
    if (c->alive) trip(c, reason, true);
    c->connected = false;
    c->host_nonce = 0;
    c->taken = false;
    c->alive = false;
    c->wants_on = false;
    stop(c, reason);
}

// Limits act one poll early: at the next one it would be too late.
static void advance(ft_controller* c, uint64_t now_us)
{
    if (now_us < c->now_us) {
        c->now_us = now_us;
        c->status_sent_us = now_us;
        c->refusal_sent = false;
        c->arrival_us = now_us;
        c->fresh_since_us = now_us;
        if (c->connected) disconnect(c, FT_REASON_CLOCK);
    }
    c->now_us = now_us;
    if (c->alive && silence_us(c) + c->config.poll_period_us >= c->watchdog_us) {
        c->alive = false;
        trip(c, FT_REASON_WATCHDOG, c->config.latch_watchdog);
    }
    if (c->fresh && too_old(c)) trip(c, FT_REASON_AGE, c->config.latch_age);
    settle(c);
}

void ft_controller_defaults(ft_controller_config* config)
{
    config->watchdog_us = 100000;
    config->age_limit_us = 250000;
    config->dwell_us = 1000000;
    config->status_period_us = 100000;
    config->refusal_period_us = 20000;
    config->poll_period_us = 1000;
    config->controller_id = 0;
    config->firmware_version = 0x000100;
    config->latch_watchdog = true;
    config->latch_age = false;
}

void ft_controller_init(ft_controller* c, const ft_controller_config* config, uint32_t boot_count, uint32_t entropy,
                        uint64_t now_us)
{
    uint8_t* bytes = (uint8_t*)c;
    for (size_t i = 0; i < sizeof *c; ++i) bytes[i] = 0;
    c->config = *config;
    c->boot_count = boot_count;
    c->entropy = entropy;
    c->latches = scatter(~entropy + scatter(boot_count));  // releases of before the reset know another number
    c->now_us = now_us;
    c->status_sent_us = now_us;
    c->confident = true;
    c->age_at_arrival_us = FT_AGE_UNKNOWN;
    c->why = FT_REASON_RESET;
}

bool ft_controller_enabled(const ft_controller* c) { return c->enabled; }

ft_state ft_controller_state(const ft_controller* c)
{
    if (c->enabled) return FT_STATE_ON;
    if (!c->connected) return FT_STATE_IDLE;
    if (!c->fresh) return FT_STATE_WAITING;
    if (!dwelt(c)) return FT_STATE_DWELL;
    return released(c) ? FT_STATE_HOLD : FT_STATE_UNARMED;
}

ft_reason ft_controller_reason(const ft_controller* c)
{
    switch (ft_controller_state(c)) {
    case FT_STATE_ON:
        return FT_REASON_NONE;
    case FT_STATE_DWELL:
        return FT_REASON_DWELL;
    case FT_STATE_UNARMED:
        return FT_REASON_RELEASE;
    case FT_STATE_HOLD:
        return c->confident ? FT_REASON_HOST : FT_REASON_CONFIDENCE;
    default:
        return (ft_reason)c->why;
    }
}

static size_t status(ft_controller* c, ft_answer answer, uint8_t reply[FT_FRAME_MAX])
{
    ft_frame frame;
    ft_status* s = &frame.body.status;
    frame.header.version = FT_VERSION;
    frame.header.type = FT_STATUS;
    frame.header.host_nonce = c->host_nonce;
    frame.header.controller_nonce = c->connected ? c->controller_nonce : 0;
    frame.header.sequence = ++c->status_number;
    s->state = (uint8_t)ft_controller_state(c);
    s->enabled = c->enabled ? 1 : 0;
    s->reason = (uint8_t)ft_controller_reason(c);
    s->answer = (uint8_t)answer;
    s->last_sequence = c->last_sequence;
    s->sample_age_us = c->taken ? saturated(age_us(c)) : FT_AGE_UNKNOWN;
    s->silence_us = c->taken ? saturated(silence_us(c)) : UINT32_MAX;
    s->barred_epoch = c->barred_epoch;
    s->flags = 0;
    if (!released(c) || !c->taken) s->flags |= FT_STATUS_NEEDS_RELEASE;
    if (c->fresh) s->flags |= FT_STATUS_FRESH;
    if (c->fresh && dwelt(c) && released(c)) s->flags |= FT_STATUS_READY;
    s->last_trip = c->last_trip;
    s->trips = c->trips;
    s->clock_us = c->now_us;
    s->counters = c->counters;
    s->boot_count = c->boot_count;
    s->latches = c->latches;
    c->status_sent_us = c->now_us;
    return ft_encode(&frame, reply);
}

static size_t refuse(ft_controller* c, ft_answer answer, uint8_t reply[FT_FRAME_MAX])
{
    c->last_answer = (uint8_t)answer;
    switch (answer) {
    case FT_ANSWER_CRC:
        ++c->counters.wrong_crc;
        break;
    case FT_ANSWER_VERSION:
        ++c->counters.wrong_version;
        break;
    case FT_ANSWER_NONCE:
        ++c->counters.wrong_nonce;
        break;
    case FT_ANSWER_ORDER:
        ++c->counters.wrong_order;
        break;
    default:
        ++c->counters.malformed;
        break;
    }
    if (c->refusal_sent && c->now_us - c->refusal_sent_us < c->config.refusal_period_us) return 0;
    c->refusal_sent = true;
    c->refusal_sent_us = c->now_us;
    return status(c, answer, reply);
}

static size_t welcome(const ft_controller* c, uint8_t reply[FT_FRAME_MAX])
{
    ft_frame frame;
    ft_welcome* w = &frame.body.welcome;
    frame.header.version = FT_VERSION;
    frame.header.type = FT_WELCOME;
    frame.header.host_nonce = c->host_nonce;
    frame.header.controller_nonce = c->controller_nonce;
    frame.header.sequence = c->last_sequence;
    w->version = FT_VERSION;
    w->flags = (uint8_t)((c->config.latch_watchdog ? FT_WELCOME_LATCHES_WATCHDOG : 0) |
                         (c->config.latch_age ? FT_WELCOME_LATCHES_AGE : 0));
    w->watchdog_us = c->watchdog_us;
    w->age_limit_us = c->age_limit_us;
    w->dwell_us = c->config.dwell_us;
    w->status_period_us = c->config.status_period_us;
    w->controller_id = c->config.controller_id;
    w->firmware_version = c->config.firmware_version;
    w->boot_count = c->boot_count;
    w->barred_epoch = c->barred_epoch;
    w->clock_us = c->now_us;
    w->status_number = c->status_number;
    w->latches = c->latches;
    return ft_encode(&frame, reply);
}

// A HELLO always holds. One repeated before any command was taken keeps the nonce, so that a doubled or late copy
// does not part the two ends.
static size_t take_hello(ft_controller* c, const ft_frame* frame, uint8_t reply[FT_FRAME_MAX])
{
    const ft_hello* hello = &frame->body.hello;
    if (hello->version_min > FT_VERSION || hello->version_max < FT_VERSION) return refuse(c, FT_ANSWER_VERSION, reply);
    const bool again = c->connected && !c->taken && frame->header.host_nonce == c->host_nonce;
    disconnect(c, FT_REASON_CONNECTED);
    if (!again) c->controller_nonce = next_nonce(c);
    const uint32_t period = hello->sample_period_us;
    const uint32_t periods = period < UINT32_MAX / 4 ? 2 * period + period / 2 : UINT32_MAX;  // 2.5
    c->host_nonce = frame->header.host_nonce;
    c->watchdog_us = least(c->config.watchdog_us, hello->watchdog_us);
    c->age_limit_us = least(least(c->config.age_limit_us, hello->age_limit_us), periods);
    c->last_sequence = frame->header.sequence;
    c->barred_epoch = hello->release_epoch;
    c->epoch = hello->release_epoch;
    latch_anew(c);
    c->release_latches = 0;
    c->confident = true;
    c->connected = true;
    settle(c);
    c->last_answer = FT_ANSWER_TAKEN;
    return welcome(c, reply);
}

static bool of_this_connection(const ft_controller* c, const ft_header* header)
{
    return c->connected && header->host_nonce == c->host_nonce && header->controller_nonce == c->controller_nonce;
}

static bool in_order(const ft_controller* c, const ft_header* header)
{
    return ft_newer(header->sequence, c->last_sequence) && header->sequence - c->last_sequence <= FT_SEQUENCE_JUMP;
}

static size_t take_command(ft_controller* c, const ft_frame* frame, uint8_t reply[FT_FRAME_MAX])
{
    const ft_command* command = &frame->body.command;
    if (!of_this_connection(c, &frame->header)) return refuse(c, FT_ANSWER_NONCE, reply);
    if (!in_order(c, &frame->header)) return refuse(c, FT_ANSWER_ORDER, reply);
    ++c->counters.accepted;
    c->last_sequence = frame->header.sequence;
    c->taken = true;
    c->alive = true;
    c->confident = command->beam == FT_BEAM_HOLD || ft_command_confident(command);
    c->wants_on = command->beam == FT_BEAM_ON && c->confident;
    if (ft_newer(c->epoch, command->release_epoch)) bar(c, c->epoch);  // releases never come back
    c->epoch = command->release_epoch;
    c->release_latches = command->release_latches;
    c->age_at_arrival_us = command->sample_age_us;
    c->arrival_us = c->now_us;
    c->last_answer = too_old(c) ? FT_ANSWER_AGE : FT_ANSWER_TAKEN;
    if (too_old(c)) {
        ++c->counters.too_old;
        if (c->fresh)
            trip(c, FT_REASON_AGE, c->config.latch_age);
        else
            stop(c, FT_REASON_AGE);
        return status(c, FT_ANSWER_AGE, reply);
    }
    if (!c->fresh) {
        c->fresh = true;
        c->fresh_since_us = c->now_us;
    }
    settle(c);
    return status(c, FT_ANSWER_TAKEN, reply);
}

size_t ft_controller_receive(ft_controller* c, uint64_t now_us, const uint8_t* bytes, size_t size,
                             uint8_t reply[FT_FRAME_MAX])
{
    advance(c, now_us);
    ft_frame frame;
    const ft_answer answer = ft_decode(bytes, size, &frame);
    if (answer != FT_ANSWER_TAKEN) return refuse(c, answer, reply);
    switch (frame.header.type) {
    case FT_HELLO:
        return take_hello(c, &frame, reply);
    case FT_COMMAND:
        return take_command(c, &frame, reply);
    default:
        return refuse(c, FT_ANSWER_MALFORMED, reply);  // a controller's own frames
    }
}

size_t ft_controller_receive_broken(ft_controller* c, uint64_t now_us, uint8_t reply[FT_FRAME_MAX])
{
    advance(c, now_us);
    return refuse(c, FT_ANSWER_MALFORMED, reply);
}

size_t ft_controller_poll(ft_controller* c, uint64_t now_us, uint8_t reply[FT_FRAME_MAX])
{
    const bool was_enabled = c->enabled;
    advance(c, now_us);
    const bool due = c->now_us - c->status_sent_us + c->config.poll_period_us > c->config.status_period_us;
    return due || was_enabled != c->enabled ? status(c, FT_ANSWER_NONE, reply) : 0;
}

void ft_controller_trip(ft_controller* c, uint64_t now_us)
{
    advance(c, now_us);
    disconnect(c, FT_REASON_EXTERNAL);
}
