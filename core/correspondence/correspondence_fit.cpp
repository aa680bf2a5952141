// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/correspondence/correspondence_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include <Eigen/Dense>

#include "core/correspondence/correspondence_terms.h"
#include "core/correspondence/robust_regression.h"

namespace foretide::core {

namespace {

constexpr double kFloor_mm = 0.05;       // no imaging is better than that: pairs that agree so well are no outliers
constexpr double kLeastSpread_mm = 0.2;  // standard deviation of a principal coordinate that is of use
constexpr double kUnseenFactor = 3, kLeastUnseen_mm = 3;
constexpr double kLargestRejectedShare = 0.25;

using Outputs = Eigen::Matrix<double, Eigen::Dynamic, 3>;

std::string text(double value, int decimals)
{
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out.setf(std::ios::fixed);
    out.precision(decimals);
    out << value;
    return out.str();
}

void check(const CorrespondencePairs& pairs, const CorrespondenceFitOptions& options)
{
    if (!(options.tolerance_mm > 0) || !(options.least_range_mm > 0))
        throw std::invalid_argument("the tolerance and the least range must be above 0 mm");
    if (pairs.markers < 1 || pairs.markers > kMaxMarkers) throw std::invalid_argument("pairs need 1 to 32 markers");
    const auto p = static_cast<std::size_t>(3 * pairs.markers);
    const auto finite = [](double v) { return std::isfinite(v); };
    for (const CorrespondencePair& pair : pairs.pairs)
        if (pair.markers_mm.size() != p || pair.velocities_mm_s.size() != (pairs.with_velocities() ? p : 0) ||
            !std::ranges::all_of(pair.markers_mm, finite) || !std::ranges::all_of(pair.velocities_mm_s, finite) ||
            !std::ranges::all_of(pair.internal_mm, finite))
            throw std::invalid_argument("pairs must be of one shape, and all their values numbers");
}

/// Mean and principal axes of the markers over the pairs: the external part of every candidate.
CorrespondenceModel external_part(const CorrespondencePairs& pairs)
{
    const auto n = static_cast<Eigen::Index>(pairs.pairs.size());
    const auto p = static_cast<Eigen::Index>(3 * pairs.markers);
    Eigen::MatrixXd x(n, p);
    for (Eigen::Index k = 0; k < n; ++k)
        x.row(k) = Eigen::Map<const Eigen::RowVectorXd>(pairs.pairs[static_cast<std::size_t>(k)].markers_mm.data(), p);
    const Eigen::RowVectorXd mean = x.colwise().mean();
    x.rowwise() -= mean;
    const Eigen::BDCSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinV);
    CorrespondenceModel model;
    model.markers = pairs.markers;
    model.mean_mm.assign(mean.data(), mean.data() + p);
    const Eigen::Index most = std::min<Eigen::Index>({kMaxExternalComponents, p, svd.singularValues().size()});
    for (Eigen::Index k = 0; k < most; ++k) {
        const double spread_mm = svd.singularValues()[k] / std::sqrt(static_cast<double>(n));
        if (k > 0 && spread_mm < kLeastSpread_mm) break;
        Eigen::VectorXd axis = svd.matrixV().col(k);
        Eigen::Index largest = 0;
        axis.cwiseAbs().maxCoeff(&largest);
        if (axis[largest] < 0) axis = -axis;
        model.axes.insert(model.axes.end(), axis.data(), axis.data() + p);
        model.scale_mm.push_back(std::max(spread_mm, std::numeric_limits<double>::min()));
    }
    return model;
}

/// Span of the first principal coordinate [mm] over some pairs.
double range_mm(const CorrespondenceModel& external, const CorrespondencePairs& pairs, const std::vector<bool>& kept)
{
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::size_t k = 0; k < pairs.pairs.size(); ++k) {
        if (!kept.empty() && !kept[k]) continue;
        CorrespondenceModel first = external;
        first.form = CorrespondenceForm::linear;
        const double x_mm = external_terms(first, pairs.pairs[k].markers_mm, {}).z[1] * external.scale_mm[0];
        low = std::min(low, x_mm);
        high = std::max(high, x_mm);
    }
    return high - low;
}

/// One form, fitted.
struct Trial {
    CorrespondenceModel model;  // external part and form
    CorrespondenceCandidate told;
    RobustRegression fit;
    Outputs residual;  // leave-one-out of the pairs kept, plain of the others
    double unseen_mm = 0;

    bool tried() const { return told.left_out.empty(); }
};

double velocity_scale(const CorrespondenceModel& external, const CorrespondencePairs& pairs)
{
    const std::size_t p = external.mean_mm.size();
    double squares = 0;
    for (const CorrespondencePair& pair : pairs.pairs) {
        double v = 0;
        for (std::size_t c = 0; c < p; ++c) v += external.axes[c] * pair.velocities_mm_s[c];
        squares += v * v;
    }
    return std::sqrt(squares / static_cast<double>(pairs.pairs.size()));
}

void regress(Trial& trial, const CorrespondencePairs& pairs)
{
    const auto n = static_cast<Eigen::Index>(pairs.pairs.size());
    const auto q = static_cast<Eigen::Index>(trial.model.terms());
    Eigen::MatrixXd z(n, q);
    Outputs y(n, 3);
    for (Eigen::Index k = 0; k < n; ++k) {
        const CorrespondencePair& pair = pairs.pairs[static_cast<std::size_t>(k)];
        const ExternalTerms terms = external_terms(trial.model, pair.markers_mm, pair.velocities_mm_s);
        trial.unseen_mm = std::max(trial.unseen_mm, terms.unseen_mm);
        for (Eigen::Index i = 0; i < q; ++i) z(k, i) = terms.z[static_cast<std::size_t>(i)];
        for (Eigen::Index a = 0; a < 3; ++a) y(k, a) = pair.internal_mm[static_cast<std::size_t>(a)];
    }
    trial.fit = robust_regression(z, y, kFloor_mm);
    trial.residual = y - z * trial.fit.coefficients;
    for (Eigen::Index k = 0; k < n; ++k)
        if (trial.fit.kept[static_cast<std::size_t>(k)]) {
            const double leverage = z.row(k) * trial.fit.inverse_gram * z.row(k).transpose();
            constexpr double nearest_one = 0.999;  // a pair that alone decides a term
            trial.residual.row(k) /= 1 - std::min(leverage, nearest_one);
        }
    trial.told.rejected = pairs.pairs.size() - trial.fit.kept_count;
}

Trial attempt(const CorrespondenceModel& external, CorrespondenceForm form, std::size_t components,
              const CorrespondencePairs& pairs)
{
    Trial trial;
    trial.told.form = form;
    trial.told.components = components;
    trial.model = external;
    trial.model.form = form;
    if (components > external.components()) {
        trial.told.left_out = "the markers do not move in so many ways";
        return trial;
    }
    trial.model.scale_mm.resize(components);
    trial.model.axes.resize(components * external.mean_mm.size());
    const std::size_t needed = pairs_needed(trial.model.terms());
    if (pairs.pairs.size() < needed) {
        trial.told.left_out = "needs " + std::to_string(needed) + " pairs";
        return trial;
    }
    if (trial.model.needs_velocity()) {
        if (!pairs.with_velocities()) {
            trial.told.left_out = "the pairs have no velocities";
            return trial;
        }
        trial.model.velocity_scale_mm_s = velocity_scale(external, pairs);
        if (!(trial.model.velocity_scale_mm_s > 0)) {
            trial.told.left_out = "the velocities are zero";
            return trial;
        }
    }
    try {
        regress(trial, pairs);
    } catch (const std::runtime_error& error) {
        trial.told.left_out = error.what();
    }
    return trial;
}

std::vector<Trial> attempt_all(const CorrespondenceModel& external, const CorrespondencePairs& pairs,
                               const CorrespondenceFitOptions& options)
{
    std::vector<Trial> trials;
    for (const auto form : {CorrespondenceForm::linear, CorrespondenceForm::quadratic}) {
        if (options.form && *options.form != form) continue;
        const std::size_t most = form == CorrespondenceForm::linear ? kMaxExternalComponents : 2;
        for (std::size_t k = 1; k <= most; ++k) trials.push_back(attempt(external, form, k, pairs));
    }
    return trials;
}

struct MeanSquare {
    double mean = 0, standard_error = 0;
};

MeanSquare mean_square(const Trial& trial, const std::vector<bool>& counted)
{
    std::vector<double> squares;
    for (std::size_t k = 0; k < counted.size(); ++k)
        if (counted[k]) squares.push_back(trial.residual.row(static_cast<Eigen::Index>(k)).squaredNorm());
    MeanSquare out;
    const auto n = static_cast<double>(squares.size());
    for (const double s : squares) out.mean += s / n;
    for (const double s : squares) out.standard_error += (s - out.mean) * (s - out.mean) / (n - 1) / n;
    out.standard_error = std::sqrt(out.standard_error);
    return out;
}

/// The simplest within one standard error of the best; null where none could be tried.
Trial* choose(std::vector<Trial>& trials)
{
    const Trial* keeps_most = nullptr;
    for (const Trial& trial : trials)
        if (trial.tried() && (keeps_most == nullptr || trial.told.rejected < keeps_most->told.rejected))
            keeps_most = &trial;
    if (keeps_most == nullptr) return nullptr;
    const std::vector<bool> counted = keeps_most->fit.kept;
    MeanSquare best;
    best.mean = std::numeric_limits<double>::infinity();
    for (Trial& trial : trials) {
        if (!trial.tried()) continue;
        const MeanSquare error = mean_square(trial, counted);
        trial.told.loo_rms_mm = std::sqrt(error.mean);
        if (error.mean < best.mean) best = error;
    }
    Trial* chosen = nullptr;
    for (Trial& trial : trials) {
        const double square = trial.told.loo_rms_mm * trial.told.loo_rms_mm;
        if (!trial.tried() || !(square <= best.mean + best.standard_error)) continue;
        if (chosen == nullptr || trial.model.terms() < chosen->model.terms()) chosen = &trial;
    }
    return chosen;
}

CorrespondenceModel finished(const Trial& trial, const CorrespondencePairs& pairs,
                             const CorrespondenceFitOptions& options)
{
    CorrespondenceModel model = trial.model;
    const Eigen::Index q = trial.fit.coefficients.rows();
    for (Eigen::Index i = 0; i < q; ++i)
        for (Eigen::Index a = 0; a < 3; ++a) model.coefficients.push_back(trial.fit.coefficients(i, a));
    model.inverse_gram.assign(trial.fit.inverse_gram.data(), trial.fit.inverse_gram.data() + q * q);
    for (std::size_t a = 0; a < 3; ++a) model.sigma_mm[a] = trial.fit.sigma[static_cast<Eigen::Index>(a)];
    model.degrees_of_freedom = static_cast<int>(trial.fit.kept_count) - static_cast<int>(q);
    model.unseen_limit_mm = std::max(kUnseenFactor * trial.unseen_mm, kLeastUnseen_mm);
    model.pairs = static_cast<int>(pairs.pairs.size());
    for (std::size_t k = 0; k < trial.fit.kept.size(); ++k)
        if (!trial.fit.kept[k]) model.rejected.push_back(static_cast<int>(k));
    model.range_mm = range_mm(trial.model, pairs, trial.fit.kept);
    model.loo_rms_mm = std::sqrt(mean_square(trial, trial.fit.kept).mean);
    model.tolerance_mm = options.tolerance_mm;
    return model;
}

[[noreturn]] void refuse(const std::string& why) { throw CorrespondenceRefused(why); }

}  // namespace

CorrespondenceFit fit_correspondence(const CorrespondencePairs& pairs, const CorrespondenceFitOptions& options)
{
    check(pairs, options);
    const std::size_t n = pairs.pairs.size();
    const bool quadratic = options.form == CorrespondenceForm::quadratic;
    if (const std::size_t needed = pairs_needed(quadratic ? 4 : 2); n < needed)
        refuse(std::to_string(n) + " pairs are too few: a " + (quadratic ? "quadratic" : "linear") + " model needs " +
               std::to_string(needed) + "; add pairs");
    const CorrespondenceModel external = external_part(pairs);
    if (const double range = range_mm(external, pairs, {}); range < options.least_range_mm)
        refuse("the markers move by " + text(range, 2) +
               " mm over the pairs, too little to tell how the internal point "
               "follows: at least " +
               text(options.least_range_mm, 2) +
               " mm are needed; take pairs over the whole breath, and check that the right markers are in the file");
    std::vector<Trial> trials = attempt_all(external, pairs, options);
    Trial* const chosen = choose(trials);
    if (chosen == nullptr) refuse("no model can be fitted: " + trials.front().told.left_out);
    chosen->told.chosen = true;

    CorrespondenceFit out;
    out.model = finished(*chosen, pairs, options);
    for (const Trial& trial : trials) out.candidates.push_back(trial.told);
    for (Eigen::Index k = 0; k < chosen->residual.rows(); ++k)
        out.loo_residual_mm.push_back({chosen->residual(k, 0), chosen->residual(k, 1), chosen->residual(k, 2)});
    if (const std::size_t rejected = out.model.rejected.size();
        static_cast<double>(rejected) > kLargestRejectedShare * static_cast<double>(n))
        refuse("the pairs are inconsistent: " + std::to_string(rejected) + " of " + std::to_string(n) +
               " disagree with the others; at most a quarter may. Check the times, the markers and the images");
    if (out.model.range_mm < options.least_range_mm)
        refuse("without the pairs that disagree with the others, the markers move by " + text(out.model.range_mm, 2) +
               " mm only; at least " + text(options.least_range_mm, 2) + " mm are needed");
    if (!(out.model.loo_rms_mm <= options.tolerance_mm))
        refuse("the pairs are inconsistent: pairs left out are predicted with an error of " +
               text(out.model.loo_rms_mm, 2) + " mm, and " + text(options.tolerance_mm, 2) +
               " mm are tolerated. Check the times, the markers and the images, or type another tolerance");
    out.model.check();
    return out;
}

}  // namespace foretide::core
