// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>

#include "acquisition/live/marker_source.h"
#include "apps/engine/engine_config.h"

namespace foretide::apps {

/// The source that an address names. Throws std::invalid_argument for an address that cannot be meant (with the forms
/// there are), acquisition::ReadError and acquisition::SimulationError for a file or patient that cannot be used.
std::unique_ptr<acquisition::MarkerSource> make_source(const SourceConfig& config);

}  // namespace foretide::apps
