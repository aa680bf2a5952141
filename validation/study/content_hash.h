// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace foretide::validation {

/// FNV-1a, 64 bits: tells accidental differences, not forged ones.
std::uint64_t content_hash(std::string_view bytes, std::uint64_t start = 0xcbf29ce484222325U) noexcept;

/// The hash as sixteen hexadecimal digits.
std::string hash_text(std::uint64_t hash);

/// Hash of a file's content, as text. Throws std::runtime_error where it cannot be read.
std::string file_hash(const std::filesystem::path& file);

}  // namespace foretide::validation
