// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#define FORETIDE_YARDSTICK_ISA baseline
#include "validation/bench/yardsticks_impl.h"
