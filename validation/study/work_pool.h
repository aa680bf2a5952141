// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "validation/study/journal.h"

namespace foretide::validation {

/// A named piece of work that depends on nothing but itself.
struct WorkUnit {
    std::string name;
    double cost = 0;  ///< estimated; the longest are begun first
    std::function<nlohmann::ordered_json()> work;
};

/// Does the units that the journal does not have, `jobs` at a time, and puts each into the journal as it ends.
/// `progress` (may be empty) gets the share of their cost that is done; never two calls at once, but from any thread.
/// The first exception of a unit or of the journal ends the rest after what is under way and is thrown.
void do_units(const std::vector<WorkUnit>& units, Journal& journal, int jobs,
              const std::function<void(double share)>& progress);

}  // namespace foretide::validation
