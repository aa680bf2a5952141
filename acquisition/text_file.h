// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace foretide::acquisition {

/// A file's first `limit` bytes, or all of it. The size the file system states is not relied on: devices have none.
/// Throws ReadError where it cannot be read.
std::string read_head(const std::filesystem::path& file, std::size_t limit);

/// A whole file. Throws ReadError where it cannot be read or holds more than `most` bytes.
std::string read_text_file(const std::filesystem::path& file, std::size_t most = std::size_t{64} << 20U);

}  // namespace foretide::acquisition
