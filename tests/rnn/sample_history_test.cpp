// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/sample_history.h"

#include <deque>
#include <random>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::rnn {
namespace {

/// Every stretch that the history says it has, against a deque that forgets nothing.
template <class T>
void expect_same(const SampleHistory<T>& sut, const std::deque<std::vector<T>>& all, std::size_t p, int capacity)
{
    ASSERT_EQ(sut.count(), static_cast<std::int64_t>(all.size()));
    for (int length = 1; length <= capacity + 1; ++length)
        for (int age = 0; age <= capacity; ++age) {
            const bool fits = length + age <= capacity && length + age <= static_cast<int>(all.size());
            ASSERT_EQ(sut.has(length, age), fits) << length << " samples, " << age << " ago";
            if (!fits) continue;
            const T* window = sut.window(length, age);
            for (int i = 0; i < length; ++i)
                for (std::size_t c = 0; c < p; ++c)
                    ASSERT_EQ(window[static_cast<std::size_t>(i) * p + c],
                              all[all.size() - static_cast<std::size_t>(age + length - i)][c])
                        << "sample " << i << " of " << length << ", " << age << " ago";
        }
    if (!all.empty()) {
        for (std::size_t c = 0; c < p; ++c) ASSERT_EQ(sut.newest()[c], all.back()[c]);
    }
}

template <class T>
void compare_with_deque()
{
    std::mt19937_64 engine(1);
    std::normal_distribution<double> normal(0, 10);
    for (const int p : {1, 3, 9})
        for (const int capacity : {1, 2, 3, 7, 16}) {
            SCOPED_TRACE(std::to_string(p) + " coordinates, capacity " + std::to_string(capacity));
            SampleHistory<T> sut(p, capacity);
            std::deque<std::vector<T>> all;
            expect_same(sut, all, static_cast<std::size_t>(p), capacity);
            for (int n = 0; n < 3 * capacity + 2; ++n) {
                std::vector<double> y;
                for (int c = 0; c < p; ++c) y.push_back(normal(engine));
                sut.push(y);
                all.emplace_back(y.begin(), y.end());
                expect_same(sut, all, static_cast<std::size_t>(p), capacity);
            }
        }
}

TEST(SampleHistory, IsADequeInSinglePrecision) { compare_with_deque<float>(); }
TEST(SampleHistory, IsADequeInDoublePrecision) { compare_with_deque<double>(); }

TEST(SampleHistory, GoesOnAfterALoad)
{
    SampleHistory<float> saved(2, 5);
    std::deque<std::vector<float>> all;
    const auto push = [&](SampleHistory<float>& history, int n) {
        const std::vector<double> y{1.0 * n, -0.5 * n};
        history.push(y);
        if (&history != &saved || n < 8) all.emplace_back(y.begin(), y.end());
    };
    for (int n = 0; n < 8; ++n) push(saved, n);
    std::stringstream state;
    saved.save_state(state);
    SampleHistory<float> sut(2, 5);
    sut.load_state(state);
    expect_same(sut, all, 2, 5);
    for (int n = 8; n < 15; ++n) push(sut, n);
    expect_same(sut, all, 2, 5);
}

TEST(SampleHistory, RefusesDamageAndOtherSizes)
{
    SampleHistory<float> saved(2, 5);
    std::stringstream state;
    saved.save_state(state);
    const std::string bytes = state.str();
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        std::stringstream cut(bytes.substr(0, length));
        SampleHistory<float> sut(2, 5);
        EXPECT_THROW(sut.load_state(cut), std::runtime_error) << length << " bytes";
    }
    std::stringstream whole(bytes);
    SampleHistory<float> longer(2, 6);
    EXPECT_THROW(longer.load_state(whole), std::runtime_error);
    whole.str(bytes);
    SampleHistory<double> other_type(2, 5);
    EXPECT_THROW(other_type.load_state(whole), std::runtime_error);
    std::string negative = bytes;
    negative[4 + 7] = '\x80';  // top byte of the count, behind its tag
    whole.str(negative);
    SampleHistory<float> sut(2, 5);
    EXPECT_THROW(sut.load_state(whole), std::runtime_error);
}

}  // namespace
}  // namespace foretide::rnn
