// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#define FORETIDE_KERNEL_ISA avx2
#define FORETIDE_KERNEL_BYTES 32
#define FORETIDE_KERNEL_ROWS 4
#define FORETIDE_KERNEL_VECTORS 2
#include "rnn/kernels/kernels_impl.h"
