// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <iostream>
#include <memory>
#include <stdexcept>

#include "apps/commands.h"
#include "apps/output_file.h"
#include "apps/progress_bar.h"
#include "validation/bench/bench.h"
#include "validation/replay_json.h"

namespace foretide::apps {

namespace {

struct Options {
    std::string json, filter = ".*";
    int steps = 3000;
    bool check = false;
};

void bench(const Options& o)
{
    validation::bench::BenchOptions options;
    options.filter = o.filter;
    options.steps = o.steps;
    ProgressBar progress("bench");
    options.progress = [&progress](double share) { progress.update(share); };
    const auto results = run_bench(options);
    const auto json = validation::bench::bench_json(results);
    if (o.json == "-")
        validation::write_json(std::cout, json);
    else if (!o.json.empty())
        write_file(o.json, [&json](std::ostream& out) { validation::write_json(out, json); });
    if (o.json != "-") print_bench(std::cout, results);
    for (const auto& result : results)
        if (o.check && !result.within_limits()) throw std::runtime_error(result.name + " is over its limit");
}

}  // namespace

void add_bench_command(CLI::App& app)
{
    const auto o = std::make_shared<Options>();
    CLI::App* c = app.add_subcommand("bench", "Time the hot path against what this core can do at best");
    c->add_option("--json", o->json, "Result as JSON; - is standard output, and then nothing else is printed there");
    c->add_option("--filter", o->filter, "Regular expression searched for in the benchmarks' names")
        ->capture_default_str();
    c->add_option("--steps", o->steps, "Timed steps of each benchmark")
        ->check(CLI::Range(100, 1000000))
        ->capture_default_str();
    c->add_flag("--check", o->check, "Exit code 1 where a limit is exceeded");
    c->footer("Example:\n  foretide bench --filter 30Hz --json bench.json");
    c->callback([o] { bench(*o); });
}

}  // namespace foretide::apps
