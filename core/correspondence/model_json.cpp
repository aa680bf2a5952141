// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/correspondence/model_json.h"

#include <array>
#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

namespace foretide::core {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
constexpr int kVersion = 1;
constexpr const char* kKey = "foretide_correspondence";

/// Field by field, the same list for both directions.
template <class Visit, class Model>
void visit_fields(Model& m, Visit&& visit)
{
    visit("markers", m.markers);
    visit("mean_mm", m.mean_mm);
    visit("axes", m.axes);
    visit("scale_mm", m.scale_mm);
    visit("velocity_scale_mm_s", m.velocity_scale_mm_s);
    visit("coefficients_mm", m.coefficients);
    visit("inverse_gram", m.inverse_gram);
    visit("sigma_mm", m.sigma_mm);
    visit("degrees_of_freedom", m.degrees_of_freedom);
    visit("unseen_limit_mm", m.unseen_limit_mm);
    visit("pairs", m.pairs);
    visit("rejected", m.rejected);
    visit("range_mm", m.range_mm);
    visit("loo_rms_mm", m.loo_rms_mm);
    visit("tolerance_mm", m.tolerance_mm);
    visit("source", m.provenance.source);
    visit("content_hash", m.provenance.content_hash);
    visit("created", m.provenance.created);
    visit("version", m.provenance.version);
}

/// Whole numbers are told from others before they are taken: 1e300 is no count.
void take(const Json& json, int& value)
{
    constexpr int most = 1'000'000;
    if (!json.is_number_integer() || json.get<std::int64_t>() < 0 || json.get<std::int64_t>() > most)
        throw std::invalid_argument("a count is no whole number from 0 to a million");
    value = json.get<int>();
}

void take(const Json& json, std::vector<int>& values)
{
    if (!json.is_array()) throw std::invalid_argument("the rejected pairs must be a list");
    for (const Json& item : json) take(item, values.emplace_back());
}

template <class Value>
void take(const Json& json, Value& value)
{
    json.get_to(value);
}

}  // namespace

std::string to_json(const CorrespondenceModel& model)
{
    Json json;
    json[kKey] = kVersion;
    json["form"] = to_string(model.form);
    visit_fields(model, [&json](const char* key, const auto& value) { json[key] = value; });
    // Names of files may be in any encoding.
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

CorrespondenceModel parse_correspondence_json(std::string_view text, const std::string& file)
{
    const auto fail = [&file](const std::string& what) -> ModelFileError {
        return ModelFileError(file + ": " + what + "; make the model with `foretide correspondence fit`");
    };
    if (text.size() > kMaxBytes) throw fail("is larger than 1 MB, no correspondence model");
    CorrespondenceModel model;
    try {
        const Json json = Json::parse(text);
        if (!json.is_object() || !json.contains(kKey)) throw fail("is no correspondence model");
        if (json[kKey] != kVersion) throw fail("is of another version than this program reads (1)");
        const std::string form = json.at("form").get<std::string>();
        if (form != "linear" && form != "quadratic") throw fail("the form must be linear or quadratic");
        model.form = form == "linear" ? CorrespondenceForm::linear : CorrespondenceForm::quadratic;
        visit_fields(model, [&json](const char* key, auto& value) { take(json.at(key), value); });
        model.check();
    } catch (const Json::exception& error) {
        throw fail(std::string("cannot be read: ") + error.what());
    } catch (const std::invalid_argument& error) {
        throw fail(error.what());
    }
    return model;
}

}  // namespace foretide::core
