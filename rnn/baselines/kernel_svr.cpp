// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "rnn/baselines/kernel_svr.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/ml.hpp>

#include "rnn/archive.h"
#include "rnn/range_check.h"
#include "rnn/sample_history.h"

namespace foretide::rnn {

namespace {

constexpr std::uint64_t kLargestModelBytes = 1ULL << 30U;

class KernelSvr final : public HorizonPredictor {
public:
    explicit KernelSvr(const KernelSvrConfig& c)
        : config_(c),
          p_(static_cast<std::size_t>(c.coordinates)),
          m_(p_ * static_cast<std::size_t>(c.history)),
          history_(c.coordinates, c.history + c.horizon + 1)
    {
    }

    int coordinates() const noexcept override { return config_.coordinates; }
    int horizon() const noexcept override { return config_.horizon; }
    void observe(std::span<const double> y) noexcept override { history_.push(y); }

    bool predict(std::span<double> y_hat) noexcept override
    {
        if (!machines_.empty() && history_.has(config_.history, 0)) {
            const std::vector<float> u = input(0);
            const cv::Mat row(1, static_cast<int>(m_), CV_32F, const_cast<float*>(u.data()));
            for (std::size_t c = 0; c < p_; ++c) y_hat[c] = machines_[c]->predict(row);
            if (std::all_of(y_hat.begin(), y_hat.end(), [](double v) { return std::isfinite(v); })) return true;
        }
        std::copy_n(history_.newest(), p_, y_hat.data());
        return false;
    }

    void learn() noexcept override
    {
        if (history_.count() > 0) add_pair(config_.horizon, {history_.newest(), p_}, history_.count() - 1);
    }

    void learn_revealed(std::span<const double> target) noexcept override
    {
        add_pair(0, target, history_.count() - 1 + config_.horizon);
    }

    void save_state(std::ostream& out) const override
    {
        core::write_header(out, "svr", 1);
        parameters().write(out);
        history_.save_state(out);
        core::write_pod(out, static_cast<std::uint64_t>(targets_.size()));
        core::write_array(out, inputs_);
        core::write_array(out, targets_);
        core::write_pod(out, static_cast<std::uint8_t>(!machines_.empty()));
        for (const auto& machine : machines_) {
            cv::FileStorage storage(".yml", cv::FileStorage::WRITE | cv::FileStorage::MEMORY);
            storage << "svr"
                    << "{";
            machine->write(storage);
            storage << "}";
            const std::string text = storage.releaseAndGetString();
            core::write_pod(out, static_cast<std::uint64_t>(text.size()));
            core::write_array(out, text);
        }
    }

    void load_state(std::istream& in) override
    {
        core::read_header(in, "svr", 1);
        parameters().demand(in);
        history_.load_state(in);
        const auto targets = core::read_pod<std::uint64_t>(in);
        const std::uint64_t most = static_cast<std::uint64_t>(config_.train_samples) * p_;
        if (targets > most || targets % p_ != 0)
            throw core::StateError("state: svr: impossible number of training targets");
        targets_.resize(targets);
        inputs_.resize(targets / p_ * m_);
        core::read_array(in, inputs_);
        core::read_array(in, targets_);
        machines_.clear();
        if (core::read_pod<std::uint8_t>(in) == 0) return;
        for (std::size_t c = 0; c < p_; ++c) {
            const auto length = core::read_pod<std::uint64_t>(in);
            if (length > kLargestModelBytes) throw core::StateError("state: svr: impossible length of a model");
            std::string text(length, '\0');
            core::read_array(in, text);
            try {
                machines_.push_back(cv::Algorithm::loadFromString<cv::ml::SVM>(text, "svr"));
            } catch (const cv::Exception& error) {
                throw core::StateError(std::string("state: svr: ") + error.what());
            }
            if (machines_.back().empty() || machines_.back()->getVarCount() != static_cast<int>(m_))
                throw core::StateError("state: svr: a model does not fit this history length");
        }
    }

private:
    StateParameters parameters() const
    {
        StateParameters text;
        text.add("p", config_.coordinates)
            .add("shl", config_.history)
            .add("h", config_.horizon)
            .add("train", config_.train_samples)
            .add("kernel-scale", config_.kernel_scale)
            .add("epsilon", config_.epsilon)
            .add("box", config_.box);
        return text;
    }

    std::vector<float> input(int age) const
    {
        const double* window = history_.window(config_.history, age);
        return {window, window + m_};
    }

    void add_pair(int age, std::span<const double> target, std::int64_t target_index)
    {
        if (target_index >= config_.train_samples) return;
        if (history_.has(config_.history, age)) {
            const std::vector<float> u = input(age);
            inputs_.insert(inputs_.end(), u.begin(), u.end());
            targets_.insert(targets_.end(), target.begin(), target.end());
        }
        if (target_index + 1 == config_.train_samples && !targets_.empty()) train();
    }

    void train()
    {
        const int rows = static_cast<int>(targets_.size() / p_);
        const cv::Mat samples(rows, static_cast<int>(m_), CV_32F, inputs_.data());
        const cv::Mat responses(rows, static_cast<int>(p_), CV_32F, targets_.data());
        for (std::size_t c = 0; c < p_; ++c) {
            auto machine = cv::ml::SVM::create();
            machine->setType(cv::ml::SVM::EPS_SVR);
            machine->setKernel(cv::ml::SVM::RBF);
            machine->setGamma(1.0 / (config_.kernel_scale * config_.kernel_scale));
            machine->setC(config_.box);
            machine->setP(config_.epsilon);
            machine->setTermCriteria({cv::TermCriteria::MAX_ITER | cv::TermCriteria::EPS, 100000, 1e-4});
            machine->train(samples, cv::ml::ROW_SAMPLE, responses.col(static_cast<int>(c)).clone());
            machines_.push_back(machine);
        }
    }

    KernelSvrConfig config_;
    std::size_t p_, m_;
    SampleHistory<double> history_;
    std::vector<float> inputs_, targets_;  // rows × m, rows × p
    std::vector<cv::Ptr<cv::ml::SVM>> machines_;
};

}  // namespace

bool kernel_svr_available() noexcept { return true; }

std::unique_ptr<HorizonPredictor> make_kernel_svr(const KernelSvrConfig& c)
{
    RangeCheck("svr")
        .whole("coordinates", c.coordinates, 1, kMaxCoordinates)
        .whole("shl", c.history, 1, kMaxHistory)
        .whole("horizon", c.horizon, 1, kMaxHorizon)
        .whole("train samples", c.train_samples, 1, 1000000)
        .positive("kernel-scale", c.kernel_scale)
        .not_negative("epsilon", c.epsilon)
        .positive("box", c.box);
    return std::make_unique<KernelSvr>(c);
}

}  // namespace foretide::rnn
