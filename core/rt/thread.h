// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <string>

namespace foretide::core {

/// Outcome of a request to the system. The caller's policy decides whether a refusal matters.
struct [[nodiscard]] RtResult {
    bool ok = false;
    std::string message;  ///< what was done, or what was refused, why, and what to do about it
};

// Preparation of a real-time thread, in this order. Each acts on the calling thread (lock_memory: the process),
// is not RT-safe itself, never throws for a refusal and may be called again.

/// Keeps all present and future memory of the process in RAM, and freed memory in the process.
RtResult lock_memory();

/// Touches this much stack below the present frame, so that using it later takes no page fault. Refused where the
/// thread's stack has less left.
RtResult prefault_stack(std::size_t bytes = 512UL * 1024);

/// SCHED_FIFO at the middle of its range of priorities: above all ordinary threads, below the kernel's own.
RtResult set_fifo_priority();

RtResult pin_to_cpu(int cpu);

/// Name shown by debuggers and top; the system keeps the first 15 characters.
RtResult set_thread_name(const std::string& name);

}  // namespace foretide::core
