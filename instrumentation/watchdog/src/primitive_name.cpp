// SPDX-License-Identifier: BSL-1.0
#include "primitive_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace asioscope::watchdog {
namespace {

using known_part = std::pair<std::string_view, std::string_view>;

constexpr int deepest_argument = 8;

/// Of classes and functions in asioscope::core and asioscope::core::detail: whose they are.
constexpr std::array<known_part, 65> owners{{
    {"async_for_each", "async_for_each"},
    {"async_gather", "async_gather"},
    {"async_queue", "async_queue"},
    {"breaker_call", "circuit_breaker"},
    {"breaker_core", "circuit_breaker"},
    {"bulkhead", "bulkhead"},
    {"bulkhead_core", "bulkhead"},
    {"circuit_breaker", "circuit_breaker"},
    {"composed_policy", "compose"},
    {"counting_executor", "event_loop"},
    {"emit_cancellation", "resource_pool"},
    {"event", "event"},
    {"event_loop", "event_loop"},
    {"for_each_orderly", "async_for_each"},
    {"gather_orderly", "async_gather"},
    {"gather_range_orderly", "async_gather"},
    {"hook_end", "resource_pool"},
    {"invoke_within", "timeout"},
    {"keyed_limiters", "keyed_rate_limiter"},
    {"keyed_rate_limiter", "keyed_rate_limiter"},
    {"latch", "latch"},
    {"loop_accounts", "event_loop"},
    {"loop_core", "event_loop"},
    {"loop_reports", "event_loop"},
    {"loop_supervisor", "event_loop"},
    {"mutex", "mutex"},
    {"permit", "semaphore"},
    {"pipeline", "pipeline"},
    {"pipeline_run", "pipeline"},
    {"pipeline_stage", "pipeline"},
    {"pipeline_stream", "pipeline"},
    {"pool_acquire_wait", "resource_pool"},
    {"pool_close_wait", "resource_pool"},
    {"pool_effects", "resource_pool"},
    {"pool_entry", "resource_pool"},
    {"pool_loan", "resource_pool"},
    {"pool_state", "resource_pool"},
    {"pool_warm_up_wait", "resource_pool"},
    {"pooled", "resource_pool"},
    {"queue_processor", "queue_processor"},
    {"queue_processor_state", "queue_processor"},
    {"queue_state", "async_queue"},
    {"queue_worker", "queue_processor"},
    {"rate_limited_function", "rate_limited"},
    {"rate_limiter", "rate_limiter"},
    {"rate_limiter_state", "rate_limiter"},
    {"reservation", "rate_limiter"},
    {"resource_pool", "resource_pool"},
    {"resource_pool_hook", "resource_pool"},
    {"retried", "retry_policy"},
    {"retry_core", "retry_policy"},
    {"retry_policy", "retry_policy"},
    {"retrying_function", "retrying"},
    {"semaphore", "semaphore"},
    {"semaphore_state", "semaphore"},
    {"stage_buffer", "pipeline"},
    {"task_home", "task_monitor"},
    {"task_monitor", "task_monitor"},
    {"task_monitor_state", "task_monitor"},
    {"task_pool", "task_pool"},
    {"task_pool_state", "task_pool"},
    {"timed_call", "timeout"},
    {"timeout", "timeout"},
    {"wait_group", "wait_group"},
    {"with_resource", "with_resource"},
}};

/// Parts that several primitives are made of, and what they do for them.
constexpr std::array<known_part, 11> shared_parts{{
    {"completed", "wait"},
    {"deadline_timer", "deadline of a wait"},
    {"delivery", "wait"},
    {"guarded_call", "task"},
    {"invoke_guarded", "task"},
    {"monitored_task", "task"},
    {"orderly", "task"},
    {"pool_task", "task"},
    {"pool_task_of", "task"},
    {"spawned", "task"},
    {"wait_operation", "wait"},
}};

template <std::size_t Size>
std::string_view find(const std::array<known_part, Size>& table, std::string_view name) {
  constexpr std::string_view basic = "basic_";
  if (name.starts_with(basic)) name.remove_prefix(basic.size());
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const known_part& each) { return each.first == name; });
  return at == table.end() ? std::string_view() : at->second;
}

bool is_in_core(const std::vector<name_part>& name) {
  return name.size() > 2 && name[0].name == "asioscope" && name[1].name == "core";
}
bool is_in_detail(const std::vector<name_part>& name) {
  return is_in_core(name) && name.size() > 3 && name[2].name == "detail";
}

/// By what the name itself says, else by what its arguments say.
std::string_view owner_of(const std::vector<name_part>& name, int depth) {
  if (is_in_core(name)) {
    const std::string_view found = find(owners, name[is_in_detail(name) ? 3 : 2].name);
    if (!found.empty()) return found;
  }
  if (depth == deepest_argument) return {};
  for (const auto& part : name) {
    for (const auto argument : split_arguments(part.arguments)) {
      const std::string_view found = owner_of(parse_qualified_name(argument), depth + 1);
      if (!found.empty()) return found;
    }
  }
  return {};
}

}  // namespace

std::optional<primitive_name> primitive_of(const std::vector<name_part>& name) {
  if (!is_in_core(name)) return std::nullopt;
  const std::string_view own = name[is_in_detail(name) ? 3 : 2].name;
  if (const auto known = find(owners, own); !known.empty())
    return primitive_name{"asioscope::core::" + std::string(known), true};
  if (!is_in_detail(name)) return std::nullopt;
  if (const auto whose = owner_of(name, 0); !whose.empty())
    return primitive_name{"asioscope::core::" + std::string(whose)};
  const auto what = find(shared_parts, own);
  return primitive_name{"asioscope::core" + (what.empty() ? "" : " " + std::string(what))};
}

}  // namespace asioscope::watchdog
