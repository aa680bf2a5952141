// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

/// The processor's memory protection unit: code can be read and executed, RAM and peripherals read and written, and all
/// else is a fault: a wild pointer, a stack that has left RAM, code overwritten, data executed.
void fw_protect_memory(void);
