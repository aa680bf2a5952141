// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/test_port.h"

#include "firmware_bridge/firmware/beam_output.h"
#include "firmware_bridge/firmware/board.h"
#include "firmware_bridge/firmware/boot_record.h"
#include "firmware_bridge/firmware/clock.h"
#include "firmware_bridge/firmware/interrupts.h"
#include "firmware_bridge/firmware/link.h"
#include "firmware_bridge/firmware/test_faults.h"
#include "firmware_bridge/firmware/test_hooks.h"
#include "firmware_bridge/firmware/test_log.h"
#include "firmware_bridge/firmware/test_text.h"
#include "firmware_bridge/firmware/uart.h"

enum { kBaud = 921600 };
#define kLogMagic UINT32_C(0x4C4F4731)

static fw_uart port;
static char line[320];
static size_t line_size;
static bool virtual_time;
static fw_writer out;  // one line at a time; too large for the stack
static fw_test_times times __attribute__((section(".noinit")));

void fw_test_log_open(void)
{
    if (times.magic == kLogMagic) return;
    times = (fw_test_times){kLogMagic, 0, 0, 0};
}

void fw_test_log_fault(uint64_t now_us) { times.fault_us = now_us; }

void fw_test_log_beam(uint64_t now_us, int enabled) { *(enabled ? &times.on_us : &times.off_us) = now_us; }

const fw_test_times* fw_test_log(void) { return &times; }

void fw_on_test_receive(void) { fw_uart_on_receive(&port); }

void fw_on_test_sent(void) { fw_uart_on_sent(&port); }

void fw_test_beam(bool enabled) { fw_test_log_beam(fw_clock_us(), enabled); }

uint64_t fw_test_time(uint64_t now_us) { return now_us + fw_fault_clock_offset(); }

bool fw_test_received(void) { return !fw_fault_drops(); }

bool fw_test_reply(uint8_t* bytes, size_t count)
{
    enum { kAt = 20, kBit = 2 };
    // No byte of the line may become a delimiter: that would be another fault.
    if (fw_fault_corrupts() && count > kAt) bytes[kAt] = (uint8_t)(bytes[kAt] == kBit ? 1 : bytes[kAt] ^ kBit);
    return !fw_fault_mutes();
}

bool fw_test_waiting(void) { return fw_uart_waiting(&port); }

void fw_test_open(void)
{
    fw_test_log_open();
    fw_uart_open(&port, FW_UART1, kBaud);
    fw_enable_interrupt(FW_IRQ_UART1_RX);
    fw_enable_interrupt(FW_IRQ_UART1_TX);
    fw_test_say("ready");
}

void fw_test_say(const char* text)
{
    size_t size = 0;
    while (text[size]) ++size;
    (void)fw_uart_put(&port, (const uint8_t*)text, size);
    (void)fw_uart_put(&port, (const uint8_t*)"\n", 1);
}

static void begin_answer(const char* text)
{
    out.size = 0;
    fw_write_text(&out, text);
}

static void say_status(uint64_t now_us)
{
    begin_answer("ok");
    fw_write_pair(&out, "time", now_us);
    fw_write_pair(&out, "boots", fw_boot()->boots);
    fw_write_pair(&out, "cause", fw_boot()->cause);
    fw_write_pair(&out, "exception", fw_boot()->exception);
    fw_write_pair(&out, "faultstatus", fw_boot()->status);
    fw_write_pair(&out, "beam", fw_beam_enabled());
    fw_write_pair(&out, "fault", times.fault_us);
    fw_write_pair(&out, "on", times.on_us);
    fw_write_pair(&out, "off", times.off_us);
    fw_write_pair(&out, "arrival", fw_link_controller.arrival_us);
    fw_write_pair(&out, "lost", fw_link_line.lost);
    fw_test_say(out.text);
}

static void say_outcome(size_t size, const uint8_t* reply)
{
    fw_beam_refresh(ft_controller_enabled(&fw_link_controller));
    begin_answer("");
    fw_write_decimal(&out, (uint32_t)ft_controller_state(&fw_link_controller));
    fw_write_text(&out, fw_beam_enabled() ? " 1 " : " 0 ");
    fw_write_decimal(&out, (uint32_t)ft_controller_reason(&fw_link_controller));
    fw_write_text(&out, size == 0 ? " -" : " ");
    fw_write_bytes(&out, reply, size);
    fw_test_say(out.text);
}

static bool read_numbers(fw_reader* reader, uint64_t* values, int count)
{
    for (int i = 0; i < count; ++i) {
        if (!fw_read_decimal(reader, &values[i])) return false;
    }
    return fw_read_end(reader);
}

// TIME, and the fields of ft_controller_init() and ft_controller_config in their order.
static bool start_virtual(fw_reader* reader)
{
    enum { kNumbers = 13 };
    uint64_t n[kNumbers];
    if (!read_numbers(reader, n, kNumbers)) return false;
    const ft_controller_config config = {(uint32_t)n[3], (uint32_t)n[4], (uint32_t)n[5], (uint32_t)n[6],
                                         (uint32_t)n[7], (uint32_t)n[8], (uint32_t)n[9], (uint32_t)n[10],
                                         n[11] != 0,     n[12] != 0};
    ft_controller_init(&fw_link_controller, &config, (uint32_t)n[1], (uint32_t)n[2], n[0]);
    virtual_time = true;
    fw_test_say("ok");
    return true;
}

// "TIME -"
static bool read_time(fw_reader* reader, uint64_t* now_us)
{
    return fw_read_decimal(reader, now_us) && fw_read_sign(reader, '-') && fw_read_end(reader);
}

static bool run_virtual(fw_reader* reader)
{
    enum { kMostBytes = FT_FRAME_MAX + 32 };  // too long a frame is a case, too
    uint8_t reply[FT_FRAME_MAX], bytes[kMostBytes];
    uint64_t now_us = 0;
    size_t size = 0;
    if (!virtual_time) return false;
    if (fw_read_word(reader, "frame")) {
        if (!fw_read_decimal(reader, &now_us) || !fw_read_bytes(reader, bytes, sizeof(bytes), &size)) return false;
        say_outcome(ft_controller_receive(&fw_link_controller, now_us, bytes, size, reply), reply);
    } else if (fw_read_word(reader, "poll")) {
        if (!read_time(reader, &now_us)) return false;
        say_outcome(ft_controller_poll(&fw_link_controller, now_us, reply), reply);
    } else if (fw_read_word(reader, "broken")) {
        if (!read_time(reader, &now_us)) return false;
        say_outcome(ft_controller_receive_broken(&fw_link_controller, now_us, reply), reply);
    } else if (fw_read_word(reader, "trip")) {
        if (!read_time(reader, &now_us)) return false;
        ft_controller_trip(&fw_link_controller, now_us);
        say_outcome(0, reply);
    } else {
        return false;
    }
    return true;
}

void fw_test_command(const char* text, uint64_t now_us)
{
    fw_reader reader = {text};
    if (fw_read_word(&reader, "status")) {
        say_status(now_us);
    } else if (fw_read_word(&reader, "fault")) {
        fw_test_say(fw_fault_schedule(&reader, now_us) ? "ok" : "error: no such fault, or eight of them wait");
    } else if (!(fw_read_word(&reader, "reset") ? start_virtual(&reader) : run_virtual(&reader))) {
        fw_test_say("error: not understood");
    }
}

bool fw_test_turn(uint64_t now_us)
{
    uint8_t byte;
    for (int i = 0; i < FW_TURN_BYTES && fw_uart_take(&port, &byte); ++i) {
        if (byte != '\n') {
            if (line_size + 1 < sizeof(line)) line[line_size++] = (char)byte;
            continue;
        }
        line[line_size] = 0;
        line_size = 0;
        fw_test_command(line, now_us);
    }
    fw_fault_turn(now_us);
    if (virtual_time) fw_beam_refresh(ft_controller_enabled(&fw_link_controller));
    return virtual_time;
}
