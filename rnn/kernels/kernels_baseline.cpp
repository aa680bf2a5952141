// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#define FORETIDE_KERNEL_ISA baseline
#define FORETIDE_KERNEL_BYTES 16
#define FORETIDE_KERNEL_ROWS 3
#define FORETIDE_KERNEL_VECTORS 2
#include "rnn/kernels/kernels_impl.h"
