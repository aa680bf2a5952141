// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/work_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace foretide::validation {

void do_units(const std::vector<WorkUnit>& units, Journal& journal, int jobs,
              const std::function<void(double share)>& progress)
{
    std::vector<const WorkUnit*> pending;
    double total = 0;
    for (const WorkUnit& unit : units)
        if (journal.find(unit.name) == nullptr) {
            pending.push_back(&unit);
            total += unit.cost;
        }
    std::ranges::stable_sort(pending, std::ranges::greater{}, [](const WorkUnit* unit) { return unit->cost; });

    std::atomic<std::size_t> next{0};
    std::mutex mutex;  // guards what follows
    double done = 0;
    std::exception_ptr failure;
    const auto work = [&] {
        for (std::size_t k = next++; k < pending.size(); k = next++) {
            try {
                journal.add(pending[k]->name, pending[k]->work());
                const std::lock_guard lock(mutex);
                done += pending[k]->cost;
                if (progress) progress(total > 0 ? done / total : 1);
            } catch (...) {
                next = pending.size();
                const std::lock_guard lock(mutex);
                if (!failure) failure = std::current_exception();
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        const std::size_t helpers = std::min(static_cast<std::size_t>(std::max(1, jobs)), pending.size());
        for (std::size_t t = 1; t < helpers; ++t) threads.emplace_back(work);
        work();
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace foretide::validation
