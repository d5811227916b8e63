// SPDX-License-Identifier: BSL-1.0
#include "copied_string.hpp"
#include "task_table.hpp"

#include "asioscope/recorder/annotations.hpp"
#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/watchdog/code_name.hpp"
#include "asioscope/watchdog/own_memory.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace asioscope::recorder {

namespace {

constexpr std::size_t max_chains = 16'384;
constexpr std::size_t max_depth = 64;

/// An await_link as it was copied.
struct copied_link {
  const await_link* caller;
  const void* code;
  const char* function;
  std::uint64_t where;
};
static_assert(sizeof(copied_link) == sizeof(await_link));

schema::await_place describe(const watchdog::own_memory& memory, const passed_place& link) {
  schema::await_place place;
  place.function = watchdog::name_of_code(link.code);
  if (place.function.empty())
    place.function = copied_string(memory, reinterpret_cast<std::uintptr_t>(link.function));
  place.file = copied_string(memory, link.where >> 16U);
  place.line = link.where & 0xFFFFU;
  return place;
}

/// The links of a task, innermost first; empty: they changed while they were read, or cannot be.
std::vector<copied_link> read_links(const watchdog::own_memory& memory, const live_task& task) {
  std::vector<copied_link> links;
  const await_link* next = task.innermost;
  while (next != nullptr && links.size() < max_depth) {
    copied_link link;
    if (memory.read(reinterpret_cast<std::uintptr_t>(next), &link, sizeof link) != sizeof link)
      return {};
    links.push_back(link);
    next = link.caller;
  }
  return is_same_chain(task) ? links : std::vector<copied_link>{};
}

}  // namespace

struct await_lister::state {
  struct known_chain {
    std::uint32_t version;
    const char* operation;
    schema::await_chain value;
  };
  std::unordered_map<task_id, known_chain> chains;
  std::map<std::tuple<const void*, std::uint64_t>, std::uint32_t> place_ids;
  std::vector<schema::await_place> places;

  std::uint32_t place_of(const watchdog::own_memory& memory, const copied_link& link) {
    const auto [at, is_new] = place_ids.try_emplace({link.code, link.where}, places.size() + 1);
    if (is_new) {
      schema::await_place place = describe(memory, {link.code, link.function, link.where});
      place.id = at->second;
      places.push_back(std::move(place));
    }
    return at->second;
  }

  schema::await_chain chain_of(const watchdog::own_memory& memory, const live_task& task) {
    schema::await_chain chain;
    chain.task = task.id;
    chain.operation = copied_string(memory, reinterpret_cast<std::uintptr_t>(task.operation));
    for (const copied_link& link : read_links(memory, task))
      chain.places.push_back(place_of(memory, link));
    annotations said = annotations_of(task.id);
    chain.scopes = std::move(said.scopes);
    chain.trace_id = std::move(said.trace_id);
    return chain;
  }
};

std::vector<schema::await_place> describe(const std::vector<passed_place>& places) {
  const watchdog::own_memory memory;
  std::vector<schema::await_place> result;
  result.reserve(places.size());
  for (const passed_place& each : places)
    result.push_back(describe(memory, each));
  return result;
}

await_lister::await_lister() : state_(std::make_unique<state>()) {}
await_lister::~await_lister() = default;

void await_lister::add_to(schema::snapshot& out) {
  const watchdog::own_memory memory;
  std::unordered_map<task_id, state::known_chain> former;
  former.swap(state_->chains);
  for (const live_task& task : list_live_tasks()) {
    if (out.await_chains.size() == max_chains) break;
    if (task.innermost == nullptr) continue;
    const auto known = former.find(task.id);
    if (known != former.end() && known->second.version == task.chain_version &&
        known->second.operation == task.operation) {
      out.await_chains.push_back(known->second.value);
      state_->chains.insert(former.extract(known));
      continue;
    }
    schema::await_chain chain = state_->chain_of(memory, task);
    if (chain.places.empty()) continue;
    state_->chains.insert({task.id, {task.chain_version, task.operation, chain}});
    out.await_chains.push_back(std::move(chain));
  }
  out.places = state_->places;
}

}  // namespace asioscope::recorder
