// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace asioscope::recorder {

/// What may be told of a text that the program made: what() of an exception, a message.
using redaction = std::function<std::string(std::string_view text)>;

/// From now on every such text passes through `rule` before it leaves the process or is kept for
/// those who ask; an empty one lets all pass. Thread safety: any thread. `rule` is called on
/// threads of asioscope, one at a time or several, and never by a loop.
void set_redaction(redaction rule);

/// `text` as the rule has it; "(redacted)" when the rule throws. For whoever publishes or exports,
/// never on a loop's thread.
[[nodiscard]] std::string redact(std::string text);

}  // namespace asioscope::recorder
