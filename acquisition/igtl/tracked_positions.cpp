// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/tracked_positions.h"

#include <cstring>
#include <igtl_point.h>
#include <igtl_position.h>
#include <igtl_qtdata.h>
#include <igtl_tdata.h>
#include <igtl_transform.h>

namespace foretide::acquisition {

namespace {

static_assert(sizeof(igtl_tdata_element) == IGTL_TDATA_ELEMENT_SIZE);
static_assert(sizeof(igtl_qtdata_element) == IGTL_QTDATA_ELEMENT_SIZE);
static_assert(sizeof(igtl_point_element) == IGTL_POINT_ELEMENT_SIZE);
static_assert(sizeof(igtl_position) == IGTL_POSITION_MESSAGE_DEFAULT_SIZE);

/// A TRANSFORM's twelve numbers are the columns of the matrix; the last is the translation.
constexpr std::size_t kTranslation = 9;

template <class Element>
Element element(const IgtlMessage& message, std::size_t i) noexcept
{
    Element wire;
    std::memcpy(&wire, message.content.data() + i * sizeof wire, sizeof wire);
    return wire;
}

/// Name field at the beginning of element i.
std::string_view name_of(const IgtlMessage& message, std::size_t i, std::size_t element_bytes, std::size_t width)
{
    const char* name = reinterpret_cast<const char*>(message.content.data() + i * element_bytes);
    return {name, strnlen(name, width)};
}

bool is_position_size(std::size_t bytes) noexcept
{
    return bytes == IGTL_POSITION_MESSAGE_DEFAULT_SIZE || bytes == IGTL_POSITION_MESSAGE_POSITON_ONLY_SIZE ||
           bytes == IGTL_POSITION_MESSAGE_WITH_QUATERNION3_SIZE;
}

}  // namespace

TrackedPositions::TrackedPositions(const IgtlMessage& message) noexcept : message_(message)
{
    const std::string_view type = message.header.type_name();
    const std::size_t bytes = message.content.size();
    const auto single = [&](Type is, bool fits) {
        type_ = is;
        size_ = fits ? 1 : 0;
        form_ = fits ? TrackedForm::single : TrackedForm::malformed;
    };
    const auto list = [&](Type is, std::size_t each) {
        type_ = is;
        size_ = bytes % each == 0 ? bytes / each : 0;
        form_ = bytes % each == 0 ? TrackedForm::list : TrackedForm::malformed;
    };
    if (type == "TRANSFORM")
        single(Type::transform, bytes == IGTL_TRANSFORM_SIZE);
    else if (type == "POSITION")
        single(Type::position, is_position_size(bytes));
    else if (type == "TDATA")
        list(Type::tdata, IGTL_TDATA_ELEMENT_SIZE);
    else if (type == "QTDATA")
        list(Type::qtdata, IGTL_QTDATA_ELEMENT_SIZE);
    else if (type == "POINT")
        list(Type::point, IGTL_POINT_ELEMENT_SIZE);
}

TrackedPosition TrackedPositions::operator[](std::size_t i) const noexcept
{
    const auto at = [](std::string_view name, const float* xyz) {
        return TrackedPosition{name, {double{xyz[0]}, double{xyz[1]}, double{xyz[2]}}};
    };
    // Elements are packed: their floats are copied out before anybody takes a pointer to them.
    std::array<float, 3> xyz{};
    switch (type_) {
    case Type::transform: {
        auto matrix = element<std::array<float, 12>>(message_, 0);
        igtl_transform_convert_byte_order(matrix.data());
        return at(message_.header.device_name(), matrix.data() + kTranslation);
    }
    case Type::position: {
        // The shorter forms begin alike.
        igtl_position wire{};
        std::memcpy(&wire, message_.content.data(), IGTL_POSITION_MESSAGE_POSITON_ONLY_SIZE);
        igtl_position_convert_byte_order_position_only(&wire);
        std::memcpy(xyz.data(), wire.position, sizeof xyz);
        return at(message_.header.device_name(), xyz.data());
    }
    case Type::tdata: {
        auto wire = element<igtl_tdata_element>(message_, i);
        igtl_tdata_convert_byte_order(&wire, 1);
        std::memcpy(xyz.data(), wire.transform + kTranslation, sizeof xyz);
        return at(name_of(message_, i, sizeof wire, sizeof wire.name), xyz.data());
    }
    case Type::qtdata: {
        auto wire = element<igtl_qtdata_element>(message_, i);
        igtl_qtdata_convert_byte_order(&wire, 1);
        std::memcpy(xyz.data(), wire.position, sizeof xyz);
        return at(name_of(message_, i, sizeof wire, sizeof wire.name), xyz.data());
    }
    case Type::point: {
        auto wire = element<igtl_point_element>(message_, i);
        igtl_point_convert_byte_order(&wire, 1);
        std::memcpy(xyz.data(), wire.position, sizeof xyz);
        return at(name_of(message_, i, sizeof wire, sizeof wire.name), xyz.data());
    }
    case Type::other:
        break;
    }
    return {};
}

}  // namespace foretide::acquisition
