// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#define FORETIDE_KERNEL_ISA avx512
#define FORETIDE_KERNEL_BYTES 64
#define FORETIDE_KERNEL_ROWS 8
#define FORETIDE_KERNEL_VECTORS 3
#include "rnn/kernels/kernels_impl.h"
