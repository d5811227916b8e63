// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace asioscope::schema::wire {

/// Takes the body of a protobuf `asioscope.Message` apart. Nothing when it is of a kind unknown
/// here. Throws malformed or protozero::exception. `memory_limit` bounds what it may unfold to, in
/// bytes.
std::optional<message> decode_message(std::string_view bytes, std::size_t memory_limit);

}  // namespace asioscope::schema::wire
