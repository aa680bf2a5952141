// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/content_hash.h"

#include <fstream>
#include <stdexcept>
#include <vector>

namespace foretide::validation {

std::uint64_t content_hash(std::string_view bytes, std::uint64_t start) noexcept
{
    constexpr std::uint64_t prime = 0x100000001b3U;
    for (const char byte : bytes) start = (start ^ static_cast<unsigned char>(byte)) * prime;
    return start;
}

std::string hash_text(std::uint64_t hash)
{
    std::string text(16, '0');
    for (std::size_t k = text.size(); k > 0; --k, hash >>= 4U) text[k - 1] = "0123456789abcdef"[hash & 15U];
    return text;
}

std::string file_hash(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::uint64_t hash = content_hash({});
    std::vector<char> block(std::size_t{1} << 16U);
    while (in) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        hash = content_hash({block.data(), static_cast<std::size_t>(in.gcount())}, hash);
    }
    if (!in.eof()) throw std::runtime_error("cannot read " + file.string());
    return hash_text(hash);
}

}  // namespace foretide::validation
