// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/commands.h"

namespace foretide::apps {

void add_bench_command(CLI::App&) {}

}  // namespace foretide::apps
