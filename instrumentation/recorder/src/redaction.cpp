// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/redaction.hpp"

#include "locks.hpp"
#include "never_destroyed.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace asioscope::recorder {

namespace {

/// Shared, so that nobody waits for a call of a rule, and a rule in use may be replaced.
constinit never_destroyed<std::shared_ptr<const redaction>> rule_in_force;

std::shared_ptr<const redaction> current_rule() {
  const std::lock_guard lock(lock_of(shared::redaction_rule));
  return *rule_in_force;
}

}  // namespace

void set_redaction(redaction rule) {
  auto next = rule ? std::make_shared<const redaction>(std::move(rule)) : nullptr;
  const std::lock_guard lock(lock_of(shared::redaction_rule));
  rule_in_force->swap(next);
}

std::string redact(std::string text) {
  const auto rule = current_rule();
  if (rule == nullptr || text.empty()) return text;
  try {
    return (*rule)(text);
  } catch (...) {
    return "(redacted)";
  }
}

}  // namespace asioscope::recorder
