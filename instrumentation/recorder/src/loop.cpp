// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/loop.hpp"

#include "corrected_lag.hpp"
#include "registry.hpp"
#include "slow_samples.hpp"

#include "asioscope/recorder/published.hpp"

#include <string>
#include <utility>

namespace asioscope::recorder {

constinit std::atomic<std::uint32_t> loop_generation{0};

namespace {

/// For loop_by_id, which takes no lock. Entries are set once and stay.
constinit std::array<std::atomic<loop_record*>, max_loops> records{};

void new_generation() noexcept { loop_generation.fetch_add(1, std::memory_order_relaxed); }

loop_entry* entry_of(registry& r, const void* key) {
  const auto known = r.loop_by_address.find(key);
  return known == r.loop_by_address.end() ? nullptr : &r.loops[known->second];
}

loop_entry* gone_entry_named(registry& r, std::string_view name) {
  for (auto& e : r.loops)
    if (e.gone && e.name == name) return &e;
  return nullptr;
}

bool name_in_use(const registry& r, std::string_view name, const loop_entry* except) {
  for (const auto& e : r.loops)
    if (&e != except && !e.gone && e.name == name) return true;
  return false;
}

/// `base`, or `base` with the first free number behind it.
std::string free_name(const registry& r, std::string_view base, const loop_entry* except) {
  std::string name(base);
  for (int n = 2; name_in_use(r, name, except); ++n)
    name = std::string(base) + "-" + std::to_string(n);
  return name;
}

void revive(registry& r, loop_entry& e, const void* key) {
  const loop_activity so_far = activity_of(r, e.record.id);
  e.never_settled[0] = so_far.unsettled[0];
  e.never_settled[1] = so_far.unsettled[1];
  e.former_activity = so_far.total;
  e.gone = false;
  e.named = false;
  e.context = key;
  e.record.turn_end.store(0, std::memory_order_relaxed);
  e.record.next_arrival.store(0, std::memory_order_relaxed);
  e.record.probe_sent.store(0, std::memory_order_relaxed);
  e.record.waiting_since.store(0, std::memory_order_relaxed);
  e.record.shared.store(false, std::memory_order_relaxed);
  e.record.first_runner.store(0, std::memory_order_relaxed);
  e.record.watched.store(false, std::memory_order_relaxed);
  e.record.turns_seen.store(false, std::memory_order_relaxed);
}

/// Null when the table is full.
loop_entry* new_entry(registry& r, std::string name) {
  if (r.loops.size() >= max_loops) return nullptr;
  loop_entry& e = r.loops.emplace_back();
  e.record.id = static_cast<loop_id>(r.loops.size() - 1);
  e.name = std::move(name);
  publish_loop_name(e.record.id, e.name);
  records[e.record.id].store(&e.record, std::memory_order_release);
  return &e;
}

/// With the registry locked.
loop_entry& add_loop(registry& r, const void* key) {
  std::string name = free_name(r, "loop", nullptr);
  loop_entry* e = gone_entry_named(r, name);
  if (e == nullptr) e = new_entry(r, std::move(name));
  if (e == nullptr) return r.loops[other_loop];
  revive(r, *e, key);
  return *e;
}

}  // namespace

loop_record& loop_of_context(const void* key) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  if (loop_entry* known = entry_of(r, key)) return known->record;
  loop_entry& e = add_loop(r, key);
  r.loop_by_address[key] = e.record.id;
  new_generation();
  return e.record;
}

loop_record& loop_by_id(loop_id id) noexcept {
  loop_record* const known = id < max_loops ? records[id].load(std::memory_order_acquire) : nullptr;
  return known != nullptr ? *known : the_registry().loops.front().record;
}

loop_record* find_loop(const void* key) noexcept {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  loop_entry* const e = entry_of(r, key);
  return e == nullptr ? nullptr : &e->record;
}

void add_loop_alias(const void* key, const void* alias) {
  loop_of_context(key);
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  r.loop_by_address[alias] = r.loop_by_address[key];
  new_generation();
}

void set_loop_name(const void* key, std::string_view name) {
  if (name.empty()) return;
  loop_of_context(key);
  registry& r = the_registry();
  const std::lock_guard no_probe(r.probe_mutex);
  const std::lock_guard lock(r.mutex);
  loop_entry& e = *entry_of(r, key);
  if (e.record.id == other_loop) return;
  if (e.name == name) {
    e.named = true;
    return;
  }
  std::string wanted = free_name(r, name, &e);
  loop_entry* former = gone_entry_named(r, wanted);
  const bool untouched = activity_of(r, e.record.id).total == e.former_activity;
  if (former != nullptr && !untouched) {
    // What was created under the number of this loop must be settled under it.
    for (int n = 2; former != nullptr; ++n) {
      wanted = free_name(r, std::string(name) + "-" + std::to_string(n), &e);
      former = gone_entry_named(r, wanted);
    }
  }
  // What a loop without a name left behind under this number is not of the loop that gets a name
  // now.
  if (former == nullptr && untouched && !e.named && e.former_activity != 0)
    former = new_entry(r, wanted);
  if (former != nullptr) {
    // The figures of a loop of this name go on; the record of this one is free for the next loop.
    for (auto& [address, id] : r.loop_by_address)
      if (id == e.record.id) id = former->record.id;
    revive(r, *former, key);
    former->record.watched.store(e.record.watched.load(std::memory_order_relaxed),
                                 std::memory_order_relaxed);
    former->record.turns_seen.store(e.record.turns_seen.load(std::memory_order_relaxed),
                                    std::memory_order_relaxed);
    former->probe = e.probe;
    e.probe = {};
    e.gone = true;
    e.context = nullptr;
    former->named = true;
  } else {
    e.name = wanted;
    publish_loop_name(e.record.id, e.name);
    e.named = true;
  }
  new_generation();
}

bool loop_is_named(const void* key) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  const loop_entry* const e = entry_of(r, key);
  return e != nullptr && e->named;
}

void set_loop_probe(const void* key, loop_probe probe) {
  registry& r = the_registry();
  const std::lock_guard no_probe(r.probe_mutex);
  const std::lock_guard lock(r.mutex);
  loop_entry* const e = entry_of(r, key);
  if (e != nullptr && e->record.id != other_loop && e->probe.wake == nullptr) e->probe = probe;
}

void clear_loop_probe(const void* key) {
  registry& r = the_registry();
  const std::lock_guard no_probe(r.probe_mutex);
  const std::lock_guard lock(r.mutex);
  if (loop_entry* const e = entry_of(r, key)) e->probe = {};
}

void loop_gone(const void* key) noexcept {
  registry& r = the_registry();
  const std::lock_guard no_probe(r.probe_mutex);
  const std::lock_guard lock(r.mutex);
  const auto known = r.loop_by_address.find(key);
  if (known == r.loop_by_address.end()) return;
  const loop_id id = known->second;
  loop_entry& e = r.loops[id];
  if (id == other_loop) {
    r.loop_by_address.erase(known);
  } else {
    e.gone = true;
    e.probe = {};
    e.context = nullptr;
    std::erase_if(r.loop_by_address, [&](const auto& entry) { return entry.second == id; });
  }
  new_generation();
}

void probe_idle_loops(ticks idle_for) {
  registry& r = the_registry();
  const std::lock_guard no_probe(r.probe_mutex);
  for (loop_id id = 1;; ++id) {
    loop_entry* e = nullptr;
    {
      const std::lock_guard lock(r.mutex);
      if (id >= r.loops.size()) return;
      e = &r.loops[id];
    }
    if (e->probe.wake == nullptr || e->record.probe_sent.load(std::memory_order_relaxed) != 0)
      continue;
    const ticks waiting = e->record.waiting_since.load(std::memory_order_relaxed);
    const ticks now = now_ticks();
    if (e->probe.only_when_waiting && (waiting == 0 || now < waiting + idle_for)) continue;
    e->record.probe_sent.store(now, std::memory_order_relaxed);
    e->probe.wake(e->probe.self);
  }
}

namespace {

/// How long the probe that is here now was on its way; 0: there was none.
ticks take_probe(loop_record& loop) noexcept {
  const ticks sent = loop.probe_sent.exchange(0, std::memory_order_relaxed);
  const ticks now = now_ticks();
  return sent != 0 && now > sent ? now - sent : 0;
}

}  // namespace

void probe_arrived(loop_record& loop) noexcept {
  const ticks late = take_probe(loop);
  if (late == 0) return;
  this_thread().cells_of(loop).lag.record(late);
  keep_late(loop.id, schema::slow_figure::lag, late, now_ticks() - late);
}

void queued_probe_arrived(loop_record& loop) noexcept {
  const ticks late = take_probe(loop);
  if (late == 0) return;
  loop_cells& cells = this_thread().cells_of(loop);
  cells.lag.record(late);
  record_arrivals(cells.corrected_lag, late, to_ticks(probe_interval_ns));
  const ticks since = now_ticks() - late;
  keep_late(loop.id, schema::slow_figure::lag, late, since);
  keep_late(loop.id, schema::slow_figure::corrected_lag, latest_arrival(late), since);
}

void count_stall(const note& about, schema::stall_cause cause) {
  {
    registry& r = the_registry();
    const std::lock_guard lock(r.mutex);
    if (about.loop >= r.loops.size()) return;
    ++r.loops[about.loop].stalls[static_cast<std::size_t>(cause)];
  }
  keep_stall(about);
}

void set_stall_time(loop_id loop, std::uint64_t ended_ns, std::uint64_t ongoing_ns) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  if (loop >= r.loops.size()) return;
  r.loops[loop].stall_ended_ns = ended_ns;
  r.loops[loop].stall_ongoing_ns = ongoing_ns;
}

}  // namespace asioscope::recorder
