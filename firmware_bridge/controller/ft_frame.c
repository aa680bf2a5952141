// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/controller/ft_frame.h"

#include "firmware_bridge/controller/ft_bytes.h"
#include "firmware_bridge/controller/ft_crc32c.h"

static size_t size_of_type(uint8_t type)
{
    switch (type) {
    case FT_HELLO:
        return FT_HELLO_SIZE;
    case FT_WELCOME:
        return FT_WELCOME_SIZE;
    case FT_COMMAND:
        return FT_COMMAND_SIZE;
    case FT_STATUS:
        return FT_STATUS_SIZE;
    default:
        return 0;
    }
}

bool ft_newer(uint32_t a, uint32_t b)
{
    const uint32_t ahead = a - b;
    return ahead != 0 && ahead < 0x80000000U;
}

static void put_hello(const ft_hello* hello, uint8_t* out)
{
    out[20] = hello->version_min;
    out[21] = hello->version_max;
    ft_put_u16(out + 22, 0);
    ft_put_u32(out + 24, hello->sample_period_us);
    ft_put_u32(out + 28, hello->watchdog_us);
    ft_put_u32(out + 32, hello->age_limit_us);
    ft_put_u32(out + 36, hello->release_epoch);
}

static bool get_hello(const uint8_t* bytes, ft_hello* hello)
{
    hello->version_min = bytes[20];
    hello->version_max = bytes[21];
    hello->sample_period_us = ft_get_u32(bytes + 24);
    hello->watchdog_us = ft_get_u32(bytes + 28);
    hello->age_limit_us = ft_get_u32(bytes + 32);
    hello->release_epoch = ft_get_u32(bytes + 36);
    return ft_get_u16(bytes + 22) == 0 && hello->version_min <= hello->version_max && hello->sample_period_us > 0 &&
           hello->watchdog_us > 0 && hello->age_limit_us > 0;
}

static void put_welcome(const ft_welcome* welcome, uint8_t* out)
{
    out[20] = welcome->version;
    out[21] = welcome->flags;
    ft_put_u16(out + 22, 0);
    ft_put_u32(out + 24, welcome->watchdog_us);
    ft_put_u32(out + 28, welcome->age_limit_us);
    ft_put_u32(out + 32, welcome->dwell_us);
    ft_put_u32(out + 36, welcome->status_period_us);
    ft_put_u32(out + 40, welcome->controller_id);
    ft_put_u32(out + 44, welcome->firmware_version);
    ft_put_u32(out + 48, welcome->boot_count);
    ft_put_u32(out + 52, welcome->barred_epoch);
    ft_put_u64(out + 56, welcome->clock_us);
    ft_put_u32(out + 64, welcome->status_number);
    ft_put_u32(out + 68, welcome->latches);
}

static bool get_welcome(const uint8_t* bytes, ft_welcome* welcome)
{
    welcome->version = bytes[20];
    welcome->flags = bytes[21];
    welcome->watchdog_us = ft_get_u32(bytes + 24);
    welcome->age_limit_us = ft_get_u32(bytes + 28);
    welcome->dwell_us = ft_get_u32(bytes + 32);
    welcome->status_period_us = ft_get_u32(bytes + 36);
    welcome->controller_id = ft_get_u32(bytes + 40);
    welcome->firmware_version = ft_get_u32(bytes + 44);
    welcome->boot_count = ft_get_u32(bytes + 48);
    welcome->barred_epoch = ft_get_u32(bytes + 52);
    welcome->clock_us = ft_get_u64(bytes + 56);
    welcome->status_number = ft_get_u32(bytes + 64);
    welcome->latches = ft_get_u32(bytes + 68);
    return ft_get_u16(bytes + 22) == 0 && welcome->version == FT_VERSION &&
           (welcome->flags & ~(FT_WELCOME_LATCHES_WATCHDOG | FT_WELCOME_LATCHES_AGE)) == 0 &&
           welcome->watchdog_us > 0 && welcome->age_limit_us > 0;
}

static void put_command(const ft_command* command, uint8_t* out)
{
    ft_put_u32(out + 20, command->sample);
    ft_put_u32(out + 24, command->sample_age_us);
    ft_put_u32(out + 28, command->release_epoch);
    out[32] = command->beam;
    out[33] = command->hold_reason;
    out[34] = command->flags;
    out[35] = command->gate_kind;
    ft_put_i32(out + 36, command->t_on_us);
    ft_put_i32(out + 40, command->t_off_us);
    ft_put_i32(out + 44, command->on_position);
    ft_put_i32(out + 48, command->on_lower);
    ft_put_i32(out + 52, command->on_upper);
    ft_put_i32(out + 56, command->off_position);
    ft_put_i32(out + 60, command->off_lower);
    ft_put_i32(out + 64, command->off_upper);
    ft_put_i32(out + 68, command->window_lower);
    ft_put_i32(out + 72, command->window_upper);
    ft_put_i64(out + 76, command->exposure_ns);
    ft_put_i64(out + 84, command->sent_ns);
    ft_put_u32(out + 92, command->release_latches);
}

static bool get_command(const uint8_t* bytes, ft_command* command)
{
    command->sample = ft_get_u32(bytes + 20);
    command->sample_age_us = ft_get_u32(bytes + 24);
    command->release_epoch = ft_get_u32(bytes + 28);
    command->beam = bytes[32];
    command->hold_reason = bytes[33];
    command->flags = bytes[34];
    command->gate_kind = bytes[35];
    command->t_on_us = ft_get_i32(bytes + 36);
    command->t_off_us = ft_get_i32(bytes + 40);
    command->on_position = ft_get_i32(bytes + 44);
    command->on_lower = ft_get_i32(bytes + 48);
    command->on_upper = ft_get_i32(bytes + 52);
    command->off_position = ft_get_i32(bytes + 56);
    command->off_lower = ft_get_i32(bytes + 60);
    command->off_upper = ft_get_i32(bytes + 64);
    command->window_lower = ft_get_i32(bytes + 68);
    command->window_upper = ft_get_i32(bytes + 72);
    command->exposure_ns = ft_get_i64(bytes + 76);
    command->sent_ns = ft_get_i64(bytes + 84);
    command->release_latches = ft_get_u32(bytes + 92);
    const bool beam = command->beam == FT_BEAM_HOLD || (command->beam == FT_BEAM_ON && command->hold_reason == 0 &&
                                                        (command->flags & FT_COMMAND_STALLED) == 0);
    return beam && (command->flags & ~(FT_COMMAND_REPEAT | FT_COMMAND_FALLBACK | FT_COMMAND_STALLED)) == 0 &&
           command->gate_kind <= FT_GATE_PHASE;
}

static void put_status(const ft_status* status, uint8_t* out)
{
    out[20] = status->state;
    out[21] = status->enabled;
    out[22] = status->reason;
    out[23] = status->answer;
    ft_put_u32(out + 24, status->last_sequence);
    ft_put_u32(out + 28, status->sample_age_us);
    ft_put_u32(out + 32, status->silence_us);
    ft_put_u32(out + 36, status->barred_epoch);
    out[40] = status->flags;
    out[41] = status->last_trip;
    ft_put_u16(out + 42, 0);
    ft_put_u32(out + 44, status->trips);
    ft_put_u64(out + 48, status->clock_us);
    ft_put_u32(out + 56, status->counters.accepted);
    ft_put_u32(out + 60, status->counters.wrong_crc);
    ft_put_u32(out + 64, status->counters.wrong_version);
    ft_put_u32(out + 68, status->counters.wrong_nonce);
    ft_put_u32(out + 72, status->counters.wrong_order);
    ft_put_u32(out + 76, status->counters.too_old);
    ft_put_u32(out + 80, status->counters.malformed);
    ft_put_u32(out + 84, status->boot_count);
    ft_put_u32(out + 88, status->latches);
}

static bool get_status(const uint8_t* bytes, ft_status* status)
{
    status->state = bytes[20];
    status->enabled = bytes[21];
    status->reason = bytes[22];
    status->answer = bytes[23];
    status->last_sequence = ft_get_u32(bytes + 24);
    status->sample_age_us = ft_get_u32(bytes + 28);
    status->silence_us = ft_get_u32(bytes + 32);
    status->barred_epoch = ft_get_u32(bytes + 36);
    status->flags = bytes[40];
    status->last_trip = bytes[41];
    status->trips = ft_get_u32(bytes + 44);
    status->clock_us = ft_get_u64(bytes + 48);
    status->counters.accepted = ft_get_u32(bytes + 56);
    status->counters.wrong_crc = ft_get_u32(bytes + 60);
    status->counters.wrong_version = ft_get_u32(bytes + 64);
    status->counters.wrong_nonce = ft_get_u32(bytes + 68);
    status->counters.wrong_order = ft_get_u32(bytes + 72);
    status->counters.too_old = ft_get_u32(bytes + 76);
    status->counters.malformed = ft_get_u32(bytes + 80);
    status->boot_count = ft_get_u32(bytes + 84);
    status->latches = ft_get_u32(bytes + 88);
    return ft_get_u16(bytes + 42) == 0 && status->enabled <= 1 && status->answer <= FT_ANSWER_MALFORMED &&
           (status->flags & ~(FT_STATUS_NEEDS_RELEASE | FT_STATUS_FRESH | FT_STATUS_READY)) == 0;
}

size_t ft_encode(const ft_frame* frame, uint8_t out[FT_FRAME_MAX])
{
    const size_t size = size_of_type(frame->header.type);
    if (size == 0) return 0;
    ft_put_u32(out, FT_MAGIC);
    out[4] = FT_VERSION;
    out[5] = frame->header.type;
    ft_put_u16(out + 6, (uint16_t)size);
    ft_put_u32(out + 8, frame->header.host_nonce);
    ft_put_u32(out + 12, frame->header.controller_nonce);
    ft_put_u32(out + 16, frame->header.sequence);
    switch (frame->header.type) {
    case FT_HELLO:
        put_hello(&frame->body.hello, out);
        break;
    case FT_WELCOME:
        put_welcome(&frame->body.welcome, out);
        break;
    case FT_COMMAND:
        put_command(&frame->body.command, out);
        break;
    default:
        put_status(&frame->body.status, out);
        break;
    }
    ft_put_u32(out + size - FT_CRC_SIZE, ft_crc32c(out, size - FT_CRC_SIZE));
    return size;
}

static bool get_body(const uint8_t* bytes, ft_frame* out)
{
    switch (out->header.type) {
    case FT_HELLO:
        return get_hello(bytes, &out->body.hello) && out->header.host_nonce != 0 && out->header.controller_nonce == 0;
    case FT_WELCOME:
        return get_welcome(bytes, &out->body.welcome) && out->header.controller_nonce != 0;
    case FT_COMMAND:
        return get_command(bytes, &out->body.command);
    default:
        return get_status(bytes, &out->body.status);
    }
}

ft_answer ft_decode(const uint8_t* bytes, size_t size, ft_frame* out)
{
    if (size < FT_HEADER_SIZE + FT_CRC_SIZE || size > FT_FRAME_MAX) return FT_ANSWER_MALFORMED;
    if (ft_get_u32(bytes + size - FT_CRC_SIZE) != ft_crc32c(bytes, size - FT_CRC_SIZE)) return FT_ANSWER_CRC;
    if (ft_get_u32(bytes) != FT_MAGIC) return FT_ANSWER_MALFORMED;
    out->header.version = bytes[4];
    if (out->header.version != FT_VERSION) return FT_ANSWER_VERSION;
    out->header.type = bytes[5];
    if (size != size_of_type(out->header.type) || size != ft_get_u16(bytes + 6)) return FT_ANSWER_MALFORMED;
    out->header.host_nonce = ft_get_u32(bytes + 8);
    out->header.controller_nonce = ft_get_u32(bytes + 12);
    out->header.sequence = ft_get_u32(bytes + 16);
    return get_body(bytes, out) ? FT_ANSWER_TAKEN : FT_ANSWER_MALFORMED;
}

static bool range_known(int32_t position, int32_t lower, int32_t upper)
{
    return position != FT_POSITION_UNKNOWN && lower != FT_POSITION_UNKNOWN && upper != FT_POSITION_UNKNOWN &&
           lower <= position && position <= upper;
}

bool ft_command_confident(const ft_command* command)
{
    if (!range_known(command->on_position, command->on_lower, command->on_upper) ||
        !range_known(command->off_position, command->off_lower, command->off_upper) ||
        command->window_lower == FT_POSITION_UNKNOWN || command->window_upper == FT_POSITION_UNKNOWN)
        return false;
    if (command->gate_kind == FT_GATE_PHASE) return true;
    return (command->on_lower >= command->window_lower && command->on_upper <= command->window_upper) ||
           (command->off_lower >= command->window_lower && command->off_upper <= command->window_upper);
}
