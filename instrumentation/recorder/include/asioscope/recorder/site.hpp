// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace asioscope::recorder {

/// Small dense number of a site. 0 stands for all sites beyond the capacity of the table.
using site_id = std::uint32_t;
inline constexpr site_id other_site = 0;
/// Not the number of any.
inline constexpr site_id unknown_site = ~site_id{0};

/// The id of the site with this readable name, made at its first use. Sites of the same name and
/// kind that differ in their operation are told apart by it. Takes a lock: call once per place in
/// the program and keep the result.
site_id register_site(schema::site_kind kind, std::string_view name, std::string_view operation);

/// The id of the site of a piece of code: a coroutine's resume function or the function that runs a
/// type-erased handler. Its name is looked up in the program's symbols, later and on another
/// thread; `fallback` is used when there are none.
site_id register_code_site(schema::site_kind kind, const void* code, std::string_view fallback,
                           std::string_view operation);

/// What a thread has looked up lately. Part of its thread_state, not thread_local: libraries that
/// are loaded at run time get little room for such.
struct site_cache {
  struct code_entry {
    const void* code = nullptr;
    schema::site_kind kind = {};
    site_id id = other_site;
  };
  struct name_entry {
    const std::string* name = nullptr;
    schema::site_kind kind = {};
    site_id id = other_site;
  };
  struct task_entry {
    site_id task = other_site;
    site_id handler = other_site;
  };
  std::array<code_entry, 64> codes;
  std::array<name_entry, 64> names;
  std::array<task_entry, 64> tasks;
};

/// register_code_site through a small cache of the calling thread.
site_id site_of_code(schema::site_kind kind, const void* code, const char* fallback,
                     const char* operation) noexcept;

/// The site of a task or scope with a name given at run time, through a small cache of the calling
/// thread.
site_id site_of_name(schema::site_kind kind, std::string_view name) noexcept;
inline site_id site_of_task_name(std::string_view name) noexcept {
  return site_of_name(schema::site_kind::task, name);
}

/// The site of kind handler under which the runs of such tasks go, through a small cache of the
/// calling thread.
site_id handler_site_of_task(site_id task_name) noexcept;

/// A place in the program that becomes a site when it is first used: one static object per handler
/// type. Constant initialised, so that it is ready before any constructor runs.
struct site_anchor {
  using name_function = site_id (*)() noexcept;
  name_function make;
  /// The id plus 1; 0 as long as the site is not registered. Relaxed: the registry is behind a
  /// lock.
  std::atomic<std::uint32_t> id{0};
  /// The loop on which its latest operation was created: the one to name when it is destroyed
  /// unrun.
  std::atomic<std::uint32_t> loop{0};

  /// The id, or unknown_site as long as it is not registered.
  [[nodiscard]] site_id known() const noexcept { return id.load(std::memory_order_relaxed) - 1; }

  site_id get() noexcept {
    if (const site_id found = known(); found != unknown_site) [[likely]]
      return found;
    const site_id made = make();
    id.store(made + 1, std::memory_order_relaxed);
    return made;
  }
};

}  // namespace asioscope::recorder
