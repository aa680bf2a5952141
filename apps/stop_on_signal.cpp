// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/stop_on_signal.h"

#include <atomic>

namespace foretide::apps {

namespace {

std::atomic<StopOnSignal::Stop> stop_function{nullptr};
std::atomic<void*> stop_object{nullptr};
static_assert(std::atomic<StopOnSignal::Stop>::is_always_lock_free && std::atomic<void*>::is_always_lock_free);

extern "C" void stop_on_signal(int)
{
    if (const StopOnSignal::Stop stop = stop_function) stop(stop_object);
}

}  // namespace

StopOnSignal::StopOnSignal(Stop stop, void* object)
{
    stop_object = object;
    stop_function = stop;
    struct sigaction action {};
    action.sa_handler = stop_on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &interrupt_);
    sigaction(SIGTERM, &action, &terminate_);
}

StopOnSignal::~StopOnSignal()
{
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGTERM, &terminate_, nullptr);
    stop_function = nullptr;
}

}  // namespace foretide::apps
