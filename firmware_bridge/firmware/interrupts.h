// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

/// The interrupts of the image, all of one priority: none interrupts another.

void fw_on_link_receive(void);
void fw_on_link_sent(void);
void fw_on_tick(void);

/// The second UART, which the test image alone uses. In the shipped image they are unexpected exceptions.
void fw_on_test_receive(void);
void fw_on_test_sent(void);
