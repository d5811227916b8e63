// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/resources.hpp"

#include "locks.hpp"
#include "never_destroyed.hpp"

#include "asioscope/recorder/site.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace asioscope::recorder {

namespace {

/// A program may make any number of resources with names of their own.
constexpr std::size_t most_records = 4096;
constexpr std::string_view name_of_the_others = "_other";

struct occurrences {
  const char* what;  // equal texts may have different addresses
  std::uint64_t count = 0;
  std::optional<site_id> site = {};
};

struct record {
  schema::resource_info kept;  // without those that live: totals, waits
  std::vector<occurrences> happened;
  std::unique_ptr<item_waits> items;  // once somebody records them
  std::size_t living = 0;
  std::optional<site_id> site = {};
};

struct book {
  std::deque<record> records;  // the id is the index
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> by_name;
  std::unordered_map<resource_key, std::size_t> living;
  resource_source source;
};

/// Guarded by lock_of(shared::resources).
constinit never_destroyed<std::optional<book>> the_book;

book& opened_book() {
  if (!*the_book) the_book->emplace();
  return **the_book;
}

std::size_t new_record(book& all, const std::string& kind, const std::string& name) {
  const std::size_t place = all.records.size();
  record& made = all.records.emplace_back();
  made.kept.id = static_cast<std::uint32_t>(place);
  made.kept.kind = kind;
  made.kept.name = name;
  all.by_name[{kind, name}].push_back(place);
  return place;
}

/// That of a dead one of this kind and name, or a new one.
std::size_t record_for(book& all, const std::string& kind, const std::string& name) {
  const auto known = all.by_name.find({kind, name});
  if (known != all.by_name.end()) {
    for (const std::size_t place : known->second)
      if (all.records[place].living == 0) return place;
  }
  if (all.records.size() < most_records) return new_record(all, kind, name);
  const std::string others(name_of_the_others);
  const auto shared = all.by_name.find({kind, others});
  return shared != all.by_name.end() ? shared->second.front() : new_record(all, kind, others);
}

record* record_of(resource_key key) noexcept {
  if (!*the_book) return nullptr;
  const auto found = (*the_book)->living.find(key);
  return found == (*the_book)->living.end() ? nullptr : &(*the_book)->records[found->second];
}

void add(const schema::resource_figure& what, std::vector<schema::resource_figure>& to) {
  const auto same = std::ranges::find(to, what.name, &schema::resource_figure::name);
  if (same == to.end())
    to.push_back(what);
  else
    same->value += what.value;
}

void add(const std::vector<schema::resource_use>& what, std::vector<schema::resource_use>& to) {
  to.insert(to.end(), what.begin(), what.end());
}

/// In trace mode: an event of the calling thread.
void put_event(schema::event_kind kind, std::uint8_t flags, site_id site, ticks duration,
               task_id task) {
  thread_state& thread = this_thread();
  const bool in_run = thread.depth != 0;
  thread.put(
      {now_ticks() - duration,
       pack_head(kind, flags, in_run ? thread.run.loop.load(std::memory_order_relaxed) : other_loop,
                 site),
       pack_duration(duration), task & 0xFFFFFFFFU});
}

site_id site_of(std::optional<site_id>& known, const record& of, std::string_view operation) {
  if (!known) known = register_site(schema::site_kind::resource, of.kept.name, operation);
  return *known;
}

void count_wait(schema::resource_info& kept, schema::wait_outcome outcome,
                std::uint64_t waited_ns) noexcept {
  switch (outcome) {
    case schema::wait_outcome::granted:
      kept.wait.record(waited_ns);
      return;
    case schema::wait_outcome::cancelled:
      ++kept.cancelled;
      return;
    case schema::wait_outcome::timed_out:
      ++kept.timed_out;
      return;
    case schema::wait_outcome::closed:
      ++kept.closed;
      return;
  }
}

}  // namespace

void begin_resource(resource_key key, std::string_view kind, std::string_view name) noexcept {
  const std::lock_guard lock(lock_of(shared::resources));
  try {
    book& all = opened_book();
    if (all.living.contains(key)) return;
    const std::size_t place = record_for(all, std::string(kind), std::string(name));
    all.living.emplace(key, place);
    ++all.records[place].living;
  } catch (...) {  // no memory: it is not known
  }
}

void end_resource(resource_key key, const std::vector<schema::resource_figure>& last) noexcept {
  const std::lock_guard lock(lock_of(shared::resources));
  record* const gone = record_of(key);
  if (gone == nullptr) return;
  --gone->living;
  (*the_book)->living.erase(key);
  try {
    for (const schema::resource_figure& each : last)
      if (each.total) add(each, gone->kept.figures);
  } catch (...) {  // no memory: its totals begin anew
  }
}

void record_wait(resource_key key, schema::wait_outcome outcome, task_id task,
                 std::uint64_t waited_ns) noexcept {
  if (!recording()) return;
  try {
    std::optional<site_id> site;
    {
      const std::lock_guard lock(lock_of(shared::resources));
      record* const of = record_of(key);
      if (of == nullptr) return;
      count_wait(of->kept, outcome, waited_ns);
      if (tracing()) site = site_of(of->site, *of, of->kept.kind);
    }
    if (site)
      put_event(schema::event_kind::wait, static_cast<std::uint8_t>(outcome), *site,
                to_ticks(waited_ns), task);
  } catch (...) {  // no memory: an event less
  }
}

void item_waits::record(std::uint64_t waited_ns) noexcept {
  if (!recording()) return;
  buckets_[schema::bucket_of_nanoseconds(waited_ns)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(waited_ns, std::memory_order_relaxed);
}

schema::histogram item_waits::sum() const noexcept {
  schema::histogram result;
  for (std::size_t i = 0; i < schema::bucket_count; ++i)
    result.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
  result.sum_ns = sum_ns_.load(std::memory_order_relaxed);
  return result;
}

item_waits* item_waits_of(resource_key key) noexcept {
  const std::lock_guard lock(lock_of(shared::resources));
  record* const of = record_of(key);
  if (of == nullptr) return nullptr;
  if (of->items == nullptr) of->items.reset(new (std::nothrow) item_waits);
  return of->items.get();
}

void record_occurrence(resource_key key, const char* what) noexcept {
  if (!recording()) return;
  try {
    std::optional<site_id> site;
    {
      const std::lock_guard lock(lock_of(shared::resources));
      record* const of = record_of(key);
      if (of == nullptr) return;
      auto at = std::ranges::find(of->happened, std::string_view(what), &occurrences::what);
      if (at == of->happened.end()) at = of->happened.insert(at, {what});
      ++at->count;
      if (tracing()) site = site_of(at->site, *of, what);
    }
    if (site)
      put_event(schema::event_kind::occurrence, 0, *site, 0,
                this_thread().run.task.load(std::memory_order_relaxed));
  } catch (...) {  // no memory: one less is counted
  }
}

void set_resource_source(resource_source source) {
  const std::lock_guard lock(lock_of(shared::resources));
  opened_book().source = std::move(source);
}

std::vector<schema::resource_info> list_resources() {
  std::vector<schema::resource_info> result;
  std::unordered_map<resource_key, std::size_t> living;
  resource_source source;
  {
    const std::lock_guard lock(lock_of(shared::resources));
    if (*the_book) source = (*the_book)->source;
  }
  const auto copy = [&] {
    const std::lock_guard lock(lock_of(shared::resources));
    if (!*the_book) return;
    living = (*the_book)->living;
    for (const record& each : (*the_book)->records) {
      schema::resource_info& info = result.emplace_back(each.kept);
      info.gone = each.living == 0;
      if (each.items != nullptr) info.item_wait = each.items->sum();
      for (const occurrences& happened : each.happened)
        info.occurrences.push_back({happened.what, happened.count});
    }
  };
  if (!source) {
    copy();
    return result;
  }
  for (const living_resource& each : source(copy)) {
    const auto found = living.find(each.key);
    if (found == living.end()) continue;
    schema::resource_info& info = result[found->second];
    for (const schema::resource_figure& figure : each.now.figures)
      add(figure, info.figures);
    if (info.name != name_of_the_others) info.state = each.now.state;
    info.waiting += each.now.waiting;
    add(each.now.waiters, info.waiters);
    add(each.now.holders, info.holders);
  }
  return result;
}

}  // namespace asioscope::recorder
