// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/text_file.h"

#include <algorithm>
#include <fstream>

#include "acquisition/read_error.h"

namespace foretide::acquisition {

std::string read_head(const std::filesystem::path& file, std::size_t limit)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        throw ReadError(file.string(), 0, "it cannot be opened", "check the path and the permissions");
    }
    constexpr std::size_t kChunk = std::size_t{1} << 20U;
    std::string text;
    while (text.size() < limit && in) {
        const std::size_t begin = text.size();
        text.resize(begin + std::min(kChunk, limit - begin));
        in.read(text.data() + begin, static_cast<std::streamsize>(text.size() - begin));
        text.resize(begin + static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad()) {
        throw ReadError(file.string(), 0, "reading failed", "check the disk and the permissions");
    }
    return text;
}

std::string read_text_file(const std::filesystem::path& file, std::size_t most)
{
    std::string text = read_head(file, most + 1);
    if (text.size() > most) {
        throw ReadError(file.string(), 0, "it is larger than " + std::to_string(most >> 20U) + " MiB",
                        "check that it is the right file");
    }
    return text;
}

}  // namespace foretide::acquisition
