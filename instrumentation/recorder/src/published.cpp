// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/published.hpp"

#include "asioscope/recorder/cells.hpp"

#include <set>
#include <string>
#include <utility>

namespace asioscope::recorder {

namespace {

template <std::size_t Size>
using name_table = std::array<std::atomic<const char*>, Size>;
constinit name_table<max_sites> site_names{};
constinit name_table<max_loops> loop_names{};

/// The same text always at the same place: names may change, and what was published stays.
const char* keep(std::string_view name) {
  constexpr std::size_t longest = 120;
  static auto* const kept = new std::set<std::string, std::less<>>;
  std::string line(name.substr(0, longest));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
    if (c == '"') c = '\'';
  }
  return kept->insert(std::move(line)).first->c_str();
}

template <std::size_t Size>
void publish(name_table<Size>& table, std::size_t id, std::string_view name) noexcept {
  try {
    if (id < Size) table[id].store(keep(name), std::memory_order_release);
  } catch (...) {  // no memory: it has no name in a crash
  }
}

template <std::size_t Size>
const char* look_up(const name_table<Size>& table, std::size_t id) noexcept {
  return id < Size ? table[id].load(std::memory_order_acquire) : nullptr;
}

}  // namespace

constinit std::array<std::atomic<const thread_state*>, most_published_threads> published_threads{};

void publish_site_name(site_id id, std::string_view name) noexcept {
  publish(site_names, id, name);
}
void publish_loop_name(loop_id id, std::string_view name) noexcept {
  publish(loop_names, id, name);
}
const char* published_site_name(site_id id) noexcept { return look_up(site_names, id); }
const char* published_loop_name(loop_id id) noexcept { return look_up(loop_names, id); }

void publish_thread(const thread_state& thread) noexcept {
  for (auto& place : published_threads) {
    if (place.load(std::memory_order_relaxed) != nullptr) continue;
    place.store(&thread, std::memory_order_release);
    return;
  }
}

void withdraw_thread(const thread_state& thread) noexcept {
  for (auto& place : published_threads)
    if (place.load(std::memory_order_relaxed) == &thread)
      place.store(nullptr, std::memory_order_release);
}

}  // namespace asioscope::recorder
