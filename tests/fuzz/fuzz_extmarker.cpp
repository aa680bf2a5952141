// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <string>
#include <vector>

#include "acquisition/extmarker.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace foretide::acquisition::fuzz {
namespace {

/// A '%' in the input starts the next file of the session.
core::Recording parse_files(std::string_view text)
{
    std::vector<ExtMarkerFile> files;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('%', begin), text.size());
        files.push_back(
            {"201205101519-" + std::to_string(1000 + files.size()) + ".csv", text.substr(begin, end - begin)});
        begin = end + 1;
    }
    return parse_extmarker(files);
}

}  // namespace
}  // namespace foretide::acquisition::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    return foretide::acquisition::fuzz::run_reader(data, size, foretide::acquisition::fuzz::parse_files);
}
