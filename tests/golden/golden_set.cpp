// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/golden/golden_set.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <zlib.h>

namespace foretide::golden {

namespace {

std::string read_gzip(const std::filesystem::path& file)
{
    gzFile in = gzopen(file.c_str(), "rb");
    if (in == nullptr) throw std::runtime_error("cannot open " + file.string());
    std::string text;
    char buffer[1 << 16];
    int got = 0;
    while ((got = gzread(in, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<std::size_t>(got));
    gzclose(in);
    if (got < 0) throw std::runtime_error("damaged gzip file " + file.string());
    return text;
}

}  // namespace

GoldenSet::GoldenSet(std::filesystem::path folder) : folder_(std::move(folder)), name_(folder_.filename().string())
{
    std::ifstream in(folder_ / "params.json");
    params_ = nlohmann::json::parse(in);
}

bool GoldenSet::has(const std::string& file) const { return exists(folder_ / (file + ".csv.gz")); }

RowMatrix GoldenSet::matrix(const std::string& file) const
{
    const std::string text = read_gzip(folder_ / (file + ".csv.gz"));
    std::vector<double> values;
    Eigen::Index rows = 0, cols = 0;
    const char* at = text.c_str();
    const char* const end = at + text.size();
    while (at < end) {
        Eigen::Index in_row = 0;
        for (;;) {
            char* after = nullptr;
            values.push_back(std::strtod(at, &after));
            if (after == at)
                throw std::runtime_error(name_ + "/" + file + ": not a number in row " + std::to_string(rows + 1));
            ++in_row;
            at = after;
            if (*at != ',') break;
            ++at;
        }
        if (rows > 0 && in_row != cols)
            throw std::runtime_error(name_ + "/" + file + ": ragged at row " + std::to_string(rows + 1));
        cols = in_row;
        ++rows;
        while (at < end && (*at == '\n' || *at == '\r')) ++at;
    }
    return Eigen::Map<const RowMatrix>(values.data(), rows, cols);
}

std::filesystem::path golden_folder()
{
    if (const char* golden = std::getenv("FORETIDE_GOLDEN")) return golden;
    if (const char* shared = std::getenv("FORETIDE_SHARED")) return std::filesystem::path(shared) / "golden" / "open";
    return std::filesystem::path(FORETIDE_SOURCE_DIR) / ".." / "shared" / "golden" / "open";
}

std::optional<std::vector<GoldenSet>> golden_sets(const std::string& short_name)
{
    const std::filesystem::path folder = golden_folder();
    if (!is_directory(folder)) return std::nullopt;
    std::vector<GoldenSet> sets;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (exists(entry.path() / "params.json")) {
            GoldenSet set(entry.path());
            if (set.params().at("short") == short_name) sets.push_back(std::move(set));
        }
    std::sort(sets.begin(), sets.end(), [](const GoldenSet& a, const GoldenSet& b) { return a.name() < b.name(); });
    return sets;
}

}  // namespace foretide::golden
