// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace asioscope::metrics {

/// The token that peers must know: the one given, or what the file holds but for blanks around it;
/// empty when neither is given. Errors: std::invalid_argument when both are, when the file
/// cannot be read or is empty, or when the token could not stand in a header. No message shows it.
[[nodiscard]] std::string load_token(std::string token, const std::filesystem::path& file);

/// Whether an Authorization field says "Bearer" and the token. The time it takes tells nothing of
/// the token but its length.
[[nodiscard]] bool bears(std::string_view authorization, std::string_view token);

}  // namespace asioscope::metrics
