// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cstddef>
#include <cstdint>

#include "acquisition/pairs_csv.h"
#include "core/correspondence/correspondence_fit.h"
#include "core/correspondence/model_json.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace {

using namespace foretide;
using acquisition::fuzz::require;

void fuzz_pairs(std::string_view text)
{
    core::CorrespondencePairs pairs;
    try {
        pairs = acquisition::parse_pairs_csv(text, "fuzz.csv");
    } catch (const acquisition::ReadError&) {
        return;
    }
    require(pairs.markers >= 1 && pairs.markers <= core::kMaxMarkers, "1 to kMaxMarkers markers");
    require(!pairs.pairs.empty() && pairs.pairs.size() <= acquisition::kMaxPairs, "1 to kMaxPairs pairs");
    constexpr std::size_t quick = 40;
    if (pairs.pairs.size() > quick) return;
    try {
        core::fit_correspondence(pairs, {}).model.check();
    } catch (const core::CorrespondenceRefused&) {
    }
}

void fuzz_model(std::string_view text)
{
    core::CorrespondenceModel model;
    try {
        model = core::parse_correspondence_json(text, "fuzz.json");
    } catch (const core::ModelFileError&) {
        return;
    }
    const std::string written = core::to_json(model);
    require(core::to_json(core::parse_correspondence_json(written, "again")) == written, "writing round-trips");
    const core::CorrespondenceMap map(model, 0.9);
    const std::vector<double> zero(static_cast<std::size_t>(3 * model.markers));
    const core::InternalEstimate estimate = map.at(zero, zero);
    require(estimate.known || std::isnan(estimate.half_width_mm[0]), "what is not known is not told");
}

}  // namespace

/// Pairs as CSV, a model as JSON: read, or refused in words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    fuzz_pairs(text);
    fuzz_model(text);
    return 0;
}
