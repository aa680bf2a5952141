// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#define FORETIDE_YARDSTICK_ISA avx2
#include "validation/bench/yardsticks_impl.h"
