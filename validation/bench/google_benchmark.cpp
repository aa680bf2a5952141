// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// foretide-bench: the hot-path cases under Google Benchmark, with all its options (--benchmark_filter, …).

#include <benchmark/benchmark.h>

#include "validation/bench/hot_path.h"

int main(int argc, char** argv)
{
    using foretide::validation::bench::HotPathCase;
    using foretide::validation::bench::HotPathLoop;
    for (const HotPathCase& which : foretide::validation::bench::hot_path_cases()) {
        benchmark::RegisterBenchmark((which.name + "/step").c_str(), [which](benchmark::State& state) {
            HotPathLoop loop(which);
            for (auto iteration : state) {
                static_cast<void>(iteration);
                loop.forecast();
                loop.learn();
            }
        })->Unit(benchmark::kMicrosecond);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
