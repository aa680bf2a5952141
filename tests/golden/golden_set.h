// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

namespace foretide::golden {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// One folder of reference outputs: params.json and gzipped CSV matrices without header.
class GoldenSet {
public:
    explicit GoldenSet(std::filesystem::path folder);

    const std::string& name() const noexcept { return name_; }
    const nlohmann::json& params() const noexcept { return params_; }
    bool has(const std::string& file) const;
    /// Throws std::runtime_error where the file is missing or ragged.
    RowMatrix matrix(const std::string& file) const;

private:
    std::filesystem::path folder_;
    std::string name_;
    nlohmann::json params_;
};

/// FORETIDE_GOLDEN, else golden/open in FORETIDE_SHARED, else in ../shared of the source root.
std::filesystem::path golden_folder();

/// The sets in the folder whose params.json has this "short" name, sorted. Nothing where the folder is absent.
std::optional<std::vector<GoldenSet>> golden_sets(const std::string& short_name);

}  // namespace foretide::golden
