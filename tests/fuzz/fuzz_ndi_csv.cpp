// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi_csv.h"
#include "tests/fuzz/reader_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    namespace acquisition = foretide::acquisition;
    return acquisition::fuzz::run_reader(data, size, [size](std::string_view text) {
        return acquisition::parse_ndi_csv(text, "fuzz.file", acquisition::fuzz::varied_options(size));
    });
}
