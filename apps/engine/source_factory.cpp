// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/source_factory.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "acquisition/igtl/igtl_source.h"
#include "acquisition/live/played_source.h"
#include "acquisition/ndi/ndi_source.h"
#include "acquisition/recording_reader.h"
#include "core/recording.h"

namespace foretide::apps {

namespace {

/// "kind:rest" → both; "kind" → kind and an empty rest.
std::pair<std::string, std::string> split(const std::string& address)
{
    const std::size_t colon = address.find(':');
    if (colon == std::string::npos) return {address, ""};
    return {address.substr(0, colon), address.substr(colon + 1)};
}

std::unique_ptr<acquisition::MarkerSource> recorded(const SourceConfig& config, const std::string& file)
{
    if (file.empty()) throw std::invalid_argument("source 'replay:' names no file");
    core::Recording recording = acquisition::read_recording({file});
    const double rate_hz = config.rate_hz > 0 ? config.rate_hz : core::uniform_rate_hz(recording);
    return acquisition::play_recording(std::move(recording), rate_hz, config.speed, "recording " + file);
}

std::unique_ptr<acquisition::MarkerSource> simulated(const SourceConfig& config, const std::string& patient)
{
    acquisition::SimulationOptions options;
    options.rate_hz = config.rate_hz > 0 ? config.rate_hz : 30;
    options.seed = config.seed;
    return acquisition::play_patient(patient.empty() ? "regular" : patient, options, config.speed);
}

std::unique_ptr<acquisition::MarkerSource> polaris(const SourceConfig& config, const std::string& rest)
{
    acquisition::NdiConfig ndi;
    ndi.address = rest;
    if (config.latency_ms >= 0) ndi.latency = core::from_seconds(1e-3 * config.latency_ms);
    return std::make_unique<acquisition::NdiSource>(ndi);
}

std::unique_ptr<acquisition::MarkerSource> open_igt_link(const SourceConfig& config, const std::string& server)
{
    acquisition::IgtlSourceSettings settings;
    settings.server = acquisition::parse_host_port(server, acquisition::kIgtlPort);
    settings.markers = config.names;
    if (config.rate_hz > 0) settings.rate_hz = config.rate_hz;
    if (config.latency_ms >= 0) settings.latency = core::from_seconds(1e-3 * config.latency_ms);
    return std::make_unique<acquisition::IgtlSource>(std::move(settings));
}

}  // namespace

std::unique_ptr<acquisition::MarkerSource> make_source(const SourceConfig& config)
{
    const auto [kind, rest] = split(config.address);
    if (kind == "sim") return simulated(config, rest);
    if (kind == "replay") return recorded(config, rest);
    if (kind == "ndi" || kind == "ndi-serial") return polaris(config, rest);
    if (kind == "igtl") return open_igt_link(config, rest);
    throw std::invalid_argument("source '" + config.address +
                                "': use sim[:PATIENT], replay:FILE, ndi:HOST[:PORT], ndi-serial:DEVICE[:BAUD] or "
                                "igtl:HOST[:PORT]");
}

}  // namespace foretide::apps
