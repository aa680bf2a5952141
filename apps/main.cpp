// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/commands.h"

int main(int argc, char** argv) { return foretide::apps::run_foretide(argc, argv); }
