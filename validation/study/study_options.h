// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rnn/algorithms.h"
#include "validation/replay.h"

namespace foretide::validation {

/// How hyper-parameters are chosen: the defaults, a few values of each, or the published grids (study/grid.h).
enum class GridKind { none, quick, paper };

/// One row of the tables: an algorithm, perhaps with some parameters fixed.
struct StudyAlgorithm {
    std::string label;        ///< as it appears in the tables: "snap1", "uoro:order=reference"
    std::string name;         ///< of rnn::algorithms()
    rnn::Parameters fixed{};  ///< never varied by a grid
};

/// A study: sequences × horizons × algorithms × protocols × seeds.
///
/// Each sequence is one session. Up to `train_end_s` the standardisation runs, from there to `eval_start_s` the
/// hyper-parameters are chosen, and targets from `eval_start_s` on are the test. Times count from the first sample.
struct StudyOptions {
    std::filesystem::path data;            ///< holds `<rate>Hz/*.csv`
    std::vector<std::string> sequences{};  ///< names as in "seq1", or what follows "seq"; empty: all there are
    double rate_hz = 10;
    std::vector<rnn::Protocol> protocols{rnn::Protocol::live};
    std::vector<StudyAlgorithm> algorithms{};  ///< each runs under those protocols that have it
    std::optional<std::size_t> against{};      ///< number of the algorithm that the others' nRMSE is compared with
    std::vector<double> horizons_s{};
    GridKind grid = GridKind::none;
    std::uint64_t seed = 1;
    int runs = 1;         ///< seeds of the test: seed, seed + 1 …
    int select_runs = 0;  ///< seeds for choosing hyper-parameters; 0: see choosing_seeds()
    double train_end_s = 30, eval_start_s = 60;
    std::optional<double> eval_end_s{};
    std::optional<GateRequest> gate{};

    /// Seeds for choosing. Neighbours in the published grids differ by less than their seeds do: the papers took 50
    /// seeds, and 10 are taken here where nothing else is said.
    int choosing_seeds() const noexcept
    {
        constexpr int fewest = 10;
        if (select_runs > 0) return select_runs;
        return grid == GridKind::paper && runs < fewest ? fewest : runs;
    }
};

inline const char* protocol_name(rnn::Protocol protocol)
{
    return protocol == rnn::Protocol::live ? "live" : "published";
}

inline const char* grid_name(GridKind grid)
{
    return grid == GridKind::none ? "none" : grid == GridKind::quick ? "quick" : "paper";
}

/// "eta=0.01 hidden=90": parameters as tables and stores write them.
std::string parameters_text(const rnn::Parameters& parameters);

}  // namespace foretide::validation
