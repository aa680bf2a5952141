// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace foretide::apps {

/// Rows of cells for a terminal, the first column to the left and the others to the right, as wide as they need to be.
class ColumnTable {
public:
    explicit ColumnTable(std::vector<std::string> header) : rows_{std::move(header)} {}
    /// As many cells as the header has.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    void add_rule() { rows_.emplace_back(); }
    void print(std::ostream& out) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace foretide::apps
