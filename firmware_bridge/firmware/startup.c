// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <stdint.h>

#include "firmware_bridge/firmware/beam_output.h"
#include "firmware_bridge/firmware/board.h"
#include "firmware_bridge/firmware/boot_record.h"
#include "firmware_bridge/firmware/interrupts.h"
#include "firmware_bridge/firmware/memory_protection.h"

// Start-up: vector table, memory, faults. The linker script gives the symbols. The stack lies at the very bottom of
// RAM: what overflows it leaves RAM, is a bus fault, and ends here with the beam held.

extern uint32_t fw_stack_top[], fw_data_begin[], fw_data_end[], fw_bss_begin[], fw_bss_end[];
extern const uint32_t fw_data_source[];

int main(void);
void fw_fault(uint32_t exception) __attribute__((noreturn, used));
void fw_reset_entry(void) __attribute__((noreturn));
void fw_fault_entry(void) __attribute__((naked, noreturn));

void fw_reset_entry(void)
{
    fw_write(FW_FPGAIO_LED, 0);  // before all else; a reset clears it, a jump to here would not
    const uint32_t* from = fw_data_source;
    for (uint32_t* to = fw_data_begin; to < fw_data_end; ++to, ++from) *to = *from;
    for (uint32_t* to = fw_bss_begin; to < fw_bss_end; ++to) *to = 0;
    fw_protect_memory();
    main();
    fw_fault(0);
}

// Faults, the NMI and every exception nobody expects. The stack may be what is broken: the output is written first,
// with registers alone, then the stack starts anew.
void fw_fault_entry(void)
{
    __asm__ volatile(
        "ldr r1, =0x40028000\n\t"
        "movs r0, #0\n\t"
        "str r0, [r1]\n\t"
        "mrs r0, ipsr\n\t"
        "ldr r1, =fw_stack_top\n\t"
        "msr msp, r1\n\t"
        "b fw_fault\n\t"
        ".ltorg");
}

void fw_fault(uint32_t exception)
{
    enum { kNmi = 2 };
    fw_beam_trip();
    fw_boot_expect(exception == kNmi ? FW_BOOT_WATCHDOG : FW_BOOT_FAULT, exception, fw_read(FW_SCB_CFSR));
    fw_boot_reset();
}

typedef void (*fw_vector)(void);

#define F fw_fault_entry
#ifdef FORETIDE_TEST_IMAGE
#define TEST(handler) handler
#else
#define TEST(handler) fw_fault_entry
#endif

// Entries: initial stack, 15 exceptions of the processor, 32 interrupts of the board.
__attribute__((section(".vectors"), used)) static const fw_vector vectors[] = {
    (fw_vector)(uintptr_t)fw_stack_top,
    fw_reset_entry,
    F,  // NMI: the watchdog
    F,  // hard fault
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    fw_on_link_receive,  // 0: UART0
    fw_on_link_sent,
    TEST(fw_on_test_receive),  // 2: UART1
    TEST(fw_on_test_sent),
    F,
    F,
    F,
    F,
    fw_on_tick,  // 8: timer 0
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
    F,
};

_Static_assert(sizeof(vectors) == (16 + 32) * sizeof(fw_vector), "one entry an exception");
