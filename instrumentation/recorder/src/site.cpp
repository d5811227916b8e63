// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/site.hpp"

#include "registry.hpp"
#include "site_names.hpp"

#include "asioscope/recorder/published.hpp"
#include "asioscope/recorder/thread_state.hpp"
#include "asioscope/watchdog/code_name.hpp"

#include <functional>
#include <string>
#include <vector>

namespace asioscope::recorder {

namespace {

/// How a site is found again: by kind and name, and by the operation where there is one.
std::string key_of(schema::site_kind kind, std::string_view name, std::string_view operation) {
  std::string key(1, static_cast<char>('0' + static_cast<int>(kind)));
  key += name;
  if (!operation.empty()) (key += '\0') += operation;
  return key;
}

/// With the registry locked.
site_id add_site(registry& r, site_entry entry) {
  if (r.sites.size() >= max_sites) {
    ++r.site_overflow;
    return other_site;
  }
  const auto id = static_cast<site_id>(r.sites.size());
  entry.canonical = id;
  publish_site_name(id, entry.name);
  r.sites.push_back(std::move(entry));
  return id;
}

/// The name under which a site is shown: its own, unless a site with another operation has it
/// already.
std::string shown_name(const registry& r, schema::site_kind kind, const std::string& name,
                       const std::string& operation) {
  if (!r.site_by_key.contains(key_of(kind, name, {}))) return name;
  return name + " [" + operation + "]";
}

void index_site(registry& r, site_id id) {
  const site_entry& e = r.sites[id];
  r.site_by_key.emplace(key_of(e.kind, e.name, {}), id);
}

template <class Function>
site_id guarded(Function function) noexcept {
  try {
    return function();
  } catch (...) {  // no memory: the run is counted, without its name
    return other_site;
  }
}

}  // namespace

site_id register_site(schema::site_kind kind, std::string_view name, std::string_view operation) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  std::string key = key_of(kind, name, operation);
  if (const auto known = r.site_by_key.find(key); known != r.site_by_key.end())
    return known->second;
  const site_id id =
      add_site(r, {kind, shown_name(r, kind, std::string(name), std::string(operation)),
                   std::string(operation)});
  if (id == other_site) return id;
  r.site_by_key.emplace(std::move(key), id);
  index_site(r, id);
  return id;
}

site_id register_code_site(schema::site_kind kind, const void* code, std::string_view fallback,
                           std::string_view operation) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  auto& by_code = kind == schema::site_kind::task ? r.task_by_code : r.handler_by_code;
  if (const auto known = by_code.find(code); known != by_code.end()) return known->second;
  const site_id id = add_site(r, {kind, std::string(fallback), std::string(operation), code});
  if (id != other_site) by_code.emplace(code, id);
  return id;
}

site_id site_of_code(schema::site_kind kind, const void* code, const char* fallback,
                     const char* operation) noexcept {
  auto& cache = this_thread().sites.codes;
  const auto address = reinterpret_cast<std::uintptr_t>(code);
  auto& e = cache[((address >> 4) ^ (address >> 10) ^ static_cast<unsigned>(kind)) % cache.size()];
  if (e.code == code && e.kind == kind) [[likely]]
    return e.id;
  return guarded([&] {
    e = {code, kind, register_code_site(kind, code, fallback, operation)};
    return e.id;
  });
}

site_id site_of_name(schema::site_kind kind, std::string_view name) noexcept {
  auto& cache = this_thread().sites.names;
  auto& e = cache[std::hash<std::string_view>{}(name) % cache.size()];
  if (e.name != nullptr && e.kind == kind && *e.name == name) [[likely]]
    return e.id;
  return guarded([&] {
    const site_id id = register_site(kind, name, {});
    registry& r = the_registry();
    const std::lock_guard lock(r.mutex);
    if (id != other_site)
      e = {&r.sites[id].name, kind, id};  // the name of such a site never changes
    return id;
  });
}

site_id handler_site_of_task(site_id task_name) noexcept {
  auto& cache = this_thread().sites.tasks;
  auto& e = cache[task_name % cache.size()];
  if (e.task == task_name && task_name != other_site) [[likely]]
    return e.handler;
  return guarded([&] {
    std::string name;
    {
      registry& r = the_registry();
      const std::lock_guard lock(r.mutex);
      name = r.sites[task_name].name;
    }
    e = {task_name, register_site(schema::site_kind::handler, name, "coroutine")};
    return e.handler;
  });
}

void resolve_site_names() {
  registry& r = the_registry();
  std::vector<std::pair<site_id, const void*>> unnamed;
  {
    const std::lock_guard lock(r.mutex);
    for (site_id id = 1; id < r.sites.size(); ++id)
      if (r.sites[id].code != nullptr) unnamed.emplace_back(id, r.sites[id].code);
  }
  // Reading symbols takes its time: not with the lock held.
  std::vector<std::pair<site_id, std::string>> named;
  named.reserve(unnamed.size());
  for (const auto& [id, code] : unnamed)
    named.emplace_back(id, watchdog::name_of_code(code));

  const std::lock_guard lock(r.mutex);
  for (auto& [id, name] : named) {
    site_entry& e = r.sites[id];
    if (e.code == nullptr) continue;  // another snapshot was faster
    e.code = nullptr;
    if (!name.empty()) e.name = std::move(name);
    const std::string key = key_of(e.kind, e.name, e.operation);
    if (const auto same = r.site_by_key.find(key); same != r.site_by_key.end()) {
      e.canonical = same->second;
      publish_site_name(id, r.sites[e.canonical].name);
      continue;
    }
    e.name = shown_name(r, e.kind, e.name, e.operation);
    publish_site_name(id, e.name);
    r.site_by_key.emplace(key, id);
    index_site(r, id);
  }
}

}  // namespace asioscope::recorder
