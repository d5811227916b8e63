// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

namespace asioscope::schema::wire {

/// The length of the longest prefix of `text` that is valid UTF-8.
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

/// `text` with every byte that is not part of valid UTF-8 replaced by U+FFFD. Thread names and
/// exception texts are arbitrary bytes, and protobuf parsers refuse a message with a string that is
/// not UTF-8.
std::string to_utf8(std::string_view text);

}  // namespace asioscope::schema::wire
