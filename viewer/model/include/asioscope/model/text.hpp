// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::model {

/// `text` as valid UTF-8 of at most `limit` bytes: what is not UTF-8 becomes U+FFFD, and what is
/// too long ends in an ellipsis. Text of a peer goes to a font renderer and into JSON; both want it
/// valid.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t limit);

/// The same for each of the first `most` texts; the others go.
void clean_texts(std::vector<std::string>& texts, std::size_t most, std::size_t limit);

/// Length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text) noexcept;

}  // namespace asioscope::model
